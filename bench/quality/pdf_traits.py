"""How a generated PDF looks, and the truth about what it holds."""

import random
from dataclasses import dataclass, field

FAMILIES = (
    ("Helvetica", "Helvetica-Bold"),
    ("Times-Roman", "Times-Bold"),
    ("Courier", "Courier-Bold"),
)


@dataclass(frozen=True, slots=True)
class Traits:
    """How one file is laid out."""

    family: int = 0
    size: float = 10.0
    columns: int = 1
    across: bool = False  # columns written line by line across the page
    header: str = ""  # "" | same | alternate | varying
    footer: str = ""  # "" | page_of | dashed | outer
    headings: str = "large"  # large | bold | capitals | run_in
    numbered: bool = True
    justified: bool = False
    hyphens: bool = False
    notes: bool = False
    tables: bool = False
    outline: bool = False
    rotation: int = 0
    word_by_word: bool = False
    sections: int = 7


@dataclass(slots=True)
class Made:
    """A generated file and the truth about it."""

    name: str
    traits: Traits
    data: bytes = b""
    sentences: list[str] = field(default_factory=list)
    crossing: list[str] = field(default_factory=list)  # sentences over a page break
    headings: list[tuple[str, int]] = field(default_factory=list)
    furniture: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[list[tuple[str, str]]] = field(default_factory=list)


def traits_of(index: int, rng: random.Random) -> Traits:
    """The looks of the ``index``-th file."""
    columns = (1, 1, 2)[index % 3]
    return Traits(
        family=index % len(FAMILIES),
        size=rng.choice((9.5, 10.0, 11.0)),
        columns=columns,
        across=columns == 2 and rng.random() < 0.4,
        header=("same", "alternate", "varying", "")[index % 4],
        footer=("page_of", "dashed", "outer", "page_of", "")[index % 5],
        headings=("large", "bold", "capitals", "run_in")[(index // 2) % 4],
        numbered=rng.random() < 0.6,
        justified=rng.random() < 0.4,
        hyphens=rng.random() < 0.4,
        notes=columns == 1 and rng.random() < 0.5,
        tables=columns == 1 and rng.random() < 0.5,
        outline=rng.random() < 0.7,
        rotation=rng.choice((0, 0, 0, 90, 180, 270)),
        word_by_word=rng.random() < 0.2,
        sections=rng.randint(5, 9),
    )
