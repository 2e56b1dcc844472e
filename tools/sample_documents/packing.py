"""Packs a file of parts – an Office file, an archive – so that the same content gives the same bytes."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(?=</dcterms:modified>)")


def repack(data: bytes, written: date, path: Path) -> None:
    """Write ``data`` to ``path`` with ``written`` as the time of each part and of the last change."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    if core := parts.get("docProps/core.xml"):
        parts["docProps/core.xml"] = _MODIFIED.sub(rb"\g<1>" + f"{written}T09:00:00Z".encode(), core)
    pack(parts, written, path)


def pack(parts: Mapping[str, bytes], written: date, path: Path, stored: frozenset[str] = frozenset()) -> None:
    """Write ``parts``, by name and in order, with ``written`` as their time; ``stored`` ones as they are."""
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, (written.year, written.month, written.day, 9, 0, 0))
            part.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            part.create_system = 3  # the default depends on the machine
            new.writestr(part, content)
