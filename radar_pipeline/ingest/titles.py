"""Titles compared: what is left of one without versions, dates and words such as "final" or "copy"."""

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
