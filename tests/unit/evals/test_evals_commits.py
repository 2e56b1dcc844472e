"""The commit that last changed each prompt file: what git says, and nothing where it says nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from radar_pipeline.evals import commits

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with a folder of prompts in it."""
    folder = tmp_path / "repository" / "prompts"
    folder.mkdir(parents=True)
    git(folder.parent, "init", "-q")
    return folder


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


def test_each_file_has_the_commit_that_changed_it_last(repository):
    first = commit(repository, kept="1", changed="1")
    second = commit(repository, changed="2", new="1")
    assert commits.last_changes(repository) == {
        "kept.yaml": first,
        "changed.yaml": second,
        "new.yaml": second,
    }
    assert commits.head(repository) == second


def test_a_file_with_changes_that_are_not_committed_has_none(repository):
    commit(repository, edited="1", staged="1", **{"näme with space": "1"})
    (repository / "edited.yaml").write_text("2")
    (repository / "staged.yaml").write_text("2")
    git(repository, "add", "staged.yaml")
    (repository / "untracked.yaml").write_text("1")
    assert list(commits.last_changes(repository)) == ["näme with space.yaml"]


def test_outside_a_repository_and_without_git_nothing_is_known(tmp_path, repository, monkeypatch):
    commit(repository, a="1")
    assert commits.last_changes(tmp_path) == {} and commits.head(tmp_path) == ""
    assert commits.last_changes(tmp_path / "absent") == {}
    monkeypatch.setenv("PATH", "")
    assert commits.last_changes(repository) == {} and commits.head(repository) == ""


def test_a_hook_of_another_repository_does_not_mislead(repository, tmp_path, monkeypatch):
    made = commit(repository, a="1")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert commits.last_changes(repository) == {"a.yaml": made}
