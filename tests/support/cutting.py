"""Generated documents of every kind, for tests of how documents are cut."""

from hypothesis import strategies as st

from radar_pipeline.ingest.parsers.markdown import parse
from radar_pipeline.ingest.sections import body_ranges
from radar_pipeline.models import Document, DocumentMeta, Kind, Span

WORDS = [
    "controller",
    "shall",
    "notify",
    "within",
    "72",
    "hours,",
    "Art.",
    "personal",
    "data",
    "Verarbeitung",
    "(b)",
]
WORDS += ["audit", "log;", "and", "not", "x" * 70, "日本語", "supplier.", "Record", "ends.", "The", "keeper:"]
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(lambda w: " ".join(w) + ".")
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=12).map(" ".join)
LONG = st.integers(300, 1_500).map(lambda n: " ".join(["word"] * n))
ITEMS = st.lists(SENTENCE, min_size=1, max_size=6).map(
    lambda s: "The keeper shall:\n\n" + "\n".join(f"- {i}" for i in s)
)
TABLE = st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=5).map(
    lambda rows: "| What | When |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
)
HEADING = st.tuples(st.integers(1, 4), st.integers(1, 9)).map(
    lambda p: f"{'#' * p[0]} Finding {p[1]} on something"
)
BLOCKS = st.lists(PARAGRAPH | LONG | ITEMS | TABLE | HEADING, min_size=1, max_size=14)


def document(source: str, kind: Kind) -> Document:
    parsed = parse(("---\nowner: Jane\n---\n\n" + source).encode(), "x.md")
    text = parsed.text + "\n\nAcme – page 1\nAcme – page 2"
    start = len(parsed.text) + 2
    furniture = tuple(Span("furniture", start + n * 14, start + n * 14 + 13) for n in range(2))
    meta = DocumentMeta(kind=kind)
    return Document("d", "v", "x.md", "h", "text/markdown", "p", meta, text, parsed.spans + furniture)


DOCUMENTS = st.builds(document, BLOCKS.map("\n\n".join), st.sampled_from(list(Kind)))


def body_characters(doc: Document) -> set[int]:
    return {i for low, high in body_ranges(doc) for i in range(low, high) if not doc.text[i].isspace()}


def built(spans: list[tuple[str, str]], kind: Kind = Kind.POLICY) -> Document:
    """A document of (annotation, text) paragraphs: ``heading:2``, ``slide``, ``notes``, ``""`` and so on.

    A slide or sheet lasts to the next of its kind.
    """
    text = ""
    found: list[Span] = []
    open_part: dict[str, int] = {}
    for name, piece in spans:
        start = len(text) + (2 if text else 0)
        text += ("\n\n" if text else "") + piece
        what, _, level = name.partition(":")
        if what in ("slide", "sheet"):
            if what in open_part:
                found.append(Span(what, open_part[what], start - 2, level or "1"))
            open_part[what] = start
            what, level = "heading", "1"
        if what:
            found.append(Span(what, start, len(text), piece, int(level or 0)))
    found += [Span(what, start, len(text), "9") for what, start in open_part.items()]
    return Document("d", "v", "x", "h", "m", "p", DocumentMeta(kind=kind), text, tuple(found))
