"""RTF as Outlook packs it into a message (MS-OXRTFCP), as plain text."""

import struct

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.blocks import BlockWriter
from radar_pipeline.ingest.parsers.rtf.reader import Reader
from radar_pipeline.models import UnreadableReason

_HEADER = struct.Struct("<III4x")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_LARGEST = 64 * 1024 * 1024  # bytes
# What every window begins with: words that RTF often has.
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked(data: bytes) -> str:
    """The text of a packed RTF; empty if there is none. Raises ParseProblem ``malformed``, ``bomb``."""
    if len(data) <= _HEADER.size:
        return ""
    _, size, kind = _HEADER.unpack_from(data)
    if kind not in (_COMPRESSED, _PLAIN):
        raise ParseProblem(UnreadableReason.MALFORMED)
    if size > _LARGEST:
        raise ParseProblem(UnreadableReason.BOMB)
    body = data[_HEADER.size :]
    source = _decompressed(body, size) if kind == _COMPRESSED else body[:size]
    reader, writer = Reader(), BlockWriter()
    reader.read(source.decode("latin-1"))
    writer.write(reader.blocks)
    return writer.builder.text()


def _decompressed(data: bytes, size: int) -> bytes:
    """A flag byte tells for each of eight tokens: a byte, or two that point into the window."""
    window = bytearray(_WINDOW)
    window[: len(_KNOWN)] = _KNOWN
    write, at, result = len(_KNOWN), 0, bytearray()
    while at < len(data) and len(result) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                result.append(data[at])
                window[write % _WINDOW] = data[at]
                write, at = write + 1, at + 1
                continue
            if at + 1 >= len(data):
                return bytes(result)
            token, at = data[at] << 8 | data[at + 1], at + 2
            offset, length = token >> 4, (token & 0xF) + 2
            if offset == write % _WINDOW:  # the mark of the end
                return bytes(result)
            for step in range(length):
                byte = window[(offset + step) % _WINDOW]
                result.append(byte)
                window[write % _WINDOW] = byte
                write += 1
    return bytes(result[:size])
