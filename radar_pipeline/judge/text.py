"""Words of a text: tokens with offsets, stems, weights, and which words say the same."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d+(?:[.,]\d+)*")

_STOPWORDS = """
a an the and or of to in on at by for from with without into onto upon as is are was were be been
being it its this that these those there their they them he she his her him we our us you your i me my
who whom whose which what when where how why if then than so such any all some each every other others
another same not no nor neither either both shall should must may might can could will would do does
did done has have had having also only own about above below under over between through during before
after again further once here more most less least very just too per via etc ie eg et al herein hereof
hereto hereby hereunder thereof therein thereto thereby hereinafter hereinabove foregoing aforesaid said
one two first second including include includes included without limitation limited particular
e g i ii iii iv v vi vii viii ix x s t"""
STOPWORDS = frozenset(_STOPWORDS.split())

# Derivations that the stemmer does not bring together: irregular verbs and Latin nouns.
_FAMILIES = {
    "retention": "retain", "retentive": "retain", "destruction": "destroy", "destructive": "destroy",
    "written": "write", "wrote": "write", "kept": "keep", "held": "hold", "sold": "sell", "gave": "give",
    "given": "give", "took": "take", "taken": "take", "made": "make", "bought": "buy", "brought": "bring",
    "sought": "seek", "told": "tell", "lost": "lose", "loss": "lose", "losses": "lose", "chosen": "choose",
    "choice": "choose", "decision": "decide", "decisions": "decide", "receipt": "receive",
    "people": "person", "children": "child", "notification": "notify", "notifications": "notify",
    "disclosure": "disclose", "disclosures": "disclose", "disposal": "dispose", "removal": "remove",
    "erasure": "erase", "deletion": "delete", "deletions": "delete", "retrieval": "retrieve",
    "analysis": "analyze", "analyses": "analyze", "analyse": "analyze", "proof": "prove",
    "permission": "permit", "permissible": "permit", "transmission": "transmit", "response": "respond",
    "solicitation": "solicit", "assignment": "assign", "acquisition": "acquire", "acquirement": "acquire",
    "identification": "identify", "maintenance": "maintain", "approval": "approve", "renewal": "renew",
    "refusal": "refuse", "responsibility": "responsible", "responsibilities": "responsible",
    "encryption": "encrypt", "confidentiality": "confidential", "orally": "oral", "verification": "verify",
    "classification": "classify", "authorisation": "authorize", "authorization": "authorize",
    "authorised": "authorize", "authorise": "authorize", "minimisation": "minimize",
    "minimise": "minimize", "minimization": "minimize", "anonymise": "anonymize",
    "anonymised": "anonymize", "pseudonymisation": "pseudonymize", "pseudonymised": "pseudonymize",
    "pseudonymise": "pseudonymize", "sanitise": "sanitize", "organisation": "organization",
    "organisational": "organization", "organizational": "organization", "subcontractor": "subcontract",
}  # fmt: skip


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The Porter2 stem of a lower-case ``word``, after a table of irregular families."""
    if word.endswith("'s"):
        word = word[:-2]
    return str(_stemmer().stemWord(_FAMILIES.get(word, word)))


def words(text: str) -> list[tuple[str, int, int]]:
    """Lower-case words and numbers of ``text`` with their half-open offsets."""
    return [(m.group().lower().replace("’", "'"), m.start(), m.end()) for m in WORD.finditer(text)]


def is_content(word: str) -> bool:
    """Whether a lower-case word says something about the subject."""
    return word not in STOPWORDS and (len(word) > 2 or word[0].isdigit())


@lru_cache(maxsize=1)
def _weights() -> tuple[dict[str, float], float]:
    table = json.loads(files(__package__).joinpath("idf.json").read_text("utf-8"))
    return table["idf"], float(table["unseen"])


def weight(stemmed: str) -> float:
    """Inverse document frequency of a stem in general contract, policy and terms-of-service prose.

    From a fixed table and not from the tenant's corpus: a judgement may depend on nothing but its
    requirement and candidates.
    """
    table, unseen = _weights()
    return table.get(stemmed, unseen)


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    table = json.loads(files(__package__).joinpath("thesaurus.json").read_text("utf-8"))
    members: dict[str, set[int]] = {}
    for number, group in enumerate(table["groups"]):
        for word in group:
            members.setdefault(stem(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in members.items()}


_NONE: frozenset[int] = frozenset()


def groups(stemmed: str) -> frozenset[int]:
    """Numbers of the thesaurus groups that a stem belongs to."""
    return _groups().get(stemmed, _NONE)
