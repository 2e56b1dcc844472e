"""What a group of RTF inherits from the one around it, and what a paragraph or a style says."""

from dataclasses import dataclass, replace

_TINY = 4  # half points; nobody reads what is smaller


@dataclass(slots=True)
class Group:
    """Where the text of a group goes, and how it looks."""

    target: str = "body"  # body, note, furniture, label, skip, or a table of the file's head
    encoding: str = "cp1252"
    fallback: int = 1  # characters after \\u that stand for it in old readers
    symbol: bool = False
    hidden: bool = False
    deleted: bool = False
    marked_up: bool = False  # \\htmlrtf: what only old readers show of a page
    bold: bool = False
    size: int = 24
    colour: int = 0
    shaded: bool = False

    def inner(self) -> "Group":
        """The state of a group that opens here."""
        return replace(self)

    def plain(self) -> None:
        """``\\plain``: the look of text that nobody formatted."""
        self.hidden = self.deleted = self.bold = self.symbol = self.shaded = False
        self.size, self.colour = 24, 0

    @property
    def unseen(self) -> bool:
        """Hidden, deleted or too small to read."""
        return self.hidden or self.deleted or self.marked_up or 0 < self.size < _TINY


@dataclass(slots=True)
class Style:
    """A paragraph style."""

    name: str = ""
    level: int | None = None
    bold: bool = False
    hidden: bool = False


@dataclass(slots=True)
class Format:
    """How the current paragraph stands, since ``\\pard``."""

    level: int | None = None
    style: int | None = None
    depth: int = 0
    in_table: bool = False
    shaded: bool = False
