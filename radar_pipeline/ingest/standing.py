"""Whether a title, a text or a file's name says plainly that a document holds no longer, or not yet.

Precision counts: the evidence of a policy that is taken for an old one is lost. "It applies until it is
superseded" and "Handling data that is obsolete" say nothing of the kind.
"""

import re
from collections.abc import Iterator

from radar_pipeline.ingest.dates import find_date
from radar_pipeline.ingest.metadata import is_blank, status_in
from radar_pipeline.models import Status

HEAD_LINES = 12  # with something on them, in which a stamp or a label is looked for
_FIRST_LINES = 4  # beyond them a stamp is in capitals

_TITLE = re.compile(
    r"(?:[(\[–—-]|^)\s*(draft)\b[^()\[\]]{0,30}[)\]]?\s*$|"
    r"[(\[]\s*(superseded|obsolete|withdrawn|no longer in force)\b[^()\[\]]{0,30}[)\]]\s*$|"
    r"\s[–—-]\s+(superseded)\s*$|"
    r"^\s*[(\[](superseded)[)\]]|"
    r"^\W*(?-i:(SUPERSEDED))\s*[:–—-]",
    re.IGNORECASE,
)

_STAMP = re.compile(
    r"[\s>*_#=~\[(]*(draft|superseded|obsolete|withdrawn|no longer in force|(?-i:RETIRED))[\s*_#=~!.)\]]*",
    re.IGNORECASE,
)
_OTHER_STAMP = re.compile(r"\W*(?:draft|approved|published|final|active|in force|retired|expired)\W*", re.I)
_LABEL = re.compile(r"[\s>*_]*(?-i:S)uperseded\s+(by|on)\b[\s:*_|]*([^\s:*_|].*)", re.IGNORECASE)

_THIS = (
    r"[\s>*_]*(?:(?:please )?note(?: that)?|notice|important|warning|attention)?[\s:!*_-]*(?-i:T)his "
    r"(?:(?:version|edition|issue) of (?:the|this) )?(?-i:(?:[A-Z][\w-]* )){0,5}"
    r"(?:document|policy|procedure|guidelines?|guidance|plan|manual)"
)
_STATEMENT = re.compile(
    rf"{_THIS} (?:"
    r"(?:has (?:now )?been|was|is now) (?:formally )?(?:superseded|replaced|withdrawn|retired)\b|"
    r"is (?:now )?(?:obsolete|no longer (?:in force|in effect|valid))\b|"
    r"(?P<present>is (?:superseded|withdrawn)\b))(?P<tail>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r"[\s*_.!]*$|\s*[,;:–—(-]|\s+(?:by|and|see)\b|"
    r"\s+(?:on|as of|as at|since|from|in|with effect from|effective(?: from)?)\s+(?:the )?"
    r"(?:\d|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.?\s)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:version|edition|issue|v)\W{0,2}\d|\b(?:19|20)\d\d\b", re.IGNORECASE)
_PERHAPS = re.compile(
    r"\b(?:until|till|if|unless|when|whenever|once|(?-i:may)|might|shall|should|will|would|can|could|before|"
    r"where|wherever|whether|not|never|only|except|every|each|annually|yearly|again|reinstated|reads?|sa(?:ys?|id)|"
    r"partly|in part|to the extent|insofar|conflicts?|inconsisten\w+|precedence|prevails?|"
    r"laws?|legislation|regulations?|statutes?)\b",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?])[\"'”’)*_\]]*\s+|\n\s*\n")

_OLD_FOLDER = re.compile(
    r"[\W\d_]*(?:z+[_-])?(?:old|old[ _-]?versions?|archived?|superseded|previous[ _-]?versions?)[\W\d_]*",
    re.IGNORECASE,
)
# A word of its own before or after the name, set off from it.
_OLD_NAME = re.compile(
    r"[(\[](old|archived|superseded)[)\]][\W\d_]*$|"
    r"(?:[_-]|\s[–—-]\s)(old|archived|superseded)[\W\d_]*$|"
    r"^[\W\d_]*z+[_-](old|archived|superseded)(?![a-z])|"
    r"^[(\[](old|archived|superseded)[)\]]|"
    r"^(old|archived|superseded)\s+[–—-]\s|"
    r"^(?-i:(OLD|ARCHIVED|SUPERSEDED)[_-](?=.*[a-z]))",
    re.IGNORECASE,
)
_PHRASE = re.compile(  # "data-that-is-archived", "five-years-old"
    r"(?<![a-z])(?:is|are|was|were|be|been|being|gets?|got|becomes?|that|which|when|if|how|of|or|and|the|an?|"
    r"not|for|to|from|years?|months?|days?)[\W_]+(?:old|archived|superseded)[\W\d_]*$",
    re.IGNORECASE,
)


def in_title(title: str) -> Status:
    """The status that stands beside a title: ``Access Policy (superseded)``."""
    match = _TITLE.search(title)
    return status_in(next(filter(None, match.groups()))) if match else Status.UNKNOWN


def in_text(opening: str) -> Status:
    """The status that the beginning of a text is stamped or labelled with, or states in a sentence."""
    lines = [line for line in opening.splitlines() if line.strip()][:HEAD_LINES]
    if any(map(_is_label, lines)) or any(_is_statement(*parts) for parts in _sentences(opening)):
        return Status.SUPERSEDED
    stamps = {
        status_in(stamp[1])
        for n, line in enumerate(lines)
        if (stamp := _STAMP.fullmatch(line)) and (n < _FIRST_LINES or line.isupper())
    }
    named = stamps | {status_in(line) for line in lines if _OTHER_STAMP.fullmatch(line)}
    return stamps.pop() if stamps and len(named) == 1 else Status.UNKNOWN  # several: a list of them


def in_name(stem: str) -> str:
    """The word by which a file's name says that it is an old one, else empty."""
    match = _OLD_NAME.search(stem)
    return next(filter(None, match.groups())).lower() if match and not _PHRASE.search(stem) else ""


def is_old_folder(name: str) -> bool:
    """Whether a folder is called one of old versions."""
    return _OLD_FOLDER.fullmatch(name) is not None


def _is_label(line: str) -> bool:
    """``Superseded by: Site Policy``, but not the empty field of a template."""
    match = _LABEL.match(line)
    if match is None or _PERHAPS.search(line):
        return False
    return find_date(match[2]) is not None if match[1].lower() == "on" else not is_blank(match[2])


def _sentences(opening: str) -> Iterator[tuple[str, str]]:
    """Sentences, each with what stands right before it; and what begins a line within one.

    A heading has no full stop, so a line may begin a sentence of its own, or only be where one is wrapped.
    """
    before = ""
    for sentence in _END.split(opening):
        yield sentence, before
        for match in re.finditer(r"\n", sentence):
            yield sentence[match.end() :], sentence[: match.start()]
        before = sentence if sentence.rstrip().endswith((":", ",")) else ""


def _is_statement(sentence: str, before: str) -> bool:
    """Whether a sentence says of this very document, plainly and as a fact, that it was replaced."""
    match = _STATEMENT.match(sentence)
    if match is None or before.rstrip().endswith((":", ",")) or _PERHAPS.search(f"{before}\n{sentence}"):
        return False
    tail = match["tail"]
    # "Is superseded by" may tell which rule goes first, unless it names a version or a year.
    precedence = match["present"] and re.match(r"\s+by\b", tail) and not _NAMED.search(tail)
    return _TAIL.match(tail) is not None and not precedence
