"""A policy in force is never taken for an old one; what says plainly that it is old is one."""

import pytest

from radar_pipeline.ingest.metadata import CONTROL_BLOCK, FILE_NAME
from radar_pipeline.ingest.parsers import parser_for
from radar_pipeline.models import DocumentMeta, Status

BODY = "\n\nAll staff wear a badge in the building. Doors are locked at night by the facility manager.\n"


def read(text: str, path: str = "rules.md") -> DocumentMeta:
    parser = parser_for(path)
    assert parser is not None
    return parser.parse(text.encode(), path).meta


def told(meta: DocumentMeta) -> tuple[Status, str]:
    return meta.status, meta.read_from.get("status", "")


@pytest.mark.parametrize(
    "opening",
    [
        "This policy has been superseded by the Site Policy.",
        "This Badge Policy has been replaced by the Site Policy of 2024.",
        "THIS DOCUMENT HAS BEEN WITHDRAWN",
        "Please note: This procedure was withdrawn on 3 May 2024.",
        "Badges are worn. This policy is no longer in force.",
        "A heading\nThis policy has now been superseded and is kept for reference.",
        "This version of the policy is superseded by version 3.",
        "This policy is withdrawn.",
        "This guideline was retired in May 2023.",
        "**This document is obsolete.** See the Site Policy.",
        "SUPERSEDED",
        "*** Superseded ***",
        "[WITHDRAWN]",
        "Superseded on 1 May 2024",
        "Superseded by: Site Policy",
        "Status: withdrawn",
        "Status: Superseded by version 3 on 1 May 2024",
        "Status: Approved 2021, superseded 2024",
        "Status: no longer in force",
    ],
)
def test_a_text_that_says_plainly_that_it_was_replaced_holds_no_longer(opening: str) -> None:
    assert read(f"# Badge Policy\n\n{opening}\n{BODY}", "b.txt").status is Status.SUPERSEDED


@pytest.mark.parametrize(
    "opening",
    [
        "It applies to all staff until this policy is superseded or withdrawn.",
        "It applies to all staff until\nThis Policy has been superseded.",
        "This policy is superseded when the board adopts another.",
        "This policy is withdrawn if the owner leaves.",
        "This policy has been superseded only in part.",
        "This policy is superseded by the contract.",
        "This policy is superseded by applicable law of 2018.",
        "This policy was withdrawn in 2020 and reinstated in 2021.",
        "This policy has been withdrawn from the public web site.",
        "This policy may be superseded by local rules.",
        "This policy has not been superseded.",
        "Unless this document has been withdrawn, it binds everybody.",
        "This policy supersedes version 2, which is obsolete.",
        "Mark every old page with these words:\n\nThis policy has been superseded by another.",
        "This process was replaced by a machine in 2020.",
        "This section of the old manual is obsolete.",
        "Documents that are\nsuperseded by newer ones are burnt.",
        "Draft\n\nApproved\n\nWithdrawn",
        "Superseded by: n/a",
        "Superseded by:",
        "Superseded on: ____",
        "Status: in use, retired or lost",
        "Status: Draft / Approved / Superseded",
        "Status: to be withdrawn",
    ],
)
def test_a_text_that_tells_of_replacing_is_not_replaced(opening: str) -> None:
    assert read(f"# Badge Policy\n\n{opening}\n{BODY}", "b.txt").status is not Status.SUPERSEDED


@pytest.mark.parametrize(
    "said",
    ["Approved until superseded", "Approved (v1 withdrawn)", "In force; replaces v1", "Active | Retired"],
)
def test_an_approval_that_speaks_of_the_end_is_an_approval(said: str) -> None:
    assert read(f"# Badge Policy\n\nStatus: {said}\n{BODY}", "b.txt").status is Status.APPROVED


@pytest.mark.parametrize(
    "path",
    [
        "badge_superseded.md",
        "badge-policy-old.md",
        "badge-old-2.md",
        "badge policy (superseded).md",
        "badge policy - superseded.md",
        "OLD_badge.md",
        "old - badge.md",
        "(old) badge.md",
        "zzz_old.md",
        "zzz_old_badge.md",
        "badge_archived 2023-05.md",
        "archive/badge.md",
        "x/_Archive/y/badge.md",
        "Old versions/badge.md",
        "99 superseded/badge.md",
    ],
)
def test_a_name_that_says_plainly_old_is_an_old_one_unless_the_document_says_its_status(path: str) -> None:
    text = f"# Badge Policy\n{BODY}"
    assert told(read(text, path)) == (Status.SUPERSEDED, FILE_NAME)
    assert told(read(f"Status: Approved\n\n{text}", path)) == (Status.APPROVED, CONTROL_BLOCK)
    assert read(f"---\nstatus: approved\n---\n{text}", path).status is Status.APPROVED


@pytest.mark.parametrize(
    "path",
    [
        "Handling data that is obsolete.md",
        "Benefits for staff - retired.md",
        "Benefits for staff - expired.md",
        "data-that-is-archived.md",
        "rules for the old.md",
        "rules-for-five-years-old.md",
        "old_age_pensions.md",
        "OLD-AGE-PENSIONS.md",
        "superseded-documents-procedure.md",
        "archived-mail-policy.md",
        "What becomes superseded.md",
        "gold.md",
        "HR/Retired/benefits.md",
        "IT/obsolete/disposal.md",
        "archive-policies/badge.md",
        "household/badge.md",
        "Superseded documents register.csv",
    ],
)
def test_a_name_that_speaks_of_old_things_is_not_old(path: str) -> None:
    assert read(f"# Badge Policy\n{BODY}", path).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Badge Policy (superseded)", Status.SUPERSEDED),
        ("Badge Policy [superseded by v3]", Status.SUPERSEDED),
        ("SUPERSEDED: Badge Policy", Status.SUPERSEDED),
        ("Badge Policy – superseded", Status.SUPERSEDED),
        ("Obsolete equipment", Status.UNKNOWN),
        ("Benefits for staff – retired", Status.UNKNOWN),
        ("Retired staff", Status.UNKNOWN),
        ("Withdrawn consent", Status.UNKNOWN),
        ("How policies are superseded", Status.UNKNOWN),
    ],
)
def test_a_title_says_old_only_beside_the_name(title: str, status: Status) -> None:
    assert read(f"# {title}\n{BODY}").status is status
