"""The forms in which an instruction may hide in a text, undone; a model reads through all of them."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[ :]?){12,}")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){3,}\w\b")
_TAG_BLOCK = 0xE0000  # letters that no font shows, one for each of ASCII


def faces(text: str) -> Iterator[str]:
    """``text`` as it is read, then what is written in it in base64, hexadecimal or spaced letters, in
    ROT13 or backwards."""
    plain = _visible(text)
    yield plain
    for encoded in _BASE64.findall(plain):
        yield from _decoded(encoded)
    for encoded in _HEX.findall(plain):
        with_bytes = bytes.fromhex(re.sub(r"[ :]", "", encoded))
        yield with_bytes.decode("utf-8", "ignore")
    if _SPACED.search(plain):
        yield _SPACED.sub(lambda found: re.sub(r"[ .\-_*]", "", found.group()), plain)
    yield codecs.decode(plain, "rot13")
    yield plain[::-1]


def _visible(text: str) -> str:
    """Compatibility forms folded, entities resolved, invisible letters made visible or dropped."""
    shown = "".join(
        chr(ord(letter) - _TAG_BLOCK) if 0x20 <= ord(letter) - _TAG_BLOCK < 0x7F else letter
        for letter in unquote(html.unescape(text))
    )
    folded = unicodedata.normalize("NFKC", shown)
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")


def _decoded(encoded: str) -> Iterator[str]:
    padded = encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4)
    try:
        yield base64.b64decode(padded, altchars=b"-_" if re.search("[-_]", padded) else None).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
