"""Does a sentence that speaks of the requirement's matter agree with it, or say the opposite?

Compared are the requirement's polarity (obliges, forbids, permits) and the force with which the
sentence treats the same act, with four widenings: the opposite act ("return all" against "may
retain"), openness against "only", "whether or not" against a condition on all, and findings of
audit reports against any duty.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from radar_pipeline.judge import cues
from radar_pipeline.judge.cues import Force
from radar_pipeline.judge.reading import Polarity, Sentence, Terms, polarity
from radar_pipeline.judge.text import groups, stem
from radar_pipeline.models import Kind

_OPPOSITES = (
    ("retain keep preserve store", "return destroy delete erase purge dispose surrender"),
    ("disclose share reveal publish divulge communicate release", "withhold conceal"),
    ("permit allow authorize grant", "prohibit forbid ban deny refuse"),
    ("encrypt", "plaintext unencrypted cleartext"),
    ("survive continue remain", "expire terminate lapse cease end"),
    ("approve accept", "reject refuse"),
    ("train", "untrained"),
    ("enable", "disable"),
)
_OPPOSITE = {
    stem(word): frozenset(stem(other) for other in there.split())
    for here, there in (*_OPPOSITES, *((b, a) for a, b in _OPPOSITES))
    for word in here.split()
}

# (requirement's polarity, force of the sentence) -> how much it speaks against / for, each 0..1
_AGAINST = {
    (Polarity.PERMITS, Force.FORBIDDEN): 1.0,
    (Polarity.PERMITS, Force.DENIED): 0.6,
    (Polarity.FORBIDS, Force.PERMITTED): 1.0,
    (Polarity.FORBIDS, Force.OBLIGED): 0.4,
    (Polarity.FORBIDS, Force.RELEASED): 0.3,
    (Polarity.OBLIGES, Force.RELEASED): 1.0,
    (Polarity.OBLIGES, Force.FORBIDDEN): 0.7,
    (Polarity.OBLIGES, Force.DENIED): 0.9,
    (Polarity.OBLIGES, Force.PERMITTED): 0.2,
}
_FOR = {
    (Polarity.PERMITS, Force.PERMITTED): 1.0,
    (Polarity.PERMITS, Force.RELEASED): 0.7,
    (Polarity.PERMITS, Force.OBLIGED): 0.2,
    (Polarity.PERMITS, Force.STATED): 0.2,
    (Polarity.FORBIDS, Force.FORBIDDEN): 1.0,
    (Polarity.FORBIDS, Force.DENIED): 0.6,
    (Polarity.FORBIDS, Force.STATED): 0.2,
    (Polarity.OBLIGES, Force.OBLIGED): 1.0,
    (Polarity.OBLIGES, Force.STATED): 0.6,
    (Polarity.OBLIGES, Force.WEAK): 0.3,
    (Polarity.OBLIGES, Force.PERMITTED): 0.4,
}
_FINDING_KINDS = frozenset({Kind.AUDIT_REPORT, Kind.RECORD})  # they tell what happened, not what shall
_UNIVERSAL = re.compile(r"\b(?:all|every|each|any)\b", re.I)


@dataclass(frozen=True, slots=True)
class Stance:
    """What one sentence says about one requirement."""

    force: Force
    against: float
    supporting: float
    anchored: bool  # the requirement's own act is named in the sentence
    opposite: bool  # the opposite act is obliged
    excepted: bool
    opened: bool  # lists openly what the requirement confines
    regardless: bool  # waives a condition the requirement puts on all
    finding: bool  # an audit report's failure


def stance(text: str, terms: Terms, sentence: Sentence, kind: Kind, lead: str = "") -> Stance:
    """Stance of ``sentence`` to a requirement (or element) with ``text``.

    ``lead``: what a list item hangs on ("The Recipient shall not:"); its force holds for an item
    that has none of its own.
    """
    wanted = polarity(text)
    anchors = _anchors(terms, sentence)
    places = anchors or _fallback(terms, sentence)
    force = _force(sentence.text, places, wanted)
    if force is Force.STATED:
        force = lead_force(sentence.lead or lead)
    opposite = _opposed(terms, sentence, wanted)
    opened = cues.exclusive(text) and not cues.exclusive(sentence.text) and cues.open_list(sentence.text)
    regardless = _UNIVERSAL.search(text) is not None and cues.regardless(sentence.text)
    excepted = any(cues.excepted_at(sentence.text, offset) for offset in places)
    finding = kind in _FINDING_KINDS and force is Force.DENIED
    against = _AGAINST.get((wanted, force), 0.0) * (1.0 if anchors else 0.5)
    supporting = _FOR.get((wanted, force), 0.0) * (1.0 if anchors else 0.5)
    if wanted == Polarity.PERMITS and excepted:
        # "shall not copy except as needed" and "shall disclose only to employees" both leave room
        against, supporting = 0.4 * against, max(supporting, 0.6 if anchors else 0.3)
    against = max(
        against, 0.9 * finding, (0.3 if excepted else 0.8) * opposite, 0.8 * opened, 0.6 * regardless
    )
    if opened or regardless or (opposite and not excepted):
        supporting *= 0.4
    return Stance(force, against, supporting, bool(anchors), opposite, excepted, opened, regardless, finding)


def lead_force(lead: str) -> Force:
    """The force that a list's lead-in ends with."""
    governing = cues.scopes(lead.strip()) if lead.rstrip().endswith((":", "-", "–", "—")) else ()
    return governing[-1].force if governing else Force.STATED


def _anchors(terms: Terms, sentence: Sentence) -> list[int]:
    """Character offsets at which the requirement's act is named, exactly or by a synonym."""
    offsets = [offset for verb in terms.verbs for _, offset in sentence.places.get(verb, ())]
    if offsets:
        return offsets
    wanted = frozenset(g for verb in terms.verbs for g in groups(verb))
    return [
        offset
        for word, places in sentence.places.items()
        if not wanted.isdisjoint(groups(word))
        for _, offset in places
    ]


def _fallback(terms: Terms, sentence: Sentence) -> list[int]:
    """Where the rarest shared word stands; the sentence's start if none is shared."""
    shared = sorted((s for s in terms.weights if s in sentence.places), key=lambda s: -terms.weights[s])
    return [sentence.places[shared[0]][0][1]] if shared else [0]


def _force(text: str, anchors: list[int], wanted: str) -> Force:
    """The force at the anchors; where they differ, the one that says most for this polarity."""
    forces = [cues.force_at(text, offset) for offset in anchors[:6]]
    return max(
        forces,
        key=lambda f: max(_FOR.get((wanted, f), 0.0), 0.95 * _AGAINST.get((wanted, f), 0.0)),
    )


def _opposed(terms: Terms, sentence: Sentence, wanted: str) -> bool:
    if wanted in {Polarity.FORBIDS, Polarity.ASKS}:
        return False
    for verb in terms.verbs:
        for other in sorted(_OPPOSITE.get(verb, frozenset()) & sentence.places.keys()):
            offset = sentence.places[other][0][1]
            if cues.force_at(sentence.text, offset) in {Force.OBLIGED, Force.STATED}:
                return verb not in sentence.places
    return False


STANCE_FEATURES = (
    "against", "for", "net", "against_mean", "for_mean", "net_mean", "forbidden", "permitted",
    "forbidden_net", "anchored", "asks",
)  # fmt: skip


def stance_row(text: str, stances: Sequence[Stance], shares: Sequence[float]) -> list[float]:
    """Features of the question's direction, from all sentences that speak of its matter.

    ``shares``: how much each sentence speaks of it, the best one 1. Few and composite on purpose:
    each way of contradicting is rare, and a weight of its own for each could only be learned from
    the one requirement that shows it.
    """
    pairs = list(zip(shares, stances, strict=True))
    total = sum(shares) or 1.0
    against = max((w * s.against for w, s in pairs), default=0.0)
    supporting = max((w * s.supporting for w, s in pairs), default=0.0)
    against_mean = sum(w * s.against for w, s in pairs) / total
    for_mean = sum(w * s.supporting for w, s in pairs) / total
    anchored = [(w, s) for w, s in pairs if s.anchored]
    forbidden = max((w for w, s in anchored if s.force is Force.FORBIDDEN and not s.excepted), default=0.0)
    permitted = max((w for w, s in anchored if s.force is Force.PERMITTED or s.excepted), default=0.0)
    free = polarity(text) == Polarity.PERMITS
    return [
        against,
        supporting,
        against - supporting,
        against_mean,
        for_mean,
        against_mean - for_mean,
        forbidden * free,
        permitted * free,
        (forbidden - permitted) * free,
        sum(w for w, _ in anchored) / total,
        float(polarity(text) == Polarity.ASKS),
    ]
