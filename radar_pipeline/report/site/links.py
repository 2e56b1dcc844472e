"""Where a link of a page leads: within the page, or to a page beside it; never elsewhere."""

from urllib.parse import quote

from radar_pipeline import ids


def relative(href: str) -> str:
    """A relative link, or nothing: a page never leads to another scheme or host."""
    escaped = quote(href, safe="/.-_~#")
    return "" if escaped.startswith("//") else escaped


def framework_anchor(framework_id: str) -> str:
    """HTML id of a framework's section on a tenant's page."""
    return f"f-{ids.digest(framework_id, length=8)}"


def within(href: str, anchor: str) -> str:
    """The link to an anchor of another page; nothing if there is no such page."""
    return f"{href}#{anchor}" if href else ""
