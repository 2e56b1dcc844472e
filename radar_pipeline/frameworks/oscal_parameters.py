"""Parameters in OSCAL prose: ``{{ insert: param, ac-1_prm_1 }}`` becomes the words that it stands for.

Source: NIST OSCAL 1.1 catalog model (param: values, select, label, guidelines). What the organisation
still has to choose stands in square brackets.
"""

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

_INSERT = re.compile(
    r"\{\{\s*(?:insert:\s*param\s*,\s*)?(?P<moustache>[^\s{},]{1,200})\s*\}\}"
    r"|<insert\b[^>]{0,200}?\b(?:id-ref|param-id)=[\"'](?P<tag>[^\"'<>]{1,200})[\"'][^>]{0,200}?/?>"
)
DEEPEST = 60  # parameters within parameters
LONGEST = 20_000  # characters of one resolved prose; choices within choices can grow beyond all reason


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Select(_Lenient):
    """A choice of phrases."""

    how_many: str = Field("one", alias="how-many")
    choice: tuple[str, ...] = ()


class Guideline(_Lenient):
    """What a parameter is about."""

    prose: str = ""


class Parameter(_Lenient):
    """A blank in the text of a control."""

    id: str
    label: str = ""
    values: tuple[str, ...] = ()
    select: Select | None = None
    guidelines: tuple[Guideline, ...] = ()


class Parameters:
    """All parameters of a catalog by id; each is put into words once, however often it is inserted."""

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self._by_id = {p.id: p for p in parameters}
        self._words: dict[str, str] = {}
        self._depth = 0

    def resolve(self, prose: str) -> str:
        """``prose`` with every parameter in words; one that the catalog does not define keeps its id."""

        def words(match: re.Match[str]) -> str:
            return self._in_words(match["moustache"] or match["tag"])

        return _INSERT.sub(words, prose[:LONGEST])[:LONGEST]

    def _in_words(self, name: str) -> str:
        if name not in self._words:
            self._words[name] = f"[{name}]"  # what a ring of choices within choices ends with
            if name in self._by_id and self._depth < DEEPEST:
                self._depth += 1
                self._words[name] = self._said(self._by_id[name])
                self._depth -= 1
        return self._words[name]

    def _said(self, parameter: Parameter) -> str:
        if parameter.values:
            return ", ".join(self.resolve(value) for value in parameter.values)[:LONGEST]
        if parameter.select and parameter.select.choice:
            choices = "; ".join(self.resolve(choice) for choice in parameter.select.choice)[:LONGEST]
            several = parameter.select.how_many == "one-or-more"
            return f"[{'one or more of' if several else 'one of'}: {choices}]"
        if parameter.label:
            return f"[{self.resolve(parameter.label)}]"
        guideline = next((g.prose for g in parameter.guidelines if g.prose), "")
        return f"[{self.resolve(guideline).strip(' ;.') or parameter.id}]"
