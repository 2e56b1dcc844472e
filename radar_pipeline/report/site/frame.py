"""What all pages share: the look, the templates' environment, and a policy that lets nothing be loaded."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.health import OUTCOMES

HERE = "radar_pipeline.report.site"


def render(template: str, *, package: str = HERE, **values: Any) -> str:
    """One self-contained page. Another ``package`` has its own ``templates``, and in them a ``page.css`` of
    what it needs besides; the templates here serve it too."""
    style = _style(package)
    # The browser strips a carriage return before hashing; ours has none.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    page = _environment(package).get_template(template)
    return page.render(style=Markup(style), policy=policy, **values) + "\n"


@cache
def _style(package: str) -> str:
    sheets = dict.fromkeys((HERE, package))
    return "".join((files(name) / "templates" / "page.css").read_text("utf-8") for name in sheets)


@cache
def _environment(package: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in dict.fromkeys((package, HERE))]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=words.day,
        brief_day=words.brief_day,
        moment=words.moment,
        number=words.number,
        plural=words.plural,
        coded=words.coded,
        money=words.money,
    )
    environment.globals.update(verdicts=words.VERDICTS, meanings=words.MEANINGS, outcomes=OUTCOMES)
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: text without characters that hide or reorder; our own markup as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return words.visible(value)
