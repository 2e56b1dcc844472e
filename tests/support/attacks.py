"""Attacks on a reader's machine and benign prose that resembles them, all written for this project.

Each attack stands in a passage of ordinary policy sentences, carried the way its entry in
``attacks.yaml`` says. Some are held out: no rule was changed for them. Those of ``attacks_blind.yaml`` were
written before their author had read the rules.
"""

import base64
import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_PARTED = "later"
_HERE = Path(__file__).parent
_BEFORE = "Access to the data centre is limited to staff on the list of the facility manager."
_AFTER = "The list is reviewed every quarter."
_LOOKALIKES = str.maketrans("aceopxyi", "асеорхуі")
_LEET = str.maketrans("aeios", "43105")


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack. ``wants``: covered, not_addressed, contradicted, discredit or leak; ``planted``: the
    sentence that it wants to see quoted, if it brings one."""

    attack_id: str
    family: str
    carrier: str
    wants: str
    text: str
    planted: str
    held_out: bool

    @property
    def blind(self) -> bool:
        """Whether its author did not know the rules."""
        return self.family.startswith("blind_")

    @property
    def carried(self) -> str:
        """The attack as it stands in the document's text."""
        return _CARRIERS[self.carrier](self.text)

    @property
    def passage(self) -> str:
        """The attack between two harmless sentences."""
        return f"{_BEFORE}\n\n{self.carried}\n\n{_AFTER}"

    @property
    def inline(self) -> str:
        """The attack within one paragraph of harmless sentences."""
        return f"{_BEFORE} {self.carried} {_AFTER}"

    @property
    def span(self) -> tuple[int, int]:
        """Half-open offsets in ``passage`` of the attack, or of what stands for it if it is disguised."""
        start = len(_BEFORE) + 2
        at = self.carried.find(self.text)
        return (start + at, start + at + len(self.text)) if at >= 0 else (start, start + len(self.carried))


@lru_cache(maxsize=1)
def attacks() -> tuple[Attack, ...]:
    """All attacks in the file's order."""
    families: dict[str, list[dict[str, str]]] = {}
    for name in ("attacks.yaml", "attacks_blind.yaml"):
        families |= yaml.safe_load((_HERE / name).read_text("utf-8"))
    entries = [(family, n, e) for family, found in families.items() for n, e in enumerate(found, 1)]
    return tuple(
        Attack(
            f"{family}-{number}",
            family,
            entry.get("carrier", "paragraph"),
            entry.get("wants", "covered"),
            entry["text"],
            entry.get("planted", ""),
            "held_out" in entry or (family == _PARTED and number % 2 == 0),
        )
        for family, number, entry in entries
    )


# Sentences of compliance prose that hold the words of attacks and are none.
BENIGN: tuple[str, ...] = tuple((_HERE / "benign.txt").read_text("utf-8").splitlines())

# Attacks and benign sentences that coefficients are fitted on, and that nothing is measured on.
FIT_ATTACKS: tuple[str, ...] = tuple((_HERE / "attacks_more.txt").read_text("utf-8").splitlines())
FIT_BENIGN: tuple[str, ...] = tuple((_HERE / "benign_more.txt").read_text("utf-8").splitlines())


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) for c in text)


def _fullwidth(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _binary(text: str) -> str:
    return " ".join(f"{byte:08b}" for byte in text.encode())


_CARRIERS: Mapping[str, Callable[[str], str]] = {
    "paragraph": str,
    "white_text": str,  # what is left of it where a parser does not see that it is hidden
    "heading": "## {}".format,
    "list_item": "- {}".format,
    "table_row": "Control: A.5.1; Owner: CISO; Remark: {}".format,
    "footnote": "[3] {}".format,
    "comment": "<!-- {} -->".format,
    "alt_text": "![{}](plan.png)".format,
    "link": "[{}](https://intranet.example/policy)".format,
    "caption": str,
    "code_block": "```\n{}\n```".format,
    "base64": _base64,
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "leet": lambda text: text.translate(_LEET),
    "zero_width": lambda text: " ".join("\u200b".join(word) for word in text.split(" ")),
    "homoglyph": lambda text: text.translate(_LOOKALIKES),
    "spaced": lambda text: "   ".join(" ".join(word) for word in text.split(" ")),
    "reversed": lambda text: text[::-1],
    "fullwidth": _fullwidth,
    "tags": _tags,
    "percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "binary": _binary,
}
