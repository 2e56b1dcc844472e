"""What a sweep made use of, so that the rest may expire."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UsedKeys:
    """What a sweep made use of; ``vectors`` maps a model hash to text hashes."""

    vectors: Mapping[str, Collection[str]] = field(default_factory=dict)
    judgements: Collection[str] = ()
    corpus_keys: Collection[str] = ()
    requirement_keys: Collection[str] = ()
