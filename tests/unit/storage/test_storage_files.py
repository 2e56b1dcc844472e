"""Files are whole or absent; texts come back exactly; holders are told alive from dead."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from storage_builders import run_python

from radar_pipeline.errors import StoreError
from radar_pipeline.storage import files, holder
from radar_pipeline.storage.texts import Texts


def test_a_written_file_replaces_the_old_one_whole(tmp_path):
    path = tmp_path / "folder" / "file.json"
    files.write_json(path, {"b": 1})
    files.write_json(path, {"a": "é"})
    assert files.read_json(path) == {"a": "é"}
    assert [p.name for p in path.parent.iterdir()] == ["file.json"]


def test_an_absent_file_is_none_and_a_damaged_one_is_an_error(tmp_path):
    assert files.read_json(tmp_path / "none.json") is None
    (tmp_path / "torn.json").write_text('{"a"')
    with pytest.raises(StoreError, match="damaged"):
        files.read_json(tmp_path / "torn.json")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Free space"),
        (errno.EDQUOT, "Free space"),
        (errno.EFBIG, "Free space"),
        (errno.EACCES, "Give this user access"),
        (errno.EROFS, "Give this user access"),
        (errno.EIO, "Check the disk"),
    ],
)
def test_every_failure_of_the_disk_names_the_remedy(tmp_path, number, remedy):
    with pytest.raises(StoreError, match=remedy), files.storing(tmp_path):
        raise OSError(number, os.strerror(number))


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    code = """
import resource, sys
from pathlib import Path
from radar_pipeline.errors import StoreError
from radar_pipeline.storage.files import write_text
path = Path(sys.argv[1])
write_text(path, "old")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_text(path, "new" * 1000)
except StoreError as error:
    print(error)
"""
    result = run_python(code, tmp_path / "file")
    assert result.stdout.startswith("No space left")
    assert (tmp_path / "file").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["file"]


def test_a_removed_tree_is_gone_with_the_remains_of_a_killed_removal(tmp_path):
    folder = tmp_path / "homes" / "acme"
    remains = tmp_path / "homes" / ".tmp-acme-0123abcd"
    neighbour = tmp_path / "homes" / ".tmp-acme-inc-0123abcd"
    for each in (folder, remains, neighbour):
        (each / "deep").mkdir(parents=True)
        (each / "deep" / "file").write_text("x")
    files.remove_tree(folder)
    assert [p.name for p in (tmp_path / "homes").iterdir()] == [neighbour.name]
    files.remove_tree(folder)
    files.remove_tree(tmp_path / "nowhere" / "acme")


# ── Texts ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["", "plain", "line\r\nends\rstay\n", "é ✓ 🙂", "\ud800 a lone surrogate", "\x00"]
)
def test_a_text_comes_back_to_the_code_point(tmp_path, text):
    texts = Texts(tmp_path / "texts")
    texts.put("ver-1", text)
    texts.put("ver-1", text)
    texts.flush()
    assert "ver-1" in texts
    assert Texts(tmp_path / "texts").get("ver-1") == text


def test_a_torn_or_missing_text_is_an_error_never_a_wrong_quote(tmp_path):
    texts = Texts(tmp_path)
    texts.put("ver-1", "One sentence.")
    (path,) = tmp_path.glob("*/ver-1.txt")
    path.write_bytes(path.read_bytes()[:-3])
    for version in ("ver-1", "ver-2"):
        with pytest.raises(StoreError, match="missing or damaged") as raised:
            texts.get(version)
        assert "sentence" not in str(raised.value)


def test_texts_nobody_cites_are_deleted_and_the_others_stay(tmp_path):
    texts = Texts(tmp_path)
    for version in ("ver-1", "ver-2", "ver-3"):
        texts.put(version, version)
    assert texts.keep_only({"ver-2", "ver-9"}) == 2
    assert texts.version_ids() == {"ver-2"}


@pytest.mark.parametrize("version", ["../escape", "a/b", "", ".hidden", "x" * 200])
def test_a_version_id_cannot_leave_the_folder(tmp_path, version):
    with pytest.raises(ValueError, match="version id"):
        Texts(tmp_path).put(version, "text")


# ── Holders ───────────────────────────────────────────────────────────────────────────────────


def test_this_process_is_alive_and_says_who_it_is():
    mine = holder.this_holder()
    assert holder.is_alive(mine)
    assert holder.describe(mine) == f"process {os.getpid()} on host {mine.rsplit(':', 3)[0]}"


def test_a_finished_or_unreaped_process_is_dead_and_its_number_may_come_back():
    code = "from radar_pipeline.storage import holder; print(holder.this_holder(), flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    theirs = child.stdout.readline().strip()
    assert holder.is_alive(theirs)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, but not reaped: a zombie
    assert not holder.is_alive(theirs)
    child.wait()
    assert not holder.is_alive(theirs)
    host, boot, pid, start = holder.this_holder().rsplit(":", 3)
    assert not holder.is_alive(f"{host}:{boot}:{pid}:{int(start) - 1}")
    assert not holder.is_alive(f"{host}:00000000:{pid}:{start}")


def test_what_cannot_be_known_counts_as_alive():
    assert holder.is_alive("elsewhere:00000000:1:1")
    assert holder.is_alive("nonsense")
    assert holder.describe("nonsense") == "nonsense"


def test_every_process_has_its_own_name():
    code = "from radar_pipeline.storage import holder; print(holder.this_holder())"
    assert run_python(code).stdout.strip() != holder.this_holder()


def test_texts_are_read_from_one_folder_per_tenant(tmp_path):
    Texts(tmp_path / "a").put("ver-1", "acme's")
    assert "ver-1" not in Texts(tmp_path / "b")
    assert Path(tmp_path / "b").exists() is False
