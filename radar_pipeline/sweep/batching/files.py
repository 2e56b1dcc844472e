"""What a batch asks, kept in the tenant's own folder from before it is sent until it is fetched.

The body of each request as it is sent, with its boundary, and what its answer is checked and kept by.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from radar_pipeline.errors import StoreError
from radar_pipeline.llm.providers.base import Body
from radar_pipeline.storage import files

SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``elements`` are those that the answer must tell of; ``reserve_usd`` the most it costs."""

    custom_id: str
    cache_key: str
    call_id: str
    prompt_ref: str
    reserve_usd: Decimal
    elements: tuple[str, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class BatchFile:
    """The file of one batch in its tenant's folder of batches."""

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / f"{self.key}{SUFFIX}"

    def write(self, asked: Sequence[Asked]) -> None:
        """Keep it, whole or not at all."""
        files.write_text(self.path, "".join(f"{json.dumps(_told(each))}\n" for each in asked))

    def read(self) -> tuple[Asked, ...]:
        """What is asked; nothing if there is no such file. Raises StoreError if it is damaged."""
        with files.storing(self.path):
            try:
                lines = self.path.read_text("utf-8").split("\n")
            except (FileNotFoundError, NotADirectoryError):
                return ()
        try:
            return tuple(_asked(json.loads(line)) for line in lines if line)
        except (ValueError, KeyError, TypeError, ArithmeticError):
            raise StoreError(
                f"{self.path} is damaged.", remedy=f"Run `radar batches abandon {self.key}`."
            ) from None

    def remove(self) -> None:
        """Forget it."""
        with files.storing(self.path):
            self.path.unlink(missing_ok=True)


def remove_others(folder: Path, keys: Collection[str]) -> None:
    """Remove files of batches that are none of these: a process died before or after it needed them."""
    files.remove_temporaries(folder)
    for path in folder.glob(f"*{SUFFIX}"):
        if path.stem not in keys:
            with files.storing(path):
                path.unlink(missing_ok=True)


def _told(asked: Asked) -> dict[str, Any]:
    return {**asdict(asked), "reserve_usd": str(asked.reserve_usd)}


def _asked(told: dict[str, Any]) -> Asked:
    return Asked(**{**told, "reserve_usd": Decimal(told["reserve_usd"]), "elements": tuple(told["elements"])})
