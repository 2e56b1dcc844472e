"""The section a quote stands in, from headings and from the numbers of clauses.

Laws are cited by article, policies and contracts by clause, annexes by name: what is cited is the
number that the document gives, never one that we count.
"""

import re
from bisect import bisect_right

from radar_pipeline.ingest.spanning import one_line, shortened
from radar_pipeline.models import Document

LONGEST_TITLE = 60  # characters
LOOKED_BACK = 8_000  # characters before a quote in which the clause's number is looked for

_ROMAN = r"[IVXLC]{1,7}"
_NUMBER = rf"(?:\d{{1,4}}(?:\.\d{{1,3}}){{0,5}}[a-z]?|{_ROMAN}|[A-Z](?:\.\d{{1,3}}){{0,4}})"
_WORDS = {
    "article": "Art.", "art": "Art.", "artikel": "Art.", "recital": "Recital", "clause": "Clause",
    "section": "§", "sec": "§", "§": "§", "chapter": "Chapter", "part": "Part", "title": "Title",
    "annex": "Annex", "appendix": "Appendix", "schedule": "Schedule", "exhibit": "Exhibit",
    "attachment": "Attachment", "rule": "Rule", "finding": "Finding", "observation": "Observation",
    "recommendation": "Recommendation", "step": "Step", "principle": "Principle", "control": "Control",
}  # fmt: skip
_NAMED = re.compile(
    rf"(?P<word>{'|'.join(_WORDS)})(?:\.|\s+no\.?)?\s*(?P<number>{_NUMBER})"
    r"(?P<more>(?:\((?:\d{1,3}|[a-z]{1,4})\))*)(?![\w-])",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    rf"(?P<number>\d{{1,3}}(?:\.\d{{1,3}}){{0,5}}|[A-Z](?:\.\d{{1,3}}){{1,4}}|(?:[A-Z]|{_ROMAN})(?=[.)]))[.):]?\s+\S"
)
_DOTTED = re.compile(r"[ \t]*(?P<number>\d{1,3}(?:\.\d{1,3}){1,5})\.?[ \t]+\S")
_PARAGRAPH = re.compile(r"[ \t]*(?:\((?P<a>\d{1,3})\)|(?P<b>\d{1,3})\.)[ \t]+\S")
_OUTER = frozenset({"Annex", "Appendix", "Schedule", "Exhibit", "Attachment", "Part", "Chapter", "Title"})
_WHOLE = frozenset({"Art.", "Recital", "Rule"})  # counted through the whole document


class Numbering:
    """The headings above each place of a document, run-in ones included."""

    def __init__(self, document: Document) -> None:
        self.starts: list[int] = []
        self.paths: list[tuple[str, ...]] = []
        stack: list[tuple[int, str]] = []
        for span in sorted(document.spans_of("heading"), key=lambda s: s.start):
            while stack and stack[-1][0] >= span.level:
                stack.pop()
            stack.append((span.level, one_line(span.value)))
            self.starts.append(span.start)
            self.paths.append(tuple(title for _, title in stack))

    def above(self, offset: int) -> tuple[int, tuple[str, ...]]:
        """Where the nearest heading at or before an offset begins, and the titles down to it."""
        index = bisect_right(self.starts, offset) - 1
        return (self.starts[index], self.paths[index]) if index >= 0 else (0, ())


def section(numbering: Numbering, document: Document, start: int) -> str:
    """The section that a place of the document stands in, empty if none is known."""
    begins, path = numbering.above(start)
    title = one_line(document.meta.title).lower()
    path = tuple(head for ordinal, head in enumerate(path) if ordinal or head.lower() != title)
    numbered = [
        (depth, word, number)
        for depth, head in enumerate(path)
        if (n := _number(head))
        for word, number in [n]
    ]
    depth, word, number = numbered[-1] if numbered else (-1, "", "")
    clause = _clause(document.text, begins, start, word, number)
    parts = [_outer(numbered, word, clause or number), _shown(word or "§", clause or number)]
    if path and depth < len(path) - 1 and not (clause and clause != number):
        parts.append(f"“{shortened(path[-1], LONGEST_TITLE)}”")
    return ", ".join(part for part in parts if part)


def _number(heading: str) -> tuple[str, str] | None:
    """The kind and number that a heading begins with: ``("Art.", "33")``, ``("§", "4.2")``."""
    named = _NAMED.match(heading)
    if named:
        number = named["number"]
        # "Part of" and "Section a" are words: a number is a digit or a capital as it stands there.
        if number[0].isdigit() or number[0].isupper():
            return _WORDS[named["word"].lower()], number + named["more"]
    plain = _PLAIN.match(heading)
    return ("§", plain["number"]) if plain else None


def _clause(text: str, begins: int, start: int, word: str, number: str) -> str:
    """The number of the clause that a place stands in, below the numbered heading above it.

    ``4.2`` where the nearest numbered line since the heading says so and it fits the heading's number;
    ``33(1)`` where the place's own line is a numbered paragraph of an article.
    """
    line = text.rfind("\n", 0, start) + 1
    if word == "Art." and "(" not in number:
        paragraph = _PARAGRAPH.match(text, line)
        return f"{number}({paragraph['a'] or paragraph['b']})" if paragraph else ""
    if word not in ("", "§", "Clause", "Chapter", "Part"):
        return ""
    low = max(begins, start - LOOKED_BACK)
    while line >= low:
        found = _DOTTED.match(text, line)
        if found and (not number or found["number"].startswith(f"{number}.")):
            return found["number"]
        if line == 0:
            break
        line = text.rfind("\n", 0, line - 1) + 1
    return ""


def _outer(numbered: list[tuple[int, str, str]], word: str, number: str) -> str:
    """The annex, schedule or part in which numbers begin anew."""
    if word in _WHOLE or len(numbered) < 2:
        return ""
    for _, outer, of in reversed(numbered[:-1]):
        if outer in _OUTER and not number.startswith(f"{of}."):
            return f"{outer} {of}"
    return ""


def _shown(word: str, number: str) -> str:
    return f"{word} {number}" if number else ""
