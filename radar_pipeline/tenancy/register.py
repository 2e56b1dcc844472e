"""Adding a tenant to ``tenants.yaml`` without disturbing what people wrote there."""

import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import Tenant
from radar_pipeline.storage.files import TEMPORARY, write_text
from radar_pipeline.tenancy.places import Place
from radar_pipeline.tenancy.tenants import load_tenants

_RESOLVER = yaml.resolver.Resolver()
_HEAD = "# The organisations that a sweep looks at.\n"


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What a person says of a tenant that joins; ``documents`` is a folder or a bucket."""

    slug: str
    documents: Place
    frameworks: tuple[str, ...]
    name: str = ""
    industry: str = ""
    jurisdictions: tuple[str, ...] = ()
    plan: str = ""
    persona: str = ""


def add(path: Path, new: NewTenant, known_frameworks: Collection[str], store: Path | None = None) -> Tenant:
    """Write ``new`` as the last entry of ``tenants.yaml``, making the file if there is none.

    Comments and the order of the other entries stay. The file is replaced only by one that loads,
    and only if nobody changed it meanwhile. Raises ConfigurationError otherwise.
    """
    slug = ids.tenant_slug(new.slug)
    before = path.read_bytes() if path.exists() else b""
    if before and any(t.slug == slug for t in load_tenants(path, known_frameworks, store)):
        raise ConfigurationError(
            f"There is a tenant {slug!r} already.",
            remedy=f"Choose another slug, or change its entry in {path.name}.",
        )
    text = _with_entry(before.decode("utf-8"), new)
    tenant = _checked(path, text, slug, known_frameworks, store)
    if (path.read_bytes() if path.exists() else b"") != before:
        raise ConfigurationError(
            f"{path.name} was changed by somebody else meanwhile.", remedy="Run the command again."
        )
    write_text(path.resolve(), text)  # a link to the file stays one
    return tenant


def _with_entry(text: str, new: NewTenant) -> str:
    writer = YAML()  # round trip: comments, quotes and order stay
    writer.preserve_quotes = True
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    data = writer.load(text) if text.strip() else None
    if data is None:
        text, data = _HEAD, CommentedMap(tenants=[])
    if not data.get("tenants"):
        data["tenants"] = []  # written as [] it would stay in one line
    data["tenants"].append(_entry(new))
    out = io.StringIO()
    writer.dump(data, out)
    head = text if text == _HEAD else ""
    return head + out.getvalue()


def _entry(new: NewTenant) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "slug": new.slug,
        "name": new.name or new.slug.replace("-", " ").title(),
        "industry": new.industry,
        "jurisdictions": list(new.jurisdictions),
        "documents": str(new.documents),
        "frameworks": [{"id": framework} for framework in new.frameworks],
        "plan": new.plan,
        "persona": new.persona,
    }
    return {key: _quoted(value) for key, value in entry.items() if value}


def _quoted(value: Any) -> Any:
    """``value`` with quotes round words that a sweep would else read as something other than words.

    The writer follows YAML 1.2 and the reader 1.1, to which NO (Norway), on and 12:30 are no words.
    """
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    if isinstance(value, dict):
        return {key: _quoted(item) for key, item in value.items()}
    tag = _RESOLVER.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    return value if tag == "tag:yaml.org,2002:str" else DoubleQuotedScalarString(value)


def _checked(
    path: Path, text: str, slug: str, known_frameworks: Collection[str], store: Path | None
) -> Tenant:
    """The new tenant as the next sweep would read it, from a trial copy in the same folder (paths and
    plans are relative to it)."""
    trial = path.parent / f"{TEMPORARY}{path.name}"
    write_text(trial, text)
    try:
        return next(t for t in load_tenants(trial, known_frameworks, store) if t.slug == slug)
    except ConfigurationError as error:
        raise ConfigurationError(
            error.message.replace(trial.name, f"{path.name}, as it would become"), remedy=error.remedy
        ) from None
    finally:
        trial.unlink(missing_ok=True)
