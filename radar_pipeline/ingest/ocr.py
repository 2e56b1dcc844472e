"""Text recognition by the tesseract program: whether it is wanted and there, and one picture's words.

Off unless the setting ``ocr`` says otherwise. What recognises and in which languages is part of the
version of every document that it may read, and of no other.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from radar_pipeline.errors import ConfigurationError

if TYPE_CHECKING:  # parser processes read this too, and must stay small
    from radar_pipeline.settings import Settings

PROGRAM = "tesseract"
DPI = 300  # what tesseract's models were made for
LEAST_CONFIDENCE = 50.0  # of 100: a word guessed with less is not taken for what the page says
UNREAD = "\ufffd"  # stands where such a word was, so that no sentence reads as if it had none
PAGE_SECONDS = 30.0  # for one page
SECONDS_PER_PAGE = 6.0  # of all scanned pages together, so that the whole is bounded
LONGEST = 600.0  # seconds of recognition for one document
_WORD = 5  # level of a word in tesseract's table
_COLUMNS = 12
_VERSION = re.compile(r"tesseract v?(\d[\w.-]*)")
_ASKED = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word in pixels from the picture's upper left; ``line``: words of one have it equal."""

    text: str
    line: tuple[int, int, int]
    left: float
    top: float
    right: float
    bottom: float


def identity(settings: "Settings") -> str:
    """What recognises scans, such as ``tesseract-5.3.0/eng``; empty if the setting is off.

    Raises ConfigurationError if the program or one of its languages is missing.
    """
    if not settings.ocr:
        return ""
    if shutil.which(PROGRAM) is None:
        raise ConfigurationError(
            "RADAR_OCR is on, but the program tesseract is not installed.",
            remedy="Install tesseract-ocr, or set RADAR_OCR=false: scans are then listed as not read.",
        )
    missing = sorted(set(settings.ocr_languages.split("+")) - _languages())
    if missing:
        raise ConfigurationError(
            f"Tesseract does not have the language {', '.join(missing)} of RADAR_OCR_LANGUAGES.",
            remedy="Install its package, such as tesseract-ocr-deu, or name installed languages.",
        )
    return f"{PROGRAM}-{_version()}/{settings.ocr_languages}"


def languages_of(recogniser: str) -> str:
    """The languages in an identity, as tesseract takes them: ``eng+deu``."""
    return recogniser.partition("/")[2]


def seconds(pages: int) -> float:
    """Wall clock that the recognition of so many pages may take."""
    return min(LONGEST, PAGE_SECONDS + SECONDS_PER_PAGE * pages) if pages else 0.0


def words(picture: bytes, languages: str, within: float) -> list[Word] | None:
    """Words in a picture (PGM, 300 dpi) in reading order; None if the program failed on it.

    Raises TimeoutError if it took longer than ``within`` seconds. A confined process may not end the
    program then: that falls to whoever ends the process and its group.
    """
    command = (PROGRAM, "stdin", "stdout", "--dpi", str(DPI), "--psm", "1", "-l", languages, "tsv")
    try:
        program = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # not the null device: a confined process opens nothing for writing
            env=_environment(),
        )
        table, _ = program.communicate(picture, max(within, 0.1))
    except subprocess.TimeoutExpired as error:
        _end(program)
        raise TimeoutError from error
    except OSError:
        return None
    return list(_read(table.decode("utf-8", "replace"))) if program.returncode == 0 else None


def _end(program: "subprocess.Popen[bytes]") -> None:
    with suppress(PermissionError):
        program.kill()
        program.wait()


def _environment() -> dict[str, str]:
    """One thread: a document has one core."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return kept | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}


def _read(table: str) -> Iterator[Word]:
    for row in table.split("\n")[1:]:
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != str(_WORD) or not cells[11].strip():
            continue
        block, paragraph, line, left, top, width, height = (int(cells[n]) for n in (2, 3, 4, 6, 7, 8, 9))
        text = cells[11].strip()
        if float(cells[10]) < LEAST_CONFIDENCE:
            if not any(c.isalnum() for c in text):
                continue  # a speck
            text = UNREAD
        yield Word(text, (block, paragraph, line), left, top, left + width, top + height)


@cache
def _version() -> str:
    match = _VERSION.search(_asked("--version"))
    return match[1] if match else "unknown"


@cache
def _languages() -> frozenset[str]:
    return frozenset(line.strip() for line in _asked("--list-langs").splitlines()[1:])


def _asked(option: str) -> str:
    try:
        done = subprocess.run((PROGRAM, option), capture_output=True, timeout=_ASKED, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigurationError(
            "The program tesseract does not run.",
            remedy="Install tesseract-ocr anew, or set RADAR_OCR=false.",
        ) from error
    return (done.stdout + done.stderr).decode("utf-8", "replace")
