"""Archives and messages taken apart in a child process: all members, or a reason and none of them."""

import io
import stat
import struct
import sys
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from radar_pipeline.errors import SourceUnreadableError, StoreError
from radar_pipeline.ingest import zips
from radar_pipeline.ingest.containers import DEEPEST, Member, container_for, names
from radar_pipeline.ingest.discover import SourceFile, bytes_hash, content_hash
from radar_pipeline.ingest.isolate import ParserPool
from radar_pipeline.ingest.parsers import ParseProblem, office, parser_for
from radar_pipeline.ingest.unpack import Room, Unpacked, unpack
from radar_pipeline.models import UnreadableReason
from radar_pipeline.settings import Settings
from tests.support.packing import mailed, zipped


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(Settings(workers=1)) as pool:
        yield pool


def opened(
    pool: ParserPool, folder: Path, data: bytes, name: str = "a.zip", depth: int = 1, room: Room | None = None
) -> list[Unpacked] | UnreadableReason:
    path = folder / name
    path.write_bytes(data)
    file = SourceFile("doc-1", name, path, len(data), 0)
    return unpack(pool, file, content_hash(file), folder / "spool", name, depth, room or Room())


def found(*arguments: object, **more: object) -> list[str]:
    members = opened(*arguments, **more)  # type: ignore[arg-type]
    assert not isinstance(members, UnreadableReason), members
    return [member.path for member in members]


def members(name: str, data: bytes) -> list[Member]:
    container = container_for(name)
    assert container is not None
    return list(container.members(data, name))


def changed(data: bytes, **fields: int) -> bytes:
    """An archive whose directory says something else of its first member."""
    at = data.index(b"PK\x01\x02")
    places = {"flags": (8, "<H"), "method": (10, "<H"), "size": (24, "<I"), "attributes": (38, "<I")}
    out = bytearray(data)
    for name, value in fields.items():
        offset, form = places[name]
        struct.pack_into(form, out, at + offset, value)
    return bytes(out)


# ── ZIP ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_come_whole_with_their_hashes_however_they_were_packed(
    pool: ParserPool, tmp_path: Path, method: int
) -> None:
    long = b"A sentence. " * 200_000  # several messages
    data = zipped({"in/": b"", "in/policy.md": "# Policy", "long.txt": long, "empty.md": b""}, method)
    parts = opened(pool, tmp_path, data)
    assert isinstance(parts, list)
    assert [part.path for part in parts] == ["a.zip/in/policy.md", "a.zip/long.txt", "a.zip/empty.md"]
    assert [part.location.read_bytes() for part in parts] == [b"# Policy", long, b""]
    assert [part.content_hash for part in parts] == [bytes_hash(p.location.read_bytes()) for p in parts]
    assert [part.size for part in parts] == [8, len(long), 0]


def test_zip64_is_read(pool: ParserPool, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.md", "w", force_zip64=True) as member:
        member.write(b"text")
    assert found(pool, tmp_path, out.getvalue()) == ["a.zip/a.md"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no archive at all", "mismatch"),
        (zipped({"a.md": "text"})[:40], "malformed"),
        (zipped({f"{n}.md": "" for n in range(zips.MOST_MEMBERS + 1)}), "bomb"),
        (zipped({"a.md": bytes(40_000_000)}), "bomb"),  # 1,000 times what it is packed
        (changed(zipped({"a.md": "text"}), size=600_000_000), "bomb"),
        (changed(zipped({"a.md": "text"}), flags=1), "encrypted"),
        (changed(zipped({"a.md": "text"}), method=9), "unsupported"),
        (changed(zipped({"a.md": "text"}), attributes=(stat.S_IFLNK | 0o777) << 16), "malformed"),
        (zipped({"a.md": "text", "../../etc/passwd": "x"}), "malformed"),
        (zipped({"/etc/passwd": "x"}), "malformed"),
        (zipped({"C:/windows/x.md": "x"}), "malformed"),
        (zipped({"..\\..\\x.md": "x"}), "malformed"),
    ],
)
def test_a_refused_archive_has_one_reason_and_no_members(
    pool: ParserPool, tmp_path: Path, data: bytes, reason: str
) -> None:
    assert opened(pool, tmp_path, data) == UnreadableReason(reason)


def test_members_that_share_their_packed_bytes_are_a_bomb(pool: ParserPool, tmp_path: Path) -> None:
    data = zipped({"0.md": bytes(15_000_000)})
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start:end]
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, 30, 30, 30 * len(entry))
    assert opened(pool, tmp_path, data[:start] + entry * 30 + tail) is UnreadableReason.BOMB


def test_a_member_broken_in_the_middle_leaves_none(pool: ParserPool, tmp_path: Path) -> None:
    data = bytearray(zipped({"a.md": "whole", "b.md": "x" * 100}, zipfile.ZIP_STORED))
    at = data.index(b"xxxx")
    data[at] = ord("y")  # the checksum no longer fits
    assert opened(pool, tmp_path, bytes(data)) is UnreadableReason.MALFORMED


def test_what_comes_out_is_bounded_over_the_whole_chain(pool: ParserPool, tmp_path: Path) -> None:
    data = zipped({"a.md": "1234", "b.md": "5678"})
    room = Room(members=3, bytes=12)
    assert len(found(pool, tmp_path, data, room=room)) == 2
    assert (room.members, room.bytes) == (1, 4)
    assert opened(pool, tmp_path, data, room=room) is UnreadableReason.BOMB
    assert opened(pool, tmp_path, data, room=Room(members=9, bytes=7)) is UnreadableReason.BOMB


def test_a_container_within_too_many_others_may_hold_nothing(pool: ParserPool, tmp_path: Path) -> None:
    data = zipped({"a.md": "text"})
    assert found(pool, tmp_path, data, depth=DEEPEST) == ["a.zip/a.md"]
    assert opened(pool, tmp_path, data, depth=DEEPEST + 1) is UnreadableReason.BOMB
    assert found(pool, tmp_path, mailed({}), "a.eml", depth=DEEPEST + 1) == []


LYING = """
import radar_pipeline.ingest.server as server
from radar_pipeline.ingest.wire import CONTENT, NAME
def unpack(request, writer):
    {lie}
    return {{"members": 1}}
server._unpack = unpack
server.main()
"""


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ("[server._send(writer, NAME, b'x') for _ in range(99)]", "bomb"),
        ("server._send(writer, NAME, b'x'); server._send(writer, CONTENT, bytes(5000))", "bomb"),
        ("server._send(writer, NAME, b'../../x')", "malformed"),
        ("server._send(writer, CONTENT, b'of nothing')", "crash"),
        ("server._send(writer, NAME, b'x'); import os; os._exit(0)", "crash"),
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(tmp_path: Path, lie: str, reason: str) -> None:
    command = (sys.executable, "-c", LYING.format(lie=lie))
    with ParserPool(Settings(workers=1), command=command) as hostile:
        room = Room(members=20, bytes=1000)
        assert opened(hostile, tmp_path, zipped({"a.md": "x"}), room=room) == UnreadableReason(reason)
    assert not (tmp_path.parent / "x").exists()


def test_a_container_that_changed_or_a_full_disk_is_no_verdict_on_it(
    pool: ParserPool, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.md": "x"}))
    file = SourceFile("doc-1", "a.zip", path, 9, 0)
    with pytest.raises(SourceUnreadableError):
        unpack(pool, file, "of another content", tmp_path / "spool", "a.zip", 1, Room())
    (tmp_path / "occupied").write_text("a file where the spool should be")
    with pytest.raises(StoreError):
        unpack(pool, file, content_hash(file), tmp_path / "occupied", "a.zip", 1, Room())
    assert found(pool, tmp_path, zipped({"a.md": "x"})) == ["a.zip/a.md"]


# ── Names ─────────────────────────────────────────────────────────────────────────────────────


def test_names_are_distinct_and_show_nothing_that_hides() -> None:
    listed = [
        *("a.md", "a.md", "A.md", "a (2).md", "sub/x", "sub", "b\u202egpj.exe.md", "c\x1b[31m.md"),
        *(".//d/./e.md", "win\\dir\\f.md", "x" * 300 + ".pdf", "", "e\u0301.md"),
    ]
    paths = names.paths(listed, "o.zip")
    assert len(set(paths)) == len(listed)
    assert paths[:6] == [
        *("o.zip/a.md", "o.zip/a (2).md", "o.zip/A.md", "o.zip/a (2) (2).md"),
        *("o.zip/sub/x", "o.zip/sub (2)"),
    ]
    assert paths[6:10] == ["o.zip/b_gpj.exe.md", "o.zip/c_[31m.md", "o.zip/d/e.md", "o.zip/win/dir/f.md"]
    assert len(paths[10]) < 220 and paths[10].endswith(".pdf")
    assert paths[11:] == ["o.zip/unnamed", "o.zip/\u00e9.md"]
    assert names.paths(listed, "o.zip") == paths


def test_a_colon_is_no_reason_to_refuse_a_name(pool: ParserPool, tmp_path: Path) -> None:
    assert names.paths(["R: Offer 2026.eml", "C:notes.md", "at 10:30.md"], "o") == [
        *("o/R_ Offer 2026.eml", "o/C_notes.md", "o/at 10_30.md")
    ]
    for place in ("C:/x.md", "c:\\x.md", "..", "a/../b", "/x", "\\x"):
        with pytest.raises(ParseProblem):
            names.paths([place], "o")
    assert found(pool, tmp_path, zipped({"R: offer.md": "x"})) == ["a.zip/R_ offer.md"]


def test_whatever_a_forwarded_subject_or_an_attachment_is_called_the_message_is_taken_apart(
    pool: ParserPool, tmp_path: Path
) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@x.example", "Offers"
    mail.set_content("See below.")
    for subject in ("R: Offerta 2026", "..\\..\\x", "c:/x", ".."):
        forwarded = EmailMessage()
        forwarded["From"], forwarded["Subject"] = "c@x.example", subject
        forwarded.set_content("The offer.")
        mail.add_attachment(forwarded)
    for name in ("..", "I: plan.md", "c:\\plan.md"):
        mail.add_attachment("# Plan", subtype="markdown", filename=name)
    assert found(pool, tmp_path, bytes(mail), "m.eml") == [
        *("m.eml/R_ Offerta 2026.eml", "m.eml/..-..-x.eml", "m.eml/c_-x.eml", "m.eml/--.eml"),
        *("m.eml/--", "m.eml/I_ plan.md", "m.eml/c_-plan.md"),
    ]


def test_names_in_cp437_and_unmarked_utf_8_are_read() -> None:
    marked = zipped({"f\u00fcr.md": "x"})
    assert [m.name for m in members("a.zip", marked)] == ["f\u00fcr.md"]
    for encoding in ("cp437", "utf-8"):
        raw = "f\u00fcr.md".encode(encoding)
        data = zipped({"f" + "x" * (len(raw) - 4) + ".md": "x"})
        plain = ("f" + "x" * (len(raw) - 4) + ".md").encode()
        assert [m.name for m in members("a.zip", data.replace(plain, raw))] == ["f\u00fcr.md"]


# ── Messages ──────────────────────────────────────────────────────────────────────────────────


def test_attachments_of_a_message_are_members_and_its_decoration_is_not() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@x.example", "Plan"
    mail.set_content("See below.")
    mail.add_alternative("<p>See below.</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="plan.pdf")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="scan.png")
    mail.add_attachment(
        b"\x89PNG", maintype="image", subtype="png", filename="logo.png", disposition="inline"
    )
    mail.add_attachment("a,b", subtype="csv", filename="../evil/list.csv")
    mail.add_attachment(b"seal", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    forwarded = EmailMessage()
    forwarded["From"], forwarded["Subject"] = "c@x.example", "Old/new plan"
    forwarded.set_content("The old plan.")
    forwarded.add_attachment("# Old", subtype="markdown", filename="old.md")
    mail.add_attachment(forwarded)
    listed = members("mail.eml", bytes(mail))
    assert [m.name for m in listed] == ["plan.pdf", "scan.png", "..-evil-list.csv", "Old-new plan.eml"]
    assert listed[0].data == b"%PDF-1.7"
    assert [m.name for m in members("x.eml", listed[-1].data)] == ["old.md"]
    assert members("mail.eml", bytes(mail)) == listed


def test_an_attachment_on_the_alternative_that_is_not_shown_is_a_member() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@x.example", "Plan"
    mail.set_content("Plain.")
    mail.add_alternative("<p>Rich.</p>", subtype="html")
    rich = mail.get_payload()[1]  # type: ignore[index]
    rich.make_mixed()  # type: ignore[union-attr]
    rich.add_attachment(b"# Policy", maintype="text", subtype="markdown", filename="policy.md")  # type: ignore[union-attr]
    assert [m.name for m in members("mail.eml", bytes(mail))] == ["policy.md"]


# ── Office files, and what a name promises ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"word/document.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}, "malformed"),
        ({"word/document.xml": "<!DOCTYPE x><x/>".encode("utf-16")}, "malformed"),
        ({"word/hidden.bin": "  <!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"}, "malformed"),
        ({"content.xml": "<?xml version='1.0' encoding='UTF-7'?>+ADw-!DOCTYPE x+AD4-<x/>"}, "malformed"),
        ({"../word/document.xml": "<x/>"}, "malformed"),
        ({"META-INF/manifest.xml": "<m><encryption-data/></m>", "content.xml": "x"}, "encrypted"),
        ({"word/media/image.png": bytes(40_000_000)}, "bomb"),
    ],
)
def test_an_office_file_that_is_not_plain_is_refused_before_a_library_sees_it(
    files: dict[str, str | bytes], reason: str
) -> None:
    with pytest.raises(ParseProblem) as problem, office.opened(zipped(files)):
        pass
    assert problem.value.reason == UnreadableReason(reason)


def test_a_plain_office_file_is_opened() -> None:
    files: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": "<?xml version='1.0' encoding='UTF-8'?><x>the word DOCTYPE</x>",
        "media/a.png": b"\x89PNG",
    }
    with office.opened(zipped(files)) as archive:
        assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"<html>log in</html>"),
        ("a.docx", b"%PDF-1.7"),
        ("a.xlsx", b"a,b\n1,2"),
        ("a.zip", b"Rar!\x1a\x07"),
        ("a.msg", b"From: a@x.example\n\nText"),
        ("a.md", b"PK\x03\x04rest"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"),
        ("a.html", b"%PDF-1.7 rest"),
        ("a.eml", b"\x89PNG\r\n\x1a\nrest"),
        ("a.txt", b"\x7fELF rest"),
    ],
)
def test_a_wrong_ending_is_a_mismatch_and_not_read_by_guess(name: str, data: bytes) -> None:
    parser = parser_for(name)
    assert parser is not None
    with pytest.raises(ParseProblem) as problem:
        parser.parse(data, name)
    assert problem.value.reason is UnreadableReason.MISMATCH
