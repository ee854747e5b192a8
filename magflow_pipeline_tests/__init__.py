"""The tests. They look away from a developer's `.env`, which is named when the settings are first imported."""

import os

os.environ["MAGFLOW_ENV_FILE"] = os.devnull
