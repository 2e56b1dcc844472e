"""Texts that make a careless pattern try forever: against headings, fields, dates, items, furniture."""

from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

LINES = {
    "dots": ".",
    "spaces": " ",
    "tabs": "\t",
    "no-break-spaces": "\u00a0",
    "brackets": "(",
    "closing": ")",
    "square": "[",
    "colons": "a: ",
    "owners": "Owner: ",
    "owned": "owner owner ",
    "numbers": "1.",
    "digits": "1",
    "roman": "IV.",
    "romans": "i",
    "letters": "A ",
    "capitals": "ARTICLE ",
    "title-words": "Policy Of ",
    "sections": "Section 1.1 ",
    "paragraph-signs": "§ ",
    "dashes": "-",
    "long-dashes": "– ",
    "underscores": "_",
    "stars": "*",
    "hashes": "#",
    "pipes": "|",
    "ticks": "`",
    "tildes": "~",
    "less": "<",
    "ampersands": "&",
    "entities": "&#x41;",
    "comments": "<!--",
    "quotes": '"',
    "apostrophes": "'",
    "slashes": "/",
    "backslashes": "\\",
    "commas": "a,",
    "semicolons": "a;",
    "pages": "Page 1 of 1 ",
    "dates": "2026-01-",
    "spoken-dates": "1 January 1 ",
    "versions": "v1.0.",
    "addresses": "a@a.",
    "links": "http://a.",
    "abbreviations": "e.g. ",
    "ends": "! ? . ",
    "plus": "+ ",
    "effective": "effective date: effective ",
    "supersedes": "supersedes ",
    "approved": "approved by approved on ",
    "shall": "shall not ",
    "zero-width": "\u200b",
    "marks": "\u0301",
    "emoji": "👩‍👩‍👧",
}


def files(full: bool) -> Iterator[Hostile]:
    size = 200_000 if full else 10_000
    for number, (name, unit) in enumerate(LINES.items()):
        line = (unit * (size // len(unit) + 1))[:size]
        text = f"{line}\n\n{good.SENTENCE}\n\n{line}x\n"
        for suffix in ("txt", "md") if full else (("txt", "md")[number % 2],):
            yield hostile("pattern", f"{name}.{suffix}", text, "parsed malformed too_large")
    for name in (
        ("dots", "spaces", "colons", "numbers", "quotes", "less", "commas") if full else ("dots", "less")
    ):
        line = (LINES[name] * size)[:size]
        yield hostile(
            "pattern",
            f"{name}.html",
            f"<p>{line}</p><p>{good.SENTENCE}</p><h1>{line}</h1>",
            "parsed malformed too_large",
        )
        yield hostile("pattern", f"{name}.csv", f"{line}\n{line}\n", "parsed malformed too_large empty")
        yield hostile(
            "pattern",
            f"{name}.eml",
            f"Subject: {line}\nDate: {line}\n\n{line}\n{good.SENTENCE}",
            "parsed malformed too_large",
        )
        yield hostile(
            "pattern", f"{name}.rtf", f"{{\\rtf1 {line}\\par {good.SENTENCE}}}", "parsed malformed too_large"
        )
    short = size // 100
    for name in ("colons", "numbers", "roman", "dashes", "owners", "pipes", "pages", "quotes"):
        many = f"{(LINES[name] * 50)[:60]}\n" * short
        for suffix in ("txt", "md") if full else ("md",):
            yield hostile("pattern", f"{name}-lines.{suffix}", many, "parsed malformed too_large empty")
