"""Forged form: the marks of a chat's turns and of a prompt's parts, and answers given in advance."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_VERDICT = r"(?:covered|partial|contradicted|not[_ ]addressed)"
_STATUS = rf"(?:{_VERDICT}|met|unmet)"
_PART = (
    r"(?:passages?|candidates?|excerpts?|contexts?|(?:un)?trusted\s+\w+|system\s+prompt"
    r"|untrusted|user\s+input)"
)
_SPEAKER = r"(?:system|assistant|human|developer|operator|ai|llm|model)"

# Nobody writes these for people to read.
_HARD = re.compile(
    r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>"
    rf"|verdict[\"']?\s*[:=(]\s*[\"']?{_VERDICT}\b"
    rf"|[\"'](?:status|answer|label|judg[e]?ment)[\"']\s*:\s*[\"']{_STATUS}[\"']"
    rf"|\b(?:final|correct|expected)\s+(?:answer|verdict|output)\s*:\s*[\"']?{_STATUS}\b"
    r"|</?(?:assistant|system|tool|model)[_-]\w{2,20}>|</(?:candidates?|passages?|untrusted\w{0,20})>"
    rf"|(?:(?<![-=*#_\[])[-=*#_\[]{{2,40}}|\[)\s{{0,9}}(?:end|begin|start)(?:\s+of)?(?:\s+the)?\s+{_PART}\b"
    r"|\b(?:add|include|insert|append|put)\s+[\"“][^\"”\n]{3,200}[\"”][^\n]{0,60}\byour\s+(?:answer|reply|response|output)"
    r"|\b(?:ignore|disregard|forget)\s{1,9}(?:(?:everything|all|of|the)\s{1,9}){1,3}(?:above|preceding|foregoing)"
    r"[ \t]*(?:[.!;,:]|$)"
    r"|\b(?:quote|cite):\s*[\"“„«](?=\w+\W+\w+\W+\w+\W+\w)"
    r"|(?<![=#*-])[=#*-]{2,40}\s{0,9}(?:passage|candidate)\s+\d{1,4}\b"
    r"|\b(?:END|BEGIN)\s+(?:OF\s+)?(?:UNTRUSTED|TRUSTED|SYSTEM)\b"
    r"|^[ \t>*#-]*(?:system|developer|admin)\s+override\b",
    re.IGNORECASE | re.MULTILINE,
)
# Marks that documents also use for their own ends: forged where an instruction goes with them.
_SOFT = re.compile(
    rf"^[ \t>*#\"'\[(-]*{_SPEAKER}(?:[ \t]+(?:message|prompt|note|update|reviewer))?[ \t\"'\])*]*(?::|>)"
    r"|^[ \t]*user[ \t]*:"
    r"|^#{1,6}[ \t]*(?:instructions?|response|system|user|assistant|input)[ \t]*:?[ \t]*$"
    r"|</?(?:system|assistant|instructions?|prompt|documents?|context|user)>"
    r"|(?<![-=*_])[-=*_]{3,40}[ \t]{0,9}(?:end|begin)\b|\[(?:end|begin) of ",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(r"^[ \t>*#-]*(?:user|human|system)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ANSWERED = re.compile(r"^[ \t>*#-]*assistant[ \t]*:", re.IGNORECASE | re.MULTILINE)
_OBJECT = 4_000  # characters of a forged answer around its telling line


@dataclass(frozen=True, slots=True)
class Form:
    """A forged mark at half-open offsets; ``hard`` ones need no company."""

    start: int
    end: int
    hard: bool


def forms(text: str) -> Iterator[Form]:
    """The marks of a text in no certain order. Linear in its length."""
    for match in _HARD.finditer(text):
        yield Form(*_whole(text, *match.span()), hard=True)
    talk = _ASKED.search(text) is not None and _ANSWERED.search(text) is not None
    for match in _SOFT.finditer(text):
        yield Form(match.start(), match.end(), hard=talk and text[match.end() - 1] == ":")


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The object in braces that a forged answer is part of, or the match as it is."""
    opened = text.rfind("{", max(0, start - _OBJECT), start)
    closed = text.find("}", end, end + _OBJECT)
    between = text[opened:start].count("}") if opened >= 0 else 1
    if opened >= 0 and closed >= 0 and not between:
        return opened, closed + 1
    return start, end
