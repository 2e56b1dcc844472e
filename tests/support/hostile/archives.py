"""Archives: bombs of every kind, lying directories, paths that lead out."""

import io
import stat
import struct
import zipfile
from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

# A member that is refused may be refused alone: the archive's other members are then read.
_REFUSED = "bomb malformed too_large"


def files(full: bool) -> Iterator[Hostile]:
    megabytes = 512 if full else 64
    zeros = bytes(megabytes << 20)
    yield hostile("archive", "flat-bomb.zip", good.archive({"zeros.txt": zeros}), "bomb")
    for suffix, base, inner in (
        ("docx", good.word(), "word/media/image1.png"),
        ("xlsx", good.workbook(), "xl/media/image1.png"),
        ("pptx", good.slides(), "ppt/media/image1.png"),
        ("odt", good.open_text(), "Pictures/image1.png"),
        ("ods", good.open_sheet(), "Pictures/image1.png"),
    ):
        yield hostile("archive", f"media-bomb.{suffix}", good.rezip(base, {inner: zeros}), "bomb")
    yield hostile("archive", "tower.zip", tower(12, 10) if full else tower(6, 3), "bomb parsed")
    yield hostile("archive", "matryoshka.zip", matryoshka(200 if full else 40), "bomb malformed parsed")
    yield hostile("archive", "crowd.zip", crowd(100_000 if full else 5_000), "bomb")
    yield hostile("archive", "overlap.zip", overlap(1 << 20, 1_000), "bomb malformed")
    yield hostile("archive", "lying-small.zip", lying(good.archive({"x.txt": zeros}), 10), "bomb malformed")
    yield hostile("archive", "lying-large.zip", lying(good.folder(), 0xFFFFFFF0), "bomb malformed")
    yield hostile("archive", "lying-ratio.docx", lying(good.word(), 0x7FFFFFF0), "bomb malformed")
    yield hostile("archive", "serpent.zip", serpent(), "malformed bomb parsed")
    yield from _odd()


def _odd() -> Iterator[Hostile]:
    text = good.plain()
    outside = {
        "../../../../tmp/radar-was-here.txt": text,
        "/etc/radar-was-here.txt": text,
        "..\\..\\x.txt": text,
    }
    yield hostile("archive", "slip.zip", good.archive(outside), f"{_REFUSED} parsed")
    yield hostile("archive", "link.zip", link("/etc/passwd"), f"{_REFUSED} parsed empty unsupported")
    yield hostile("archive", "locked.zip", locked(), "encrypted")
    yield hostile("archive", "nothing.zip", good.archive({}), "empty")
    yield hostile(
        "archive",
        "only-pictures.zip",
        good.archive({"a.png": b"\x89PNG\r\n\x1a\n" + bytes(50)}),
        "parsed empty not_text",
    )
    yield hostile(
        "archive",
        "one-good-one-torn.zip",
        good.archive({"ok.txt": text, "torn.docx": good.word()[:900]}),
        "parsed",
    )
    yield hostile("archive", "twice.zip", twice(), f"{_REFUSED} parsed")
    yield hostile(
        "archive", "long-name.zip", good.archive({"n" * 60_000 + ".txt": text}), f"{_REFUSED} parsed"
    )
    yield hostile(
        "archive",
        "names.zip",
        good.archive({"a\nb.txt": text, "\u202egpj.txt": text, "<b>.txt": text, "\x1b[31m.txt": text}),
        "parsed",
    )
    yield hostile("archive", "prefixed.zip", b"MZ" + bytes(500) + good.folder(), "parsed mismatch malformed")
    yield hostile("archive", "no-directory.zip", good.folder()[:-60], "malformed")
    yield hostile("archive", "methods.zip", method_99(), f"{_REFUSED} parsed unsupported")
    yield hostile(
        "archive", "mail-in-zip.zip", good.archive({"a.eml": good.mail(), "b.zip": good.folder()}), "parsed"
    )
    yield hostile(
        "archive",
        "dates.zip",
        good.folder().replace(struct.pack("<H", 0x5C21), b"\xff\xff"),
        "parsed malformed",
    )


def tower(height: int, width: int) -> bytes:
    """Ten archives in each of ten archives …: 10^height files at the bottom, a few kilobytes at the top."""
    data = good.archive({"zeros.txt": bytes(1 << 20)})
    for _ in range(height):
        data = good.archive({f"{n}.zip": data for n in range(width)})
    return data


def matryoshka(depth: int) -> bytes:
    """An archive in an archive in an archive."""
    data = good.folder()
    for _ in range(depth):
        data = good.archive({"inner.zip": data}, zipfile.ZIP_STORED)
    return data


def crowd(members: int) -> bytes:
    """Very many tiny members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", allowZip64=True) as archive:
        for number in range(members):
            archive.writestr(zipfile.ZipInfo(f"{number}.txt"), b"x")
    return out.getvalue()


def overlap(size: int, members: int) -> bytes:
    """One compressed kernel that every entry of the directory points at."""
    kernel = good.archive({"0000.txt": bytes(size)})
    start = kernel.index(b"PK\x01\x02")
    entry = kernel[start : kernel.index(b"PK\x05\x06")]
    directory = b"".join(entry.replace(b"0000.txt", f"{n:04d}.txt".encode()) for n in range(members))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, members, members, len(directory), start, 0)
    return kernel[:start] + directory + end


def lying(data: bytes, size: int) -> bytes:
    """The archive with another unpacked size in every entry, of the directory and of the members."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.find(mark)
        while at >= 0:
            struct.pack_into("<L", changed, at + offset, size)
            at = data.find(mark, at + 4)
    return bytes(changed)


def serpent() -> bytes:
    """A member that claims the whole archive, itself included, as its content."""
    data = bytearray(good.archive({"self.zip": b"x" * 100}, zipfile.ZIP_STORED))
    start = data.index(b"PK\x01\x02")
    for mark, offset in ((0, 18), (start, 20)):
        struct.pack_into("<LL", data, mark + offset, len(data) - 38, len(data) - 38)
    return bytes(data)


def link(target: str) -> bytes:
    """A symbolic link as a member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("passwd.txt")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
    return out.getvalue()


def locked() -> bytes:
    """Every member marked as encrypted."""
    data = bytearray(good.folder())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def twice() -> bytes:
    """Two members of one name: which one a reader sees is its own choice."""
    data = good.archive({"a.txt": b"One text.", "b.txt": b"Another text."})
    return data.replace(b"b.txt", b"a.txt")


def method_99() -> bytes:
    """A compression method that nobody has."""
    data = bytearray(good.archive({"a.txt": good.plain()}))
    struct.pack_into("<H", data, 8, 99)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 99)
    return bytes(data)
