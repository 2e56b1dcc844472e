"""Phone numbers in running text: those with a country code, those after a word such as "tel", and
those in the grouping of a country, proved by its numbering plan (the phonenumbers library)."""

import re

_PROOFS = 400  # in one text, for a proof takes time; a text with more is a list, and the shape is enough
_DIGIT = re.compile(r"\d")
_GAP = r"[ \xa0\u2009\u202f./\u2010-\u2015-]"
_START = r"(?<![^\W_])(?<![\d.,/-])"
_END = r"(?![^\W_])(?![.,/-]\d)"
_GROUP = r"(?:\d{1,5}|\(\d{1,5}\))"
_ABROAD = re.compile(
    rf"(?<![\w.])(?:(?:\+ ?|(?<![-/])00(?=[1-9]))\d{{1,3}}|\(\+ ?\d{{1,3}}\))(?:{_GAP}?{_GROUP}){{2,9}}{_END}"
)
_TOLD = re.compile(
    r"(?=[tpmcfhdwsrTPMCFHDWSR])(?i:\b(?:tele?phone|phone|tel|mobile|cell|fax|hotline|helpline|call|dial|"
    r"whatsapp|sms|telefon|t[eé]l[eé]phone|t[eé]l|telefono|tel[eé]fono|handy|mobil|telefoon|ring)\b)"
    r"[^\n\d+(]{0,16}"
    rf"(?P<number>(?:\+|\((?=\d{{1,5}}\)))?\d(?:{_GAP}?(?:\d|\(\d|\d\)(?=[ \d]))){{6,14}}){_END}"
)
_AT_HOME = re.compile(
    rf"{_START}(?<!\d[ \xa0])(?:(?P<us>(?:1[ .-])?(?:\(\d{{3}}\) ?|\d{{3}}[-. ])\d{{3}}[-. ]\d{{4}})|"
    r"(?P<fr>0[1-9](?:[ .-]\d\d){4})|"
    rf"(?P<other>(?:0\d{{1,5}}|\(0\d{{1,5}}\))(?:{_GAP}(?:{_GAP})?\d{{2,8}}){{1,4}}))"
    rf"{_END}"
)
_HOMES = ("GB", "DE", "IE", "IT", "NL", "BE", "SE", "CH", "AT", "FR")
_DATE = re.compile(  # or years: what may follow "call" and "phone" and is no number to dial
    r"0?\d{1,2}[./ -]\d{1,2}[./ -](?:19|20)?\d\d|(?:19|20)\d\d[./ -]\d{1,2}[./ -]\d{1,2}|"
    r"(?:19|20)\d\d[/ \u2010-\u2015-](?:19|20)\d\d"
)


def without_phones(text: str, mark: str) -> str:
    """``text`` with ``mark`` for each phone number."""
    if not _DIGIT.search(text):
        return text
    left = iter(range(_PROOFS))

    def unproved() -> bool:
        return next(left, None) is None

    text = _ABROAD.sub(lambda m: mark if unproved() or _is_abroad(m.group()) else m.group(), text)
    text = _TOLD.sub(lambda m: _told(m, mark), text)
    return _AT_HOME.sub(lambda m: mark if unproved() or _is_local(m) else m.group(), text)


def _told(match: re.Match[str], mark: str) -> str:
    number = match.group("number")
    if _DATE.fullmatch(number):
        return match.group()
    return match.group().removesuffix(number) + mark


def _is_local(match: re.Match[str]) -> bool:
    number = match.group()
    if _DATE.fullmatch(number):
        return False
    regions = ("US",) if match.group("us") else ("FR",) if match.group("fr") else _HOMES
    return any(_is_valid(number, region) for region in regions)


def _is_abroad(number: str) -> bool:
    if number.startswith("00"):  # or an item's number: it has to be one that is given out
        return _is_valid("+" + number[2:], None)
    return _is_valid(number, None, possible=True)


def _is_valid(number: str, region: str | None, *, possible: bool = False) -> bool:
    import phonenumbers

    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(found) if possible else phonenumbers.is_valid_number(found)
