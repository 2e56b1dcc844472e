"""Documents for ``bench.speed ingest``, made from fixed seeds: prose in every format that is read."""

import io
import random
from pathlib import Path

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

from bench.speed.prose import text
from tests.support.hostile import good


def pdfs(folder: Path, files: int) -> Path:
    """PDFs of about ten pages of headed prose; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    styles = getSampleStyleSheet()
    for number in range(files):
        story = []
        for section in range(12):
            story.append(Paragraph(f"{section + 1}. Section {section + 1}", styles["Heading1"]))
            prose = text(random.Random(number * 100 + section), 400)
            story += [Paragraph(paragraph, styles["BodyText"]) for paragraph in prose.split("\n\n")]
        out = io.BytesIO()
        SimpleDocTemplate(out, invariant=1).build(story)
        (folder / f"report-{number:03d}.pdf").write_bytes(out.getvalue())
    return folder


def mixed(folder: Path, files: int) -> None:
    """Small documents, the formats taking turns; each holds words of its own, so that none is a copy."""
    bases = [(suffix, data) for suffix, data in good.every().items() if suffix not in ("zip", "eml")]
    for number in range(files):
        suffix, data = bases[number % len(bases)]
        own = text(random.Random(number), 60).replace("\n", " ")
        place = folder / f"{number % 50:02d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"note-{number:05d}.{suffix}").write_bytes(_with(suffix, data, own))


_PARTS = {
    "docx": "word/document.xml",
    "pptx": "ppt/slides/slide1.xml",
    "xlsx": "xl/worksheets/sheet1.xml",
    "odt": "content.xml",
    "ods": "content.xml",
}


def _with(suffix: str, data: bytes, own: str) -> bytes:
    """The document with its sentence replaced by prose of its own."""
    said, told = good.SENTENCE.encode(), own.encode()
    if suffix == "pdf":
        return good.pdf_of(own)
    if suffix not in _PARTS:
        return data.replace(said, told)
    part = _PARTS[suffix] if suffix != "xlsx" else good.strings_part(data)
    return good.rezip(data, {part: good.member(data, part).replace(said, told)})
