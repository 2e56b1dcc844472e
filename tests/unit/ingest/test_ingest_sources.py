"""Documents in a bucket, asked of a real S3 server over HTTP: listed whole, fetched only when needed."""

import io
import logging
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest
import yaml
from click.testing import CliRunner
from moto.server import ThreadedMotoServer
from werkzeug.serving import WSGIRequestHandler

from radar_pipeline.cli import main
from radar_pipeline.errors import ConfigurationError, SourceUnreadableError, StoreError
from radar_pipeline.ingest import discover
from radar_pipeline.ingest.discover import SourceFile, Spool, bytes_hash, content_hash
from radar_pipeline.ingest.isolate import ParserPool
from radar_pipeline.ingest.sources import bucket as buckets
from radar_pipeline.models import BucketUrl, Tenant
from radar_pipeline.settings import Settings
from radar_pipeline.sweep import watch
from radar_pipeline.sweep.manifest import load_manifest, refresh
from tests.support.world import POLICY, PROCEDURE, World

NAME = "papers"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Store:
    """The server's one bucket: what we put there, and what was asked of the server."""

    def __init__(self, endpoint: str) -> None:
        self.s3: Any = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        self.asked: list[str] = []  # method and path of each request

    def put(self, key: str, content: str | bytes) -> None:
        self.s3.put_object(Bucket=NAME, Key=key, Body=content)

    def remove(self, *keys: str) -> None:
        for key in keys:
            self.s3.delete_object(Bucket=NAME, Key=key)

    def delete(self) -> None:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=NAME):
            self.remove(*(row["Key"] for row in page.get("Contents", ())))
        self.s3.delete_bucket(Bucket=NAME)

    def fetched(self) -> list[str]:
        """Keys of the objects whose content was asked for."""
        return [line.removeprefix(f"GET /{NAME}/") for line in self.asked if line.startswith(f"GET /{NAME}/")]

    @property
    def listings(self) -> list[str]:
        return [line for line in self.asked if line.startswith(f"GET /{NAME}?list-type=2")]


def opened(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    made = Store(endpoint)
    made.s3.create_bucket(Bucket=NAME)
    _remember_requests(made, monkeypatch)
    return made


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    made = opened(endpoint, monkeypatch)
    yield made
    made.delete()


def _remember_requests(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server writes a line for each request that it answered; we take it down instead."""

    def take(handler: WSGIRequestHandler, *_: Any) -> None:
        store.asked.append(f"{handler.command} {handler.path}")

    monkeypatch.setattr(WSGIRequestHandler, "log_request", take)


Call = Callable[..., Any]


def through(monkeypatch: pytest.MonkeyPatch, change: Callable[[Call], Call]) -> None:
    """Put something between the sources and s3fs: it is given the real call."""
    kind = fsspec.get_filesystem_class("s3")
    monkeypatch.setattr(kind, "call_s3", change(kind.call_s3))


def refused(_: Call) -> Call:
    def call(*_: Any, **__: Any) -> Any:
        raise PermissionError("Forbidden: docs/policy.md")

    return call


def tenant(prefix: str = "docs", name: str = NAME, **extra: Any) -> Tenant:
    return Tenant("acme", "Acme", BucketUrl(name, prefix), (), **extra)


def spool(tmp_path: Path, **changes: Any) -> Spool:
    chosen = {"max_bytes": 1000, "reads": lambda path: not path.endswith(".mp4"), **changes}
    return Spool(tmp_path / "fetched", **chosen)


def listed(tmp_path: Path, prefix: str = "docs", **changes: Any) -> dict[str, SourceFile]:
    return {f.path: f for f in discover.discover(tenant(prefix), spool(tmp_path, **changes))}


def one(tmp_path: Path, **changes: Any) -> SourceFile:
    (file,) = listed(tmp_path, **changes).values()
    return file


# ── Listing ───────────────────────────────────────────────────────────────────────────────────


def test_a_prefix_is_listed_like_a_folder_and_no_other_prefix_with_it(store: Store, tmp_path: Path) -> None:
    for key in ("docs/b.md", "docs/a/c.md", "docs2/x.md", "docs.md", "other/y.md"):
        store.put(key, "text")
    files = listed(tmp_path)
    assert list(files) == ["a/c.md", "b.md"]
    assert files["b.md"].size == 4 and files["b.md"].etag and files["b.md"].mtime_ns > 0
    assert sorted(listed(tmp_path, "")) == ["docs.md", "docs/a/c.md", "docs/b.md", "docs2/x.md", "other/y.md"]


def test_hidden_system_and_ignored_objects_and_folder_markers_are_no_documents(store: Store) -> None:
    for key in (
        "docs/", "docs/sub/", "docs/.git/config", "docs/Thumbs.db", "docs/~$x.docx", "docs/__MACOSX/a.md",
        "docs/drafts/deep/a.md", "docs/b.tmp.md", "docs/c.md",
    ):  # fmt: skip
        store.put(key, "")
    files = discover.discover(tenant(ignore=("drafts", "*.tmp.md")))
    assert [f.path for f in files] == ["c.md"]


STRANGE = (
    "docs/../secret.md",
    "docs/a/../../b.md",
    "docs//etc/passwd.md",
    "docs/back\\slash.md",
    "docs/tab\tand\x1bescape.md",
    "docs/bell\x07.md",
    "docs/Case.md",
    "docs/case.md",
    "docs/what?versionId=7.md",
    "docs/a#b%2e%2e.md",
    "docs/" + "x" * 1016 + ".md",
)


def test_strange_keys_are_listed_and_fetched_as_themselves_and_written_nowhere_else(
    store: Store, tmp_path: Path
) -> None:
    s3 = fsspec.filesystem("s3", skip_instance_cache=True)  # boto3 would resolve the dots itself
    for key in STRANGE:
        s3.call_s3("put_object", Bucket=NAME, Key=key, Body=key.encode())
    files = listed(tmp_path, max_bytes=2000)
    assert sorted(files) == sorted(key.removeprefix("docs/") for key in STRANGE)
    assert len({f.document_id for f in files.values()}) == len({f.location for f in files.values()}) == 11
    for path, file in files.items():
        assert content_hash(file) == bytes_hash(f"docs/{path}".encode())
    assert {p.parent for p in tmp_path.rglob("*") if p.is_file()} == {tmp_path / "fetched"}


def test_a_listing_of_several_pages_is_whole_and_one_that_fails_on_the_second_is_an_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(7):
        store.put(f"docs/{n}.md", "x")
    broken = False

    def small(real: Call) -> Call:
        def call(self: Any, method: str, **arguments: Any) -> Any:
            if broken and "ContinuationToken" in arguments:
                raise PermissionError("Access Denied: docs/3.md")
            return real(self, method, MaxKeys=3, **arguments)

        return call

    through(monkeypatch, small)
    assert len(discover.discover(tenant())) == 7
    assert len(store.listings) == 3
    broken = True
    with pytest.raises(SourceUnreadableError, match="access was denied") as caught:
        discover.discover(tenant())
    assert "3.md" not in str(caught.value) and "Nothing was removed" in caught.value.remedy


ROW = {"Key": "docs/a.md", "Size": 1, "LastModified": datetime(2026, 1, 1, tzinfo=UTC), "ETag": '"e"'}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"Contents": None},
        {"Contents": [ROW], "IsTruncated": True},
        {"Contents": [ROW], "IsTruncated": True, "NextContinuationToken": ""},
        {"Contents": [ROW], "IsTruncated": True, "NextContinuationToken": "again"},  # the same page for ever
        {"Contents": [], "IsTruncated": True, "NextContinuationToken": "again"},
        {"Contents": [ROW, ROW]},
        {"Contents": ["docs/a.md"]},
        {"Contents": [ROW | {"Key": "elsewhere/a.md"}]},
        {"Contents": [ROW | {"Key": None}]},
        {"Contents": [ROW | {"Size": None}]},
        {"Contents": [ROW | {"Size": -1}]},
        {"Contents": [ROW | {"LastModified": "yesterday"}]},
        {"Contents": [ROW | {"ETag": 7}]},
        *({"Contents": [{k: v for k, v in ROW.items() if k != n}]} for n in ("Key", "Size", "LastModified")),
    ],
)
def test_an_odd_answer_is_an_unreadable_source_and_never_a_short_listing(
    store: Store, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    through(monkeypatch, lambda _: lambda *_, **__: answer)
    with pytest.raises(SourceUnreadableError, match="its answer is no listing") as caught:
        discover.discover(tenant())
    assert "a.md" not in str(caught.value) and "Nothing was removed" in caught.value.remedy


def test_pages_that_bring_nothing_are_asked_for_within_bounds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def empty(*_: Any, **__: Any) -> Any:
        asked.append("")
        last = len(asked) == until
        token = {} if last else {"NextContinuationToken": str(len(asked))}
        return {"Contents": [ROW] if last else [], "IsTruncated": not last, **token}

    through(monkeypatch, lambda _: empty)
    until = buckets.MOST_IDLE_PAGES
    assert [file.path for file in discover.discover(tenant())] == ["a.md"]
    asked.clear()
    until = 0
    with pytest.raises(SourceUnreadableError, match="no listing"):
        discover.discover(tenant())
    assert len(asked) == buckets.MOST_IDLE_PAGES + 1


def test_a_bucket_that_is_not_there_is_an_error_and_an_empty_prefix_is_empty(store: Store) -> None:
    assert discover.discover(tenant("nothing/here")) == ()
    with pytest.raises(SourceUnreadableError, match="it is not there"):
        discover.discover(tenant(name="nosuchbucket"))


def test_a_server_that_does_not_answer_is_an_unreadable_source(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SourceUnreadableError, match="could not be listed"):
        discover.discover(tenant())


def test_missing_credentials_are_named_with_the_variables_that_hold_them(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(SourceUnreadableError, match="no credentials") as caught:
        discover.discover(tenant())
    assert "AWS_ACCESS_KEY_ID" in caught.value.remedy
    anonymous = Tenant("acme", "Acme", BucketUrl(NAME, "docs", anonymous=True), ())
    assert discover.discover(anonymous) == ()


def test_without_the_extra_the_error_names_what_to_install(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", missing)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "another")  # no connection of an earlier test
    with pytest.raises(ConfigurationError) as caught:
        discover.discover(tenant())
    assert "pip install 'radar-pipeline[s3]'" in caught.value.remedy


# ── Fetching ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_too_large_empty_or_of_no_format_is_never_fetched(store: Store, tmp_path: Path) -> None:
    store.put("docs/large.md", "x" * 1001)
    store.put("docs/film.mp4", "x")
    store.put("docs/empty.md", "")
    hashes = {path: content_hash(file) for path, file in listed(tmp_path).items()}
    assert hashes["empty.md"] == bytes_hash(b"") and len(set(hashes.values())) == 3
    assert store.fetched() == []
    store.put("docs/large.md", "y" * 1001)
    assert content_hash(listed(tmp_path)["large.md"]) != hashes["large.md"]


def test_an_object_is_fetched_once_for_its_hash_and_its_parse(store: Store, tmp_path: Path) -> None:
    store.put("docs/a.md", "text")
    file = one(tmp_path)
    assert content_hash(file) == bytes_hash(b"text")
    discover.fetch(file)
    assert file.location.read_text() == "text" and store.fetched() == ["docs/a.md"]


def test_fetched_content_beyond_the_room_is_not_kept(store: Store, tmp_path: Path) -> None:
    store.put("docs/a.md", "text")
    store.put("docs/b.md", "more")
    files = listed(tmp_path, room=5)
    assert [content_hash(f) for f in files.values()] == [bytes_hash(b"text"), bytes_hash(b"more")]
    assert [f.location.exists() for f in files.values()] == [True, False]
    discover.fetch(files["b.md"])
    assert files["b.md"].location.read_text() == "more"


def test_an_object_that_vanished_names_its_id_and_not_its_path(store: Store, tmp_path: Path) -> None:
    store.put("docs/secret-merger.md", "text")
    file = one(tmp_path)
    store.remove("docs/secret-merger.md")
    with pytest.raises(SourceUnreadableError, match=file.document_id) as caught:
        content_hash(file)
    assert "merger" not in str(caught.value)


def test_an_object_that_was_refused_is_unreadable(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("docs/a.md", "text")
    file = one(tmp_path)
    through(monkeypatch, refused)
    with pytest.raises(SourceUnreadableError, match="access was denied"):
        content_hash(file)
    assert not list((tmp_path / "fetched").iterdir())


def test_an_object_replaced_since_it_was_listed_is_not_taken_for_what_was_listed(
    store: Store, tmp_path: Path
) -> None:
    store.put("docs/a.md", "text")
    file = one(tmp_path)
    store.put("docs/a.md", "tixt")
    with pytest.raises(SourceUnreadableError, match="replaced"):
        content_hash(file)
    assert not file.location.exists() and one(tmp_path).location != file.location


class Breaking:
    """A stream that ends in the middle."""

    def __init__(self, body: Any) -> None:
        self.body, self.read_once = body, False

    async def read(self, _: int) -> Any:
        if self.read_once:
            raise ConnectionResetError("gone")
        self.read_once = True
        return await self.body.read(2)

    def close(self) -> None:
        self.body.close()


@pytest.mark.parametrize(("breaks", "good"), [(1, True), (3, False)])
def test_a_broken_stream_is_begun_anew_and_leaves_no_half_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: int, good: bool
) -> None:
    store.put("docs/a.md", "text")
    file = one(tmp_path)
    left = breaks

    def breaking(real: Call) -> Call:
        def call(*arguments: Any, **more: Any) -> Any:
            nonlocal left
            answer = real(*arguments, **more)
            if left:
                left -= 1
                answer["Body"] = Breaking(answer["Body"])
            return answer

        return call

    through(monkeypatch, breaking)
    if good:
        assert content_hash(file) == bytes_hash(b"text")
        return
    with pytest.raises(SourceUnreadableError, match=file.document_id):
        content_hash(file)
    assert not list((tmp_path / "fetched").iterdir())


def test_a_disk_that_cannot_be_written_is_the_stores_fault(store: Store, tmp_path: Path) -> None:
    store.put("docs/a.md", "text")
    (tmp_path / "fetched").write_text("in the way")
    with pytest.raises(StoreError):
        content_hash(one(tmp_path))


# ── Swept ─────────────────────────────────────────────────────────────────────────────────────


def fill(store: Store) -> None:
    store.put("docs/policy.md", POLICY)
    store.put("docs/rules/procedure.md", PROCEDURE)


@pytest.fixture(scope="module")
def template(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenant whose bucket was swept once."""
    root = tmp_path_factory.mktemp("swept")
    world = World(root / "data", root / "store")
    world.tenant("acme", {})
    world.tenants["acme"]["documents"] = f"s3://{NAME}/docs"
    world.save()
    with pytest.MonkeyPatch.context() as patch:
        store = opened(endpoint, patch)
        fill(store)
        assert world.sweep().state == "succeeded"
        assert sorted(store.fetched()) == ["docs/policy.md", "docs/rules/procedure.md"]  # each once
        store.delete()
    return root


@pytest.fixture
def swept(store: Store, template: Path, tmp_path: Path) -> World:
    """The same again, with the same objects written anew: other times, and the etags that were."""
    for name in ("data", "store"):
        shutil.copytree(template / name, tmp_path / name, symlinks=True)
    world = World(tmp_path / "data", tmp_path / "store")
    world.tenants |= {
        entry["slug"]: entry for entry in yaml.safe_load((world.data / "tenants.yaml").read_text())["tenants"]
    }
    fill(store)
    store.asked.clear()
    return world


def work(world: World) -> Path:
    return world.home / "tenants" / "acme" / "work"


def test_a_bucket_gives_the_report_that_its_folder_gives(swept: World) -> None:
    folder = World(swept.data.parent / "folder" / "data", swept.data.parent / "folder" / "store")
    folder.tenant("acme", {"policy.md": POLICY, "rules/procedure.md": PROCEDURE})
    folder.sweep()
    assert swept.verdicts("acme") == folder.verdicts("acme")
    mine, theirs = (
        {r["document_id"]: r["version_id"] for r in w.report("acme")["documents"]} for w in (swept, folder)
    )
    assert mine == theirs
    assert not (work(swept) / "fetched").exists()


def test_an_unchanged_bucket_is_listed_and_nothing_of_it_fetched(swept: World, store: Store) -> None:
    store.asked.clear()
    assert swept.sweep().totals.get("unchanged") == 1
    environment = swept.environment()
    look = watch.look(environment, environment.tenants[0], environment.today())
    assert not look.due and not look.source_differs and not look.problem
    assert store.listings and store.asked == store.listings


def test_a_look_fetches_nothing_and_a_sweep_only_what_changed(swept: World, store: Store) -> None:
    store.put("docs/policy.md", POLICY.replace("72 hours", "30 days"))
    store.asked.clear()
    environment = swept.environment()
    look = watch.look(environment, environment.tenants[0], environment.today())
    assert look.due and look.source_differs and not store.fetched()
    assert swept.sweep().totals["parsed"] == 1
    assert store.fetched() == ["docs/policy.md"]


def test_a_new_etag_over_the_same_bytes_is_fetched_once_and_then_remembered(
    swept: World, store: Store
) -> None:
    parts = store.s3.create_multipart_upload(Bucket=NAME, Key="docs/policy.md")
    part = {"Bucket": NAME, "Key": "docs/policy.md", "UploadId": parts["UploadId"]}
    tag = store.s3.upload_part(**part, PartNumber=1, Body=POLICY.encode())["ETag"]
    store.s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]})
    store.asked.clear()
    assert swept.sweep().totals.get("unchanged") == 1
    assert store.fetched() == ["docs/policy.md"]
    assert swept.sweep().totals.get("unchanged") == 1
    assert store.fetched() == ["docs/policy.md"]


def test_leftovers_of_a_killed_fetch_are_removed_and_never_read(swept: World, store: Store) -> None:
    store.put("docs/policy.md", POLICY.replace("72 hours", "30 days"))
    file = next(
        f
        for f in discover.discover(swept.environment().tenants[0], spool(work(swept)))
        if f.path == "policy.md"
    )
    (work(swept) / "fetched").mkdir()
    (work(swept) / "fetched" / f".tmp-{file.location.name}-00000000").write_text("half")
    assert swept.sweep().totals["parsed"] == 1
    row = next(r for r in swept.report("acme")["documents"] if r["path"] == "policy.md")
    assert row["content_hash"] == bytes_hash(POLICY.replace("72 hours", "30 days").encode())
    assert not (work(swept) / "fetched").exists()


def test_an_archive_in_a_bucket_is_fetched_once_and_opened_like_a_folder(swept: World, store: Store) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner/badges.md", "# Badges\n\nStaff wear badges at all times.\n")
    store.put("docs/more.zip", packed.getvalue())
    assert swept.sweep().totals["published"] == 1
    found = {r["path"]: r["readable"] for r in swept.report("acme")["documents"]}
    assert found["more.zip/inner/badges.md"] and store.fetched().count("docs/more.zip") == 1
    assert swept.sweep().totals.get("unchanged") == 1 and store.fetched().count("docs/more.zip") == 1


def test_an_object_over_a_limit_since_raised_is_fetched_then(store: Store, tmp_path: Path) -> None:
    store.put("docs/large.md", "x" * 1001)
    before = refresh(tenant(), tuple(listed(tmp_path).values()), {})
    assert refresh(tenant(), tuple(listed(tmp_path).values()), before) == before and not store.fetched()
    after = refresh(tenant(), tuple(listed(tmp_path, max_bytes=2000).values()), before)
    assert after["large.md"].content_hash == bytes_hash(b"x" * 1001) and not after["large.md"].settled
    assert store.fetched() == ["docs/large.md"]


def test_a_failed_listing_of_a_bucket_removes_nothing(
    swept: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_manifest(work(swept).parent)
    through(monkeypatch, refused)
    failed = swept.sweep()
    assert failed.failures[0].reason == "SourceUnreadableError"
    assert load_manifest(work(swept).parent) == before


def test_objects_that_disappear_leave_or_are_held_like_files(swept: World, store: Store) -> None:
    store.remove("docs/policy.md")
    swept.sweep()
    assert [r["path"] for r in swept.report("acme")["documents"]] == ["rules/procedure.md"]
    store.remove("docs/rules/procedure.md")
    swept.sweep()
    (row,) = swept.report("acme")["documents"]
    assert row["missing_since"] <= datetime.now(UTC)


# ── By hand ───────────────────────────────────────────────────────────────────────────────────


def test_a_tenant_in_a_bucket_is_added_and_checked_from_the_command_line(store: Store, world: World) -> None:
    world.tenant("other")
    store.put("docs/policy.md", POLICY)
    arguments = ("tenants", "add", "acme", "--documents", f"s3://{NAME}/docs/", "--frameworks", "rules")
    added = CliRunner().invoke(main, [*arguments, "--no-sweep"])
    assert added.exit_code == 0, added.output
    assert f"documents: s3://{NAME}/docs" in (world.data / "tenants.yaml").read_text()
    checked = CliRunner().invoke(main, ["tenants", "check"])
    assert checked.exit_code == 0 and "acme" in checked.output
    again = CliRunner().invoke(
        main, [*arguments[:2], "again", *arguments[3:4], f"s3://{NAME}", *arguments[5:]]
    )
    assert again.exit_code == 2 and "lie in those of" in again.output
    wrong = CliRunner().invoke(main, [*arguments[:2], "wrong", *arguments[3:4], "gs://b/x", *arguments[5:]])
    assert wrong.exit_code == 2 and "s3://bucket/prefix" in wrong.output


def test_a_folder_that_became_a_link_to_another_tenants_is_not_read(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    (mine / "sub").mkdir(parents=True)
    theirs.mkdir()
    for folder in (mine / "sub", theirs):
        (folder / "a.md").write_text("# Keys\n\nThe same words, so that the hash is as listed.\n")
    tenant = Tenant("acme", "Acme", mine, ())
    (file,) = discover.discover(tenant)
    known = discover.content_hash(file)
    shutil.rmtree(mine / "sub")
    (mine / "sub").symlink_to(theirs)
    with ParserPool(Settings(home=tmp_path / "home")) as pool, pytest.raises(SourceUnreadableError):
        pool.parse(file, known, tenant)
