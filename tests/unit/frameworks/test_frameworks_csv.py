"""CSV: a documented header, forgiving of spreadsheets and strict about meaning."""

from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.formats import read_publication
from radar_pipeline.frameworks.library import Library

ROW = "A-1,Backups,Backups are made daily."


def read(tmp_path: Path, text: str | bytes, **said: str) -> Library:
    path = tmp_path / "House rules.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    library = read_publication(path, **said)[1].library
    assert library is not None
    return library


def test_all_columns_arrive(tmp_path: Path) -> None:
    library = read(
        tmp_path,
        "ref,title,text,domain,importance,citation,groups,expected_document,terms\r\n"
        'A-1,Backups,"Backups are made daily,\r\nand tested.",Operations,5,Rulebook § 1,core|eu,Backup plan,'
        "backup | restore\r\n"
        "A-2,Logs,Logs are kept.,,,,,,\r\n",
    )
    first, second = library.objects.framework.requirement_nodes
    assert first.description == "Backups are made daily,\nand tested."
    assert (first.domain, first.importance, first.citation) == ("Operations", 5, "Rulebook § 1")
    assert (first.implementation_groups, first.terms) == (("core", "eu"), ("backup", "restore"))
    assert first.expected_document == "Backup plan"
    assert (second.importance, second.citation) == (3, "House rules, A-2")
    assert (library.ref_id, library.name) == ("house-rules", "House rules")


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeffref,title,text\n{ROW}\n",
        "ref;title;text\nA-1;Backups;Backups are made daily.\n",
        "Ref\tTitle\tText\nA-1\tBackups\tBackups are made daily.",
        f"ref,title,text\n\n{ROW}\n,,\n",
    ],
)
def test_spreadsheets_habits_are_forgiven(tmp_path: Path, text: str) -> None:
    (node,) = read(tmp_path, text).objects.framework.requirement_nodes
    assert (node.ref_id, node.description) == ("A-1", "Backups are made daily.")


def test_the_version_follows_the_content_unless_it_is_said(tmp_path: Path) -> None:
    one = read(tmp_path, f"ref,title,text\n{ROW}\n").version
    assert one == read(tmp_path, f"\ufeffref,title,text\r\n{ROW}\r\n").version
    assert one != read(tmp_path, f"ref,title,text\n{ROW} Twice.\n").version
    said = read(tmp_path, f"ref,title,text\n{ROW}\n", version="2026", title="Rules", identity="ours")
    assert (said.version, said.name, said.ref_id) == ("2026", "Rules", "ours")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1: the column ref is missing"),
        ("ref,titel,text\nA,b,c\n", "line 1: the column title is missing"),
        ("ref,title,text,ref\nA,b,c,d\n", "line 1: ref is named twice"),
        ("ref,title,text\n", "no requirement"),
        (f"ref,title,text\n{ROW}\n{ROW}\n", "line 3: the ref 'A-1' is that of line 2 too"),
        ('ref,title,text\nA-1,"Two\nlines",Text.\nA-2,,Text.\n', "line 4: the column title is empty"),
        ("ref,title,text\nA-1,Backups\n", "line 2: it has 2 cells where the header has 3"),
        ('ref,title,text\nA-1,Backups,"never closed\nA-2,b,c\n', "line 2: not valid CSV"),
        ("ref,title,text,importance\nA-1,Backups,Text.,4\n", "line 2: importance is '4'"),
        ("ref,title,text\nA-1,Résumé,Text.\n".encode("latin-1"), "line 2: not UTF-8"),
    ],
)
def test_a_malformed_table_names_the_line(tmp_path: Path, text: str | bytes, place: str) -> None:
    with pytest.raises(ConfigurationError, match=place) as refused:
        read(tmp_path, text)
    assert refused.value.remedy
