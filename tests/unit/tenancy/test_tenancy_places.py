"""Where documents lie, as people write it: folders and buckets, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import BucketUrl
from radar_pipeline.sweep import watch
from radar_pipeline.tenancy import load_tenants
from radar_pipeline.tenancy.places import DocumentsEntry, overlap, place_named, place_of
from tests.support.world import World


def place(url: str, **options: Any) -> Path | BucketUrl:
    return place_of(DocumentsEntry(url=url, **options), Path("/data"))


def test_a_folder_is_relative_to_the_file_and_a_bucket_is_what_it_says() -> None:
    assert place("corpus/acme") == Path("/data/corpus/acme")
    assert place("s3://papers") == place("S3://papers/") == BucketUrl("papers")
    assert place("s3://papers/a b/c/") == BucketUrl("papers", "a b/c")
    full = place("s3://papers/a", endpoint="https://minio:9000/", profile="acme", anonymous=True)
    assert full == BucketUrl("papers", "a", "https://minio:9000", "acme", True)
    assert str(full) == "s3://papers/a"


@pytest.mark.parametrize("url", ["gs://b/x", "file:///etc", "https://host/x", "az://c", "s3a://b"])
def test_any_other_scheme_is_refused_with_what_is_supported(url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read from") as caught:
        place(url)
    assert "folder" in caught.value.remedy and "s3://bucket/prefix" in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3:///x", "s3://b", "s3://a:b@c/x", "s3://papers/../x", "s3://papers/a//b", "s3://papers/a/./b",
     "s3://papers/a\nb", f"s3://papers/{'x' * 1024}"],
)  # fmt: skip
def test_a_bucket_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        place(url)


@pytest.mark.parametrize(
    "endpoint",
    ["minio:9000", "ftp://minio", "https://", "https://key:secret@minio", "https://m/?x=1", "https://m:x"],
)
def test_an_endpoint_is_an_address_without_credentials(endpoint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        place("s3://papers", endpoint=endpoint)
    assert "secret" not in str(caught.value)


def test_a_folder_has_no_endpoint() -> None:
    with pytest.raises(ConfigurationError, match="a folder has no endpoint"):
        place("corpus", anonymous=True)


def test_buckets_overlap_by_whole_names_of_their_prefix() -> None:
    def both(one: str, other: str) -> bool:
        found = overlap(place(one), place(other))
        assert found == overlap(place(other), place(one))
        return found

    assert both("s3://papers", "s3://papers/acme") and both("s3://papers/acme", "s3://papers/acme/")
    assert not both("s3://papers/acme", "s3://papers/acme2") and not both("s3://papers", "s3://papers2")
    assert not both("s3://papers", "/papers")
    here, there = (place("s3://papers", endpoint=f"https://{host}") for host in ("a", "b"))
    assert not overlap(here, there) and overlap(here, place("s3://papers"))


def write(world: World, **documents: Any) -> None:
    for slug, value in documents.items():
        world.tenant(slug, {})
        world.tenants[slug]["documents"] = value
    world.save()


def load(world: World) -> Any:
    return load_tenants(world.data / "tenants.yaml", ["rules"], world.home)


def test_tenants_yaml_takes_a_string_or_a_mapping(world: World) -> None:
    write(world, acme="s3://papers/acme", globex={"url": "s3://papers/globex", "anonymous": True})
    acme, globex = load(world)
    assert acme.documents == BucketUrl("papers", "acme")
    assert globex.documents == BucketUrl("papers", "globex", anonymous=True)
    assert watch.definition_key(acme) != watch.definition_key(globex)


def test_one_tenants_prefix_in_anothers_is_refused_with_its_line(world: World) -> None:
    write(world, acme="s3://papers", globex="s3://papers/globex")
    with pytest.raises(
        ConfigurationError, match=r"line \d+: the documents of 'globex' lie in those of 'acme'"
    ):
        load(world)
    for slug in ("acme", "globex"):
        world.tenants[slug]["shared"] = True
    world.save()
    assert len(load(world)) == 2


def test_wrong_places_are_told_with_their_lines_and_all_at_once(world: World) -> None:
    write(world, acme="gs://papers", globex={"url": "s3://papers", "endpoint": "nowhere"})
    with pytest.raises(ConfigurationError) as caught:
        load(world)
    assert str(caught.value).count("line ") == 2 and "s3://bucket/prefix" in str(caught.value)
    write(world, acme={"url": "s3://papers", "secret": "x"})
    with pytest.raises(ConfigurationError, match="secret"):
        load(world)


def test_a_person_names_a_folder_relative_to_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    assert place_named("link") == tmp_path / "real"
    assert place_named("s3://papers/x") == BucketUrl("papers", "x")
