"""What the sensors ask for, as pure differences: no Dagster, no file, no clock of its own.

Each compares how things stand (``Scene``) with what was asked for before (``Memory``) and answers
with at most one run. Nobody is asked for twice because of the same input: what a run tried and
failed at is in the ledger, and only ``failed_tenants`` tries that again, at growing pauses.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from radar_pipeline import ids
from radar_pipeline.defs.sensors_memory import Asked, Memory
from radar_pipeline.errors import RadarError
from radar_pipeline.storage.ledger import Try
from radar_pipeline.sweep.watch import Look

PAUSES = (600.0, 3600.0, 14400.0)  # seconds before the first, second and third retry; then no more
BRIDGE = 100  # idle tenants between two due ones: sweeping over them costs less than another run
SHOWN = 5  # tenants named in a message
NOBODY = (
    "tenants.yaml lists no tenant. Nobody is retired by that: an empty list is more often a file that "
    "was lost than an intention. `radar tenants erase` forgets a tenant."
)
_FILE = "tenants.yaml"


@dataclass(frozen=True, slots=True)
class Scene:
    """How everything stands at a tick."""

    now: float  # seconds since 1970
    order: Sequence[str]  # partitions, in Dagster's order
    looks: Mapping[str, Look]  # of every tenant on the list, or of nobody
    busy: Mapping[str, str] = field(default_factory=dict)  # tenant -> who has it in hand
    tries: Mapping[str, Sequence[Try]] = field(default_factory=dict)  # newest first


@dataclass(frozen=True, slots=True)
class Request:
    """One run over the partitions from ``first`` to ``last``; without them, of what tenants share."""

    key: str
    first: str = ""
    last: str = ""
    tenants: tuple[str, ...] = ()  # those it is for; others in the range are idle
    frameworks: tuple[str, ...] = ()  # only these; none: all


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tick does: a run or none, what to remember, and what to tell a person."""

    memory: Memory
    says: str
    request: Request | None = None


@dataclass(slots=True)
class Choice:
    """Who is asked for now, who was, and who waits."""

    wanted: dict[str, Asked] = field(default_factory=dict)
    kept: dict[str, Asked] = field(default_factory=dict)  # asked before, and not settled yet
    waiting: dict[str, str] = field(default_factory=dict)  # tenant -> why it is not asked for now

    @property
    def open(self) -> bool:
        """True if somebody is still to be asked for, now or at another tick."""
        return bool(self.wanted or self.waiting)


def changed_sources(memory: Memory, scene: Scene) -> Answer:
    """Tenants whose documents differ from what the last sweep read, or were never read."""
    mine = [look for look in scene.looks.values() if look.problem or (look.due and look.source_differs)]
    return one_run(memory, scene, _choose(mine, memory, scene))


def changed_frameworks(memory: Memory, scene: Scene, catalogs: Mapping[str, str]) -> Answer:
    """Tenants bound by a catalog whose hash changed; ``catalogs``: hash by id, empty if unreadable.

    The first look only remembers. A hash is remembered as seen once nobody waits because of it. A
    tenant whose documents changed as well is left to ``changed_sources``, which sweeps it whole.
    """
    known = memory.marks
    changed = {name for name, mark in catalogs.items() if mark and known.get(name, mark) != mark}
    broken = sorted(name for name, mark in catalogs.items() if not mark)
    mine = [
        look
        for look in scene.looks.values()
        if look.problem or (changed & set(look.due) and not look.source_differs)
    ]
    choice = _choose(mine if changed else [], memory, scene)
    waits_for = changed if choice.open or choice.kept else set()
    marks = {
        name: known[name] if name in known and (name in waits_for or not mark) else mark
        for name, mark in catalogs.items()
        if mark or name in known
    }
    answer = one_run(replace(memory, marks=marks), scene, choice)
    if answer.request is not None:
        due = {name for slug in answer.request.tenants for name in scene.looks[slug].due}
        return replace(answer, request=replace(answer.request, frameworks=tuple(sorted(changed & due))))
    if broken:
        says = f"Could not read {', '.join(broken)}: `radar tenants check` says what is wrong. {answer.says}"
        return replace(answer, says=says)
    return answer


def failed_tenants(memory: Memory, scene: Scene) -> Answer:
    """Tenants whose last try failed or was cut short, at growing pauses, three times at most.

    An error in a file that a person wrote is not tried again until something changes. A tenant that
    failed and would not now is swept once, so that it stops showing as failed.
    """
    choice = Choice()
    for slug, look in scene.looks.items():
        tries = scene.tries.get(slug, ())
        if not tries or tries[0].state == "done":
            continue
        before = memory.asked.get(slug)
        begins, why = _retry_at(look, tries, unanswered(before, look, tries))
        if begins is None or scene.now < begins or slug in scene.busy or look.settling:
            choice.waiting[slug] = scene.busy.get(slug) or why
            if before:
                choice.kept[slug] = before
        else:
            choice.wanted[slug] = asked_again(before, look, tries, scene.now)
    return one_run(memory, scene, choice, idle="Nobody's last try failed.")


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is on the list, and who was: partitions, the retired, and those erased."""

    listed: frozenset[str]
    partitions: frozenset[str]
    retired: frozenset[str]
    erased: frozenset[str]
    mark: str  # digest of what the file says of every tenant

    @property
    def added(self) -> frozenset[str]:
        """Listed, and no partition yet."""
        return self.listed - self.partitions

    @property
    def returned(self) -> frozenset[str]:
        """Listed again after having been retired."""
        return self.listed & self.retired

    @property
    def gone(self) -> frozenset[str]:
        """Partitions of tenants that are not listed any more and not known to be retired."""
        return self.partitions - self.listed - self.retired - self.erased


def leavers(memory: Memory, roll: Roll) -> frozenset[str]:
    """Tenants to retire: gone at this tick and at the one before, from a file that lists somebody."""
    return roll.gone & set(memory.gone) if roll.listed else frozenset()


def tenants_file(memory: Memory, scene: Scene, roll: Roll) -> Answer:
    """Tenants added or come back, those due after an edit of the file, and the page if any left."""
    if not roll.listed:
        return Answer(replace(memory, gone=()), NOBODY)
    edited = memory.marks.get(_FILE, roll.mark) != roll.mark
    new = roll.added | roll.returned
    mine = [
        look
        for look in scene.looks.values()
        if look.tenant in new or (edited and look.due and not look.source_differs)
    ]
    choice = _choose(mine, memory, scene)
    mark = memory.marks[_FILE] if edited and (choice.open or choice.kept) else roll.mark
    left = leavers(memory, roll)
    memory = replace(memory, marks={_FILE: mark}, gone=tuple(sorted(roll.gone - left)))
    answer = one_run(memory, scene, choice, idle="tenants.yaml lists nobody new, and nobody left it.")
    if answer.request is None and (left or roll.returned):
        key = _key(memory, sorted(left | roll.returned))
        return replace(answer, memory=memory.after({}, {}), request=Request(key))
    if memory.gone:
        gone = f"{', '.join(memory.gone)} left tenants.yaml: retired if still gone at the next tick."
        return replace(answer, says=gone)
    return answer


# ── Who is asked for ──────────────────────────────────────────────────────────────────────────


def _choose(looks: Iterable[Look], memory: Memory, scene: Scene) -> Choice:
    """Of those with something to do: who is asked for now, who waits and why, who was asked for."""
    choice = Choice()
    for look in looks:
        before = memory.asked.get(look.tenant)
        why = look.problem or scene.busy.get(look.tenant, "")
        if look.settling and not why:
            why = "files are being written"
        tries = scene.tries.get(look.tenant, ())
        if why:
            choice.waiting[look.tenant] = why
            if before:
                choice.kept[look.tenant] = before
        elif look.due and not _failed_at(look, tries):
            asked = unanswered(before, look, tries)
            if before and before.input_key == look.input_key and not asked:
                continue  # a sweep has had it since; what it left due is the night's
            if asked and (asked.times > len(PAUSES) or scene.now < asked.at + PAUSES[asked.times - 1]):
                choice.kept[look.tenant] = asked
            else:
                choice.wanted[look.tenant] = asked_again(before, look, tries, scene.now)
    return choice


def _failed_at(look: Look, tries: Sequence[Try]) -> bool:
    """True if the last try was of this very input, or was cut short: then it is for a retry."""
    if not tries or tries[0].state == "done":
        return False
    return tries[0].state == "started" or tries[0].input_key == look.input_key


def unanswered(before: Asked | None, look: Look, tries: Sequence[Try]) -> Asked | None:
    """The last request for this very input, if no sweep has had the tenant in hand since."""
    if before is None or before.input_key != look.input_key:
        return None
    return None if tries and tries[0].ended_at.timestamp() >= before.at else before


def asked_again(before: Asked | None, look: Look, tries: Sequence[Try], now: float) -> Asked:
    """The request to make now: another one in a row, or the first."""
    asked = unanswered(before, look, tries)
    return Asked(look.input_key, asked.times + 1 if asked else 1, now)


def _retry_at(look: Look, tries: Sequence[Try], asked: Asked | None) -> tuple[float | None, str]:
    """When the tenant may be tried again (None: not by itself), and what to say until then."""
    last = tries[0]
    if last.input_key not in (look.input_key, ""):
        if look.due and look.source_differs:
            return None, "its documents changed: that is for changed_sources"
        failures, since = 0, 0.0
    elif _is_mistake(last.reason):
        return None, "mend what `radar status` names: it is not tried again until something changes"
    else:
        failures, since = _failures(tries), last.ended_at.timestamp()
    if asked:
        failures, since = failures + asked.times, max(since, asked.at)
    if failures > len(PAUSES):
        return None, f"failed {failures} times on the same input: the night tries it again"
    return since + PAUSES[failures - 1] if failures else since, "waits for its next try"


def _failures(tries: Sequence[Try]) -> int:
    """How many tries in a row went wrong with the newest one's input."""
    bad = list(takewhile(lambda tried: tried.state != "done", tries))
    key = next((tried.input_key for tried in bad if tried.input_key), "")
    return sum(1 for _ in takewhile(lambda tried: tried.input_key in (key, ""), bad))


def _is_mistake(reason: str) -> bool:
    """True for errors that only a person's edit mends (exit code 2)."""
    return reason.partition(":")[0] in _mistakes(RadarError)


def _mistakes(kind: type[RadarError]) -> set[str]:
    found = {kind.__name__} if kind.exit_code == 2 else set()
    return found.union(*(_mistakes(sub) for sub in kind.__subclasses__()))


# ── The one run ───────────────────────────────────────────────────────────────────────────────


def one_run(memory: Memory, scene: Scene, choice: Choice, idle: str = "Nothing changed.") -> Answer:
    """One run over most of those who are wanted; the rest is for later ticks."""
    passable = {slug for slug in scene.order if slug not in scene.busy and _passable(scene, slug)}
    stretch = widest_stretch(scene.order, choice.wanted, passable)
    now = {slug: choice.wanted[slug] for slug in stretch if slug in choice.wanted}
    if not now:
        return Answer(replace(memory, asked=choice.kept), _says(choice) or idle)
    later = len(choice.wanted) - len(now)
    says = f"One run for {len(now)}" + (f"; {later} more at a later tick." if later else ".")
    request = Request(
        key=_key(memory, [f"{slug}:{asked.input_key}" for slug, asked in now.items()]),
        first=stretch[0],
        last=stretch[-1],
        tenants=tuple(now),
    )
    return Answer(memory.after(choice.kept, now), says, request)


def _passable(scene: Scene, slug: str) -> bool:
    """True if sweeping over it changes nothing: it is idle, or on the list no more."""
    return slug not in scene.looks or scene.looks[slug].idle


def widest_stretch(order: Sequence[str], wanted: Collection[str], passable: Collection[str]) -> list[str]:
    """The run of neighbours that holds the most wanted ones and else only passable ones.

    It begins and ends with a wanted one; more than ``BRIDGE`` passable ones in a row end it.
    """
    best: list[str] = []
    current: list[str] = []
    gap: list[str] = []
    for slug in [*order, None]:
        if slug in wanted and slug is not None:
            current += [*gap, slug] if current else [slug]
            gap = []
        elif slug in passable and slug is not None and len(gap) < BRIDGE:
            gap.append(slug)
        else:
            if sum(s in wanted for s in current) > sum(s in wanted for s in best):
                best = current
            current, gap = [], []
    return best


def _key(memory: Memory, parts: Sequence[str]) -> str:
    """Equal for a tick that is done again after a crash, and for no other."""
    return f"{memory.ticket}-{ids.digest(*parts, length=16)}"


def _says(choice: Choice) -> str:
    """Why those who have something to do are not asked for."""
    lines = [f"{slug}: {why}" for slug, why in choice.waiting.items()]
    lines += [f"{slug}: asked for, and not swept yet" for slug in choice.kept if slug not in choice.waiting]
    more = f" (and {len(lines) - SHOWN} more)" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more
