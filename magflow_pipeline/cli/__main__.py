"""`python -m magflow_pipeline.cli` is `magflow`."""

from magflow_pipeline.cli import main

main()
