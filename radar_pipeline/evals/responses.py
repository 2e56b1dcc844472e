"""What was answered, kept one file each, so that nothing is asked twice and a killed evaluation goes on.

The project's own cases are answered under ``RADAR_HOME/evals/responses``, a tenant's under its own folder.
"""

import logging
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import StoreError
from radar_pipeline.evals.values import Case, Response, Subject
from radar_pipeline.ingest.parsers import parser_identity
from radar_pipeline.storage.files import read_json, write_json

LOG = logging.getLogger(__name__)
FOLDER = "evals"


def key_of(subject: Subject, model: str, case: Case, repeat: int) -> str:
    """Equal where the same is asked of the same in the same words; ``repeat`` from 1. What reads a case's
    documents is part of what is asked: another parser may see other words."""
    parsers = sorted({parser_identity(entry["path"]) for entry in case.inputs.get("documents", ())})
    return ids.digest(subject.use_case.value, subject.sha, model, case.inputs_sha, str(repeat), *parsers)


class Responses:
    """Responses by key under RADAR_HOME (``home``). Serves several threads."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def get(self, case: Case, key: str) -> Response | None:
        """What was answered; None if nothing was, or the file is damaged: it is asked again then."""
        try:
            body: Any = read_json(self._path(case, key))
            return None if body is None else Response.from_json(body)
        except (StoreError, KeyError, TypeError, ValueError, AttributeError):
            LOG.warning("The response %s of an evaluation is damaged; it is asked for again.", key)
            return None

    def put(self, case: Case, key: str, response: Response) -> None:
        """Keep a response, whole or not at all. Raises StoreError.

        What would be written for a tenant that was erased meanwhile is not written.
        """
        home = self._tenant(case.tenant) if case.tenant else None
        try:
            write_json(self._path(case, key), response.as_json(), within=home)
        except StoreError:
            if home is None or home.is_dir():
                raise

    def _path(self, case: Case, key: str) -> Path:
        root = self._tenant(case.tenant) if case.tenant else self._home
        return root / FOLDER / "responses" / key[:2] / f"{key}.json"

    def _tenant(self, slug: str) -> Path:
        return self._home / "tenants" / ids.tenant_slug(slug)
