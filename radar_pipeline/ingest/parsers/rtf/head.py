"""The tables at the head of an RTF file: fonts, colours, styles."""

from dataclasses import dataclass, field, replace

from radar_pipeline.ingest.parsers.rtf.state import Style

_WHITE = (255, 255, 255)
_CHANNELS = ("red", "green", "blue")


@dataclass(slots=True)
class Head:
    """``fonts``: number → charset. ``styles``: number → paragraph style."""

    fonts: dict[int, int] = field(default_factory=dict)
    styles: dict[int, Style] = field(default_factory=dict)
    _colours: list[tuple[int, ...]] = field(default_factory=list)
    _colour: list[int] = field(default_factory=lambda: [0, 0, 0])
    _number: int = 0
    _style: Style = field(default_factory=Style)

    def word(self, target: str, word: str, number: int | None) -> None:
        """A control word in one of the tables."""
        value = number or 0
        if target == "fonttbl":
            if word == "f":
                self._number = value
            elif word == "fcharset":
                self.fonts[self._number] = value
        elif target == "colortbl" and word in _CHANNELS:
            self._colour[_CHANNELS.index(word)] = value
        elif target == "stylesheet":
            self._style_word(word, number)

    def end_entry(self, target: str, name: str) -> None:
        """A group of the table of fonts or styles ends; ``name``: its text."""
        if target == "stylesheet" and name:
            self.styles[self._number] = replace(self._style, name=name.rstrip(";"))
            self._number, self._style = 0, Style()

    def end_colours(self, count: int) -> None:
        """So many colours end."""
        for _ in range(count):
            self._colours.append(tuple(self._colour))
            self._colour = [0, 0, 0]

    def is_white(self, colour: int) -> bool:
        """Whether a colour is white; the first one is the reader's own."""
        return 0 < colour < len(self._colours) and self._colours[colour] == _WHITE

    def _style_word(self, word: str, number: int | None) -> None:
        if word == "s":
            self._number = number or 0
        elif word == "outlinelevel" and number is not None and 0 <= number < 9:
            self._style.level = number + 1
        elif word == "b":
            self._style.bold = number != 0
        elif word == "v":
            self._style.hidden = number != 0
