"""The asset ``frameworks``: which catalogs there are, and whether each can be read."""

from collections.abc import Iterator

import dagster as dg

from radar_pipeline import frameworks as room
from radar_pipeline.defs.style import OWNERS, SHARED
from radar_pipeline.errors import RadarError
from radar_pipeline.models import Framework
from radar_pipeline.sweep.environment import Environment

KEY = dg.AssetKey("frameworks")
CHECK = "catalogs_can_be_read"

_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("framework", "string", "Id, as in tenants.yaml."),
        dg.TableColumn("name", "string", "Name of the catalog."),
        dg.TableColumn("version", "string", "Its version."),
        dg.TableColumn("requirements", "int", "Assessable requirements."),
        dg.TableColumn("elements", "int", "Their atomic parts."),
        dg.TableColumn("importance", "int", "Sum of importance: what the score divides by, at most."),
        dg.TableColumn("hash", "string", "Hash of all that search and judge see of it."),
    ]
)


@dg.multi_asset(
    name="frameworks",
    specs=[
        dg.AssetSpec(
            KEY,
            description="Every catalog of requirements, read and checked, with its version and hash.",
            owners=OWNERS,
            kinds={"yaml"},
            tags=SHARED,
            group_name="catalogs",
            metadata={
                "code": "radar_pipeline/frameworks/library.py",
                "dagster/column_schema": _SCHEMA,
            },
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=KEY,
            description="A catalog that can't be read fails the tenants it binds, and no other.",
        )
    ],
)
def frameworks(environment: dg.ResourceParam[Environment]) -> Iterator[dg.MaterializeResult[None]]:
    """Read every catalog. A broken one fails the check, not the night of tenants it doesn't bind."""
    readable: list[Framework] = []
    broken: list[str] = []
    for framework_id in room.available(environment.settings.data / "frameworks"):
        try:
            readable.append(environment.framework(framework_id))
        except RadarError:
            broken.append(framework_id)
    yield dg.MaterializeResult(
        asset_key=KEY,
        metadata={
            "dagster/row_count": len(readable),
            "frameworks": len(readable),
            "broken": len(broken),
            "requirements": sum(len(f.requirements) for f in readable),
            "elements": sum(len(r.elements) for f in readable for r in f.requirements),
            "catalogs": dg.MetadataValue.table([_row(f) for f in readable], schema=_SCHEMA),
            **{f"version_{f.framework_id}": f.version for f in readable},
            **{f"hash_{f.framework_id}": f.content_hash for f in readable},
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=CHECK,
                passed=not broken,
                metadata={"broken": ", ".join(broken), "remedy": "`radar tenants check` says what is wrong."}
                if broken
                else {},
            )
        ],
    )


def _row(framework: Framework) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "framework": framework.framework_id,
            "name": framework.name,
            "version": framework.version,
            "requirements": len(framework.requirements),
            "elements": sum(len(r.elements) for r in framework.requirements),
            "importance": sum(r.importance for r in framework.requirements),
            "hash": framework.content_hash,
        }
    )
