"""Titles: which headings are one, and what is left of one without versions, dates and words such as
"final" or "copy", for comparing."""

import re
import unicodedata

from radar_pipeline.ingest.dates import without_dates

_NOISE = re.compile(
    r"(?<![a-z0-9])(?:v|ver|version|rev|revision|issue|edition)[ ._-]?"
    r"\d{1,3}(?:[._-]\d{1,3}){0,3}(?![a-z0-9])|"
    r"(?<!\d)(?:19|20)\d\d(?:[-_. ]?(?:0[1-9]|1[0-2])(?:[-_. ]?(?:0[1-9]|[12]\d|3[01]))?)?(?!\d)|"
    r"\(\d{1,2}\)|"
    r"(?<![a-z])(?:draft|final|approved|signed|clean|copy of|copy|superseded|obsolete|withdrawn|archived|"
    r"old|new|current|latest|updated|wip|v|version)(?![a-z])"
)
# A title of such words alone is a heading, not a name.
_GENERIC = frozenset(
    """a an and the of for to on in our your this document policy policies procedure procedures standard
    guideline guidelines process plan manual handbook purpose scope introduction overview background contents
    table definitions general terms conditions summary objective objectives statement information page
    untitled readme index part section chapter title confidential internal template form notice
    report annex appendix
    attachment file scan exhibit agreement contract recitals""".split()
)

# Headings that stand before a document's title, and those of a part of it, be it the first.
_BEFORE = frozenset(
    {"document control", "document history", "version history", "revision history", "change history",
     "document information", "document details", "sign in", "log in", "login", "sign up", "menu",
     "navigation", "search", "home"}
)  # fmt: skip
_PART = frozenset(
    {"contents", "table of contents", "introduction", "purpose", "scope", "purpose and scope", "overview",
     "background", "foreword", "preface", "summary", "executive summary", "abstract", "definitions",
     "preamble", "recitals", "general", "subject", "notes", "inhalt", "inhaltsverzeichnis", "einleitung",
     "zweck", "geltungsbereich", "vorwort"}
)  # fmt: skip
_SECTION = re.compile(
    r"\s*(?:§|(?:article|art|clause|section|sec|chapter|part|artikel|abschnitt|kapitel|ziffer)\b\.?\s*"
    r"(?:\d|[ivx]+\b)|\d{1,2}(?:\.\d{1,3})*(?:[.):]\s*(?=[^\W\d]|$)|\s|$)|[ivx]{1,5}[.)]\s)",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    r"microsoft (?:word|excel|powerpoint)\b.*|untitled.*|\(anonymous\)|document ?\d*|presentation ?\d*|"
    r"workbook ?\d*|book ?\d+|slide ?\d*|powerpoint.presentation|title|.*\.(?:docx?|xlsx?|pptx?|pdf|odt|rtf)",
    re.IGNORECASE,
)


def names_document(title: str) -> bool:
    """Whether words can be a document's title: neither the heading of one of its sections (``1 Scope``,
    ``Article 1``), nor a word that heads a part of any document, nor a program's default."""
    plain = _bare(title)
    return bool(plain) and not (
        plain in _BEFORE or plain in _PART or _is_section(title) or _MADE_UP.fullmatch(title.strip())
    )


def first_title(known: str, heading: str) -> str:
    """The heading that is to be the title, of the one ``known`` so far and the next: the first that
    does not stand before every title, as "Document control" does."""
    return heading if not known or _bare(known) in _BEFORE else known


def _bare(title: str) -> str:
    return " ".join(title.split()).strip(" .:*_#").lower()


def _is_section(title: str) -> bool:
    return _SECTION.match(without_dates(title)) is not None and _SECTION.match(title) is not None


def stem(title: str) -> str:
    """What two versions of a document have in common in their titles; empty if that names nothing."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    words = re.findall(r"\w+", _NOISE.sub(" ", without_dates(plain.lower().replace("_", " "))))
    while len(words) > 1 and re.fullmatch(r"\d{1,2}", words[-1]):  # "policy 2.1", "policy 3"
        words.pop()
    return " ".join(words) if set(words) - _GENERIC else ""


def title_stems(title: str, path: str) -> frozenset[str]:
    """The stems a document is known by: of its title and of its file's name."""
    name = path.rpartition("/")[2]
    return frozenset({stem(title), stem(name.rpartition(".")[0] or name)} - {""})
