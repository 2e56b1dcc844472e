"""Archives and messages for tests, good and hostile."""

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

DATE = (2025, 2, 3, 10, 0, 0)


def zipped(files: Mapping[str, "str | bytes"], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files; equal files give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = method
            archive.writestr(info, content)
    return out.getvalue()


def mailed(attachments: Mapping[str, bytes], text: str = "See what is attached.") -> bytes:
    """A message with these attachments; equal ones give equal bytes."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@x.example", "b@x.example", "Our policies"
    mail["Date"] = "Mon, 03 Feb 2025 10:00:00 +0000"
    mail.set_content(text)
    for name, content in attachments.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    mail.set_boundary("=_here")
    return bytes(mail)
