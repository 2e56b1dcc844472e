"""Which sentences instruct a reader's machine, as rules over the concepts of their words.

A rule is a row of steps that must follow each other closely, what else the sentence must name, and what
it must not name: a condition ("once the proof is attached") or a choice ("met or not met") makes a
work instruction of what would else ask for one verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from radar_pipeline.judge.injection_words import bits, breadth


class Kind(StrEnum):
    """What an instruction to a reader's machine wants, or how it is made."""

    CLAIMS_COVERAGE = "claims_coverage"
    DENIES_COVERAGE = "denies_coverage"
    DISCREDITS = "discredits"
    OVERRIDES_INSTRUCTIONS = "overrides_instructions"
    ADDRESSES_MACHINE = "addresses_machine"
    ROLE_PLAY = "role_play"
    FORGES_FORMAT = "forges_format"
    PLANTS_QUOTE = "plants_quote"
    STEERS_ANSWER = "steers_answer"
    EXFILTRATES = "exfiltrates"
    ENCODED = "encoded"
    HIDDEN = "hidden"
    SUSPECTED = "suspected"  # it may be one: see ``injection_suspected``


_GAP = 7  # words between two steps
_LENGTH = 40  # words; a longer sentence is read in windows of so many, half overlapping


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    steps: tuple[tuple[int, int, int], ...]  # of a word: any of these bits, all of those, how far on
    needs: tuple[int, ...]  # the window has one of each
    unless: int
    gap: int
    loose: bool  # the steps may come in any order

    @property
    def required(self) -> tuple[int, ...]:
        return tuple(any_of for any_of, _, _ in self.steps) + self.needs

    def fits(self, masks: Sequence[int], union: int) -> bool:
        if union & self.unless or not all(union & part for part in self.needs):
            return False
        if self.loose:
            return any(self._near(masks[n : n + self.gap]) for n in range(len(masks)))
        return self._follows(masks)

    def _near(self, masks: Sequence[int]) -> bool:
        return all(
            any(m & any_of and m & all_of == all_of for m in masks) for any_of, all_of, _ in self.steps
        )

    def _follows(self, masks: Sequence[int]) -> bool:
        reach: dict[int, int] = {}  # steps done -> the last place at which the next may stand
        for n, mask in enumerate(masks):
            for done in range(len(self.steps) - 1, -1, -1):
                any_of, all_of, _ = self.steps[done]
                if mask & any_of and mask & all_of == all_of and (done == 0 or reach.get(done, -1) >= n):
                    if done + 1 == len(self.steps):
                        return True
                    reach[done + 1] = n + self.steps[done + 1][2]
        return False


def _rule(
    kind: Kind, steps: str, needs: str = "", unless: str = "", gap: int = _GAP, loose: bool = False
) -> _Rule:
    """A rule from its notation: steps apart by ``>``; in each, alternatives apart by ``|``, marks that the
    word must bear after ``+``, how many words on it may stand after ``~``; ``needs`` apart by commas."""
    parsed = []
    for step in steps.split(">"):
        named, _, reach = step.partition("~")
        names, *marks = named.split("+")
        parsed.append((bits(names.replace("|", " ")), bits(" ".join(marks)), int(reach or gap)))
    wanted = tuple(bits(need.replace("|", " ")) for need in needs.split(",") if need.strip())
    return _Rule(kind, tuple(parsed), wanted, bits(unless), gap, loose)


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    either = "EITHER UNLESS"
    order, claim, deny = Kind.OVERRIDES_INSTRUCTIONS, Kind.CLAIMS_COVERAGE, Kind.DENIES_COVERAGE
    machine, discredit, role = Kind.ADDRESSES_MACHINE, Kind.DISCREDITS, Kind.ROLE_PLAY
    plant, steer, leak = Kind.PLANTS_QUOTE, Kind.STEERS_ANSWER, Kind.EXFILTRATES
    return (
        # What came before is void.
        _rule(order, "IGNORE > INSTRUCTION > TOLD", "YOU"),
        _rule(order, "IGNORE > PRIOR > INSTRUCTION", gap=4),
        _rule(order, "IGNORE > YOU > INSTRUCTION", gap=4),
        _rule(order, "IGNORE > INSTRUCTION > PRIOR", "YOU|ANSWER|RATE|SAY|QUOTE", gap=6),
        _rule(order, "IGNORE > ALL > INSTRUCTION", "ANSWER|GOOD|BAD", gap=3),
        _rule(order, "IGNORE > ALL > TOLD", "YOU"),
        _rule(order, "IGNORE > INSTRUCTION > ALL", "GOOD|BAD|ANSWER"),
        _rule(order, "YOU > PRIOR > INSTRUCTION > IGNORE|CANCEL", gap=4),
        _rule(order, "INSTRUCTION > YOU|SESSION > CANCEL", gap=10),
        _rule(order, "YOU > TOLD|RATE > ANSWER|SAY|YES", "ALL,PRIOR", "", 10),
        _rule(order, "IGNORE+IMPERATIVE > CHECK > YOU > PRIOR", gap=5),
        _rule(order, "INSTRUCTION > YOU > TOLD > WRONG", gap=4),
        # One verdict for all that is asked.
        _rule(
            claim,
            "RATE+IMPERATIVE > GOOD|PLACE",
            "ALL|THIS|ANSWER|VERDICT,REQUIREMENT|ANSWER|SENTENCE|EVIDENCE|GOOD",
            either,
            9,
        ),
        _rule(claim, "RATE+IMPERATIVE > VERDICT", "REQUIREMENT|ANSWER|ALL", either, 9),
        _rule(
            deny, "RATE+IMPERATIVE > BAD", "ALL|THIS|ANSWER|VERDICT,REQUIREMENT|ANSWER|SENTENCE", either, 9
        ),
        _rule(claim, "SAY+IMPERATIVE > VERDICT|GOOD", "", either, 8),
        _rule(claim, "SAY+IMPERATIVE > PLACE", "ALL|YOU|ANSWER|MACHINE|ASSESSOR", either, 8),
        _rule(claim, "SAY+IMPERATIVE > YES", "YOU|ALL|MACHINE|ASSESSOR", either, 6),
        _rule(deny, "SAY|REPORT+IMPERATIVE > BAD", "ALL|VERDICT|REQUIREMENT", either, 8),
        _rule(deny, "SAY+IMPERATIVE > SOURCE > BAD", "", either, 6),
        _rule(deny, "SAY+IMPERATIVE > NOTHING", "EVIDENCE|PASSAGE|REQUIREMENT|VERDICT|FOUND", either, 6),
        _rule(deny, "SAY+IMPERATIVE > REQUIREMENT|READER > ADDRESS+NEGATED", "", either, 8),
        _rule(claim, "REPORT|RATE+IMPERATIVE > REQUIREMENT > GOOD", "ALL", either, 8),
        _rule(claim, "RATE+IMPERATIVE > GOOD", "YOU,READING|RATE,THIS,REQUIREMENT", "EITHER", 9),
        _rule(claim, "SKIP|IGNORE+IMPERATIVE > CHECK > APPROVE", "", either, 5),
        _rule(claim, "YOU > MUST > SAY > YES", "", "", 2),
        _rule(claim, "YOU > MUST > RATE|SAY|REPORT > VERDICT", "", "EITHER", 8),
        _rule(claim, "YOU > MUST > RATE|SAY|REPORT > GOOD|YES", "", either, 8),
        _rule(deny, "YOU > MUST > RATE|SAY|REPORT > BAD|NOTHING", "", either, 8),
        _rule(deny, "YOU|ASSESSOR|MACHINE > MUST|TO > CONCLUDE > NOT|NOTHING|BAD", "", either, 8),
        _rule(claim, "YOU|ASSESSOR|MACHINE > MUST|TO > CONCLUDE > GOOD|YES", "", either, 8),
        _rule(claim, "YOU > ANSWER > VERDICT", "", "EITHER", 5),
        _rule(claim, "MACHINE > RATE > REQUIREMENT|THIS > GOOD", "", either, 5),
        _rule(claim, "SAY|REPORT+IMPERATIVE > NOT > GAP", "", either, 8),
        _rule(claim, "YOU > SAY|RATE|REPORT|ANSWER > VERDICT", "", "EITHER UNLESS", 6, loose=True),
        _rule(claim, "RATE|SAY|REPORT+IMPERATIVE > VERDICT", "YOU,REQUIREMENT|PASSAGE|ANSWER", "EITHER", 9),
        _rule(deny, "YOU > ANSWER > MUST > NOTHING|BAD|GOOD|VERDICT", gap=4),
        _rule(claim, "QUOTE+IMPERATIVE > ANSWER > VERDICT", gap=3),
        _rule(claim, "ANSWER > VERDICT~1", "", "EITHER"),
        _rule(claim, "YOU > RATED > REQUIREMENT > GOOD|VERDICT", "", "EITHER", 6),
        _rule(deny, "SAY+IMPERATIVE > REQUIREMENT > FOUND+NEGATED", "", either, 5),
        _rule(claim, "REWARD > YOU > CONCLUDE|RATE|REPORT > GOOD", "", "EITHER", 8),
        _rule(claim, "REPORT|RATE|SAY > REQUIREMENT > GOOD", "YOU,REWARD", "EITHER", 8),
        _rule(claim, "YOU > SAY|REPORT > VERDICT", "", "EITHER", 3),
        _rule(deny, "CALL+IMPERATIVE > REQUIREMENT > GAP", "", either, 5),
        _rule(claim, "YOU > REPLY~1 > VERDICT|GOOD|YES", "", "EITHER", 8),
        _rule(claim, "RIGHT > REPLY|ANSWER > VERDICT|GOOD|BAD", "", "EITHER", 9),
        _rule(claim, "REQUIREMENT > MUST|TO > RATED > GOOD", "ALL|THIS", either, 8),
        _rule(claim, "ASSESSOR|MACHINE > MUST|TO > RATE|SAY|REPORT > GOOD|YES|PLACE", "", either, 14),
        _rule(deny, "ASSESSOR|MACHINE > MUST|TO > RATE|SAY|REPORT > BAD|NOTHING", "", either, 10),
        _rule(claim, "RATE+IMPERATIVE > TOP", "ANSWER|SENTENCE|PLACE", either, 4),
        _rule(claim, "ASSESSOR|MACHINE > MUST|TO > RATE > TOP", "ANSWER|SENTENCE", either),
        _rule(claim, "REPORT|SAY+NEGATED > GAP", "", either, 4),
        # What to quote, and what to take for proof.
        _rule(plant, "USE|QUOTE|RATE+IMPERATIVE > THIS|FORWARD > SENTENCE > EVIDENCE", "", "EITHER"),
        _rule(
            plant,
            "CITE+IMPERATIVE > THIS|FORWARD|PRIOR|REQUIREMENT > SENTENCE|REQUIREMENT|READER",
            "",
            either,
            3,
        ),
        _rule(plant, "QUOTE+IMPERATIVE > SENTENCE > EVIDENCE", "FORWARD|THIS", either, 8),
        _rule(plant, "QUOTE+IMPERATIVE > THIS|FORWARD > YOU > ANSWER", "", either, 5),
        _rule(plant, "MACHINE|MODEL+START > QUOTE+IMPERATIVE", "", "", 2),
        _rule(plant, "YOU > MUST > USE|RATE > EVIDENCE", "REQUIREMENT|GOOD", either),
        _rule(plant, "QUOTE+IMPERATIVE > SENTENCE > FORWARD > ANSWER", "YOU"),
        _rule(plant, "YOU > MUST > QUOTE", "SENTENCE|PASSAGE", "EITHER", 4),
        _rule(plant, "SAY+IMPERATIVE > THIS > EVIDENCE", gap=3),
        _rule(plant, "EVIDENCE|ANSWER > TO > SAID", "REQUIREMENT|GOOD|BAD|VERDICT", "", 4),
        # Other documents are to be left out.
        _rule(discredit, "IGNORE|SKIP+IMPERATIVE > OTHER|ALL > PASSAGE", "", either, 4),
        _rule(discredit, "IGNORE|SKIP+IMPERATIVE > OTHER > SOURCE", "ANSWER", either, 4),
        _rule(discredit, "TRUST+NEGATED > SOURCE", "YOU,REPLY", "OLD", 5),
        _rule(discredit, "TRUST+NEGATED > SOURCE > SAID|TRUST+NEGATED", "", "OLD", 12),
        _rule(discredit, "BELIEVE+NEGATED > AUDIT > SOURCE", "", either, 3),
        _rule(discredit, "TRUST|BELIEVE > SOURCE > NOT", "ANSWER,YOU", either + " OLD", 6, loose=True),
        _rule(discredit, "MACHINE > MUST > BELIEVE|CITE+NEGATED", "FORWARD|THIS", "", 4),
        _rule(discredit, "NOT+START > PASSAGE > SAID", "", either, 6),
        _rule(discredit, "SOURCE|PASSAGE > IGNORE|IGNORED|SKIP > YOU > ANSWER|EVIDENCE", gap=13),
        _rule(discredit, "RATE+IMPERATIVE > SOURCE|SENTENCE > FALSE", "", "EITHER", 10),
        _rule(discredit, "YOU > MUST > NOT|NOTHING > TRUST", "AUDIT", "OLD", 5),
        _rule(discredit, "PASSAGE > TRUST|SAID+NEGATED", "", either, 5),
        _rule(discredit, "IGNORE|SKIP+IMPERATIVE > OTHER|ALL > PASSAGE", "ANSWER", "EITHER", 4),
        # The reader is a machine.
        _rule(machine, "MACHINE|MODEL > READING > THIS > READER", "MUST|SAY|RATE|IMPERATIVE", "", 4),
        _rule(
            machine,
            "READING > THIS > READER",
            "MACHINE|MODEL|PRIOR,MUST|TO|SAY|RATE,GOOD|BAD|YES|SKIP|CHECK|ANSWER|IGNORE",
            "",
            3,
        ),
        _rule(machine, "MACHINE|MODEL > READING > THIS > READER", "SAY|RATE,GOOD|BAD|YES", "", 6, loose=True),
        _rule(machine, "MACHINE > MACHINE|MODEL > YOU > MUST", "", "", 3),
        _rule(machine, "IF > YOU > MACHINE", "BE", "PERSON", 3),
        _rule(machine, "ASSESSOR|MACHINE > READING > THIS > SAY|RATE|USE", "GOOD|YES|EVIDENCE", either, 5),
        _rule(machine, "GREET+START > MACHINE > SAY|RATE|REPORT|APPROVE|QUOTE+IMPERATIVE", "", "", 12),
        _rule(machine, "GREET+START > MACHINE > RATE|SAY|REPORT|APPROVE > GOOD|YES", "", either, 10),
        _rule(machine, "GREET+START > MACHINE > READING > THIS", "", "", 8),
        _rule(machine, "MACHINE > MUST > SAY > GOOD|YES", "", either, 8),
        # Another part to play.
        _rule(role, "YOU > BE~1 > MACHINE|MODEL|ASSESSOR~4 > APPROVE|YES|GOOD", "ALL", "UNLESS", 8),
        _rule(
            role, "ROLE+IMPERATIVE > ASSESSOR|MACHINE|MODEL", "GOOD|APPROVE|UNBOUND|EVIDENCE|YOU|SAY", "", 8
        ),
        _rule(role, "ROLE+IMPERATIVE > YOU~3 > GOOD|APPROVE", "", either, 12),
        _rule(role, "UNBOUND > MODE", "", "", 2),
        _rule(role, "MODE > SKIP|IGNORE", "CHECK|ANSWER", "", 4),
        # The answer is to be made otherwise than asked.
        _rule(steer, "STEER|ALTER+IMPERATIVE > YOU > REPLY", gap=6),
        _rule(steer, "YOU > REPLY > PUSH+IMPERATIVE", gap=2),
        _rule(steer, "ADD+IMPERATIVE > BIT > YOU > REPLY", "", either, 10),
        _rule(steer, "REPLY > STEER", "YOU,IMPERATIVE", "", 8),
        _rule(steer, "STEER > YOU > REPLY|MESSAGE", "IMPERATIVE", either, 8),
        _rule(steer, "CODE > BLOCK", "FORWARD,YOU,WORK", either, 2),
        # What the reader knows is to get out.
        _rule(leak, "REVEAL|SAY+IMPERATIVE > YOU|PRIOR > SECRET|INSTRUCTION", "YOU|ANSWER", either, 4),
        _rule(leak, "REVEAL+IMPERATIVE > SECRET > PRIOR", "YOU|ANSWER|SENTENCE", either, 4),
        _rule(leak, "REVEAL+IMPERATIVE > SECRET > YOU > SECRET", "", either, 5),
        _rule(leak, "REVEAL+IMPERATIVE > LINK", "ANSWER|PASSAGE", either, 6),
        _rule(leak, "REVEAL+IMPERATIVE > SECRET > SOURCE", "YOU,ANSWER|SAY", "", 5),
    )


def possible(vocabulary: int) -> bool:
    """Whether a text of these concepts can hold what a rule describes."""
    for one, other, made in _made():
        if vocabulary & one and vocabulary & other:
            vocabulary |= made
    for rarest, rows in _needed():
        if vocabulary & rarest and any(all(vocabulary & part for part in row) for row in rows):
            return True
    return False


@lru_cache(maxsize=1)
def _made() -> tuple[tuple[int, int, int], ...]:
    """Concepts that two words make together: see ``injection_words.masks``."""
    return (
        (bits("NOT"), bits("FOLLOW"), bits("IGNORE")),
        (bits("NOT"), bits("GOOD"), bits("BAD")),
        (bits("NOT"), bits("ADDRESS"), bits("BAD")),
        (bits("MODEL"), bits("LANGUAGE ASSESSOR"), bits("MACHINE")),
    )


@lru_cache(maxsize=1)
def _needed() -> tuple[tuple[int, tuple[tuple[int, ...], ...]], ...]:
    """What the words of the rules must name, by the concept of each that has the fewest words: it is
    missing soonest."""
    marks = bits("IMPERATIVE START NEGATED")
    named = ([part for part in rule.required if not part & marks] for rule in _rules())
    rows = sorted({tuple(sorted(row, key=breadth)) for row in named})
    return tuple((rarest, tuple(row[1:] for row in group)) for rarest, group in groupby(rows, lambda r: r[0]))


def instructed(masks: Sequence[int]) -> Kind | None:
    """The kind of the first rule that a sentence of these words fits."""
    for window in _windows(masks):
        union = 0
        for mask in window:
            union |= mask
        for rule in _rules():
            if all(union & part for part in rule.required) and rule.fits(window, union):
                return rule.kind
    return None


def _windows(masks: Sequence[int]) -> Iterator[Sequence[int]]:
    step = _LENGTH // 2
    for start in range(0, max(1, len(masks) - step), step):
        yield masks[start : start + _LENGTH]
