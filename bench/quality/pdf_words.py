"""Sentences, titles and cells for generated documents: from a seed, plain, and never the same twice."""

import random
from collections.abc import Callable

_ROLES = """custodian of the register|facilities manager|head of the laboratory|records office|
night shift supervisor|purchasing committee|regional coordinator|quality engineer|internal reviewer|
archive team|deputy treasurer|safety representative|contract administrator|training lead|
data steward|incident coordinator|service owner|board secretary|supplier liaison|duty officer"""
_VERBS = """inspects|documents|approves|reconciles|forwards|countersigns|publishes|withdraws|summarises|
compares|inventories|registers|escalates|encrypts|retains|photographs|catalogues|authorises|rehearses|measures"""
_OBJECTS = """visitor records|calibration certificates|supplier questionnaires|access requests|
temperature readings|restoration protocols|risk-based exceptions|configuration baselines|
maintenance schedules|long-term agreements|evacuation drawings|password resets|shipment manifests|
cryptographic keys|qualification dossiers|whistleblower messages|workstation images|tamper-evident seals|
reconciliation statements|administrator sessions"""
_WHENS = """before the quarter closes|within ten working days|at the beginning of every shift|
after each significant change|whenever a threshold is exceeded|no later than the following Monday|
during the annual rehearsal|as soon as the notification arrives|without waiting for a reminder|
until the successor has been appointed"""
_PLACES = """in the northern warehouse|at the coordination centre|on the segregated network|
for every participating subsidiary|under the supervision of the committee|together with the counterparty|
in the electronic repository|according to the published timetable|with two independent witnesses|
on behalf of the organisation"""
_TOPICS = """Access|Retention|Continuity|Procurement|Calibration|Whistleblowing|Encryption|Evacuation|
Onboarding|Reconciliation|Monitoring|Escalation|Archiving|Licensing|Inspection|Rehearsal|Segregation|Disposal"""
_ASPECTS = """Responsibilities|Principles|Arrangements|Thresholds|Records|Exceptions|Reporting Lines|
Review Cycle|Roles|Obligations|Safeguards|Methods|Evidence|Scope"""


def _list(words: str) -> list[str]:
    return [word.strip() for word in words.replace("\n", "").split("|")]


class Writer:
    """Writes from one seed; no sentence and no title comes twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()
        self._parts = [_list(words) for words in (_ROLES, _VERBS, _OBJECTS, _WHENS, _PLACES)]

    def sentence(self) -> str:
        """Eight to thirty words and a full stop."""
        return self._fresh(self._sentence)

    def title(self) -> str:
        """Two or three words in title case."""
        return self._fresh(lambda: f"{self._pick(_TOPICS)} {self._pick(_ASPECTS)}")

    def cell(self) -> str:
        """A table's cell: two to six words, or a number."""
        return self._fresh(
            lambda: f"{self._rng.choice(self._parts[2]).capitalize()} {self._rng.randint(2, 990)}"
        )

    def header(self) -> str:
        """The name of a column."""
        return self._pick(_ASPECTS)

    def _pick(self, words: str) -> str:
        return self._rng.choice(_list(words))

    def _sentence(self) -> str:
        role, verb, thing, when, place = (self._rng.choice(part) for part in self._parts)
        shape = self._rng.randrange(3)
        if shape == 0:
            return f"The {role} {verb} {thing} {place} {when}."
        other, second = self._rng.choice(self._parts[0]), self._rng.choice(self._parts[2])
        if shape == 1:
            return f"{when.capitalize()}, the {role} {verb} {thing}, and the {other} keeps {second} {place}."
        return f"No {role} {verb} {thing} {place}, unless the {other} has examined {second} {when}."

    def _fresh(self, make: Callable[[], str]) -> str:
        for _ in range(200):
            made = make()
            if made not in self._used:
                self._used.add(made)
                return made
        raise ValueError("the vocabulary is used up")
