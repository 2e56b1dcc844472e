"""Writes the sample organisations' office files, archives and messages from the sources in this folder.

Run ``python tools/sample_documents/build.py [slug ...]`` (all organisations without one). A source
``<slug>/<name>`` becomes ``data/corpus/<slug>/<name>`` with the ending of its format; ``sources.py`` says
what a source looks like. The same source gives the same bytes on every run. Meridian Pay's PDFs have a
folder and a command of their own, ``tools/sample_pdfs``, whose typesetting is used here too.
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a file, only this folder is known
    sys.path.insert(0, str(ROOT))

from tools.sample_documents import message, opendocument, packing, slides, sources, spreadsheet, word  # noqa: E402
from tools.sample_pdfs import build as pdf  # noqa: E402

HERE, CORPUS = Path(__file__).resolve().parent, ROOT / "data" / "corpus"
FOLDERS = {".zip", ".eml"}  # sources that are folders of sources


def build(path: Path, folder: Path) -> Path:
    """Write the document of one source into ``folder`` and return its path."""
    if path.suffix in FOLDERS:
        return _build_folder(path, folder / path.name)
    if path.suffix == ".yaml":
        book = sources.read_workbook(path)
        written = folder / f"{path.stem}.{book.format}"
        (opendocument if book.format == "ods" else spreadsheet).build(book, written)
        return written
    source = sources.read_text(path)
    written = folder / f"{path.stem}.{source.format}"
    if source.format == "pdf":
        pdf.build(written, _pdf_source(source))
    else:
        (word if source.format == "docx" else slides).build(source, written)
    return written


def sources_of(slug: str) -> list[Path]:
    """The sources of an organisation, by name."""
    return sorted(path for path in (HERE / slug).iterdir() if path.suffix in {".md", ".yaml", *FOLDERS})


def _build_folder(path: Path, written: Path) -> Path:
    """Write an archive or a message with what its folder holds."""
    members: dict[str, bytes] = {}
    for source in sorted(path.iterdir()):
        if source.suffix in {".md", ".yaml"}:
            with tempfile.TemporaryDirectory() as aside:
                made = build(source, Path(aside))
                members[made.name] = made.read_bytes()
        else:
            members[source.name] = source.read_bytes()
    if path.suffix == ".eml":
        written.write_bytes(message.compose(members.pop("message.txt").decode(), members))
    else:
        packing.pack(members, _newest(path), written)
    return written


def _newest(path: Path) -> date:
    """The date of a folder's newest source that has one."""
    dates = [sources.read_text(source).date for source in path.glob("*.md")]
    dates += [sources.read_workbook(source).date for source in path.glob("*.yaml")]
    return max(dates)


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
