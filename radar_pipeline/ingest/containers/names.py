"""Names of members as paths of documents: inside, readable, distinct, and never a place on a disk."""

import unicodedata
from collections.abc import Iterable

from radar_pipeline.ingest import zips
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.models import UnreadableReason

LONGEST_PART = 200  # characters of a folder's or file's name
MOST_PARTS = 30
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})  # control, reordering, surrogate, private
_RESERVED = ":"  # "R: Offer" is a subject and no drive
_JOINERS = frozenset("\u200c\u200d")  # zero-width, but part of how words of some scripts are written


def paths(names: Iterable[str], below: str) -> list[str]:
    """A distinct path below ``below`` for each name, in order.

    Characters that can't be seen, or that reorder others, and colons become ``_``. A name that comes
    twice, or is a folder's too, gets a number before its ending: ``a.md``, ``a (2).md``. Equal names in
    equal order give equal paths. Raises ParseProblem ``malformed`` for a name that leads out.
    """
    cleaned = [_clean(name) for name in names]
    folders = {parent for name in cleaned for parent in _parents(name)}
    taken: set[str] = set()
    result = []
    for name in cleaned:
        number, path = 1, name
        while path in taken or path in folders:
            number += 1
            path = _numbered(name, number)
        taken.add(path)
        result.append(f"{below}/{path}")
    return result


def label(text: str) -> str:
    """A member's name of what was no path: a subject, the name of an attachment. It leads nowhere."""
    flat = text.replace("/", "-").replace("\\", "-")
    return "-" * len(flat) if flat.strip() in {".", ".."} else flat


def _clean(name: str) -> str:
    if zips.leads_out(name):
        raise ParseProblem(UnreadableReason.MALFORMED)
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    parts = [_part(part) for part in plain.replace("\\", "/").split("/") if part not in {"", "."}]
    if len(parts) > MOST_PARTS:
        parts = [*parts[: MOST_PARTS - 1], parts[-1]]
    return "/".join(parts) or "unnamed"


def _part(part: str) -> str:
    seen = "".join(c if _is_plain(c) else "_" for c in part)
    if len(seen) <= LONGEST_PART:
        return seen
    stem, dot, ending = seen.rpartition(".")
    ending = dot + ending if stem and len(ending) < 12 else ""
    return seen[: LONGEST_PART - len(ending)] + ending


def _is_plain(character: str) -> bool:
    if character in _RESERVED:
        return False
    return character in _JOINERS or unicodedata.category(character) not in _UNSEEN


def _numbered(name: str, number: int) -> str:
    folder, slash, last = name.rpartition("/")
    stem, dot, ending = last.rpartition(".")
    if not stem:
        stem, dot, ending = last, "", ""
    return f"{folder}{slash}{stem} ({number}){dot}{ending}"


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
