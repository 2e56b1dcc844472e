"""Good documents under names that nobody should have to print."""

import os
from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import PARSED, Hostile

NAMES = (
    "a\nb.md",
    "tab\there.md",
    "bell\x07\x1b[31mred.md",
    "carriage\rreturn.md",
    "quote'\".md",
    "<script>alert(1)<script>.md",
    '"onmouseover=alert(1) x=".md',
    "&amp;lt;.md",
    "{{7*7}}.md",
    "=cmd|calc.md",
    "\u202egpj.md",
    "\u200b\u200d.md",
    "\ufeffmark.md",
    "👩‍👩‍👧‍👦.md",
    "é.md",
    "e\u0301.md",
    "CASE.md",
    "case.md",
    "dot..md",
    "trailing .md",
    " leading.md",
    "-rf.md",
    "--help.md",
    "%00%2e%2e%2f.md",
    "back\\slash.md",
    "con.md",
    "semi;colon.md",
    "$(reboot).md",
    "`reboot`.md",
    "*?[a].md",
    "null\u2400.md",
    "x" * 252 + ".md",
    "ü" * 126 + ".md",
    os.fsdecode(b"\xff\xfe\x80.md"),
    os.fsdecode(b"latin-\xe9.md"),
    "/".join(["deep"] * 100) + "/x.md",
    "folder\nwith\nlines/<b>/x.md",
    "trailing./dot.md",
    "trailing /space.md",
)


def files(full: bool) -> Iterator[Hostile]:
    del full
    for number, name in enumerate(NAMES):
        text = f"# Note {number}\n\n{good.SENTENCE} Number {number}.\n".encode()
        yield Hostile("name", f"name/{name}", text, frozenset({PARSED}))
    for name in ("dot.md.", "space.md "):
        yield Hostile("name", f"name/{name}", good.plain(), frozenset({"unsupported"}))
