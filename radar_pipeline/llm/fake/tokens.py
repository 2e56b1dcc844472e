"""Counting tokens, and the two providers' prompt caches.

A token is four characters, rounded up for each text: not a provider's count, but one that anybody can
recompute. OpenAI caches by itself, in blocks of 128 tokens; Anthropic what the caller marks.
"""

import hashlib
import threading

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake.requests import Endpoint, Part, Request

CHARACTERS = 4
NO_USAGE = Usage()
_BLOCK = 128


def count(text: str) -> int:
    """Tokens of ``text``."""
    return -(-len(text) // CHARACTERS)


def count_parts(parts: tuple[Part, ...]) -> int:
    """Tokens of a prompt."""
    return sum(count(part.text) for part in parts)


class PromptCache:
    """Which prefixes a provider has seen, per model. Thread-safe; nothing expires.

    ``minimum``: tokens of the shortest prefix that is cached (1024 with most real models).
    """

    def __init__(self, minimum: int) -> None:
        self.minimum = minimum
        self._seen: set[bytes] = set()
        self._lock = threading.Lock()

    def charge(self, request: Request) -> Usage:
        """The input side of a request's usage; remembers its prefixes for the next one."""
        with self._lock:
            if request.endpoint is Endpoint.MESSAGES:
                return self._marked(request)
            return self._automatic(request)

    def _automatic(self, request: Request) -> Usage:
        total = count_parts(request.parts)
        prompt = "".join(f"\x1f{part.role}\x1e{part.text}" for part in request.parts)
        cached, blocks = 0, min(len(prompt) // (_BLOCK * CHARACTERS), total // _BLOCK)
        digest = _start(request)
        for block in range(blocks):
            digest.update(prompt[block * _BLOCK * CHARACTERS : (block + 1) * _BLOCK * CHARACTERS].encode())
            if digest.digest() in self._seen:  # and so are all shorter prefixes
                cached = (block + 1) * _BLOCK
            self._seen.add(digest.digest())
        return Usage(input_tokens=total, cached_tokens=cached if cached >= self.minimum else 0)

    def _marked(self, request: Request) -> Usage:
        digest, total, read, marked = _start(request), 0, 0, 0
        written: list[bytes] = []
        ends: list[tuple[int, bytes]] = []
        for part in request.parts:
            digest.update(f"\x1f{part.role}\x1e{part.text}".encode())
            total += count(part.text)
            ends.append((total, digest.digest()))
            if part.breakpoint and total >= self.minimum:
                marked = total
                written.append(digest.digest())
        read = max((end for end, seen in ends if end <= marked and seen in self._seen), default=0)
        self._seen.update(written)
        return Usage(input_tokens=total, cached_tokens=read, cache_write_tokens=marked - read)


def _start(request: Request) -> "hashlib._Hash":
    return hashlib.sha256(f"{request.provider}\x1f{request.model}".encode())
