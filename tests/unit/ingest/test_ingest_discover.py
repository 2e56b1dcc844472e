import os
from pathlib import Path

import pytest

from radar_pipeline.errors import SourceUnreadableError
from radar_pipeline.ingest.discover import bytes_hash, content_hash, discover
from radar_pipeline.models import Tenant


def tenant(root: Path, *ignore: str) -> Tenant:
    return Tenant("acme", "Acme", root, (), ignore=ignore)


def paths(root: Path, *ignore: str) -> list[str]:
    return [file.path for file in discover(tenant(root, *ignore))]


def test_files_of_all_folders_are_listed_by_path(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/b/c.pdf", "strange.xyz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert paths(tmp_path) == ["a/b/c.pdf", "a/z.txt", "b.md", "strange.xyz"]


def test_hidden_and_system_files_are_no_documents(tmp_path: Path) -> None:
    for name in (".git/config", ".DS_Store", "~$policy.md", "Thumbs.db", "__MACOSX/x.md", "policy.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert paths(tmp_path) == ["policy.md"]


def test_ignored_globs_are_left_out_by_path_and_by_name(tmp_path: Path) -> None:
    for name in ("drafts/a.md", "drafts/deep/b.md", "c.tmp.md", "d.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert paths(tmp_path, "drafts/*", "*.tmp.md") == ["d.md"]


def test_a_missing_folder_is_an_error_and_not_an_empty_corpus(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadableError, match="does not exist") as caught:
        discover(tenant(tmp_path / "gone"))
    assert caught.value.remedy


def test_an_empty_folder_has_no_documents(tmp_path: Path) -> None:
    assert discover(tenant(tmp_path)) == ()


def test_a_listing_that_fails_half_way_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "sub").mkdir()
    real = os.scandir

    def failing(path: object) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(SourceUnreadableError, match="could not be listed"):
        discover(tenant(tmp_path))


def test_links_that_lead_out_of_the_source_are_not_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.md").write_text("other tenant")
    (root / "own.md").write_text("own")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "inner.md").symlink_to(root / "own.md")
    (root / "loop").symlink_to(root)
    assert paths(root) == ["inner.md", "own.md"]


def test_the_hash_is_of_the_bytes_and_the_id_of_tenant_and_path(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"one")
    (tmp_path / "b.md").write_bytes(b"one")
    first, second = discover(tenant(tmp_path))
    assert content_hash(first) == content_hash(second) == bytes_hash(b"one")
    assert first.document_id != second.document_id
    assert first.size == 3
    (tmp_path / "a.md").write_bytes(b"two")
    assert content_hash(first) == bytes_hash(b"two")


def test_a_file_that_vanished_is_named_by_id_never_by_path(tmp_path: Path) -> None:
    (tmp_path / "merger-with-globex.md").write_text("x")
    (file,) = discover(tenant(tmp_path))
    file.location.unlink()
    with pytest.raises(SourceUnreadableError) as caught:
        content_hash(file)
    assert file.document_id in str(caught.value)
    assert "globex" not in str(caught.value)


def test_a_name_that_is_no_utf8_is_listed_as_clean_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")).write_text("x")
    (file,) = discover(tenant(tmp_path))
    file.path.encode("utf-8")
    assert content_hash(file) == bytes_hash(b"x")
