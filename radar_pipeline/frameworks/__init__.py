"""Catalogs of requirements: read, checked, and cut into elements. One file per format."""

from radar_pipeline.frameworks.catalog import available, load
from radar_pipeline.frameworks.difference import Difference, difference, renamed_ids

__all__ = ["Difference", "available", "difference", "load", "renamed_ids"]
