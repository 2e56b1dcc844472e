"""The documents of cases, read by the parsers of the sweep and behind the same wall, each once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.asked import NotFoundError, document_bytes
from radar_pipeline.ingest import isolate
from radar_pipeline.ingest.about import with_language
from radar_pipeline.ingest.discover import SourceFile, bytes_hash
from radar_pipeline.ingest.kinds import with_kind
from radar_pipeline.ingest.parsers import ParseProblem, parser_for, parser_identity, version_id
from radar_pipeline.models import Document, Kind, Status, Tenant
from radar_pipeline.settings import Settings

_OWNER = "evaluation"  # whose documents they are, for the parsers
_AS_TEXT = (".md", ".txt")  # how a text that stands in a case may be read

Key = tuple[str, str]  # path, digest of its content


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: Key
    path: str
    data: bytes
    inline: bool


class Documents:
    """Documents as cases name them: ``{path, text?, kind?, status?}``, the path within the folder of data."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tenant = Tenant(_OWNER, _OWNER, settings.data, ())
        self._read: dict[Key, Document] = {}

    def prepare(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Read those that were not read yet, several at a time.

        Raises ConfigurationError for one that is not there or cannot be read.
        """
        wanted = {w.key: w for w in map(self._wanted, entries) if w.key not in self._read}
        for one in wanted.values():
            if one.inline:
                self._read[one.key] = self._parsed(one)
        files = [(self._file(w.path, len(w.data)), w.key[1]) for w in wanted.values() if not w.inline]
        if not files:
            return
        with isolate.ParserPool(self._settings) as pool:
            for outcome in isolate.read_documents(iter(files), pool, self._tenant):
                if not isinstance(outcome, Document):
                    raise _unreadable(outcome.path, outcome.reason.value)
                self._read[outcome.path, outcome.content_hash] = outcome

    def get(self, entry: Mapping[str, Any]) -> Document:
        """One that was prepared, with the kind and the status that the case gives it."""
        document = self._read[self._wanted(entry).key]
        meta = document.meta
        kind = Kind(entry["kind"]) if entry.get("kind") else meta.kind
        status = Status(entry["status"]) if entry.get("status") else meta.status
        return replace(document, meta=replace(meta, kind=kind, status=status))

    def _wanted(self, entry: Mapping[str, Any]) -> _Wanted:
        path = str(entry["path"])
        try:
            data = document_bytes(entry, self._settings.data)
        except NotFoundError as error:
            raise ConfigurationError(str(error), remedy="Restore the document, or mend the case.") from None
        return _Wanted((path, bytes_hash(data)), path, data, "text" in entry)

    def _file(self, path: str, size: int) -> SourceFile:
        location = self._settings.data / path
        within = self._settings.data.resolve()
        return SourceFile(_document_id(path), path, location, size, 0, within=within)

    def _parsed(self, wanted: _Wanted) -> Document:
        """A text that stands in the case itself, read here: it is text whatever its name says."""
        path = wanted.path if wanted.path.endswith(_AS_TEXT) else f"{wanted.path}.txt"
        parser = parser_for(path)
        if parser is None:
            raise _unreadable(wanted.path, "unsupported")
        try:
            parsed = parser.parse(wanted.data, path)
        except ParseProblem as problem:
            raise _unreadable(wanted.path, problem.reason.value) from None
        meta = with_language(parsed.meta, parsed.text, parsed.spans)
        identity = parser_identity(path)
        return Document(
            document_id=_document_id(wanted.path),
            version_id=version_id(wanted.key[1], identity, _document_id(wanted.path)),
            path=wanted.path,
            content_hash=wanted.key[1],
            media_type=parser.media_type,
            parser=identity,
            meta=with_kind(meta, path, self._tenant),
            text=parsed.text,
            spans=parsed.spans,
        )


def _document_id(path: str) -> str:
    return ids.document_id(_OWNER, path)


def _unreadable(path: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"The document {path[:200]} of a case cannot be read ({reason}).",
        remedy="Restore it, or take the case out.",
    )
