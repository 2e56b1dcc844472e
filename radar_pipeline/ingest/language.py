"""Which language a document is written in, recognised offline by py3langid (Lui & Baldwin 2012)."""

import threading
from functools import cache
from typing import Any

EXAMINED = 5_000  # characters of body
FEWEST_LETTERS = 200  # fewer say too little
CERTAIN = 0.8  # probability, softened by the library for the text's length; measured in the tests
_LOADING = threading.Lock()

# ISO 639-1. Macrolanguages and their members stand side by side, as documents declare both.
CODES = frozenset(
    """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id
    ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu
    lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu
    rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr
    ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu""".split()
)


def recognised(text: str) -> str:
    """ISO 639-1 code of a text's language; empty if it is too short or too mixed to tell."""
    head = text[:EXAMINED]
    if sum(map(str.isalpha, head)) < FEWEST_LETTERS:
        return ""
    with _LOADING:  # two threads would load it twice
        identifier = _identifier()
    code, probability = identifier.classify(head)
    return str(code) if probability >= CERTAIN else ""


def declared(tag: str) -> str:
    """ISO 639-1 code of a language tag (``en-GB`` → ``en``); empty if it is none."""
    code = tag.strip().replace("_", "-").partition("-")[0].lower()
    return code if code in CODES else ""


@cache
def _identifier() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if code in CODES])
    return identifier
