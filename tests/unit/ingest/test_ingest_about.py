"""What a document is, who keeps it and whether it holds: read where it is plainly said, else unknown."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.ingest import metadata
from radar_pipeline.ingest.about import file_dates, file_version, version_number, with_language
from radar_pipeline.ingest.kinds import with_kind
from radar_pipeline.ingest.language import declared
from radar_pipeline.ingest.metadata import (
    CONTROL_BLOCK,
    FILE_MARKUP,
    FILE_NAME,
    FILE_PROPERTIES,
    FRONT_MATTER,
    HEADING,
    MESSAGE_HEADER,
    PLACES,
    TEXT,
    VERSION_HISTORY,
    Said,
    control_fields,
    meta_from_fields,
    version_in,
)
from radar_pipeline.ingest.parsers import parser_for, parser_identity
from radar_pipeline.models import DocumentMeta, Kind, Status, Tenant

BODY = "\n\nAll staff wear a badge in the building. Doors are locked at night by the facility manager.\n"


def read(text: str, path: str = "rules.md") -> DocumentMeta:
    parser = parser_for(path)
    assert parser is not None
    parsed = parser.parse(text.encode(), path)
    return with_language(parsed.meta, parsed.text, parsed.spans)


def told(meta: DocumentMeta, name: str) -> tuple[Any, str]:
    return getattr(meta, name), meta.read_from.get(name, "")


# ── Where it was read ─────────────────────────────────────────────────────────────────────────


def test_each_value_says_where_it_was_read() -> None:
    meta = read(
        "---\nversion: '2'\n---\n# Badge Policy\n\nOwner: Head of Sites\n" + BODY * 4, "badge-policy-v1.md"
    )
    assert told(meta, "version") == ("2", FRONT_MATTER)
    assert told(meta, "title") == ("Badge Policy", HEADING)
    assert told(meta, "owner") == ("Head of Sites", CONTROL_BLOCK)
    assert told(meta, "language") == ("en", TEXT)


def test_what_is_known_and_where_go_together() -> None:
    meta = read("# Badge Policy v3 (draft)\n\nPrepared by: J. Doe\n" + BODY, "x/badge-2024.md")
    unknown = {"", None, Kind.UNKNOWN, Status.UNKNOWN}
    known = {
        name for name in DocumentMeta.__slots__ if name != "read_from" and getattr(meta, name) not in unknown
    }
    assert known == set(meta.read_from) == {"title", "version", "author", "status"}
    assert set(meta.read_from.values()) <= set(PLACES)


def test_a_control_block_is_believed_before_properties_and_a_file_name() -> None:
    properties = {"version": Said("0.1", FILE_PROPERTIES), "author": Said("J. Doe", FILE_PROPERTIES)}
    meta = meta_from_fields(properties | control_fields("Version: 2.0\n"))
    assert told(meta, "version") == ("2.0", CONTROL_BLOCK) and told(meta, "author") == (
        "J. Doe",
        FILE_PROPERTIES,
    )
    assert told(read("# Rules\n\nVersion: 2.0\n" + BODY, "rules-v9.md"), "version") == ("2.0", CONTROL_BLOCK)
    assert told(read("# Rules\n" + BODY, "rules-v9.md"), "version") == ("9", FILE_NAME)
    assert told(read("# Rules v4.1\n" + BODY, "rules-v9.md"), "version") == ("4.1", HEADING)


def test_a_page_declares_its_language_and_its_author() -> None:
    page = (
        '<html lang="sv-SE"><head><meta name="author" content="J. Doe"></head><body><h1>Regler</h1><p>Kort.'
    )
    meta = read(page, "regler.html")
    assert told(meta, "language") == ("sv", FILE_MARKUP) and told(meta, "author") == ("J. Doe", FILE_MARKUP)


def test_a_message_is_by_its_sender_and_nobody_owns_it() -> None:
    mail = (
        "From: Jo Doe <jo@example.org>\nTo: all@example.org\nSubject: Badges\n"
        "Date: Mon, 5 Oct 2026 10:00:00 +0000\n\nWear them."
    )
    meta = read(mail, "badges.eml")
    assert told(meta, "author")[1] == MESSAGE_HEADER and "Jo Doe" in meta.author and not meta.owner
    assert told(meta, "effective_date") == (date(2026, 10, 5), MESSAGE_HEADER)


def test_the_kind_says_who_named_it() -> None:
    tenant = Tenant("acme", "Acme", Path(), (), kinds={"legal/*": Kind.CONTRACT})

    def place(path: str, **known: Any) -> str | None:
        return with_kind(DocumentMeta(**known), path, tenant).read_from.get("kind")

    assert place("legal/x.md") == "tenants.yaml"
    assert place("badge-policy.md") == FILE_NAME == place("policies/x.md")
    assert place("x.md", title="Badge Policy", read_from={"title": HEADING}) == HEADING
    assert place("x.md", kind=Kind.POLICY, read_from={"kind": FRONT_MATTER}) == FRONT_MATTER
    assert place("x.md") is None


# ── The control block ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Owner: Jane Doe Version: 2.1 Status: Approved", {"owner": "Jane Doe", "version": "2.1"}),
        ("Version 3.0 · Effective 1 January 2026", {"version": "3.0", "effective_date": date(2026, 1, 1)}),
        ("v2.1 | 12 March 2025 | Approved by the board", {"version": "2.1"}),
        ("Issue date: 2 May 2025", {"effective_date": date(2025, 5, 2)}),
        ("Effective: 1 June 2025\nIssue date: 2 May 2025", {"effective_date": date(2025, 6, 1)}),
        (
            "Approved by: Board of Directors, 20 January 2026",
            {
                "approved_by": "Board of Directors",
                "approved_on": date(2026, 1, 20),
                "status": Status.APPROVED,
            },
        ),
        (
            "Approved by: Chief Executive\nApproval date: 20 January 2026",
            {"approved_by": "Chief Executive", "approved_on": date(2026, 1, 20)},
        ),
        ("Approved: 20 January 2026", {"approved_by": "", "approved_on": date(2026, 1, 20)}),
        ("Review date: 03/04/2027", {"review_by": None}),
        ("Prepared by: Jo Doe", {"author": "Jo Doe", "owner": ""}),
        (
            "Version: 1.0; Date: 1 May 2020; Author: A\nVersion: 2.0; Date: 1 May 2021; Author: B",
            {"version": ""},
        ),
    ],
)
def test_a_head_says(head: str, expected: dict[str, Any]) -> None:
    meta = meta_from_fields(control_fields("Badge Policy\n\n" + head + "\n"))
    assert {name: getattr(meta, name) for name in expected} == expected


@pytest.mark.parametrize(
    "owner",
    [
        "[Name]",
        "<Owner>",
        "{{owner}}",
        "TBD",
        "To be determined",
        "N/A",
        "____",
        "Insert name here",
        "[CISO], IT",
        "x" * 150,
    ],
)
def test_a_template_names_nobody(owner: str) -> None:
    assert meta_from_fields(control_fields(f"Owner: {owner}\nApproved by: {owner}")) == DocumentMeta()


@pytest.mark.parametrize(
    "author", ["python-docx", "Microsoft Office User", "Administrator", "user1", "(anonymous)"]
)
def test_a_program_is_no_author(author: str) -> None:
    assert not meta_from_fields({"author": author}).author


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("2.1", "2.1"),
        ("v2.1 (final)", "2.1"),
        ("Version 3", "3"),
        ("Issue 7", "7"),
        ("2026-10", "2026-10"),
        ("B", "B"),
        ("1.0 of 1 March 2024", "1.0"),
        ("Final", ""),
        ("1 March 2024", ""),
        ("A new look", ""),
        ("[version]", ""),
        ("", ""),
    ],
)
def test_a_version_is_a_number_or_a_letter(said: str, version: str) -> None:
    assert version_in(said) == version


# ── The table of versions ─────────────────────────────────────────────────────────────────────

HISTORY = """# Badge Policy

All staff wear a badge.

## Document history

| Version | Date | Author | Change | Approved by |
|---|---|---|---|---|
| 1.0 | 2024-01-10 | Jo Doe | First issue | Sam Roe |
| 1.10 | 2026-03-01 | Kim Loe | Lost badges | Alex Poe |
| 1.9 | 2025-02-01 | Jo Doe | Visitors | Sam Roe |
"""


def test_the_newest_row_of_a_table_of_versions_speaks() -> None:
    meta = read(HISTORY)
    assert told(meta, "version") == ("1.10", VERSION_HISTORY)
    assert told(meta, "effective_date") == (date(2026, 3, 1), VERSION_HISTORY)
    assert (meta.author, meta.approved_by, meta.owner) == ("Kim Loe", "Alex Poe", "")


@pytest.mark.parametrize(
    "table",
    [
        ("Product|Version|Release date|Description", "App|2.1|2024-01-01|Fixes", "Web|3|2024-02-01|Fixes"),
        ("Version|Price", "1.0|10", "2.0|20"),
        ("Version|Date|Change", "spring|2024-01-01|A", "autumn|2024-02-01|B"),
        ("Version|Date|Change", "2.0|2024-01-01|A", "2.0|2024-02-01|B"),
    ],
)
def test_a_table_that_is_no_plain_history_says_nothing(table: tuple[str, ...]) -> None:
    rule = "|".join("---" for _ in table[0].split("|"))
    rows = "\n".join(f"| {row} |" for row in (table[0], rule, *table[1:]))
    meta = read("# Badge Policy\n\nAll staff wear a badge.\n\n" + rows + "\n")
    assert (meta.version, meta.effective_date, meta.author) == ("", None, "")


# ── Status ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "path", "status", "place"),
    [
        ("# Badge Policy\n\nStatus: approved\n", "archive/badge-policy.md", Status.APPROVED, CONTROL_BLOCK),
        ("# Badge Policy\n\nApproved: 1 May 2021\n", "archive/badge-policy.md", Status.SUPERSEDED, FILE_NAME),
        ("# Badge Policy\n\nApproved: 1 May 2021\n", "badge-policy.md", Status.APPROVED, CONTROL_BLOCK),
        ("# Badge Policy\n", "Old versions/badge-policy.md", Status.SUPERSEDED, FILE_NAME),
        ("# Badge Policy\n", "badge-policy-superseded.md", Status.SUPERSEDED, FILE_NAME),
        ("# Badge Policy\n", "badge policy (old).md", Status.SUPERSEDED, FILE_NAME),
        ("# Badge Policy\n", "badge-policy_draft.md", Status.DRAFT, FILE_NAME),
        ("# Badge Policy\n\nStatus: approved\n", "badge-policy_draft.md", Status.APPROVED, CONTROL_BLOCK),
        ("# Badge Policy (DRAFT)\n", "badge.md", Status.DRAFT, HEADING),
        ("# Badge Policy\n\nDRAFT\n", "badge.md", Status.DRAFT, TEXT),
        (
            "# Badge Policy\n\nThis policy has been superseded by the Site Policy.\n",
            "b.md",
            Status.SUPERSEDED,
            TEXT,
        ),
        (
            "# Badge Policy\n\nThis policy supersedes version 2 of the Site Policy.\n",
            "b.md",
            Status.UNKNOWN,
            "",
        ),
        ("# Badge Policy\n\nIt holds until it is superseded by another.\n", "b.md", Status.UNKNOWN, ""),
        ("# Archive Policy\n", "archive-policy.md", Status.UNKNOWN, ""),
        ("# Old Age Pensions\n", "old-age-pension-rules.md", Status.UNKNOWN, ""),
        ("# Goldsmiths\n", "gold-policy.md", Status.UNKNOWN, ""),
        ("# Minutes of May\n", "archive/minutes-2024-05.md", Status.UNKNOWN, ""),
        ("# Badge Policy\n", "badge-policy-final.md", Status.UNKNOWN, ""),
    ],
)
def test_a_status_is_read_where_it_is_plain(text: str, path: str, status: Status, place: str) -> None:
    assert told(read(text + BODY, path), "status") == (status, place)


# ── Names, languages, identity ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "version", "day"),
    [
        ("access-policy-v2.1-2024.docx", "2.1", (2024,)),
        ("Policy_V2_1.pdf", "2.1", ()),
        ("policy rev 3 2024-05-17.pdf", "3", (2024, 5, 17)),
        ("policy_20240517.pdf", "", (2024, 5, 17)),
        ("v2/policy.pdf", "", ()),
        ("ipv4-plan.md", "", ()),
        ("Policy (final) (2).docx", "", ()),
        ("room-1234.md", "", ()),
    ],
)
def test_a_file_name_holds_a_version_and_a_date(path: str, version: str, day: tuple[int, ...]) -> None:
    assert (file_version(path), file_dates(path)) == (version, day)


def test_versions_compare_as_numbers() -> None:
    assert version_number("2.10") > version_number("2.9") and version_number("2.0") == version_number("2")
    assert version_number("B") == version_number("") == ()


SPOKEN = {
    "en": "The supplier keeps a record of every visit and shows it to the customer whenever asked to do so. ",
    "de": "Der Lieferant führt ein Verzeichnis aller Besuche und zeigt es dem Kunden, sobald er es will. ",
    "fr": "Le fournisseur tient un registre de toutes les visites et le montre au client à sa demande. ",
    "sv": "Leverantören för ett register över alla besök och visar det för kunden när denne begär det. ",
    "pl": "Dostawca prowadzi rejestr wszystkich wizyt i okazuje go klientowi zawsze, gdy ten o to poprosi. ",
}


@pytest.mark.parametrize(("code", "sentence"), SPOKEN.items())
def test_a_language_is_recognised(code: str, sentence: str) -> None:
    assert told(read(sentence * 4, "x.txt"), "language") == (code, TEXT)


@pytest.mark.parametrize("text", [SPOKEN["en"], "TLS 1.2 AES-256 S3 KMS " * 30, "Aaaa " * 200])
def test_a_text_too_short_or_too_strange_has_no_known_language(text: str) -> None:
    assert read(text, "x.txt").language == ""


@pytest.mark.parametrize(
    ("tag", "code"), [("en-GB", "en"), ("DE_at", "de"), ("zxx", ""), ("x", ""), ("", "")]
)
def test_a_language_tag_is_an_iso_code_or_nothing(tag: str, code: str) -> None:
    assert declared(tag) == code


def test_another_way_of_reading_makes_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metadata.METADATA in parser_identity("a.md") and parser_identity("a.tif") == "none"
