"""Writes messages as Outlook saves them: a minimal compound file (MS-CFB) of properties (MS-OXMSG)."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STRING, BINARY, LONG, TIME, OBJECT = 0x1F, 0x102, 0x03, 0x40, 0x0D
Tree = dict[str, "bytes | Tree"]

SUBJECT, BODY, HTML, RTF, HEADERS, CLASS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D, 0x001A
SENDER, SENDER_ADDRESS, TO, SENT, CODEPAGE = 0x0C1A, 0x0C1F, 0x0E04, 0x0039, 0x3FDE
NAME, DATA, CONTENT_ID, METHOD = 0x3707, 0x3701, 0x3712, 0x3705


@dataclass(frozen=True)
class Attached:
    """A file, or a message within."""

    name: str
    content: "bytes | Outlook"
    in_text: bool = False


@dataclass(frozen=True)
class Outlook:
    """A message to be written."""

    properties: Mapping[int, "str | bytes | int | datetime"]
    attachments: Sequence[Attached] = field(default_factory=tuple)

    def __bytes__(self) -> bytes:
        return compound(self.tree(32))

    def tree(self, header: int) -> Tree:
        tree = properties(self.properties, header)
        for number, attached in enumerate(self.attachments):
            tree[f"__attach_version1.0_#{number:08X}"] = _attachment(attached)
        return tree


def _attachment(attached: Attached) -> Tree:
    values: dict[int, str | bytes | int | datetime] = {NAME: attached.name}
    if attached.in_text:
        values[CONTENT_ID] = "picture@here"
    if isinstance(attached.content, bytes):
        return properties(values | {DATA: attached.content, METHOD: 1}, 8)
    tree = properties(values | {METHOD: 5}, 8)
    tree["__substg1.0_3701000D"] = attached.content.tree(24)
    return tree


def properties(values: Mapping[int, "str | bytes | int | datetime"], header: int) -> Tree:
    """The streams of an object with these properties."""
    tree: Tree = {}
    table = bytes(header)
    for number, value in values.items():
        if isinstance(value, int):
            table += struct.pack("<HHIII", LONG, number, 6, value, 0)
        elif isinstance(value, datetime):
            ticks = int((value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10**7)
            table += struct.pack("<HHIQ", TIME, number, 6, ticks)
        else:
            kind, data = (STRING, value.encode("utf-16-le")) if isinstance(value, str) else (BINARY, value)
            tree[f"__substg1.0_{number:04X}{kind:04X}"] = data
            table += struct.pack("<HHIII", kind, number, 6, len(data) + 2, 0)
    tree["__properties_version1.0"] = table
    return tree


def compound(tree: Tree) -> bytes:
    """A compound file of version 3 with these storages (dicts) and streams (bytes)."""
    file = _Compound()
    file.add("Root Entry", tree, 5)
    return file.bytes()


class _Compound:
    def __init__(self) -> None:
        self.entries: list[list[object]] = []  # name, kind, right, child, start, size
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.mini = b""
        self.minifat: list[int] = []

    def add(self, name: str, node: "bytes | Tree", kind: int) -> int:
        number = len(self.entries)
        entry: list[object] = [name, kind, FREE, FREE, END, 0]
        self.entries.append(entry)
        if isinstance(node, bytes):
            entry[5] = len(node)
            if node:
                entry[4] = self.store(node) if len(node) >= CUTOFF else self.store_mini(node)
            return number
        children = [
            self.add(child, node[child], 2 if isinstance(node[child], bytes) else 1)
            for child in sorted(node, key=lambda n: (len(n), n.upper()))
        ]
        for left, right in pairwise(children):
            self.entries[left][2] = right
        entry[3] = children[0] if children else FREE
        return number

    def store(self, data: bytes) -> int:
        start = len(self.sectors)
        pieces = [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
        self.sectors += pieces
        self.fat += [start + n + 1 for n in range(len(pieces) - 1)] + [END]
        return start

    def store_mini(self, data: bytes) -> int:
        start, count = len(self.minifat), -(-len(data) // MINI)
        self.mini += data.ljust(count * MINI, b"\0")
        self.minifat += [start + n + 1 for n in range(count - 1)] + [END]
        return start

    def bytes(self) -> bytes:
        if self.mini:
            self.entries[0][4], self.entries[0][5] = self.store(self.mini), len(self.mini)
        minifat = b"".join(struct.pack("<I", n) for n in self.minifat)
        minifat_at = (
            self.store(minifat.ljust(-(-len(minifat) // SECTOR) * SECTOR, b"\xff")) if minifat else END
        )
        directory = b"".join(map(_directory_entry, self.entries))
        directory_at = self.store(directory.ljust(-(-len(directory) // SECTOR) * SECTOR, b"\0"))
        count = 1
        while count * (SECTOR // 4) < len(self.sectors) + count:
            count += 1
        fats = list(range(len(self.sectors), len(self.sectors) + count))
        table = b"".join(struct.pack("<I", n) for n in self.fat + [FAT] * count)
        table = table.ljust(count * SECTOR, b"\xff")
        header = struct.pack(
            "<8s16xHHHHH6xIIIIIIIII",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            *(0x3E, 3, 0xFFFE, 9, 6, 0, count, directory_at, 0, CUTOFF),
            *(minifat_at, -(-len(minifat) // SECTOR), END, 0),
        )
        places = b"".join(struct.pack("<I", n) for n in fats).ljust(109 * 4, b"\xff")
        return header + places + b"".join(self.sectors) + table


def _directory_entry(entry: list[object]) -> bytes:
    name, kind, right, child, start, size = entry
    assert isinstance(name, str)
    encoded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ",
        *(encoded, len(encoded), kind, 1, FREE, right, child, 0, start, size),
    )
