"""The requirement that the tests of the judge ask about."""

import pytest

from radar_pipeline.models import Element, Limit, Requirement, Role


@pytest.fixture
def breach() -> Requirement:
    return Requirement(
        requirement_id="gdpr:Art. 33(1)",
        framework_id="gdpr",
        ref="Art. 33(1)",
        title="Breach notification",
        text="The controller must notify a personal data breach to the authority within 72 hours.",
        domain="Breach",
        importance=5,
        citation="",
        elements=(
            Element("actor-1", Role.ACTOR, "the controller"),
            Element("action-1", Role.ACTION, "notify a personal data breach to the authority"),
            Element("deadline-1", Role.DEADLINE, "within 72 hours", Limit(72, "hours")),
        ),
    )
