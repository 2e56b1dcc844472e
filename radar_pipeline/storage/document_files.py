"""Read document versions as files: the canonical text, and its annotations in JSON beside it."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from radar_pipeline.models import Document, DocumentMeta, Span
from radar_pipeline.storage.files import storing, write_bytes
from radar_pipeline.storage.texts import Texts

_APART = frozenset({"text", "spans", "meta"})


class DocumentFiles:
    """The document versions of one tenant, under ``<tenant home>/work``.

    A version's annotations are written after its text: where they are, the version is complete.
    """

    def __init__(self, tenant_home: Path) -> None:
        self.texts = Texts(tenant_home / "work" / "texts")
        self._root = tenant_home / "work" / "annotations"

    def put(self, document: Document) -> None:
        """Keep a version; durable after ``flush``."""
        self.texts.put(document.version_id, document.text)
        body = {f.name: getattr(document, f.name) for f in fields(document) if f.name not in _APART}
        body["spans"] = [[s.kind, s.start, s.end, s.value, s.level, s.ref] for s in document.spans]
        body["meta"] = document.meta.as_json()
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
        write_bytes(self._path(document.version_id), data.encode("utf-8", "surrogatepass"), sync=False)

    def flush(self) -> None:
        """Make every text put so far durable."""
        self.texts.flush()

    def __contains__(self, version_id: str) -> bool:
        return self._path(version_id).exists() and version_id in self.texts

    def get(self, version_id: str) -> Document | None:
        """The version, None if it is not kept whole. Raises StoreError if it is damaged."""
        if version_id not in self:
            return None
        path = self._path(version_id)
        with storing(path):
            data = path.read_bytes()
        try:
            body = json.loads(data.decode("utf-8", "surrogatepass"))
            return _document(body, self.texts.get(version_id))
        except (
            ValueError,
            KeyError,
            TypeError,
        ):  # torn by a power cut, or of an older form: as good as absent
            return None

    def keep_only(self, version_ids: set[str]) -> int:
        """Delete all other versions; returns how many there were."""
        with storing(self._root):
            for path in self._root.glob("*/*.json"):
                if path.stem not in version_ids:
                    path.unlink(missing_ok=True)
        return self.texts.keep_only(version_ids)

    def _path(self, version_id: str) -> Path:
        return self._root / version_id[:2] / f"{version_id}.json"


def _document(body: dict[str, Any], text: str) -> Document:
    meta = DocumentMeta.from_json(body.pop("meta"))
    spans = tuple(Span(*row) for row in body.pop("spans"))
    body |= {name: tuple(body[name]) for name in ("scanned_pages", "ocr_pages")}
    return Document(**body, text=text, spans=spans, meta=meta)
