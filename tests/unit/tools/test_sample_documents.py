"""The build tool of the sample organisations' documents."""

import io
import zipfile
from pathlib import Path

import pypdfium2
import pytest

from tools.sample_documents import build, sources

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
SLUGS = sorted(path.name for path in build.HERE.iterdir() if path.is_dir() and build.sources_of(path.name))


def contents(document: bytes) -> dict[str, bytes]:
    """What a document holds, without the compression, which depends on the machine's zlib."""
    if document.startswith(b"%PDF"):
        pages = pypdfium2.PdfDocument(document)
        return {str(n): page.get_textpage().get_text_bounded().encode() for n, page in enumerate(pages)}
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("ending", ["pdf", "docx", "xlsx"])
def test_the_same_source_gives_the_same_bytes(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / ("keys.yaml" if ending == "xlsx" else "keys.md")
    source.write_text(BOOK if ending == "xlsx" else HEAD.format(format=ending) + BODY)
    first = build.build(source, tmp_path).read_bytes()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)  # written in the year 2033
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert build.build(source, tmp_path).read_bytes() == first


def test_a_row_with_a_cell_too_few_is_refused_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "keys.yaml"
    source.write_text(BOOK + "      - [back]\n")
    with pytest.raises(ValueError, match=r"sheet Keys, row 2 has 1 cells for 2 columns"):
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
        assert contents(built.read_bytes()) == contents((CORPUS / slug / built.name).read_bytes()), built.name
