"""Messages as Outlook saves them read like e-mails, and their attachments are documents."""

import struct
from datetime import UTC, date, datetime

import pytest

from radar_pipeline.ingest.containers import Member, container_for
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Kind, UnreadableReason
from tests.support.outlook import (
    BODY,
    CLASS,
    CODEPAGE,
    HEADERS,
    HTML,
    RTF,
    SENDER,
    SENDER_ADDRESS,
    SENT,
    SUBJECT,
    TO,
    Attached,
    Outlook,
    compound,
)

KEYS = {SUBJECT: "Key rotation", BODY: "The keys are rotated.", SENDER: "J\u00f6rg", TO: "Ann"}


def parse(message: Outlook | bytes) -> ParsedText:
    parser = parser_for("x.msg")
    assert parser is not None
    return parser.parse(bytes(message), "x.msg")


def reason(message: Outlook | bytes) -> UnreadableReason:
    with pytest.raises(ParseProblem) as problem:
        parse(message)
    return problem.value.reason


def members(message: Outlook) -> list[Member]:
    container = container_for("x.msg")
    assert container is not None
    return list(container.members(bytes(message), "x.msg"))


def test_a_message_is_a_record_of_its_day_under_its_subject() -> None:
    parsed = parse(
        Outlook({**KEYS, SENDER_ADDRESS: "j@x.example", SENT: datetime(2025, 2, 3, 9, tzinfo=UTC)})
    )
    assert parsed.text == (
        "Key rotation\n\nFrom: J\u00f6rg <j@x.example>\nTo: Ann\n"
        "Date: Mon, 03 Feb 2025 09:00:00 +0000\n\nThe keys are rotated."
    )
    assert [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "heading"] == ["Key rotation"]
    assert parsed.meta.kind is Kind.RECORD
    assert (parsed.meta.title, parsed.meta.effective_date) == ("Key rotation", date(2025, 2, 3))


def test_its_internet_headers_say_best_who_wrote_to_whom() -> None:
    headers = "From: Ann <a@x.example>\r\nTo: b@x.example\r\nDate: Tue, 04 Feb 2025 10:00:00 +0100\r\n"
    parsed = parse(Outlook({**KEYS, HEADERS: headers}))
    assert "From: Ann <a@x.example>\nTo: b@x.example\nDate: Tue, 04 Feb 2025 10:00:00 +0100" in parsed.text
    assert parsed.meta.effective_date == date(2025, 2, 4)


def test_quoted_mails_stay_and_a_signature_is_furniture_as_in_an_e_mail() -> None:
    body = "Agreed.\r\n\r\n> The keys are rotated\r\n> every year.\r\n\r\n-- \r\nJ\u00f6rg, Keys Ltd"
    parsed = parse(Outlook({**KEYS, BODY: body}))
    assert parsed.text.endswith("Agreed.\n\nThe keys are rotated\nevery year.\n\nJ\u00f6rg, Keys Ltd")
    assert [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "furniture"] == [
        "J\u00f6rg, Keys Ltd"
    ]


def test_html_is_read_where_there_is_no_plain_text_in_its_own_encoding() -> None:
    html = "<html><body><h2>Plan</h2><p>Gro\u00dfe Schl\u00fcssel.</p></body></html>"
    for codepage, encoding in ((65001, "utf-8"), (1252, "cp1252"), (0, "cp1252"), (12345, "cp1252")):
        message = Outlook({SUBJECT: "Keys", BODY: " ", HTML: html.encode(encoding), CODEPAGE: codepage})
        assert parse(message).text == "Keys\n\nPlan\n\nGro\u00dfe Schl\u00fcssel.", codepage


def test_rich_text_is_unpacked_where_there_is_nothing_else() -> None:
    source = rb"{\rtf1\ansi The keys are rotated.\par}"
    plain = struct.pack("<III4x", len(source) + 12, len(source), 0x414C454D) + source
    assert parse(Outlook({SUBJECT: "Keys", RTF: plain})).text == "Keys\n\nThe keys are rotated."
    # Its first six bytes are those that the window begins with: one token, then letters, then the end.
    known, rest = b"{\\rtf1", b" Keys rotate.}"
    body = (
        bytes([0b00000001])
        + struct.pack(">H", 0 << 4 | (len(known) - 2))
        + rest[:7]
        + bytes([1 << 7])
        + rest[7:]
    )
    end = 207 + len(known) + len(rest)
    body += struct.pack(">H", end << 4)
    packed = struct.pack("<III4x", len(body) + 12, len(known) + len(rest), 0x75465A4C) + body
    assert parse(Outlook({SUBJECT: "Keys", RTF: packed})).text == "Keys\n\nKeys rotate."


def test_attachments_are_members_and_the_picture_of_a_signature_is_not() -> None:
    message = Outlook(
        KEYS,
        [
            Attached("plan.md", b"# Plan\n" * 2000),
            Attached("logo.png", b"\x89PNG", in_text=True),
            Attached("inline.pdf", b"%PDF-1.7", in_text=True),
            Attached("scan.png", b"\x89PNG"),
        ],
    )
    assert [m.name for m in members(message)] == ["plan.md", "inline.pdf", "scan.png"]
    assert members(message)[0].data == b"# Plan\n" * 2000
    assert "Attachment: plan.md\n\nAttachment: scan.png" in parse(message).text


def test_a_message_within_is_an_e_mail_with_its_own_attachments_and_always_the_same_bytes() -> None:
    inner = Outlook({SUBJECT: "Alte Schl\u00fcssel", BODY: "Old."}, [Attached("\u00fc.md", b"# Deep")])
    message = Outlook(KEYS, [Attached("", inner)])
    (member,) = members(message)
    assert member == members(message)[0]
    assert member.name == "Alte Schl\u00fcssel.eml"
    eml, container = parser_for(member.name), container_for(member.name)
    assert eml is not None and container is not None
    assert eml.parse(member.data, member.name).text == "Alte Schl\u00fcssel\n\nOld.\n\nAttachment: \u00fc.md"
    assert list(container.members(member.data, member.name)) == [Member("\u00fc.md", b"# Deep")]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (compound({"Workbook": b"an old sheet"}), "mismatch"),
        (b"From: a@x.example\n\nText", "mismatch"),
        (bytes(Outlook(KEYS))[:700], "malformed"),
        (Outlook({SUBJECT: "Keys"}), "empty"),
        (Outlook({SUBJECT: "Keys", CLASS: "IPM.Note.SMIME"}, [Attached("smime.p7m", b"x")]), "encrypted"),
        (Outlook({SUBJECT: "Keys", RTF: struct.pack("<IIII", 9, 1 << 30, 0x75465A4C, 0) + b"x"}), "bomb"),
    ],
)
def test_what_cannot_be_read_says_why(message: Outlook | bytes, why: str) -> None:
    assert reason(message) == UnreadableReason(why)


def test_streams_that_share_their_sectors_are_a_bomb() -> None:
    data = bytearray(bytes(Outlook({**KEYS, HTML: b"x" * 5000})))
    at = data.index("__substg1.0_10130102".encode("utf-16-le"))
    struct.pack_into("<Q", data, at + 120, 1 << 30)
    assert reason(bytes(data)) is UnreadableReason.BOMB
