"""A rendered prompt taken apart: passages under their marker lines, and the other messages' texts."""

import re
from dataclasses import dataclass

from radar_pipeline.llm.fake.requests import Request

_MARK = re.compile(
    r"^\[(?P<word>\w+) (?:(?P<side>first|second) )?(?P<what>passage|material|answer)(?: (?P<number>\d+))?"
    r"(?:; kind: (?P<kind>\w+); status: (?P<status>\w+))?\]\n",
    re.MULTILINE,
)
_LABELS = re.compile(r"\A(?:(?:Document|Heading): [^\n]*\n)+")
_BEGIN = "begin: text of documents"


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of documents as shown. ``name``: passage, first, second, material or answer."""

    name: str
    number: int  # of a passage, from 1
    kind: str
    status: str
    text: str


def pieces_of(request: Request) -> list[Piece]:
    """All texts of documents in a request, in order."""
    shown = next((text for text in _asked(request) if _BEGIN in text), "")
    marks = list(_MARK.finditer(shown))
    last = shown.rfind("\n[")
    ends = [*(mark.start() for mark in marks[1:]), last if last > 0 else len(shown)]
    return [_piece(mark, shown[mark.end() : end]) for mark, end in zip(marks, ends, strict=False)]


def words_of(request: Request) -> str:
    """What is asked, without the texts of documents."""
    return "\n".join(text for text in _asked(request) if _BEGIN not in text)


def _asked(request: Request) -> list[str]:
    return [part.text for part in request.parts if part.role == "user"]


def _piece(mark: re.Match[str], text: str) -> Piece:
    return Piece(
        name=mark["side"] or mark["what"],
        number=int(mark["number"] or 0),
        kind=mark["kind"] or "",
        status=mark["status"] or "",
        text=_LABELS.sub("", text).strip(),
    )
