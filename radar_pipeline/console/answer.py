"""A command's answer: one value for machines, one rendering for people."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console


@dataclass(frozen=True, slots=True)
class Answer:
    """``value`` is what ``--json`` prints; ``render`` writes the same for a person."""

    value: Any
    render: Callable[[Console], None]
    healthy: bool = True

    def show(self, as_json: bool) -> None:
        """Print it on standard output."""
        if as_json:
            print(json.dumps(self.value, ensure_ascii=False, indent=2, default=str))
        else:
            self.render(Console(highlight=False, soft_wrap=False))
