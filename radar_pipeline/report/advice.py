"""What to do about a finding, in one or two sentences made from the requirement's own elements.

Only our words, document names and headings go in: never a sentence of a document.
"""

from collections.abc import Sequence

from radar_pipeline.models import Element, Requirement, Role, UnreadableReason

_PLACES = 3  # of a document that are named
REMEDIES: dict[UnreadableReason, tuple[str, str]] = {
    UnreadableReason.TIMEOUT: (
        "reading it took longer than the limit",
        "Split the file, or save it anew from its application; or raise RADAR_PARSE_SECONDS.",
    ),
    UnreadableReason.OOM: (
        "reading it needed more memory than the limit",
        "Split the file or reduce its images; or raise RADAR_PARSE_MEMORY_MB.",
    ),
    UnreadableReason.CRASH: (
        "the parser broke down on it",
        "Save the file anew from its application, or export it as PDF.",
    ),
    UnreadableReason.ENCRYPTED: (
        "it is protected by a password",
        "Provide a copy without a password.",
    ),
    UnreadableReason.EMPTY: (
        "it holds no text",
        "Provide the file with its text; a scan needs a text layer (OCR).",
    ),
    UnreadableReason.MALFORMED: (
        "the file is damaged",
        "Provide an intact copy; check that it opens in its application.",
    ),
    UnreadableReason.BOMB: (
        "it unpacks to a dangerous size",
        "Check where the file comes from, and provide it without its archive.",
    ),
    UnreadableReason.UNSUPPORTED: (
        "its format cannot be read yet",
        "Export it as PDF or Markdown; or leave it out on purpose with `ignore` in tenants.yaml.",
    ),
    UnreadableReason.NOT_TEXT: (
        "it is a picture, a recording or a program",
        "Nothing, unless it is a scanned page: then provide it as PDF with a text layer (OCR).",
    ),
    UnreadableReason.TOO_LARGE: (
        "it is larger than the limit",
        "Split the file; or raise RADAR_MAX_DOCUMENT_MB.",
    ),
    UnreadableReason.MISMATCH: (
        "its content is not what its name says",
        "Give the file the suffix of its real format.",
    ),
    UnreadableReason.NEEDS_OCR: (
        "its pages are pictures without text",
        "Provide a version with text; or install tesseract and set RADAR_OCR=true to recognise it.",
    ),
}

Named = str  # the name of a document, already quoted by ``named``


def named(title: str) -> Named:
    """A document's name within a sentence."""
    return f"“{title}”"


def for_blindspot(requirement: Requirement, target: Named, create: bool) -> str:
    """Say what to write about a requirement that nothing addresses, and where."""
    if create:
        return f"Write {_article(requirement.expected_document)} that says {_duty(requirement)}"
    return f"Add to {target}: {_duty(requirement)}"


def for_gap(requirement: Requirement, element: Element | None, target: Named) -> str:
    """Say what is missing in a document that covers the rest."""
    if element is None:
        return f"Complete {target}, so that it says {_duty(requirement)}"
    if element.role is Role.ACTOR:
        return f"Name in {target} who is responsible for this: a role at {element.text}."
    if element.role is Role.ACTION:
        return f"Add to {target}: who must {element.text}."
    if element.role is Role.DEADLINE:
        return f"State in {target} by when this is done: {_deadline(element)}."
    if element.role is Role.CONDITION:
        return f"State in {target} when this applies: {element.text}."
    return f"Add to {target}: {element.text}."


def for_contradiction(requirement: Requirement, target: Named) -> str:
    """Say how to change a document that says the opposite."""
    return f"Change {target}, which departs from the requirement. It should say {_duty(requirement)}"


def for_refuted(requirement: Requirement, audit: Named, claim: Named) -> str:
    """Say what proof to obtain when an audit found that the practice is otherwise."""
    against = f" against what {claim} says" if claim else ""
    actions = _texts(requirement, Role.ACTION)
    what = _joined(actions) if actions else requirement.title
    return f"Put right what {audit} found{against}. Then file evidence that people do: {what}."


def for_conflict(first: Named, second: Named, topic: str) -> str:
    """Say how to end a disagreement of two documents."""
    return f"Decide which is right about “{topic}”, and change {first} or {second} so that both say the same."


def for_disputed(audit: Named, claim: Named, topic: str) -> str:
    """Say how to end a disagreement with an audit: what it found is not changed by changing its report."""
    return f"See what {audit} found about “{topic}”. If it holds, put the practice right or change {claim}."


def for_stale(target: Named, review_by: str) -> str:
    """Say what to do about a document past its review date."""
    return f"Review {target}, due on {review_by}; then record the new version and its next review date."


def for_ownerless(target: Named) -> str:
    """Say what to do about a document in force that names nobody who answers for it."""
    return f"Name in {target} the role that owns it: who keeps it up to date and answers for it."


def for_injection(target: Named, places: Sequence[str]) -> str:
    """Say what to do about a document that gives instructions to software that reads it."""
    shown = "; ".join(places[:_PLACES])
    more = f", and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
    return (
        f"Find out who put instructions to a reader's machine into {target} ({shown}{more}), and take them "
        "out. They were left out of every verdict."
    )


def for_superseded(old: Named, new: Named) -> str:
    """Say what to do with an old version that lies beside the new one."""
    return f"Retire {old}: {new} has replaced it. Move it to an archive, or mark it as superseded."


def for_duplicate(copy: Named, kept: Named) -> str:
    """Say what to do with a copy of a document."""
    return f"Keep one of the two, {kept} or its copy {copy}, and retire the other: copies drift apart."


def for_unreadable(target: Named, reason: UnreadableReason, part: bool = False) -> str:
    """Say how to make a document readable; ``part``: some of it was read."""
    searched = f"Most of {target} was not searched" if part else f"Nothing in {target} was searched"
    return f"{searched}, because {REMEDIES[reason][0]}. {REMEDIES[reason][1]}"


def told_apart(one: tuple[str, str], other: tuple[str, str]) -> tuple[Named, Named]:
    """Two documents of (name, path) within a sentence: by their paths where they bear one name."""
    use = int(one[0].casefold() == other[0].casefold())
    return named(one[use]), named(other[use])


def _duty(requirement: Requirement) -> str:
    """``who must …, by when (…). Include …; say when it applies (…).``"""
    actions = _texts(requirement, Role.ACTION)
    deadlines = [_deadline(e) for e in requirement.elements if e.role is Role.DEADLINE]
    objects = _texts(requirement, Role.OBJECT)
    conditions = _texts(requirement, Role.CONDITION)
    who = f"who must {_joined(actions)}" if actions else f"who sees to: {requirement.title}"
    when = f", and by when ({'; '.join(deadlines)})" if deadlines else ""
    rest = [f"include {'; '.join(objects)}"] if objects else []
    rest += [f"say when this applies ({'; '.join(conditions)})"] if conditions else []
    more = f" {_capital('; '.join(rest))}." if rest else ""
    return f"{who}{when}.{more}"


def _article(document: str) -> str:
    """``an information security policy``; a name that begins with an acronym keeps its capitals."""
    if not document:
        return "a document"
    # An acronym is spoken letter by letter: a DPO charter, an EU representative mandate.
    acronym = document[1:2].isupper()
    name = document if acronym else document[0].lower() + document[1:]
    return f"{'an' if name[0].lower() in ('aefhilmnorsx' if acronym else 'aeio') else 'a'} {name}"


def _texts(requirement: Requirement, role: Role) -> list[str]:
    return [e.text for e in requirement.elements if e.role is role]


def _deadline(element: Element) -> str:
    """The deadline in words, with its number where the words don't show one."""
    # "within one month" says it already; "by the agreed date" does not.
    if element.limit is None or element.limit.unit.rstrip("s") in element.text.lower():
        return element.text
    return f"{element.text}, {element.limit}"


def _joined(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{'; '.join(parts[:-1])}; and {parts[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
