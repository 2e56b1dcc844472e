"""The statements that apply one publication to the report tables: pure SQL text, one idea each."""

from collections.abc import Collection

from radar_pipeline.storage.ddl import base_columns, base_name, names
from radar_pipeline.storage.schema import Life, Table

# What is no longer current, as it was called last: one row for each.
DEPARTED = {
    table: f"""SELECT {key}, {named} FROM {table}_history WHERE {key} NOT IN (SELECT {key} FROM {table})
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY valid_from_sweep DESC) = 1"""
    for table, key, named in (
        ("documents", "document_id", "path, title"),
        ("requirements", "requirement_id", "ref, title"),
    )
}
# What happened to documents between the last two publications of each framework.
DOCUMENT_CHANGES = """
WITH latest AS (
    SELECT framework_id, sweep_id, lag(sweep_id) OVER (PARTITION BY framework_id ORDER BY sweep_id) AS before
    FROM sweeps
    QUALIFY row_number() OVER (PARTITION BY framework_id ORDER BY sweep_id DESC) = 1
),
now AS (
    SELECT l.framework_id, d.* FROM latest l JOIN documents_history d
        ON d.valid_from_sweep <= l.sweep_id AND (d.valid_to_sweep IS NULL OR d.valid_to_sweep > l.sweep_id)
    WHERE l.before IS NOT NULL
),
earlier AS (
    SELECT l.framework_id, d.* FROM latest l JOIN documents_history d
        ON d.valid_from_sweep <= l.before AND (d.valid_to_sweep IS NULL OR d.valid_to_sweep > l.before)
)
SELECT framework_id, document_id, coalesce(n.path, e.path) AS path, coalesce(n.title, e.title) AS title,
       CASE WHEN e.document_id IS NULL THEN 'added'
            WHEN n.document_id IS NULL THEN 'removed'
            WHEN n.missing_since IS NOT NULL AND e.missing_since IS NULL THEN 'missing'
            WHEN n.missing_since IS NULL AND e.missing_since IS NOT NULL THEN 'returned'
            ELSE 'changed' END AS change
FROM now n FULL JOIN earlier e USING (framework_id, document_id)
WHERE e.document_id IS NULL OR n.document_id IS NULL OR n.content_hash <> e.content_hash
   OR (n.missing_since IS NULL) <> (e.missing_since IS NULL)
ORDER BY framework_id, path, document_id
"""
INCOMING = "incoming"  # name under which a table's new rows are registered

# Rows of an empty framework_id are about the corpus as a whole: every sweep looks at all of it.
_SCOPE = "(framework_id = '' OR list_contains($frameworks, framework_id))"


def scope(table: Table) -> str:
    """Which stored rows a publication of ``$frameworks`` may touch."""
    return _SCOPE if table.scoped else "($frameworks IS NOT NULL)"


def same(columns: tuple[str, ...], left: str, right: str) -> str:
    """That two rows agree in these columns; NULL equals NULL."""
    return " AND ".join(f'{left}."{name}" IS NOT DISTINCT FROM {right}."{name}"' for name in columns)


def key_matches(table: Table, left: str, right: str) -> str:
    """That two rows have the same key; key columns are never NULL."""
    return " AND ".join(f'{left}."{name}" = {right}."{name}"' for name in table.key)


def close_changed(table: Table) -> str:
    """End the current rows in scope that changed or vanished. Parameters: sweep, frameworks."""
    values = tuple(column.name for column in table.columns)
    return (
        f"UPDATE {base_name(table)} AS h SET valid_to_sweep = $sweep "
        f"WHERE valid_to_sweep IS NULL AND {scope(table)} "
        f"AND NOT EXISTS (SELECT 1 FROM {INCOMING} i WHERE {key_matches(table, 'i', 'h')} "
        f"AND {same(values, 'i', 'h')})"
    )


def drop_momentary(table: Table) -> str:
    """Delete rows that began and ended in this sweep (it published twice). Parameter: sweep."""
    return f"DELETE FROM {base_name(table)} WHERE valid_from_sweep = $sweep AND valid_to_sweep = $sweep"


def insert_changed(table: Table) -> str:
    """Add the incoming rows that no current row stands for. Parameter: sweep."""
    base = base_name(table)
    return (
        f"INSERT INTO {base} ({names(base_columns(table, shared=False))}) "
        f"SELECT {names(table.columns, 'i')}, $sweep, NULL FROM {INCOMING} i "
        f"WHERE NOT EXISTS (SELECT 1 FROM {base} h WHERE h.valid_to_sweep IS NULL "
        f"AND {key_matches(table, 'i', 'h')})"
    )


def insert_absent(table: Table) -> str:
    """Add the events that are not there yet."""
    base = base_name(table)
    return (
        f"INSERT INTO {base} ({names(table.columns)}) SELECT {names(table.columns, 'i')} FROM {INCOMING} i "
        f"WHERE NOT EXISTS (SELECT 1 FROM {base} h WHERE {key_matches(table, 'i', 'h')})"
    )


def clear_scope(table: Table) -> str:
    """Delete the rows in scope of a table that is replaced whole. Parameter: frameworks."""
    return f"DELETE FROM {base_name(table)} WHERE {scope(table)}"


def differs(table: Table) -> str:
    """Whether the incoming rows are not exactly the stored ones in scope. Parameter: frameworks."""
    stored = f"SELECT {names(table.columns)} FROM {base_name(table)} WHERE {scope(table)}"
    given = f"SELECT {names(table.columns)} FROM {INCOMING}"
    return f"SELECT EXISTS ({stored} EXCEPT {given}) OR EXISTS ({given} EXCEPT {stored})"


def is_empty(table: Table) -> str:
    """Whether nothing was ever stored: then there is nothing to compare with."""
    return f"SELECT NOT EXISTS (SELECT 1 FROM {base_name(table)})"


def insert_all(table: Table) -> str:
    """Add every incoming row. Parameter: sweep."""
    validity = ", $sweep, NULL" if table.life is Life.HISTORY else ""
    return (
        f"INSERT INTO {base_name(table)} ({names(base_columns(table, shared=False))}) "
        f"SELECT {names(table.columns)}{validity} FROM {INCOMING} WHERE $sweep IS NOT NULL"
    )


def digest_query(table: Table, stored: Collection[str]) -> str:
    """All rows without clocks and run ids, and whether each is current, for the digest."""
    columns = tuple(c for c in table.columns if not c.volatile and c.name in stored)
    current = "valid_to_sweep IS NULL" if table.life is Life.HISTORY else "true"
    return f"SELECT {names(columns)}, {current} AS is_current FROM {base_name(table)}"


SCORES = """
WITH counted AS (
    SELECT a.framework_id, a.verdict,
           CASE WHEN a.applicability = 'not_applicable' THEN 0 ELSE r.importance END AS importance
    FROM assessments a
    JOIN requirements r USING (tenant_id, framework_id, requirement_id)
),
sums AS (
    SELECT framework_id,
           sum(importance) AS total,
           sum(CASE verdict WHEN 'not_assessed' THEN importance ELSE 0 END) AS unknown,
           sum(importance * CASE verdict WHEN 'covered' THEN 1 WHEN 'partial' THEN 0.5 ELSE 0 END) AS met
    FROM counted
    GROUP BY framework_id
)
SELECT framework_id,
       CASE WHEN unknown * 5 > total THEN NULL
            ELSE round(100.0 * met / nullif(total - unknown, 0), 6) END AS score
FROM sums
ORDER BY framework_id
"""
