"""Packs an Office file so that the same content gives the same bytes."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(?=</dcterms:modified>)")


def repack(data: bytes, written: date, path: Path) -> None:
    """Write ``data`` to ``path`` with ``written`` as the time of each part and of the last change."""
    stamp = (written.year, written.month, written.day, 9, 0, 0)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{written}T09:00:00Z".encode(), content)
            part = zipfile.ZipInfo(name, stamp)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 3  # the default depends on the machine
            new.writestr(part, content)
