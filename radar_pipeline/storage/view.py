"""What a view is: columns beside the SQL they come from, so that a private one can be left out of both."""

from dataclasses import dataclass

from radar_pipeline.storage.schema import Column

RETIRED = "SELECT tenant_id FROM tenants WHERE state = 'retired'"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a view, and the expression that gives it. ``portfolio``: only the portfolio knows it."""

    column: Column
    sql: str
    portfolio: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A view over the report tables. Its rows come in the order of ``order``, as DuckDB gives them.

    ``source`` is the FROM clause, ``shared_source`` the portfolio's if that is another. ``current`` is
    the alias whose ``tenant_id`` is asked for retired tenants, empty for a view of history, which
    keeps them. ``tail`` holds clauses that come between WHERE and ORDER BY.
    """

    name: str
    comment: str
    fields: tuple[Field, ...]
    source: str
    order: str
    current: str
    where: str = "true"
    tail: str = ""
    shared_source: str = ""
    portfolio_only: bool = False

    def shown(self, *, shared: bool) -> tuple[Column, ...]:
        """Its columns in the portfolio (``shared``) or in a tenant's own database."""
        return tuple(field.column for field in self._fields(shared=shared))

    def select(self, *, shared: bool) -> str:
        """The query behind it."""
        listed = ", ".join(f'{field.sql} AS "{field.column.name}"' for field in self._fields(shared=shared))
        source = self.shared_source if shared and self.shared_source else self.source
        present = f" AND {self.current}.tenant_id NOT IN ({RETIRED})" if shared and self.current else ""
        text = (
            f"SELECT {listed} FROM {source} WHERE ({self.where}){present} {self.tail} ORDER BY {self.order}"
        )
        return " ".join(text.split())

    def _fields(self, *, shared: bool) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if not (f.column.private if shared else f.portfolio))


def field(
    name: str,
    type_: str,
    sql: str,
    comment: str,
    *,
    private: bool = False,
    volatile: bool = False,
    portfolio: bool = False,
) -> Field:
    """A field in one line."""
    return Field(Column(name, type_, comment, private, volatile), sql, portfolio)


def kept(alias: str, *columns: Column) -> tuple[Field, ...]:
    """Columns of a table or view, as they are there."""
    return tuple(Field(column, f'{alias}."{column.name}"') for column in columns)
