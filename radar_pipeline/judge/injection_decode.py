"""What encoded runs of a text say: Base64, hexadecimal, binary, percent signs, character references,
ROT13, letters apart, letters backwards. Nothing is run, and no more is decoded than was there."""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{20,}(?:\r?\n[A-Za-z0-9+/_-]{8,})*={0,2}(?![\w+/=])")
_HEX = re.compile(r"(?<![\w])(?:(?:\\x|0x)?[0-9a-f]{2}[ :,]?){12,}(?![\w])", re.IGNORECASE)
_BINARY = re.compile(r"(?<![\w])(?:[01]{8}[ ,]?){8,}(?![\w])")
_PERCENT = re.compile(r"(?:%[0-9a-f]{2}|[\w.+-]){20,}", re.IGNORECASE)
_REFERENCES = re.compile(r"(?:&#x?[0-9a-f]{1,6};|[\w .]){12,}", re.IGNORECASE)
_SPACED = re.compile(r"(?<!\w)(?:[^\W_][ .·*-]{1,4}){8,}[^\W_](?!\w)")
_TAGS = re.compile("[\U000e0020-\U000e007e]{8,}")
_LONGEST = 20_000  # characters of one run
_READABLE = 0.85  # share of letters and spaces in a decoding that is text


def decodings(text: str) -> Iterator[tuple[int, int, str]]:
    """Encoded runs with their half-open offsets and what they say."""
    for pattern, decode in _WAYS:
        for match in pattern.finditer(text):
            said = decode(match.group()[:_LONGEST])
            if said and _is_text(said):
                yield match.start(), match.end(), said


def _is_text(said: str) -> bool:
    plain = sum(c.isalpha() or c.isspace() for c in said)
    return len(said) >= 8 and plain >= _READABLE * len(said) and any(c.isspace() for c in said)


def _from_base64(run: str) -> str:
    packed = re.sub(r"\s", "", run).rstrip("=").replace("-", "+").replace("_", "/")
    packed = packed[: len(packed) - (len(packed) % 4 == 1)]
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _from_hex(run: str) -> str:
    digits = re.sub(r"\\x|0x|[^0-9a-fA-F]", "", run)
    try:
        return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _from_binary(run: str) -> str:
    return bytes(int(byte, 2) for byte in re.findall("[01]{8}", run)).decode("utf-8", "replace")


def _from_percent(run: str) -> str:
    return unquote(run).replace("+", " ") if run.count("%") >= 3 else ""


def _from_references(run: str) -> str:
    return html.unescape(run) if run.count("&#") >= 8 else ""


def _from_spaced(run: str) -> str:
    """Words are parted by wider gaps than letters."""
    return re.sub(r"(?<=\w)[ .·*-](?=\w)", "", re.sub(r"[ .·*-]{2,}", "  ", run))


def _from_tags(run: str) -> str:
    return "".join(chr(ord(c) - 0xE0000) for c in run)


_WAYS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (_BASE64, _from_base64),
    (_HEX, _from_hex),
    (_BINARY, _from_binary),
    (_PERCENT, _from_percent),
    (_REFERENCES, _from_references),
    (_SPACED, _from_spaced),
    (_TAGS, _from_tags),
)
