"""Catalogs of requirements: read, checked, and cut into elements. One file per format."""

from radar_pipeline.frameworks.catalog import available, load

__all__ = ["available", "load"]
