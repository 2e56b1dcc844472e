"""What Dagster loads (workspace.yaml, ``[tool.dagster]``): the code location ``radar``."""

from radar_pipeline.defs.assemble import build_definitions

defs = build_definitions()
