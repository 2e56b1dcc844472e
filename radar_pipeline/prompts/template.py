"""The sandbox in which prompt templates are read and filled in: Jinja2 with nearly everything taken out.

A template may look at its variables, loop, branch and use the few filters below. It cannot call
methods, reach into Python, read files, import, or build a text larger than what it is given by
multiplying: a prompt file comes from a person, but it is data, not a program.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from radar_pipeline.llm.call import BOUNDARY

MARK = "boundary"  # the name by which a data message's template reaches the boundary
_FILTERS = ("join", "length", "lower", "upper", "trim")
_TESTS = ("defined", "undefined", "none", "number", "string", "odd", "even")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[A-Za-z_]\w*")
_QUOTED = re.compile(r"'([A-Za-z_]\w*)'")  # how Jinja2 names what is undefined or forbidden


class _Sandbox(ImmutableSandboxedEnvironment):
    """Nothing can be called, and no operator can make much out of little."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def is_safe_callable(self, obj: Any) -> bool:
        return getattr(obj, "__module__", "") == "jinja2.runtime"  # macros and loop(), which templates define

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not callable(value) and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:
        raise SecurityError(f"the operator {operator} is not for prompts")


def _line(value: object) -> str:
    """On one line, for headings and labels."""
    return _SPACE.sub(" ", str(value)).strip()


@lru_cache(maxsize=1)
def _environment() -> _Sandbox:
    environment = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,  # plain text for a model: values are marked as data, not escaped
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    filters: dict[str, Callable[..., Any]] = {name: environment.filters[name] for name in _FILTERS}
    environment.filters = {**filters, "line": _line}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _environment().from_string(source)


class BrokenTemplateError(ValueError):
    """A template that cannot be read or filled in; ``line`` counts within it, from 1 (0: not known)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@lru_cache(maxsize=256)  # a judge is opened for each tenant, and every file of the folder read for it
def variables_of(source: str) -> frozenset[str]:
    """Names that the template takes from outside. Raises BrokenTemplateError if it cannot be read."""
    try:
        names = meta.find_undeclared_variables(_environment().parse(source))
        _compiled(source)  # filters and tests that do not exist show only now
    except (TemplateError, RecursionError) as error:
        raise BrokenTemplateError(_told(error), getattr(error, "lineno", 0) or 0) from None
    return frozenset(names)


def filled(source: str, values: Mapping[str, object], *, data: bool) -> str:
    """The template's text with ``values`` put in literally; a data message also has the boundary.

    Raises BrokenTemplateError, which names what is missing and never holds a value.
    """
    given = {**values, MARK: BOUNDARY} if data else dict(values)
    try:
        return _compiled(source).render(given).strip()
    except Exception as error:  # whatever it is, its message may hold a value
        name = next((n for n in _QUOTED.findall(str(error)) if n in _WORD.findall(source)), "")
        about = f" at {name!r}" if name else ""
        raise BrokenTemplateError(f"it fails with {type(error).__name__}{about}") from None


def _told(error: Exception) -> str:
    said = getattr(error, "message", None) or str(error)  # a syntax error's str ends with Jinja2's own line
    return (said or type(error).__name__).rstrip(".")
