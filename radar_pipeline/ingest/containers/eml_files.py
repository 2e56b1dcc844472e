"""Members of an e-mail: what was attached to it. A forwarded message is one too, by its subject.

Not members: the texts of the message itself, the picture in somebody's signature (a file that holds
no text, shown within the message and not attached to it), and the seal of a signed message.
"""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from radar_pipeline.ingest.containers import Member
from radar_pipeline.ingest.containers.names import label
from radar_pipeline.ingest.parsers import WITHOUT_TEXT, ParseProblem, suffix_of
from radar_pipeline.ingest.parsers.eml import header, is_text, name_of, payload_of
from radar_pipeline.models import UnreadableReason

_DEEPEST = 100  # parts within parts
_SEALS = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_ENDINGS = {  # of parts that came without a name
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/rtf": ".rtf",
}
_UNNAMED_NOISE = ("text/", "message/", "image/", "multipart/")  # invitations, receipts of delivery


def members(data: bytes, path: str) -> Iterator[Member]:
    """The attachments of a message. ``path`` is not used. Raises ParseProblem ``malformed``."""
    try:
        message = message_from_bytes(data.lstrip(b"\r\n"), policy=policy.compat32)
        for number, part in enumerate(_leaves(message, 0), 1):
            yield from _member(part, number)
    except RecursionError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def _leaves(part: Message, depth: int) -> Iterator[Message]:
    """Every part that holds something, also of alternatives: a file may hang on the one not shown."""
    if depth > _DEEPEST:
        raise ParseProblem(UnreadableReason.MALFORMED)
    inner = part.get_payload()
    if part.get_content_maintype() != "multipart" or not isinstance(inner, list):
        yield part
        return
    for child in inner:
        if isinstance(child, Message):
            yield from _leaves(child, depth + 1)


def _member(part: Message, number: int) -> Iterator[Member]:
    kind = part.get_content_type()
    if is_text(part) or kind in _SEALS:
        return
    inner = part.get_payload()
    if kind == "message/rfc822" and isinstance(inner, list) and inner and isinstance(inner[0], Message):
        subject = label(header(inner[0], "Subject"))
        yield Member(f"{subject or f'message {number}'}.eml", _as_bytes(inner[0]))
        return
    attached = "attachment" in str(part.get("Content-Disposition", "")).lower()
    name = label(name_of(part))
    if not name and not attached and kind not in _ENDINGS and kind.startswith(_UNNAMED_NOISE):
        return
    name = name or f"attachment {number}{_ENDINGS.get(kind, '')}"
    if attached or suffix_of(name) not in WITHOUT_TEXT:
        yield Member(name, payload_of(part))


def _as_bytes(message: Message) -> bytes:
    """The forwarded message as a file; nothing, so listed as empty, if it can't be written again."""
    try:
        return message.as_bytes(policy=policy.compat32)
    except (UnicodeError, ValueError, LookupError, TypeError, AttributeError):
        return b""
