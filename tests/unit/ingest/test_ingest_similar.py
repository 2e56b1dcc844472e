"""Copies and old versions among a tenant's documents."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest import similar
from radar_pipeline.ingest.similar import COPY, EDITION, Facts, Relation, Signature, relations, signature
from radar_pipeline.ingest.titles import stem
from radar_pipeline.models import Kind, Status

_SUBJECTS = ("the system owner", "each team lead", "the service desk", "the data steward", "every contractor")
_VERBS = ("reviews", "records", "approves", "tests", "reports", "removes", "encrypts", "restores")
_OBJECTS = ("access rights", "backup jobs", "supplier contracts", "incident tickets", "laptops", "log files")
_TIMES = (
    "every quarter",
    "within two days",
    "once a year",
    "before release",
    "at each change",
    "each Monday",
)


def sentences(seed: int, count: int = 80) -> list[str]:
    rng = random.Random(seed)
    parts = (_SUBJECTS, _VERBS, _OBJECTS, _TIMES)
    return [
        " ".join(rng.choice(part) for part in parts).capitalize()
        + f" under rule {rng.randrange(900)} of plan {rng.randrange(900)}."
        for _ in range(count)
    ]


def edited(lines: list[str], share: float, seed: int = 99) -> list[str]:
    """The text with a share of its sentences written anew."""
    rng, fresh = random.Random(seed), sentences(seed + 1, len(lines))
    return [fresh[n] if rng.random() < share else line for n, line in enumerate(lines)]


def text(lines: list[str], company: str = "Fjordline") -> str:
    every = 8
    told = [
        f"At our firm {company} this holds: {line}" if n % every == 0 else line
        for n, line in enumerate(lines)
    ]
    return "\n".join(told)


def facts(document_id: str, **changes: object) -> Facts:
    made = Facts(
        document_id, f"{document_id}.md", "Access Control Policy", Kind.POLICY, Status.UNKNOWN, "", None
    )
    return replace(made, **changes)  # type: ignore[arg-type]


BASE = sentences(1)
OLD, NEW = text(edited(BASE, 0.2)), text(BASE)


def related(*pairs: tuple[Facts, str]) -> dict[str, Relation]:
    return relations({f.document_id: signature(t) for f, t in pairs}, [f for f, _ in pairs])


def estimate(one: str, other: str) -> float:
    pairs = zip(signature(one).hashes, signature(other).hashes, strict=True)
    return sum(a == b for a, b in pairs) / 128


# ── Signatures ────────────────────────────────────────────────────────────────────────────────


def test_the_estimate_tells_copies_versions_and_strangers_apart() -> None:
    assert estimate(NEW, text(edited(BASE, 0.01))) >= COPY
    assert EDITION <= estimate(NEW, OLD) < COPY
    assert estimate(NEW, text(sentences(7))) < 0.1


def test_a_signature_survives_being_stored() -> None:
    signed = signature(NEW)
    assert Signature.from_json(signed.as_json()) == signed


def test_a_text_too_short_has_no_estimate_but_its_copy_is_known() -> None:
    note = "\n".join(BASE[:2])
    assert signature(note).hashes == ()
    assert related((facts("a"), note), (facts("b"), note.replace("\n", "  "))) == {
        "b": Relation(duplicate_of="a")
    }
    assert related((facts("a"), note), (facts("b"), note.upper() + "More.")) == {}
    assert related((facts("a"), "See attached."), (facts("b"), "See attached.")) == {}


# ── Old versions ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"version": "2.9"}, {"version": "2.10"}),
        ({"effective_date": date(2024, 1, 1)}, {"effective_date": date(2026, 1, 1)}),
        ({"path": "access-policy-v1.docx"}, {"path": "access-policy-v2.docx"}),
        ({"path": "Access Control Policy 2023.pdf", "title": ""}, {"path": "Access Control Policy 2025.pdf"}),
        ({"status": Status.SUPERSEDED}, {}),
        ({"status": Status.DRAFT, "version": "0.9"}, {"version": "1.0", "status": Status.APPROVED}),
        ({"title": "Access Control Policy v1", "version": "1"}, {"version": "2"}),
    ],
)
def test_an_old_version_points_at_the_new_one(old: dict[str, object], new: dict[str, object]) -> None:
    pair = (facts("old", **old), OLD), (facts("new", **new), NEW)
    assert related(*pair) == {"old": Relation(superseded_by="new")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),  # nothing says which is newer
        ({"version": "1"}, {"version": "2", "status": Status.DRAFT}),
        ({"version": "1"}, {"version": "2", "status": Status.SUPERSEDED}),
        ({"version": "1"}, {"version": "2", "title": "Password Policy", "path": "b.md"}),
        ({"version": "1"}, {"version": "2", "kind": Kind.AUDIT_REPORT}),
        (
            {"version": "1", "effective_date": date(2026, 1, 1)},
            {"version": "2", "effective_date": date(2025, 1, 1)},
        ),
        ({"path": "policy-2024.md"}, {"path": "policy-2024-05.md"}),
        *(
            ({"version": "1", "kind": kind}, {"version": "2", "kind": kind})
            for kind in (Kind.CONTRACT, Kind.RECORD, Kind.AUDIT_REPORT)
        ),
        ({"version": "1", "title": "Introduction"}, {"version": "2", "title": "Introduction"}),
        ({"version": "1", "status": Status.APPROVED}, {"version": "9"}),  # anybody can write a number
    ],
)
def test_what_is_not_plainly_an_old_version_stays_in_force(
    old: dict[str, object], new: dict[str, object]
) -> None:
    assert related((facts("old", **old), OLD), (facts("new", **new), NEW)) == {}


def test_one_title_over_another_text_is_no_version() -> None:
    assert related((facts("a", version="1"), text(sentences(5))), (facts("b", version="2"), NEW)) == {}


def test_one_template_of_two_companies_is_no_version_and_no_copy() -> None:
    other = text(BASE, company="Harbourgate")
    assert estimate(NEW, other) >= EDITION
    assert related((facts("a", version="1"), NEW), (facts("b", version="2"), other)) == {}
    assert related((facts("a"), NEW), (facts("b"), other)) == {}


def test_of_three_versions_each_points_at_the_last() -> None:
    first = text(edited(edited(BASE, 0.2), 0.2, seed=5))
    found = related(
        (facts("v1", version="1"), first), (facts("v2", version="2"), OLD), (facts("v3", version="3"), NEW)
    )
    assert found == {"v1": Relation(superseded_by="v3"), "v2": Relation(superseded_by="v3")}


# ── Copies ────────────────────────────────────────────────────────────────────────────────────


def test_of_copies_the_one_that_binds_most_is_kept() -> None:
    assert related((facts("a", path="x/y/z.md"), NEW), (facts("b", path="x.md"), NEW)) == {
        "a": Relation(duplicate_of="b")
    }
    approved = facts("a", path="x/y/z.md", status=Status.APPROVED)
    assert related((approved, NEW), (facts("b"), NEW)) == {"b": Relation(duplicate_of="a")}


def test_a_near_copy_under_one_title_is_a_copy_and_under_two_is_not() -> None:
    near = text(edited(BASE, 0.01))
    assert related((facts("a"), NEW), (facts("bb"), near)) == {"bb": Relation(duplicate_of="a")}
    assert related((facts("a"), NEW), (facts("bb", title="Access Rules of Site Two"), near)) == {}


def test_two_contracts_from_one_template_are_two_contracts() -> None:
    near = text(edited(BASE, 0.01))
    assert related((facts("a", kind=Kind.CONTRACT), NEW), (facts("b", kind=Kind.CONTRACT), near)) == {}


def test_the_same_edition_in_two_formats_is_a_copy() -> None:
    edition = {"version": "2", "effective_date": date(2026, 1, 1)}
    pair = (facts("a", **edition), NEW), (facts("bb", **edition), text(edited(BASE, 0.08)))
    assert related(*pair) == {"bb": Relation(duplicate_of="a")}


# ── Order ─────────────────────────────────────────────────────────────────────────────────────

_TEXTS = [NEW, OLD, text(edited(BASE, 0.01)), text(BASE, company="Harbourgate"), text(sentences(5))]
_SIGNED = [signature(t) for t in _TEXTS]
_DOCUMENTS = st.lists(
    st.tuples(
        st.integers(0, len(_TEXTS) - 1),
        st.sampled_from(["", "1", "2", "2.1"]),
        st.sampled_from([None, date(2024, 1, 1), date(2026, 1, 1)]),
        st.sampled_from(list(Status)),
        st.sampled_from(["Access Control Policy", "Access Control Policy (draft)", "Policy", ""]),
        st.sampled_from(["", "-2023", "-2024", "-2024-05", "-2025"]),
        st.sampled_from([Kind.POLICY, Kind.POLICY, Kind.UNKNOWN, Kind.RECORD]),
    ),
    max_size=8,
)
_TOLD = {  # three that supersede each other in a circle: by number, by effective date, by file date
    "a": facts("a", version="2", path="access-policy-2023.md"),
    "b": facts("b", version="1", effective_date=date(2026, 1, 1)),
    "c": facts("c", path="access-policy-2025.md", effective_date=date(2024, 1, 1)),
}


def made(chosen: list) -> tuple[dict[str, Signature], list[Facts]]:  # type: ignore[type-arg]
    told = [
        facts(
            f"d{n}",
            version=version,
            effective_date=day,
            status=status,
            title=title,
            kind=kind,
            path=f"access-policy-{n}x{year}.md",
        )
        for n, (_, version, day, status, title, year, kind) in enumerate(chosen)
    ]
    return {f"d{n}": _SIGNED[which] for n, (which, *_) in enumerate(chosen)}, told


@settings(max_examples=150, deadline=None)
@given(_DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_the_documents_decides_nothing_and_of_every_group_one_holds(
    chosen: list,  # type: ignore[type-arg]
    rng: random.Random,
) -> None:
    signed, told = made(chosen)
    found = relations(signed, told)
    shuffled = list(told)
    rng.shuffle(shuffled)
    assert relations(dict(sorted(signed.items(), reverse=True)), shuffled) == found
    status = {f.document_id: f.status for f in told}
    for document, relation in found.items():
        assert bool(relation.superseded_by) != bool(relation.duplicate_of)
        if relation.superseded_by:
            new = relation.superseded_by
            assert not found.get(new, Relation()).superseded_by
            assert status[new] in (Status.APPROVED, Status.UNKNOWN)
            assert status[new] is Status.APPROVED or status[document] is not Status.APPROVED
        else:
            assert relation.duplicate_of not in found


def test_versions_that_supersede_each_other_in_a_circle_all_hold() -> None:
    three = [_TOLD[name] for name in "abc"]
    for old, new in ("ba", "cb", "ac"):
        assert related((_TOLD[old], NEW), (_TOLD[new], OLD)) == {old: Relation(superseded_by=new)}
    signed = dict(zip("abc", _SIGNED, strict=False))
    assert relations(signed, three) == {}
    older = facts("d", version="0.9")
    assert set(relations(signed | {"d": signature(OLD)}, [*three, older])) == {"d"}


# ── Many ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many pairs were compared."""
    counted: Counter[str] = Counter()
    inner = similar._shares

    def counting(matrix: similar.Hashes, row: int, columns: np.ndarray) -> np.ndarray:
        counted["pairs"] += len(columns)
        return inner(matrix, row, columns)

    monkeypatch.setattr(similar, "_shares", counting)
    return counted


def sketches(count: int, changed: int) -> list[Signature]:
    """Signatures of texts that differ, each with ``changed`` of its hashes away from the one before."""
    rng = np.random.default_rng(3)
    hashes = rng.integers(1, 2**32, similar.PERMUTATIONS)
    rows = []
    for n in range(count):
        hashes[rng.choice(similar.PERMUTATIONS, changed, replace=False)] = rng.integers(1, 2**32, changed)
        rows.append(Signature(f"text {n}", tuple(hashes.tolist()), {}))
    return rows


MANY = 3_000


@pytest.mark.parametrize("kind", [Kind.RECORD, Kind.POLICY])
def test_of_many_equal_documents_all_are_copies_of_one_and_none_is_compared(
    kind: Kind, compared: Counter[str]
) -> None:
    signed = signature(NEW)
    many = [facts(f"d{n:05}", kind=kind) for n in range(MANY)]
    found = relations({f.document_id: signed for f in many}, many)
    assert set(found.values()) == {Relation(duplicate_of="d00000")} and len(found) == MANY - 1
    assert compared["pairs"] == 0


@pytest.mark.parametrize("changed", [2, 20, 128])
def test_each_of_many_documents_of_one_title_is_compared_with_a_bounded_number(
    changed: int, compared: Counter[str]
) -> None:
    many = [facts(f"d{n:05}", version=str(n + 1)) for n in range(MANY)]
    signed = dict(zip((f.document_id for f in many), sketches(MANY, changed), strict=True))
    found = relations(signed, many)
    assert compared["pairs"] <= MANY * 2 * (similar.BANDS + 1)
    if changed == 2:  # each is a version of the next, so all but the last are old
        assert set(found.values()) == {Relation(superseded_by=f"d{MANY - 1:05}")} and len(found) == MANY - 1
    if changed == 128:
        assert found == {}


def test_records_that_differ_are_not_compared(compared: Counter[str]) -> None:
    many = [facts(f"d{n}", kind=Kind.RECORD) for n in range(100)]
    signed = dict(zip((f.document_id for f in many), sketches(100, 2), strict=True))
    assert relations(signed, many) == {} and compared["pairs"] == 0


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("Access Control Policy v2.1 (final)", "access control policy"),
        ("access-control-policy_2024-03-01", "access control policy"),
        ("Règlement d’accès – version 4", "reglement d acces"),
        ("Copy of Access Policy (2)", "access policy"),
        ("Policy", ""),
        ("Terms and Conditions", ""),
        ("", ""),
    ],
)
def test_a_title_without_version_date_and_noise(title: str, left: str) -> None:
    assert stem(title) == left
