"""``radar doctor``: each part looked at, each problem with its remedy."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline import frameworks
from radar_pipeline.errors import RadarError, StoreError
from radar_pipeline.settings import Settings

LOW_DISK = 2 * 1024**3  # bytes; a sweep of a large tenant writes a few hundred MB beside the old release


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; ``problem`` is empty when it is well."""

    name: str
    problem: str = ""
    remedy: str = ""


def run(settings: Settings) -> list[Check]:
    """All checks, in the order in which a person would mend things."""
    return [
        _guarded("tenants.yaml", lambda: _tenants(settings)),
        _guarded("frameworks", lambda: _frameworks(settings)),
        _guarded("embedding model", lambda: _embedder(settings)),
        _guarded("language models", lambda: _models(settings)),
        _guarded("experiments", lambda: _experiments(settings)),
        _guarded("text recognition", lambda: _recognition(settings)),
        _guarded("disk space", lambda: _disk(settings)),
        _guarded("operations store", lambda: _operations(settings)),
        _guarded("dagster", _dagster),
        _guarded("portfolio", lambda: _portfolio(settings)),
        *_quotes(settings),
    ]


def _guarded(name: str, look: Callable[[], None]) -> Check:
    try:
        look()
    except RadarError as error:
        return Check(name, error.message, error.remedy)
    return Check(name)


def _tenants(settings: Settings) -> None:
    from radar_pipeline.tenancy import load_tenants

    load_tenants(settings.tenants_file, frameworks.available(settings.data / "frameworks"), settings.home)


def _frameworks(settings: Settings) -> None:
    folder = settings.data / "frameworks"
    for framework_id in frameworks.available(folder):
        frameworks.load(folder, framework_id)


def _embedder(settings: Settings) -> None:
    """A model on this machine by its files; a service by key, price and package, without asking it."""
    from radar_pipeline.llm.catalog import load_catalog
    from radar_pipeline.retrieval.embedder import load_embedder, service_named
    from radar_pipeline.sweep.judges import MODELS

    path = settings.data / MODELS
    service = service_named(settings.embedder, load_catalog(path) if path.exists() else None)
    if service is None:
        _ = load_embedder(settings.embedder).identity
    else:
        from radar_pipeline.retrieval import api_embedder

        api_embedder.check(service)


def _recognition(settings: Settings) -> None:
    from radar_pipeline.ingest import ocr

    ocr.identity(settings)


def _models(settings: Settings) -> None:
    """models.yaml, the keys that are there, and the price of every model that could be asked with them."""
    from radar_pipeline.llm import keys, prices
    from radar_pipeline.llm.catalog import load_catalog
    from radar_pipeline.sweep.judges import MODELS

    path = settings.data / MODELS
    if path.exists():
        for deployment in load_catalog(path).deployments.values():
            if not deployment.provider.key or keys.resolve(deployment.provider.key):
                prices.check_priced(deployment)


def _experiments(settings: Settings) -> None:
    """Whether those of experiments.yaml can run: a sweep goes on without them and only logs it."""
    from radar_pipeline.sweep import trials

    trials.check(settings)


def _disk(settings: Settings) -> None:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    if not os.access(place, os.W_OK):
        raise StoreError(f"{place} cannot be written.", remedy="Correct its permissions or RADAR_HOME.")
    free = shutil.disk_usage(place).free
    if free < LOW_DISK:
        raise StoreError(
            f"Only {free // 1024**2} MB are free under {place}.", remedy="Free space, or move RADAR_HOME."
        )


def _operations(settings: Settings) -> None:
    from radar_pipeline.storage.operations import Operations

    Operations(settings.operations).sweeps(1)


def _dagster() -> None:
    home = os.environ.get("DAGSTER_HOME", "")
    if home and not Path(home).is_absolute():
        raise StoreError("DAGSTER_HOME is not an absolute path.", remedy="Set it to an absolute path.")


def _portfolio(settings: Settings) -> None:
    from radar_pipeline.storage.warehouse import TenantReport

    TenantReport.current(settings.portfolio / "published")


def _quotes(settings: Settings) -> Iterator[Check]:
    """Every stored quote and piece against the text it names."""
    from radar_pipeline.sweep.verify import tenants

    for found in tenants(settings):
        name = f"quotes of {found.tenant}"
        if found.problem:
            yield Check(name, found.problem, found.remedy)
        elif found.wrong:
            wrong = f"{len(found.wrong)} of {found.quotes} quotes are not in the text they name."
            yield Check(name, wrong, found.remedy)
        elif found.wrong_pieces:
            wrong = (
                f"{len(found.wrong_pieces)} of {found.pieces} stored pieces are not in the text they name."
            )
            yield Check(name, wrong, found.remedy)
        else:
            yield Check(f"{name} ({found.quotes})")
