"""Text of documents, file names and people's SQL as a terminal may show it."""

from rich.markup import escape

from radar_pipeline.report.site.words import visible


def plain(text: str) -> str:
    """The text with its control and reordering characters shown by number, and no markup in it.

    An escape sequence in a file name must not colour, move or rename anything on a terminal.
    """
    return escape(visible(text))
