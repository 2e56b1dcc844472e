"""Opinions of assessments: kept for ever, counted once a person, upgraded to and erased, on both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from storage_builders import bytes_under

from radar_pipeline.errors import UnknownNameError
from radar_pipeline.storage.migrations.operations import tables
from radar_pipeline.storage.migrations.operations.database import Database
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import FeedbackCount, Opinion

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = AT.date()
GIVEN = Opinion(
    opinion_id="f-1",
    tenant="acme",
    framework_id="gdpr",
    requirement_id="gdpr:Art. 33(1)",
    opinion="agree",
    suggested_verdict="",
    verdict="covered",
    confidence=0.875,
    judge="llm",
    prompt_ref="coverage@1.0.0#0123456789ab",
    judgement_key="key-1",
    who="ada",
    at=AT,
)


def opinion(number: int, **changes: object) -> Opinion:
    return replace(GIVEN, opinion_id=f"f-{number}", at=AT + timedelta(minutes=number), **changes)  # type: ignore[arg-type]


def ids_of(found: list[Opinion]) -> list[str]:
    return [o.opinion_id for o in found]


def test_an_opinion_is_read_back_as_it_was_given(operations):
    operations.feedback.give([GIVEN])
    assert operations.feedback.opinions("acme") == [GIVEN]
    assert operations.feedback.opinions() == [GIVEN]
    assert operations.feedback.opinions("globex") == []


def test_of_each_person_the_newest_about_a_requirement_counts_and_the_history_is_kept(operations):
    given = [
        opinion(1),
        opinion(2, who="bob"),
        opinion(3, opinion="disagree", suggested_verdict="partial"),
        opinion(4, requirement_id="gdpr:Art. 5"),
        opinion(5, tenant="globex"),
    ]
    for one in given:
        operations.feedback.give([one])
    assert ids_of(operations.feedback.opinions()) == ["f-2", "f-3", "f-4", "f-5"]
    assert operations.feedback.opinions("acme", history=True) == given[:4]


def test_agreement_is_satisfaction_disagreement_its_opposite_and_doubt_neither(operations):
    def counts() -> list[FeedbackCount]:
        return operations.feedback.by_day(DAY, DAY)

    operations.feedback.give([opinion(1), opinion(2, who="bob", opinion="disagree"), opinion(3, who="cy")])
    assert counts() == [FeedbackCount(DAY, "acme", "assessment", up=2, down=1)]
    operations.feedback.give([opinion(4, who="bob")])  # on second thoughts
    assert counts() == [FeedbackCount(DAY, "acme", "assessment", up=3, down=0)]
    operations.feedback.give([opinion(5, who="cy", opinion="unsure")])
    assert counts() == [FeedbackCount(DAY, "acme", "assessment", up=2, down=0)]
    operations.feedback.give([opinion(6, judgement_key="key-2")])  # of another judgement: a score of its own
    assert counts() == [FeedbackCount(DAY, "acme", "assessment", up=3, down=0)]


@pytest.mark.parametrize(
    "changes",
    [{"opinion": "maybe"}, {"verdict": "fine"}, {"suggested_verdict": "not_assessed"}, {"tenant": "globex"}],
)
def test_what_is_outside_the_closed_words_keeps_nothing_of_all_that_was_given(embedded, changes):
    with pytest.raises(ValueError):
        embedded.feedback.give([opinion(1), opinion(2, **changes)])
    assert embedded.feedback.opinions() == [] and embedded.feedback.by_day(DAY, DAY) == []


def test_a_failure_half_way_keeps_nothing(operations):
    with pytest.raises(Exception, match="confidence"):
        operations.feedback.give([opinion(1), opinion(2, confidence=None)])
    assert operations.feedback.opinions() == [] and operations.feedback.by_day(DAY, DAY) == []


def test_nothing_is_kept_of_a_tenant_that_is_being_erased(operations):
    operations.tombstone("acme", "erasure-1")
    with pytest.raises(UnknownNameError, match="erased"):
        operations.feedback.give([GIVEN])
    operations.lift_tombstone("acme")
    operations.feedback.give([GIVEN])
    assert ids_of(operations.feedback.opinions()) == ["f-1"]


def test_an_erased_tenants_opinions_are_gone_and_others_stay(operations):
    operations.feedback.give([opinion(1)])
    operations.feedback.give([opinion(2, tenant="globex")])
    operations.erase_tenant("acme")
    assert ids_of(operations.feedback.opinions(history=True)) == ["f-2"]
    assert [count.tenant_id for count in operations.feedback.by_day(DAY, DAY)] == ["globex"]


def test_an_erased_tenants_opinions_are_in_no_byte_of_the_file(tmp_path):
    operations = Operations(f"sqlite:///{tmp_path / 'operations' / 'operations.sqlite'}")
    operations.feedback.give([replace(GIVEN, tenant="xanadu", who="e3b0c442")])
    operations.erase_tenant("xanadu")
    operations.lift_tombstone("xanadu")
    operations.close()
    left = bytes_under(tmp_path)
    assert b"xanadu" not in left and b"e3b0c442" not in left


def test_a_store_of_version_3_keeps_its_scores_and_takes_opinions(url, clock):
    database = Database(url)
    with database.write():
        pass  # the folder, and everything in it, as of today …
    database.close()
    engine = sa.create_engine(url)
    with engine.begin() as con:  # … and back to what there was
        for table in reversed(tables.METADATA.sorted_tables):
            table.drop(con)
        con.execute(sa.text("DROP TABLE alembic_version"))
        config = Config()
        config.set_main_option("script_location", str(tables.__file__).rpartition("/")[0])
        config.attributes["connection"] = con
        command.upgrade(config, "0003")
        assert not sa.inspect(con).has_table("opinions")
        score = {"tenant_id": "acme", "kind": "answer", "subject_id": "a1", "score": 1}
        con.execute(sa.insert(tables.FEEDBACK).values(**score, at=AT))
    engine.dispose()
    operations = Operations(url, clock)
    operations.feedback.give([GIVEN])
    assert operations.feedback.opinions() == [GIVEN]
    assert [(c.kind, c.up) for c in operations.feedback.by_day(DAY, DAY)] == [
        ("answer", 1),
        ("assessment", 1),
    ]
    operations.close()
