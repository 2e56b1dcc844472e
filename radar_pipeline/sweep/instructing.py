"""Which documents instruct a reader's machine, and where: for a finding of its own on each.

What such a sentence says never reaches a judge (``judge.shown``); here it is told, because somebody put it
there, and the next reader's machine may be less careful. A document version is looked through once.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import StoreError
from radar_pipeline.judge import injection
from radar_pipeline.models import Passage
from radar_pipeline.storage.files import read_json, write_json

VERSION = "instructing@1"  # raise when the same passage would be flagged otherwise by code alone
FILE = "instructing.json"  # under a tenant's work

Places = tuple[str, ...]


def instructing(home: Path, passages: Iterable[Passage]) -> Mapping[str, Places]:
    """For each document that instructs a machine, the places where it does, in its order.

    ``home`` is the tenant's, where it is kept what each version was found to hold. A place is a heading,
    with its page where the format has pages.
    """
    detector = _detector()
    known = _known(home / "work" / FILE, detector)
    documents: dict[str, str] = {}
    found: dict[str, dict[str, None]] = {}
    for passage in passages:
        documents[passage.document_id] = passage.version_id
        if passage.version_id in known:
            continue
        places = found.setdefault(passage.version_id, {})
        if injection.instructions(passage.text):
            places.setdefault(_place(passage))
    if found:
        known = {v: p for v, p in known.items() if v in set(documents.values())}
        known |= {version: tuple(places) for version, places in found.items()}
        write_json(home / "work" / FILE, {"detector": detector, "versions": known})
    return {document: known[version] for document, version in documents.items() if known.get(version)}


def _known(path: Path, detector: str) -> dict[str, Places]:
    """What is kept; nothing if it was found by another detector or cannot be read: it is looked for anew."""
    try:
        value = read_json(path) or {}
        if value["detector"] != detector:
            return {}
        return {str(version): tuple(map(str, places)) for version, places in value["versions"].items()}
    except (StoreError, KeyError, TypeError, AttributeError):
        return {}


def _detector() -> str:
    words = files(injection.__package__ or "").joinpath("injection_lexicon.json").read_bytes()
    return ids.digest(VERSION, words, length=16)


def _place(passage: Passage) -> str:
    heading = f"§ {passage.heading_path[-1]}" if passage.heading_path else ""
    page = f"p. {passage.page}" if passage.page else ""
    return ", ".join(part for part in (heading, page) if part) or "its text"
