"""Who the tenants are, what binds them, and how one is forgotten."""

from radar_pipeline.tenancy.tenants import load_tenants, select

__all__ = ["load_tenants", "select"]
