"""YAML that people write, read into checked models with errors that name file, line and remedy."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from radar_pipeline.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)
_Base: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LARGEST = 20_000_000  # characters; the largest published catalog has two million
DEEPEST = 60  # levels; the parser is recursive, and a file nested deeply enough would crash it


class Loader(_Base):  # type: ignore[misc]
    """A safe loader that refuses a key written twice: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; raises a YAML error at a repeated key."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {str(key.value)[:40]!r} occurs twice", key.start_mark
                )
            seen.add(key.value if isinstance(key.value, str) else id(key))
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def read_yaml(path: Path, model: type[Model], *, most: int | None = None) -> Model:
    """The file as ``model``; unknown keys, wrong types and broken YAML are ConfigurationErrors.

    ``most``: how many values it may have with every alias written out, for a model that takes any: a few
    lines of aliases can stand for billions.
    """
    text = _read_text(path)
    _check_shape(path, text)
    try:
        data = yaml.load(text, Loader=Loader)
        if most is not None and _values(data, {}) > most:
            raise _too_much(path)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{path.name}: a value cannot be read: {error}.", remedy="Correct it, or put it in quotes."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "an unknown line"
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise ConfigurationError(
            f"{path.name}, {place}: not valid YAML: {problem}.", remedy="Mend that line and run again."
        ) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        node = yaml.compose(text, Loader=Loader)  # a second parse, paid only to tell the line
        problems = [_problem(item, node) for item in error.errors()[:5]]
        more = f" (and {error.error_count() - 5} more)" if error.error_count() > 5 else ""
        raise ConfigurationError(
            f"{path.name}: {'; '.join(problems)}{more}.", remedy="Mend the named lines and run again."
        ) from None


def lines_of(path: Path) -> Callable[[list[str | int]], int]:
    """From a place in the file, such as ``["tenants", 0, "slug"]``, to its line (from 1).

    For problems that only show once the whole file is understood. The file was read before.
    """
    root = yaml.compose(_read_text(path), Loader=Loader)
    return lambda location: _line_of(root, location)


def _check_shape(path: Path, text: str) -> None:
    """Refuse what would exhaust or crash the parser, by a look at brackets and indentation alone."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = max(0, depth + (1 if bracket in "[{" else -1))
        deepest = max(deepest, depth)
    lead = max((len(run) for run in re.findall(r"(?m)^(?:[ ]|-[ ]|\?[ ])+", text)), default=0)
    if len(text) > LARGEST or deepest > DEEPEST or lead > 4 * DEEPEST:
        raise _too_much(path)


def _values(data: Any, known: dict[int, int]) -> int:
    """How many values there are with every alias written out; ``known``: those of what was met, by id.

    Raises RecursionError for one that holds itself.
    """
    if not isinstance(data, (dict, list)):
        return 1
    if id(data) not in known:
        held = data.values() if isinstance(data, dict) else data
        known[id(data)] = 1 + sum(_values(value, known) for value in held)
    return known[id(data)]


def _too_much(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path.name} is too large or nested too deeply.",
        remedy=f"Keep it under {LARGEST:,} characters and {DEEPEST} levels.",
    )


def _read_text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, a device never ends
            raise OSError("not a regular file")
        if path.stat().st_size > 4 * LARGEST:
            raise _too_much(path)
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path} does not exist.", remedy="Create it, or set RADAR_DATA to the folder that holds it."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {type(error).__name__}.",
            remedy="Make it a readable UTF-8 file.",
        ) from None


def _problem(error: Any, root: yaml.Node | None) -> str:
    location = [part for part in error["loc"] if isinstance(part, (str, int))]
    line = _line_of(root, location)
    dotted = ".".join(str(part) for part in location) or "the file"
    return f"line {line}: {dotted}: {error['msg']}"


def _line_of(node: yaml.Node | None, location: list[str | int]) -> int:
    """Line (from 1) of the deepest node that the location reaches."""
    line = 1
    for part in location:
        if node is None:
            break
        line = node.start_mark.line + 1
        node = _child(node, part)
    return (node.start_mark.line + 1) if node is not None else line


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None
