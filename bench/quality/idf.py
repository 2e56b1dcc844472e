"""Write the judge's word weights: ``python -m bench.quality.idf --data $RADAR_BENCH_DATA``.

Counts in how many pieces of 80 words a stem occurs, over contracts, policies and terms of service.
Only the counts leave the data folder, as logarithms rounded to a tenth.
"""

import argparse
import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from radar_pipeline.judge.text import is_content, stem, words

TARGET = Path(__file__).resolve().parents[2] / "radar_pipeline" / "judge" / "idf.json"
SOURCES = (
    ("coverage/cuad/documents/*.txt", 120),
    ("coverage/contractnli/documents/*.txt", 60),
    ("corpora/jupiterone/*.md", 999),
    ("corpora/terms/*/*.md", 120),
)
PIECE = 80  # words
FEWEST = 8  # pieces; rarer stems get the weight of unseen ones


def pieces(data: Path) -> Iterator[set[str]]:
    """The distinct content stems of each piece."""
    for pattern, most in SOURCES:
        for path in sorted(data.glob(pattern))[:most]:
            for paragraph in re.split(r"\n+", path.read_text("utf-8", errors="replace")):
                found = [w for w, _, _ in words(paragraph)]
                for start in range(0, len(found), PIECE):
                    some = found[start : start + PIECE]
                    yield {stem(w) for w in some if is_content(w) and w.isascii() and w[0].isalpha()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("RADAR_BENCH_DATA"))
    options = parser.parse_args()
    if options.data is None:
        sys.exit("No data: set RADAR_BENCH_DATA or pass --data FOLDER.")
    counts: Counter[str] = Counter()
    total = 0
    for piece in pieces(Path(options.data)):
        if piece:
            total += 1
            counts.update(piece)
    table = {w: round(math.log((total + 1) / (c + 1)), 1) for w, c in sorted(counts.items()) if c >= FEWEST}
    unseen = round(math.log((total + 1) / FEWEST), 1) + 0.5
    record = {"passages": total, "unseen": unseen, "idf": table}
    TARGET.write_text(json.dumps(record, separators=(",", ":")), "utf-8")
    print(f"wrote {TARGET}: {len(table)} stems")


if __name__ == "__main__":
    main()
