"""Writes an e-mail with attachments: headers as they were written, a boundary that its parts decide."""

import base64
import hashlib
import mimetypes
from collections.abc import Mapping

LINE = 76  # characters of base64, as in RFC 2045


def compose(written: str, attachments: Mapping[str, bytes]) -> bytes:
    """The bytes of a message. ``written``: headers, a blank line, the text; ``attachments`` by name.

    Raises ValueError without the blank line.
    """
    headers, found, text = written.partition("\n\n")
    if not found:
        raise ValueError("a message has headers, a blank line and a text")
    parts = [
        'Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n' + text.rstrip("\n")
    ]
    parts += [_attachment(name, content) for name, content in attachments.items()]
    boundary = "----=_Part_" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
    lines = [
        headers,
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        *(f"--{boundary}\n{part}\n" for part in parts),
        f"--{boundary}--",
        "",
    ]
    return "\n".join(lines).encode()


def _attachment(name: str, content: bytes) -> str:
    kind = mimetypes.types_map.get(f".{name.rpartition('.')[2]}", "application/octet-stream")
    encoded = base64.b64encode(content).decode()
    return "\n".join(
        [
            f'Content-Type: {kind}; name="{name}"',
            "Content-Transfer-Encoding: base64",
            f'Content-Disposition: attachment; filename="{name}"',
            "",
            *(encoded[start : start + LINE] for start in range(0, len(encoded), LINE)),
        ]
    )
