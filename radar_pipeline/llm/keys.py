"""Keys by name, from the environment or a file, in a type that does not let them out by accident.

``OPENAI_API_KEY`` is looked for as ``RADAR_OPENAI_API_KEY``, ``RADAR_OPENAI_API_KEY_FILE`` (the name
of a file), ``OPENAI_API_KEY`` and ``OPENAI_API_KEY_FILE``, in this order. A file is read at every
call: a key that is replaced there is in force at the next request, and the daemon need not be restarted.
"""

import base64
import json
import os
import re
import urllib.parse
from collections.abc import Iterator
from hmac import compare_digest
from pathlib import Path
from typing import NoReturn, SupportsIndex

from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.errors import ModelSetupError

MARK = "[key]"
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_LARGEST = 64_000  # bytes of a key file; a key has some hundred
_SHORTEST = 8  # characters; what is shorter, such as a local server's "none", is no secret and a common word
_SHORTEST_PART = 10  # characters of a key's base64 form that count as the key

_seen: dict[str, None] = {}  # every value handed out by this process, old ones after a rotation included
_last: dict[Path, str] = {}  # what a file held when it was last whole


class Secret:
    """A key. Only ``reveal`` shows it; it prints as ``[key]`` and cannot be pickled or made JSON."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value
        if len(value) >= _SHORTEST:
            _seen[value] = None

    def reveal(self) -> str:
        """The key itself, to be handed to a client and to nothing else."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({MARK})"

    def __str__(self) -> str:
        return MARK

    def __format__(self, spec: str) -> str:
        return MARK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self.__value.encode(), other.__value.encode())

    def __hash__(self) -> int:
        return hash(self.__value)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a key is not to be stored or sent to another process")


def resolve(name: str) -> Secret | None:
    """The key of that name; None where none is set, and an empty value is none.

    Raises ModelSetupError for a file that cannot be read and for a value that can be no key.
    """
    if not _NAME.fullmatch(name) or len(name) > 64:  # not repeated: it may be a key in the wrong place
        raise _wrong(
            "The name of a key is not that of an environment variable.",
            "Write a name such as OPENAI_API_KEY there, and the key itself into that variable.",
            ErrorClass.CONFIGURATION,
        )
    for variable in (f"RADAR_{name}", name):
        if value := os.environ.get(variable, "").strip():
            return Secret(_checked(value, variable))
        if path := os.environ.get(f"{variable}_FILE", "").strip():
            return Secret(_checked(_from_file(Path(path), f"{variable}_FILE"), f"{variable}_FILE"))
    return None


def require(name: str) -> Secret:
    """The key of that name; raises ModelSetupError with the remedy where none is set."""
    secret = resolve(name)
    if secret is None:
        raise _wrong(f"The key {name} is not set.", f"Set {name}, or {name}_FILE to a file that holds it.")
    return secret


def scrub(text: str) -> str:
    """``text`` with every key that this process has looked up replaced by ``[key]``.

    Also in the forms that it takes in addresses, JSON and base64 (of a longer text, too). For every
    message from outside that might repeat a key. Values under 8 characters are not looked for.
    """
    for value in tuple(_seen):
        for form in sorted(_forms(value), key=len, reverse=True):
            text = text.replace(form, MARK)
    return text


def _forms(value: str) -> Iterator[str]:
    yield from {value, json.dumps(value)[1:-1], urllib.parse.quote(value), urllib.parse.quote(value, safe="")}
    yield urllib.parse.quote_plus(value)
    # Where the key begins within three bytes of a longer text, and the characters shared with what is before.
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        data = b"\0" * before + value.encode()
        whole = len(data) * 8 // 6  # characters that no later byte changes
        part = base64.b64encode(data).decode()[skipped:whole]
        if len(part) >= _SHORTEST_PART:
            yield part
            yield part.replace("+", "-").replace("/", "_")


def _from_file(path: Path, variable: str) -> str:
    try:
        with path.open("rb") as file:
            value = file.read(_LARGEST + 1)
    except OSError as error:
        raise _wrong(
            f"The file that {variable} names cannot be read: {type(error).__name__}.",
            f"Make it a readable file that holds the key alone, or unset {variable}.",
        ) from None
    text = value.decode("utf-8", "replace").strip()
    if text:
        _last[path] = text
    return text or _last.get(path, "")  # empty for a moment, while another program writes it


def _checked(value: str, variable: str) -> str:
    if value and len(value) <= _LARGEST and value.isascii() and value.isprintable() and " " not in value:
        return value
    raise _wrong(
        f"What {variable} gives is no key: it is empty or holds a blank, a line break or other letters.",
        f"Put the key alone there, or unset {variable}.",
    )


def _wrong(message: str, remedy: str, error_class: ErrorClass = ErrorClass.AUTH) -> ModelSetupError:
    return ModelSetupError(message, remedy=remedy, error_class=error_class)
