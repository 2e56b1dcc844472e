"""The part of CISO Assistant's library schema that we take over; keys beside it are tolerated."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _text(value: object) -> object:
    """A missing text is an empty one, and a number in quotes' place (``ref_id: 1.10``) is its words."""
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    return () if value is None else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Node(_Lenient):
    """A requirement node."""

    urn: str = Field(min_length=1)
    assessable: bool
    ref_id: Text = ""
    name: Text = ""
    description: Text = ""
    parent_urn: str | None = None
    depth: int = 1
    implementation_groups: Texts = ()
    importance: Text = ""


class Group(_Lenient):
    """One implementation group's definition."""

    ref_id: Text
    name: Text = ""


class Framework(_Lenient):
    """A framework."""

    urn: str = Field(min_length=1)
    ref_id: Text = ""
    name: Text = ""
    description: Text = ""
    implementation_groups_definition: Annotated[tuple[Group, ...], BeforeValidator(_listed)] = ()
    requirement_nodes: Annotated[tuple[Node, ...], BeforeValidator(_listed)]


class Pair(_Lenient):
    """One mapping."""

    source_requirement_urn: str
    target_requirement_urn: str
    relationship: str


class Mappings(_Lenient):
    """A set of mappings in one direction."""

    urn: str = ""
    ref_id: Text = ""
    name: Text = ""
    source_framework_urn: str
    target_framework_urn: str
    requirement_mappings: tuple[Pair, ...]


class Contents(_Lenient):
    """What a library holds; the keys came in the singular first and became lists later."""

    frameworks: tuple[Framework, ...] = ()
    requirement_mapping_sets: tuple[Mappings, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _old_and_new_keys(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {
            plural: (one if isinstance(one, (list, tuple)) else [one])
            for singular, plural in (
                ("framework", "frameworks"),
                ("requirement_mapping_set", "requirement_mapping_sets"),
            )
            if (one := data.get(plural) or data.get(singular))
        }


class CisoLibrary(_Lenient):
    """The file as a whole."""

    urn: str = Field(min_length=1)
    ref_id: Text = ""
    name: Text = ""
    version: Text
    objects: Contents
    locale: Text = "en"
    description: Text = ""
    copyright: Text = ""
    publication_date: object = None
    provider: Text = ""
    packager: Text = ""
