"""What people say of assessments: noted whole or not at all, kept with the tenant, outliving sweeps."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, StoreError, UnknownNameError
from radar_pipeline.evals.reliability import Judged
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.sweep import feedback
from radar_pipeline.tenancy import erase, feedback_table
from radar_pipeline.tenancy import feedback as notes
from tests.support.feeding import Bench, copy_of, swept_world
from tests.support.world import PROCEDURE

CANARY = "The zebrafish lanterns of the night shift are meant here."


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept_world(tmp_path_factory.mktemp("swept"), "acme")


@pytest.fixture
def bench(swept: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(copy_of(swept, tmp_path))
    yield made
    made.operations.close()


def holds(folder: Path, text: str) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


# ── What is noted ─────────────────────────────────────────────────────────────────────────────


def test_an_opinion_keeps_what_it_was_about_and_outlives_a_sweep_that_judges_anew(bench: Bench) -> None:
    noted = bench.say("r1", "disagree", "partial", CANARY)
    assert (noted.requirement_id, noted.verdict, noted.suggested_verdict) == (
        "rules:R1",
        "covered",
        "partial",
    )
    [row] = [r for r in bench.tables["assessments"] if r["requirement_id"] == "rules:R1"]
    assert (noted.confidence, noted.judge, noted.judgement_key) == (
        row["confidence"],
        "local",
        row["judgement_key"],
    )
    bench.world.write("acme", "policy.md", "# Policy\n\nNothing is said here of any breach.\n")
    bench.world.sweep("acme")
    [told] = feedback.told(bench.operations, bench.home, "acme")
    assert (told.opinion, told.name, told.why) == (noted, "Ada", CANARY)


def test_a_command_may_be_repeated_and_only_what_is_new_is_noted(bench: Bench) -> None:
    for why in ("As in § 2", "As in § 2", "As in § 3"):
        bench.say("R1", "disagree", "partial", why)
    bench.say("R1", "agree", "", "As in § 3")
    bench.say("R1", "agree", "", "As in § 3", name="Grace")
    told = feedback.told(bench.operations, bench.home, "acme")
    assert [(t.name, t.opinion.opinion, t.why) for t in told] == [
        ("Grace", "agree", "As in § 3"),
        ("Ada", "agree", "As in § 3"),
        ("Ada", "disagree", "As in § 3"),
        ("Ada", "disagree", "As in § 2"),
    ]


def test_names_and_words_lie_in_the_tenants_folder_alone_and_go_with_its_erasure(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial", CANARY, name="Quillhaven Ada")
    bench.case("R1", reviewed=True)
    for text in (CANARY, "Quillhaven Ada"):
        found = holds(bench.world.home, text)
        assert found and all(path.is_relative_to(bench.home) for path in found)
    erase.erase(bench.world.settings(), bench.operations, "acme")
    assert bench.operations.feedback.opinions(history=True) == []
    assert holds(bench.world.home, CANARY) == [] and not bench.home.exists()


def test_no_word_reaches_a_release_or_the_portfolio(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial", CANARY)
    bench.world.write("acme", "more.md", PROCEDURE.replace("quarter", "month"))
    bench.world.sweep("acme")
    assert holds(bench.home / "published", CANARY) == [] and holds(bench.home / "releases", CANARY) == []
    assert holds(bench.world.home / "portfolio", CANARY) == []


@pytest.mark.parametrize(
    ("ref", "opinion", "verdict", "expected"),
    [
        ("R99", "agree", "", "no requirement"),
        ("R1", "maybe", "", "agree, disagree or unsure"),
        ("R1", "disagree", "fine", "covered, partial"),
        ("R1", "disagree", "not_assessed", "covered, partial"),
        ("R1", "agree", "partial", "who agrees"),
        ("R1", "disagree", "covered", "is what is published"),
    ],
)
def test_what_cannot_be_said_is_refused_and_leaves_no_trace(
    bench: Bench, ref: str, opinion: str, verdict: str, expected: str
) -> None:
    with pytest.raises((ConfigurationError, UnknownNameError), match=expected):
        bench.say(ref, opinion, verdict)
    assert bench.operations.feedback.opinions() == [] and not (bench.home / "feedback").exists()


def test_an_abstention_is_not_agreed_with_but_a_person_may_say_the_verdict(bench: Bench) -> None:
    tables = bench.tables
    for row in tables["assessments"]:
        row |= {"verdict": "not_assessed", "reason": "uncertain"}

    def say(opinion: str, verdict: str) -> list[Opinion]:
        said = notes.said("R1", opinion, verdict, "", "Ada", "")
        return feedback.give(bench.operations, bench.home, tables, "acme", [said])

    for opinion in ("agree", "disagree", "unsure"):
        with pytest.raises(ConfigurationError, match="not assessed"):
            say(opinion, "")
    [noted] = say("disagree", "partial")
    assert (noted.verdict, noted.suggested_verdict) == ("not_assessed", "partial")
    assert feedback.calibration(bench.operations) == []  # it claimed nothing, so it was not wrong


def test_what_does_not_apply_is_not_spoken_of(bench: Bench) -> None:
    tables = bench.tables
    for row in tables["assessments"]:
        row["applicability"] = "not_applicable"
    said = notes.said("R1", "agree", "", "", "Ada", "")
    with pytest.raises(ConfigurationError, match="does not apply"):
        feedback.give(bench.operations, bench.home, tables, "acme", [said])


def test_an_opinion_that_the_store_refuses_leaves_no_words_behind(bench: Bench) -> None:
    bench.operations.tombstone("acme", "erasure-1")
    with pytest.raises(UnknownNameError, match="erased"):
        bench.say("R1", "agree", why=CANARY)
    assert holds(bench.world.home, CANARY) == []


def test_a_person_is_known_by_name_whatever_its_case_and_by_another_digest_in_another_tenant() -> None:
    assert notes.who("acme", "Ada  Berg") == notes.who("acme", "ada berg") != notes.who("globex", "Ada Berg")
    assert "ada" not in notes.who("acme", "ada")


@pytest.mark.parametrize("name", ["", "   ", "=cmd|' /C calc'!A0", "@SUM(1)", "\x1b[31m", "A" * 101])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="name"):
        notes.said("R1", "agree", "", "", name, "")


def test_words_lose_what_nobody_sees_and_no_error_repeats_them() -> None:
    said = notes.said(" R1 ", "Agree", "", "one\x1b[31m\u202etwo", "Ada\u200b\n Berg", "")
    assert (said.ref, said.opinion, said.why, said.name) == ("R1", "agree", "one[31mtwo", "Ada Berg")
    with pytest.raises(ConfigurationError) as error:
        notes.said("R1", CANARY, "", CANARY * 50, CANARY, "")
    assert CANARY not in str(error.value)


def test_a_damaged_note_is_told_with_its_remedy_and_a_missing_one_only_lacks_its_words(bench: Bench) -> None:
    noted = bench.say("R1", "agree", why="Seen it.")
    path = bench.home / "feedback" / f"{noted.opinion_id}.json"
    path.write_text('{"name": ')
    with pytest.raises(StoreError, match="stands without its words"):
        feedback.told(bench.operations, bench.home, "acme")
    path.unlink()
    [told] = feedback.told(bench.operations, bench.home, "acme")
    assert (told.name, told.why, told.counts) == ("", "", True)


def test_an_id_that_could_leave_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="24 hex digits"):
        notes.read(tmp_path, "../../secret")


# ── A table ───────────────────────────────────────────────────────────────────────────────────

TABLE = (
    'ref,opinion,verdict,why,as\nR1,agree,,,Ada\nR2,disagree,Not addressed,"Of 2019, and\nout of date",Bo\n'
)


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode(),
        TABLE.encode("utf-16"),
        TABLE.replace('"Of 2019, and\nout of date"', "Of 2019 and out of date").replace(",", ";").encode(),
        TABLE.replace("ref,opinion", "REF, Opinion ").encode() + b"\n,,,,\n",
    ],
    ids=["plain", "utf-8 mark and CRLF", "utf-16", "semicolons", "header in capitals, empty lines"],
)
def test_a_table_is_read_as_spreadsheets_write_it(bench: Bench, data: bytes) -> None:
    bench.load(data)
    told = {t.opinion.requirement_id: t for t in feedback.told(bench.operations, bench.home, "acme")}
    assert {key: (t.name, t.opinion.suggested_verdict) for key, t in told.items()} == {
        "rules:R1": ("Ada", ""),
        "rules:R2": ("Bo", "not_addressed"),
    }
    assert told["rules:R2"].why.startswith("Of 2019")


def test_a_wrong_line_is_told_by_number_and_nothing_of_the_table_is_noted(bench: Bench) -> None:
    rows = [
        "ref,opinion,verdict,why,as,framework",
        "R1,agree,,,Ada,",
        'R2,agree,,"two\nlines",,',
        "R99,agree,,,,",
        "R3,perhaps,,,,",
        "R1,disagree,partial,,ada,",
        "R5,disagree,covered,,,rules",
        "R4,agree,,,,nope",
    ]
    with pytest.raises(ConfigurationError) as error:
        bench.load("\n".join(rows))
    lines = error.value.message.splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == [f"line {n}" for n in (5, 6, 7, 8, 9)]
    assert "line 2" in lines[2] and "is what is published" in lines[3]
    assert bench.operations.feedback.opinions() == [] and not (bench.home / "feedback").exists()


def test_of_many_wrong_lines_ten_are_told(bench: Bench) -> None:
    with pytest.raises(ConfigurationError, match="and 15 more lines"):
        bench.load("ref,opinion\n" + "R99,agree\n" * 25)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the column ref is missing"),
        (b"ref,opinion,verdikt\nR1,agree,\n", "'verdikt' is no column"),
        (b"ref,opinion,ref\nR1,agree,R1\n", "ref is named twice"),
        (b"ref,opinion\n\n", "holds no opinion"),
        (b"ref,opinion\nR1,agree,more\n", "line 2: it has 3 cells"),
        (b'ref,opinion\nR1,"agree\n', "line 2: it is not valid CSV"),
        (b"ref,opinion,why\nR1,agree,caf\xe9\n", "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_remedy(bench: Bench, data: bytes, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected) as error:
        bench.load(data)
    assert error.value.remedy


def test_a_table_that_is_absent_or_huge_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="no file"):
        feedback_table.read(tmp_path)
    path = tmp_path / "said.csv"
    path.write_text(TABLE)
    monkeypatch.setattr(feedback_table, "LARGEST", 10)
    with pytest.raises(ConfigurationError, match="larger than"):
        feedback_table.read(path)


def test_a_formula_in_a_cell_stays_text(bench: Bench) -> None:
    formula = '=HYPERLINK("http://evil.example","x")'
    cell = '"' + formula.replace('"', '""') + '"'
    bench.load(f"ref,opinion,why\nR1,agree,{cell}\n")
    [told] = feedback.told(bench.operations, bench.home, "acme")
    assert told.why == formula


# ── Calibration ───────────────────────────────────────────────────────────────────────────────


def test_calibration_has_one_row_an_assessment_by_what_most_people_say(bench: Bench) -> None:
    for name in ("Ada", "Bo", "Cy"):
        bench.say("R1", "agree", name=name)
    bench.say("R1", "disagree", name="Cy")  # on second thoughts
    bench.say("R2", "agree", name="Ada")
    bench.say("R2", "disagree", name="Bo")  # even: left out
    bench.say("R3", "disagree")
    bench.say("R4", "unsure")
    confidence = {r["requirement_id"]: r["confidence"] for r in bench.tables["assessments"]}
    assert feedback.calibration(bench.operations) == [
        Judged("local", "", confidence["rules:R1"], True),
        Judged("local", "", confidence["rules:R3"], False),
    ]


def test_each_judgement_of_a_requirement_is_calibration_of_its_own(bench: Bench) -> None:
    noted = bench.say("R1", "agree")
    later = replace(noted, opinion_id="f-later", judgement_key="another", opinion="disagree")
    bench.operations.feedback.give([later])
    assert [row.agreed for row in feedback.calibration(bench.operations, "acme")] == [True, False]
