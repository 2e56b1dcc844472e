"""Nesting that nobody writes, and e-mails that nobody sends."""

import base64
from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

_ANY = "parsed malformed too_large"


def files(full: bool) -> Iterator[Hostile]:
    deep = 100_000
    yield hostile("nesting", "divs.html", "<div>" * deep + good.SENTENCE + "</div>" * deep, "malformed")
    yield hostile("nesting", "tables.html", "<table><tr><td>" * 5_000 + good.SENTENCE, _ANY)
    yield hostile("nesting", "lists.html", "<ul><li>" * 20_000 + good.SENTENCE, _ANY)
    yield hostile("nesting", "unclosed.html", "<b><i><font><a>" * 2_000 + good.SENTENCE, _ANY)
    yield hostile("nesting", "misnested.html", "<b><p>" * (20_000 if full else 2_000) + good.SENTENCE, _ANY)
    yield hostile("nesting", "attributes.html", "<p " + "a=b " * deep + ">" + good.SENTENCE, "parsed")
    yield hostile("nesting", "quotes.md", "> " * deep + good.SENTENCE, "malformed")
    yield hostile(
        "nesting", "lists.md", "".join(f"{'  ' * n}- x\n" for n in range(1_500 if full else 400)), _ANY
    )
    yield hostile("nesting", "emphasis.md", "*a **a " * 10_000 + good.SENTENCE, _ANY)
    yield hostile("nesting", "links.md", "[" * 50_000 + good.SENTENCE, _ANY)
    yield hostile("nesting", "images.md", "![a](" * (20_000 if full else 4_000) + good.SENTENCE, _ANY)
    yield hostile("nesting", "table.md", "|" * 20_000 + "\n" + "|-" * 20_000 + "|\n" + "|a" * 20_000, _ANY)
    yield hostile("nesting", "yaml.md", _yaml_laughs(), _ANY)
    yield hostile("nesting", "yaml-deep.md", f"---\na: {'[' * 5_000}\n---\n\n{good.SENTENCE}\n", _ANY)
    yield hostile(
        "nesting",
        "yaml-python.md",
        f"---\na: !!python/object/apply:os._exit [9]\n---\n\n{good.SENTENCE}\n",
        _ANY,
    )
    yield hostile("nesting", "arrays.json", "[" * deep + "]" * deep, "malformed")
    yield hostile("nesting", "objects.json", '{"a":' * deep + "1" + "}" * deep, "malformed")
    keys = ",".join(f'"k{n}": 1' for n in range(deep if full else 10_000))
    yield hostile("nesting", "keys.json", "{" + keys + "}", "parsed too_large")
    yield hostile(
        "nesting",
        "same-key.json",
        '{"a": 1' + ', "a": "x"' * (deep if full else 5_000) + "}",
        "parsed too_large malformed",
    )
    yield hostile("nesting", "number.json", '{"a": ' + "9" * 20_000 + "}", _ANY)
    yield hostile("nesting", "floats.json", '{"a": [NaN, -Infinity, 1e9999, 1E-9999, 0.1e1]}', _ANY)
    yield hostile("nesting", "surrogates.json", r'{"a": "\ud800 one \udfff two"}', _ANY)
    yield hostile(
        "nesting",
        "braces.rtf",
        r"{\rtf1 " + "{" * deep + good.SENTENCE + "}" * deep + "}",
        "malformed parsed",
    )
    yield hostile(
        "nesting", "binary.rtf", r"{\rtf1\bin99999999999 " + good.SENTENCE + "}", "malformed parsed empty"
    )
    yield hostile(
        "nesting",
        "unicode.rtf",
        r"{\rtf1\uc99999\u-999999999?\u99999999?" + good.SENTENCE + "}",
        "malformed parsed empty",
    )
    yield from _mails(full)


def _yaml_laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "---\ntitle: *a9\n" + "\n".join(lines) + "\nowner: *a9\n---\n\n" + good.SENTENCE + "\n"


def _mails(full: bool) -> Iterator[Hostile]:
    head = "Subject: x\nMIME-Version: 1.0\n"
    chain = good.mail().decode()
    for _ in range(200):
        chain = f"{head}Content-Type: message/rfc822\n\n{chain}"
    yield hostile("mail", "forwarded.eml", chain, "malformed parsed bomb")
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1_000))
    yield hostile("mail", "multipart.eml", f"{head}{parts}\nText.\n", "malformed bomb")
    count = 1_000 if full else 40
    attached = "".join(
        f'--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="{n}.txt"\n\nNote {n}.\n'
        for n in range(count)
    )
    mixed = f"{head}Content-Type: multipart/mixed; boundary=b\n\n"
    yield hostile(
        "mail",
        "attachments.eml",
        f"{mixed}--b\n\n{good.SENTENCE}\n{attached}--b--\n",
        "parsed bomb too_large",
    )
    yield hostile(
        "mail",
        "no-boundary.eml",
        f"{head}Content-Type: multipart/mixed\n\n{good.SENTENCE}",
        "parsed malformed empty",
    )
    yield hostile("mail", "no-end.eml", f"{mixed}--b\n\n{good.SENTENCE}\n", "parsed")
    yield hostile("mail", "headers.eml", "X-A: b\n" * 100_000 + f"\n{good.SENTENCE}", _ANY + " mismatch")
    yield hostile("mail", "header.eml", f"Subject: {'x' * 2_000_000}\n\n{good.SENTENCE}", _ANY)
    yield hostile("mail", "folded.eml", "Subject: x\n" + " y\n" * 100_000 + f"\n{good.SENTENCE}", _ANY)
    yield hostile("mail", "words.eml", f"Subject: {'=?utf-8?q?=41?= ' * 5_000}\n\n{good.SENTENCE}", _ANY)
    yield hostile("mail", "addresses.eml", f"To: {'a <b@c.example>, ' * 5_000}\n\n{good.SENTENCE}", _ANY)
    yield hostile(
        "mail", "comments.eml", f"From: {'(' * 20_000}\nDate: {'(' * 20_000}\n\n{good.SENTENCE}", _ANY
    )
    yield hostile(
        "mail", "charset.eml", f"{head}Content-Type: text/plain; charset=klingon\n\n{good.SENTENCE}", _ANY
    )
    yield hostile(
        "mail", "codec.eml", f"{head}Content-Type: text/plain; charset=zlib_codec\n\n{good.SENTENCE}", _ANY
    )
    coded = f"{head}Content-Transfer-Encoding: base64\n\n!!!{base64.b64encode(b'abc').decode()}@@@=a=="
    yield hostile("mail", "base64.eml", coded, "parsed malformed empty")
    yield hostile("mail", "headless.eml", f"\n\n{good.SENTENCE}", _ANY + " mismatch")
    slip = (
        f"{mixed}--b\n\n{good.SENTENCE}\n--b\nContent-Disposition: attachment; "
        f'filename="../../../tmp/<script>\\"x.txt"\n\n{good.SENTENCE}\n--b--\n'
    )
    yield hostile("mail", "slip.eml", slip, "parsed")
    bomb = base64.encodebytes(good.archive({"zeros.txt": bytes(64 << 20)})).decode()
    zipped = (
        f"{mixed}--b\n\n{good.SENTENCE}\n--b\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="a.zip"\n\n{bomb}\n--b--\n'
    )
    yield hostile("mail", "zip-bomb.eml", zipped, "parsed bomb")
    yield hostile("mail", "nul.eml", f"Subject: a\0b\r\rX\n\n{good.SENTENCE}\0", _ANY + " mismatch")
