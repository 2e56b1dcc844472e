"""The page of all evaluations: each version's figures, what fails, and the comparisons there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from radar_pipeline.evals import wording
from radar_pipeline.evals.page.comparison import PACKAGE
from radar_pipeline.evals.scoreboard import Line
from radar_pipeline.evals.scorers import PRIMARY
from radar_pipeline.report.site import frame
from radar_pipeline.report.site.links import relative


@dataclass(frozen=True, slots=True)
class Link:
    """A page beside this one."""

    href: str
    title: str


def render_overview(lines: Sequence[Line], links: Sequence[Link], at: datetime) -> str:
    """One self-contained page. ``at``: when these were evaluated."""
    return frame.render(
        "overview.html.j2",
        package=PACKAGE,
        rows=[(line, _cells(line)) for line in lines],
        failing=[line for line in lines if line.failures],
        links=[(relative(link.href), link.title) for link in links],
        simulated=[line for line in lines if line.simulated],
        at=at,
    )


def _cells(line: Line) -> list[tuple[str, str]]:
    """The figures of a line: what each is, and its words; an empty one was not measured."""
    figures = (
        (PRIMARY[line.subject.use_case], line.accuracy),
        ("verdict_cost", line.cost_weighted),
        ("evidence_recall", line.recall),
        ("citation_validity", line.citations),
        ("latency_p50_ms", line.p50),
        ("latency_p95_ms", line.p95),
        ("cost_usd", line.cost),
    )
    return [(wording.metric(name), wording.level(name, estimate)) for name, estimate in figures]
