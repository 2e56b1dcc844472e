"""Prose-shaped text from a fixed seed and a list of words."""

import random
from functools import cache
from pathlib import Path

_WORDS = Path(__file__).parent / "words.txt"


@cache
def _words() -> list[str]:
    return _WORDS.read_text().split()


def text(generator: random.Random, words: int) -> str:
    """Prose-shaped text: sentences of 8 to 24 words, paragraphs of 3 to 6 sentences."""
    vocabulary = _words()
    paragraphs: list[str] = []
    count = 0
    while count < words:
        sentences = []
        for _ in range(generator.randint(3, 6)):
            chosen = generator.choices(vocabulary, k=generator.randint(8, 24))
            count += len(chosen)
            sentences.append(f"{' '.join(chosen).capitalize()}.")
        paragraphs.append(" ".join(sentences))
    return "\n\n".join(paragraphs) + "\n"
