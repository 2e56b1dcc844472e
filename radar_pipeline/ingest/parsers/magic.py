"""Whether a file's first bytes fit its name. A wrong ending is a finding, not a reason to guess."""

import re
from collections.abc import Callable

PDF = b"%PDF-"
ZIP = b"PK"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WITHIN = 1024  # bytes: readers accept the header that far in, behind what a mail program put there
_RTF = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\\rtf")
# First bytes of what is no text, whatever its name says.
_BINARY = (
    *(PDF, OLE, b"PK\x03\x04", b"PK\x05\x06", b"\x7fELF", b"MZ\x90\x00", b"\x1f\x8b\x08"),
    *(b"BZh9", b"Rar!\x1a\x07"),
    *(b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"),
    *(b"\x00\x00\x01\x00", b"SQLite format 3\x00", b"\xca\xfe\xba\xbe", b"OggS", b"ID3\x03", b"ID3\x04"),
)


def fits(suffix: str, data: bytes) -> bool:
    """Whether bytes may be a file of this ending (lower case, with the dot)."""
    return _CHECKS.get(suffix, _is_text)(data)


def _is_pdf(data: bytes) -> bool:
    return PDF in data[:_PDF_WITHIN]


def _is_archive(data: bytes) -> bool:
    return data.startswith(ZIP)


def _is_office(data: bytes) -> bool:
    """An archive; an encrypted office file is an OLE one, which its parser tells from an old one."""
    return data.startswith((ZIP, OLE))


def _is_ole(data: bytes) -> bool:
    return data.startswith(OLE)


def _is_rtf(data: bytes) -> bool:
    return _RTF.match(data) is not None


def _is_text(data: bytes) -> bool:
    return not data.startswith(_BINARY)


_CHECKS: dict[str, Callable[[bytes], bool]] = {
    ".pdf": _is_pdf,
    ".zip": _is_archive,
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"), _is_office),
    **dict.fromkeys((".docm", ".xlsm", ".xlsb", ".pptm", ".dotx", ".xltx", ".potx", ".ppsx"), _is_office),
    **dict.fromkeys((".msg", ".doc", ".xls", ".ppt"), _is_ole),
    ".rtf": _is_rtf,
}
