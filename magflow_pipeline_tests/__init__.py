"""The tests. They look away from a developer's `.env` and home, which are read when the package is first imported.

Each test has a home of its own. Until then, with the project's one, definitions would be those of its demo.
"""

import os
import tempfile
from pathlib import Path

os.environ["MAGFLOW_ENV_FILE"] = os.devnull
os.environ["MAGFLOW_HOME"] = str(Path(tempfile.gettempdir()) / "magflow-tests-have-no-home")
