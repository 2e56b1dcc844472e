"""Members of a message that Outlook saved: what was attached. A message within becomes an e-mail file.

What is shown within the text (the picture of a signature) is no member if it holds no text.
"""

from collections.abc import Iterator
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from radar_pipeline import ids
from radar_pipeline.ingest.containers import Member
from radar_pipeline.ingest.containers.names import label
from radar_pipeline.ingest.parsers import WITHOUT_TEXT, ParseProblem, msg, suffix_of
from radar_pipeline.models import UnreadableReason

_DEEPEST = 20  # messages within messages


def members(data: bytes, path: str) -> Iterator[Member]:
    """The attachments of a message. ``path`` is not used. Raises ParseProblem as ``msg.parse``."""
    yield from _members(msg.loaded(data), 0)


def _members(item: msg.Item, depth: int) -> Iterator[Member]:
    if depth > _DEEPEST:
        raise ParseProblem(UnreadableReason.MALFORMED)
    for number, attached in enumerate(item.attachments(), 1):
        inner = attached.embedded()
        name = label(attached.name)
        if inner is not None:
            subject = label(msg.subject(inner))
            yield Member(f"{subject or name or f'message {number}'}.eml", _as_mail(inner, depth).as_bytes())
        elif not (attached.in_text and suffix_of(name) in WITHOUT_TEXT):
            yield Member(name or f"attachment {number}", attached.content())


def _as_mail(item: msg.Item, depth: int) -> MIMEBase:
    """The message as an e-mail: equal messages give equal bytes, so the boundary is no random one."""
    parts: list[MIMEBase] = [_text(item)]
    for member in _members(item, depth + 1):
        part: MIMEBase = MIMEApplication(member.data)
        part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", member.name))
        parts.append(part)
    boundary = f"=_{ids.digest(*(part.as_bytes() for part in parts))}"
    mail = MIMEMultipart("mixed", boundary, parts)
    for name, value in {"Subject": msg.subject(item), **msg.envelope(item)}.items():
        if value:
            mail[name] = Header(value, "us-ascii" if value.isascii() else "utf-8").encode()
    return mail


def _text(item: msg.Item) -> MIMEText:
    if item.plain().strip():
        return MIMEText(item.plain(), "plain", "utf-8")
    return MIMEText(item.html(), "html", "utf-8")
