"""Which documents instruct a reader's machine, and where: for a finding of its own on each.

What such a sentence says never reaches a judge (``judge.shown``); here it is told, because somebody put it
there, and the next reader's machine may be less careful.
"""

from collections.abc import Iterable, Mapping

from radar_pipeline.judge import injection
from radar_pipeline.models import Passage


def instructing(passages: Iterable[Passage]) -> Mapping[str, tuple[str, ...]]:
    """For each document that instructs a machine, the places where it does, in its order.

    A place is a heading, with its page where the format has pages.
    """
    found: dict[str, dict[str, None]] = {}
    for passage in passages:
        if injection.instructions(passage.text):
            found.setdefault(passage.document_id, {}).setdefault(_place(passage))
    return {document_id: tuple(places) for document_id, places in found.items()}


def _place(passage: Passage) -> str:
    heading = f"§ {passage.heading_path[-1]}" if passage.heading_path else ""
    page = f"p. {passage.page}" if passage.page else ""
    return ", ".join(part for part in (heading, page) if part) or "its text"
