"""Instances of JSON schemas, and the ways in which an answer can fail its schema."""

from collections.abc import Iterator, Mapping

from radar_pipeline.llm.fake.values import JsonObject, array, integer, mapping, string

FOREIGN = "none_of_these"
_STRINGS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
}
_NOTHING: dict[str, object] = {"boolean": False, "null": None}


def instance(schema: Mapping[str, object], root: Mapping[str, object] | None = None) -> object:
    """The smallest value that ``schema`` allows: required fields only, first enum value and first
    alternative, shortest arrays and strings. ``pattern`` and ``not`` are not looked at."""
    root = schema if root is None else root
    schema = _resolve(schema, root)
    if "const" in schema:
        return schema["const"]
    if values := array(schema.get("enum")):
        return values[0]
    if alternatives := array(schema.get("anyOf")) or array(schema.get("oneOf")):
        return instance(mapping(alternatives[0]), root)
    return _of_type(_type(schema), schema, root)


def missing_field(value: object, schema: Mapping[str, object]) -> object:
    """``value`` without its first required field."""
    needed = {string(name) for name in array(_resolve(schema, schema).get("required"))}
    left = mapping(value)
    gone = next((name for name in left if name in needed), next(iter(left), None))
    return {name: kept for name, kept in left.items() if name != gone}


def extra_field(value: object) -> object:
    """``value`` with a field that no schema has."""
    return {**mapping(value), "unasked_for": True}


def wrong_type(value: object) -> object:
    """``value`` with an object that no schema allows for its first field."""
    fields = mapping(value)
    return {**fields, next(iter(fields), "value"): {FOREIGN: [None]}}


def wrong_enum(value: object, schema: Mapping[str, object]) -> object:
    """``value`` with its first enumerated value replaced by another; without one, ``wrong_type``."""
    changed, done = _change_enum(value, schema, schema)
    return changed if done else wrong_type(value)


def longer(value: object, schema: Mapping[str, object], length: int) -> object:
    """``value`` with its first free text ``length`` characters long; without one, unchanged."""
    return _lengthen(value, schema, schema, length)[0]


def problem(schema: Mapping[str, object], *, all_required: bool) -> str | None:
    """Why a provider's strict mode would refuse ``schema``: an object that allows unknown fields, or
    (``all_required``, OpenAI) one with optional fields. None if it would not."""
    for node in _objects(schema):
        properties = set(mapping(node.get("properties")))
        if node.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        if all_required and properties - {string(name) for name in array(node.get("required"))}:
            return "'required' is required to be supplied and to hold every key of 'properties'."
    return None


def _objects(node: object) -> Iterator[JsonObject]:
    if isinstance(node, list | tuple):
        for item in node:
            yield from _objects(item)
    elif isinstance(node, Mapping):
        if "properties" in node and node.get("type", "object") == "object":
            yield mapping(node)
        for item in node.values():
            yield from _objects(item)


def _of_type(kind: str, schema: JsonObject, root: Mapping[str, object]) -> object:
    if kind == "object":
        properties = mapping(schema.get("properties"))
        names = [string(name) for name in array(schema.get("required"))]
        return {name: instance(mapping(properties.get(name)), root) for name in names}
    if kind == "array":
        least = integer(schema.get("minItems")) or 0
        fixed = [instance(mapping(item), root) for item in array(schema.get("prefixItems"))]
        more = [instance(mapping(schema.get("items")), root) for _ in range(least - len(fixed))]
        return fixed + more
    if kind == "string":
        text = _STRINGS.get(string(schema.get("format")), "")
        return text.ljust(integer(schema.get("minLength")) or 0, "x")
    return _number(schema) if kind in ("integer", "number") else _NOTHING.get(kind)


def _number(schema: JsonObject) -> int | float:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if isinstance(low, int | float) and low > 0:
        return low
    if isinstance(above, int | float) and above >= 0:
        return above + (1 if _type(schema) == "integer" else _gap(above, below))
    if isinstance(high, int | float) and high < 0:
        return high
    return below - 1 if isinstance(below, int | float) and below <= 0 else 0


def _gap(above: float, below: object) -> float:
    return (below - above) / 2 if isinstance(below, int | float) else 1.0


def _type(schema: Mapping[str, object]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list | tuple):
        kind = kind[0] if kind else ""
    return string(kind) or ("object" if "properties" in schema else "null")


def _resolve(schema: Mapping[str, object], root: Mapping[str, object]) -> JsonObject:
    found = mapping(schema)
    while reference := string(found.get("$ref")):
        target: object = root
        for step in reference.removeprefix("#").strip("/").split("/"):
            target = mapping(target).get(step) if step else target
        found = mapping(target)
    for part in array(found.pop("allOf", None)):
        resolved = _resolve(mapping(part), root)
        properties = {**mapping(found.get("properties")), **mapping(resolved.get("properties"))}
        required = [*array(found.get("required")), *array(resolved.get("required"))]
        found = {**resolved, **found, "properties": properties, "required": required}
    return found


def _change_enum(
    value: object, schema: Mapping[str, object], root: Mapping[str, object]
) -> tuple[object, bool]:
    schema = _resolve(schema, root)
    if "enum" in schema or "const" in schema:
        return FOREIGN, True
    if isinstance(value, Mapping):
        properties = mapping(schema.get("properties"))
        for name, inner in value.items():
            changed, done = _change_enum(inner, mapping(properties.get(name)), root)
            if done:
                return {**value, name: changed}, True
    if isinstance(value, list) and value:
        changed, done = _change_enum(value[0], mapping(schema.get("items")), root)
        return [changed, *value[1:]], done
    return value, False


def _lengthen(
    value: object, schema: Mapping[str, object], root: Mapping[str, object], length: int
) -> tuple[object, bool]:
    schema = _resolve(schema, root)
    if isinstance(value, str) and "enum" not in schema and "const" not in schema and "format" not in schema:
        return (value + "x" * length)[:length], True
    if isinstance(value, Mapping):
        properties = mapping(schema.get("properties"))
        for name, inner in value.items():
            changed, done = _lengthen(inner, mapping(properties.get(name)), root, length)
            if done:
                return {**value, name: changed}, True
    if isinstance(value, list) and value:
        changed, done = _lengthen(value[0], mapping(schema.get("items")), root, length)
        return [changed, *value[1:]], done
    return value, False
