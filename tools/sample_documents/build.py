"""Writes the sample organisations' PDF, DOCX and XLSX documents from the sources in this folder.

Run ``python tools/sample_documents/build.py [slug ...]`` (all organisations without one). A source
``<slug>/<name>`` becomes ``data/corpus/<slug>/<name>`` with the ending of its format; ``sources.py`` says
what a source looks like. The same source gives the same bytes on every run. Meridian Pay's PDFs have a
folder and a command of their own, ``tools/sample_pdfs``, whose typesetting is used here too.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a file, only this folder is known
    sys.path.insert(0, str(ROOT))

from tools.sample_documents import sources, spreadsheet, word  # noqa: E402
from tools.sample_pdfs import build as pdf  # noqa: E402

HERE, CORPUS = Path(__file__).resolve().parent, ROOT / "data" / "corpus"


def build(path: Path, folder: Path) -> Path:
    """Write the document of one source into ``folder`` and return its path."""
    if path.suffix == ".yaml":
        written = folder / f"{path.stem}.xlsx"
        spreadsheet.build(sources.read_workbook(path), written)
        return written
    source = sources.read_text(path)
    written = folder / f"{path.stem}.{source.format}"
    if source.format == "docx":
        word.build(source, written)
    else:
        pdf.build(written, _pdf_source(source))
    return written


def sources_of(slug: str) -> list[Path]:
    """The sources of an organisation, by name."""
    return sorted(path for path in (HERE / slug).iterdir() if path.suffix in {".md", ".yaml"})


def _pdf_source(source: sources.Text) -> pdf.Source:
    return pdf.Source(
        title=source.title,
        header=source.header,
        footer=source.footer,
        typeface=source.typeface,
        size=source.size,
        bookmarks=source.bookmarks,
        control=source.control,
        body=source.body,
        author=source.author,
    )


def main() -> None:
    """Write the documents of the organisations named on the command line, or of all."""
    known = sorted(path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("_"))
    slugs = sys.argv[1:] or known
    if unknown := [slug for slug in slugs if slug not in known]:
        sys.exit(f"No sources for {', '.join(unknown)}; there are: {', '.join(known)}")
    for slug in slugs:
        for path in sources_of(slug):
            folder = CORPUS / slug
            folder.mkdir(parents=True, exist_ok=True)
            written = build(path, folder)
            print(f"{written.stat().st_size:>7} bytes  {slug}/{written.name}")


if __name__ == "__main__":
    main()
