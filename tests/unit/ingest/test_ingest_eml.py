from datetime import date
from email.encoders import encode_base64
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Kind, UnreadableReason


def parse(data: bytes) -> ParsedText:
    parser = parser_for("x.eml")
    assert parser is not None
    return parser.parse(data, "x.eml")


def message(body: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jörg <j@x.example>", "a@x.example", "Log retention"
    mail["Date"] = "Mon, 03 Feb 2025 10:00:00 +0100"
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(body)
    return mail


def body(parsed: ParsedText) -> str:
    return parsed.text.split("+0100\n\n", 1)[1]


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_a_message_is_a_record_of_its_day_under_its_subject() -> None:
    parsed = parse(bytes(message("Agreed.")))
    assert parsed.text == (
        "Log retention\n\nFrom: Jörg <j@x.example>\nTo: a@x.example\n"
        "Date: Mon, 03 Feb 2025 10:00:00 +0100\n\nAgreed."
    )
    assert spans(parsed, "heading") == ["Log retention"]
    assert (parsed.meta.title, parsed.meta.kind) == ("Log retention", Kind.RECORD)
    assert parsed.meta.effective_date == date(2025, 2, 3)


def test_plain_text_is_preferred_and_html_read_where_there_is_none() -> None:
    mail = message("Plain.")
    mail.add_alternative("<p>Rich.</p>", subtype="html")
    assert body(parse(bytes(mail))) == "Plain."
    blank = message("  ")
    blank.add_alternative("<h1>Plan</h1><p>Rich.</p>", subtype="html")
    parsed = parse(bytes(blank))
    assert body(parsed) == "Plan\n\nRich."
    assert [(s.value, s.level) for s in parsed.spans if s.kind == "heading"] == [
        ("Log retention", 1),
        ("Plan", 2),
    ]


def mixed(*parts: Message) -> bytes:
    mail = MIMEMultipart("mixed")
    mail["From"], mail["Subject"] = "a@x.example", "Log retention"
    for part in parts:
        mail.attach(part)
    return bytes(mail)


BINARY = b"\x00\x01\x02" * 200


def binary_text(subtype: str = "plain") -> Message:
    part = MIMENonMultipart("text", subtype)
    part.set_payload(BINARY)
    encode_base64(part)
    return part


def test_a_text_part_that_cannot_be_read_is_never_left_out_in_silence() -> None:
    good = MIMEText("Keys lie in the safe.")
    assert parse(mixed(good, MIMEText("  "))).text.endswith("Keys lie in the safe.")
    for parts in ((good, binary_text()), (binary_text("html"), good)):
        with pytest.raises(ParseProblem) as caught:
            parse(mixed(*parts))
        assert caught.value.reason is UnreadableReason.MISMATCH


def test_of_alternatives_the_one_that_can_be_read_is_enough() -> None:
    either = MIMEMultipart("alternative", None, [binary_text(), MIMEText("<p>Rich.</p>", "html")])
    assert parse(mixed(MIMEText("First."), either)).text.endswith("First.\n\nRich.")
    neither = MIMEMultipart("alternative", None, [binary_text(), binary_text("html")])
    with pytest.raises(ParseProblem) as caught:
        parse(mixed(MIMEText("First."), neither))
    assert caught.value.reason is UnreadableReason.MISMATCH


def test_attachments_are_named_and_not_read() -> None:
    mail = message("See the plan.")
    mail.add_attachment(b"covert", maintype="application", subtype="pdf", filename="Plän.pdf")
    mail.add_attachment("covert", filename="notes.txt")
    mail.add_attachment(message("covert"))
    assert body(parse(bytes(mail))) == (
        "See the plan.\n\nAttachment: Plän.pdf\n\nAttachment: notes.txt\n\nAttachment: Log retention"
    )


def test_quoted_history_stays_evidence_apart_from_the_new_text() -> None:
    parsed = parse(bytes(message("Yes.\n\nBob wrote:\n> Do we keep\n> logs?\n>> Eve asked.\nBest")))
    assert body(parsed) == "Yes.\n\nBob wrote:\n\nDo we keep\nlogs?\n\nEve asked.\n\nBest"
    assert spans(parsed, "furniture") == []


def test_only_what_stands_under_the_signature_mark_is_furniture() -> None:
    parsed = parse(bytes(message("Agreed.\n-- \nJane Doe\nAcme")))
    assert spans(parsed, "furniture") == ["Jane Doe\nAcme"]
    rule = parse(bytes(message("Agreed.\n-- \n" + "A rule.\n" * 20)))
    assert spans(rule, "furniture") == []


def test_lines_that_the_mail_program_broke_are_whole_again() -> None:
    line = "Logs of every system that holds personal data are kept"
    wrapped = f"{line}\nfor a year.\n\nUsers:\nJane\nBob"
    assert body(parse(bytes(message(wrapped)))) == f"{line} for a year.\n\nUsers:\nJane\nBob"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"Subject: =?utf-8?q?Pr=C3=BCfung?=", "Prüfung"),
        (b"Subject: =?nonsense?q?Plan?=", "Plan"),
        (b"Subject: =?utf-8?b?!!!?= x", "x"),
        (b"Subject: Pr\xfcfung", "Pr"),
        (b"Subject: one\r\n two", "one two"),
        (b"Subject:", ""),
    ],
)
def test_malformed_headers_and_unknown_charsets_cost_no_message(raw: bytes, shown: str) -> None:
    parsed = parse(raw + b"\r\nDate: never\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nPr\xfcfung.")
    assert shown in parsed.meta.title
    assert parsed.text.endswith("Prüfung.")
    assert parsed.meta.effective_date is None


def test_an_encrypted_message_is_reported_as_that() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(b"Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIAG")
    assert caught.value.reason is UnreadableReason.ENCRYPTED


@pytest.mark.parametrize(
    ("data", "reason"), [(b"no header at all", "mismatch"), (b"Subject: x\n\n ", "empty")]
)
def test_what_is_no_message_or_says_nothing_is_reported(data: bytes, reason: str) -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(data)
    assert caught.value.reason.value == reason


def test_a_message_whose_parts_cannot_be_told_apart_is_one_text() -> None:
    head = b"From: a@x.example\nSubject: Visits\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n\n"
    assert parse(head + b"Visitors must sign the log.").text.endswith("Visitors must sign the log.")
