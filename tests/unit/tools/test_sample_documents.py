"""The build tool of the sample organisations' documents."""

import email
import email.policy
import io
import zipfile
from pathlib import Path

import pypdfium2
import pytest

from radar_pipeline.ingest import similar
from radar_pipeline.ingest.containers import container_for
from radar_pipeline.ingest.kinds import with_kind
from radar_pipeline.ingest.parsers import ParsedText, parser_for
from radar_pipeline.models import Kind, Status, Tenant
from tools.sample_documents import build, message, sources

CORPUS = Path(__file__).resolve().parents[3] / "data" / "corpus"
HEAD = """---
format: {format}
title: Key Procedure
author: Example Ltd
date: 2026-02-03
control:
  - [Owner, Head of Keys]
---
"""
BODY = """# 1 Scope

Keys are **kept**[^1].

[^1]: In the safe.

1. open
2. close

| Key | Holder |
| front | reception |
"""
BOOK = """
title: Key register
date: 2026-02-03
sheets:
  - name: Keys
    columns: [Key, Issued]
    rows:
      - [front, 2026-02-03]
"""
SHOW = """# Keys

- kept
  - in the safe

> Show the safe.

# Holders

| Key | Holder |
| front | reception |
"""
MAIL = """From: Ann <ann@example.com>
Subject: Keys
Date: Tue, 3 Feb 2026 09:00:00 +0100

The list is attached.
"""
SLUGS = sorted(path.name for path in build.HERE.iterdir() if path.is_dir() and build.sources_of(path.name))


def contents(document: bytes) -> dict[str, bytes]:
    """What a document holds, without the compression, which depends on the machine's zlib."""
    if document.startswith(b"%PDF"):
        pages = pypdfium2.PdfDocument(document)
        return {str(n): page.get_textpage().get_text_bounded().encode() for n, page in enumerate(pages)}
    if document.startswith(b"From: "):
        mail = email.message_from_bytes(document, policy=email.policy.default)
        return {part.get_filename() or "": part.get_content() for part in mail.iter_attachments()} | {
            f"header {name}": value.split(";")[0].encode() for name, value in mail.items()
        }
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def everything(document: bytes) -> dict[str, object]:
    """``contents``, and of a document within an archive or a message its own."""
    return {
        name: everything(content) if content.startswith((b"PK", b"%PDF")) else content
        for name, content in contents(document).items()
    }


def write_source(folder: Path, ending: str) -> Path:
    """A small source of each form."""
    if ending in {"xlsx", "ods"}:
        source = folder / "keys.yaml"
        source.write_text(BOOK + f"format: {ending}\n")
    elif ending in {"zip", "eml"}:
        source = folder / f"keys.{ending}"
        source.mkdir()
        (source / "list.md").write_text(HEAD.format(format="docx") + BODY)
        (source / "message.txt").write_text(MAIL)
    else:
        source = folder / "keys.md"
        source.write_text(HEAD.format(format=ending) + (SHOW if ending == "pptx" else BODY))
    return source


def parsed(slug: str, path: str) -> ParsedText:
    """A committed document, or what lies in one (``outer/inner``), as a sweep reads it."""
    outer, _, inner = path.partition("!")
    data = (CORPUS / slug / outer).read_bytes()
    if inner:
        container = container_for(outer)
        assert container is not None
        data = {member.name: member.data for member in container.members(data, outer)}[inner]
    parser = parser_for(inner or outer)
    assert parser is not None
    return parser.parse(data, inner or outer)


@pytest.mark.parametrize("ending", ["pdf", "docx", "pptx", "xlsx", "ods", "zip", "eml"])
def test_the_same_source_gives_the_same_bytes(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "written"
    written.mkdir()
    source = write_source(tmp_path, ending)
    first = build.build(source, written).read_bytes()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)  # written in the year 2033
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert build.build(source, written).read_bytes() == first
    assert [path.suffix for path in written.iterdir()] == [f".{ending}"]


def test_a_slide_shows_its_bullets_or_table_and_says_its_notes(tmp_path: Path) -> None:
    show = build.build(write_source(tmp_path, "pptx"), tmp_path)
    parser = parser_for(show.name)
    assert parser is not None
    text = parser.parse(show.read_bytes(), show.name)
    spoken = {s.value: text.text[s.start : s.end] for s in text.spans if s.kind == "notes"}
    assert spoken == {"2": "Show the safe."}
    assert [s.value for s in text.spans if s.kind == "heading"] == [
        "Key Procedure",
        "Keys",
        "Notes",
        "Holders",
    ]
    assert "- kept\n- in the safe" in text.text and "Key: front; Holder: reception" in text.text


def test_a_slide_without_room_is_refused_by_name(tmp_path: Path) -> None:
    source = write_source(tmp_path, "pptx")
    source.write_text(source.read_text() + "\n- and a bullet\n")
    with pytest.raises(ValueError, match="'Holders'"):
        build.build(source, tmp_path)


def test_a_spreadsheet_says_what_it_is_before_it_is_unpacked(tmp_path: Path) -> None:
    data = build.build(write_source(tmp_path, "ods"), tmp_path).read_bytes()
    assert data[30:].startswith(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")


def test_a_message_without_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="a blank line"):
        message.compose("Subject: Keys\n", {})


def test_a_message_carries_its_attachment_whole(tmp_path: Path) -> None:
    written = tmp_path / "written"
    written.mkdir()
    data = build.build(write_source(tmp_path, "eml"), written).read_bytes()
    mail = email.message_from_bytes(data, policy=email.policy.default)
    body = mail.get_body()
    assert body is not None and body.get_content().strip() == "The list is attached."
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "list.docx" and contents(attached.get_content())


def test_a_row_with_a_cell_too_few_is_refused_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "keys.yaml"
    source.write_text(BOOK + "      - [back]\n")
    with pytest.raises(ValueError, match=r"sheet Keys, row 2 has 1 cells for 2 columns"):
        build.build(source, tmp_path)


def test_a_word_that_yaml_takes_for_true_is_refused_with_its_sheet(tmp_path: Path) -> None:
    source = tmp_path / "keys.yaml"
    source.write_text(BOOK.replace("Issued", "On"))
    with pytest.raises(ValueError, match=r"sheet Keys has a bare"):
        build.build(source, tmp_path)


def test_an_unknown_key_in_a_head_is_refused_by_name(tmp_path: Path) -> None:
    source = tmp_path / "keys.md"
    source.write_text(HEAD.format(format="pdf").replace("author", "autor") + BODY)
    with pytest.raises(TypeError, match="autor"):
        sources.read_text(source)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_committed_documents_are_those_of_their_sources(tmp_path: Path, slug: str) -> None:
    for source in build.sources_of(slug):
        built = build.build(source, tmp_path)
        committed = (CORPUS / slug / built.name).read_bytes()
        assert everything(built.read_bytes()) == everything(committed), built.name


@pytest.mark.parametrize(
    ("slug", "path", "kind", "status", "version"),
    [
        ("cedar-health", "security-awareness-2026.pptx", Kind.PROCEDURE, Status.APPROVED, "2026.1"),
        ("norrland-motion", "training-attendance-2026.ods", Kind.RECORD, Status.APPROVED, "2026-09"),
        (
            "norrland-motion",
            "supplier-declarations-2026.zip!fjallgrid-hosting-declaration-2026.docx",
            Kind.RECORD,
            Status.APPROVED,
            "1.0",
        ),
        (
            "norrland-motion",
            "supplier-declarations-2026.zip!press-service-bottenviken-declaration-2026.txt",
            Kind.RECORD,
            Status.APPROVED,
            "1.0",
        ),
        (
            "norrland-motion",
            "supplier-portal-notice-2026-09.eml!supplier-register-in-brief.pdf",
            Kind.PROCEDURE,
            Status.APPROVED,
            "1.0",
        ),
    ],
)
def test_a_document_of_each_new_form_says_what_it_is_and_whose(
    slug: str, path: str, kind: Kind, status: Status, version: str
) -> None:
    meta = parsed(slug, path).meta
    assert (meta.kind, meta.status, meta.version) == (kind, status, version)
    assert meta.owner and meta.effective_date


def test_the_policy_in_the_archive_is_an_old_version_of_the_one_in_force() -> None:
    tenant = Tenant("meridian-pay", "Meridian Pay", CORPUS, ())
    old, new = "archive/access-control-policy-v1.7-2022.md", "access-control-policy.md"
    texts = {path: parsed("meridian-pay", path) for path in (old, new)}
    facts = []
    for path, text in texts.items():
        meta = with_kind(text.meta, path, tenant)
        facts.append(
            similar.Facts(path, path, meta.title, meta.kind, meta.status, meta.version, meta.effective_date)
        )
    signatures = {path: similar.signature(text.text) for path, text in texts.items()}
    assert texts[old].meta.status is Status.SUPERSEDED
    assert similar.relations(signatures, facts) == {old: similar.Relation(superseded_by=new)}
