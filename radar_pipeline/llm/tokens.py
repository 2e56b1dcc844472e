"""Keys, tokens and passwords in running text: by the prefixes their makers give them, by their form,
and by the word before them."""

import math
import re

_MADE = re.compile(  # as the makers print them
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}+|"  # OpenAI, Anthropic, Stripe
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])|"  # AWS
    r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+|glpat-[\w-]{16,}+|"
    r"xox[abeprs]-[A-Za-z0-9-]{10,}+|AIza[\w-]{30,}+|hf_[A-Za-z0-9]{20,}+|npm_[A-Za-z0-9]{20,}+|"
    r"pypi-[\w-]{30,}+|SG\.[\w-]{16,}+\.[\w-]{16,}+|ya29\.[\w-]{20,}+|"
    r"eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]++){1,3}+"  # a JSON web token
    r")"
)
_BEARER = re.compile(r"\b([Bb]earer|[Bb]asic)(\s{1,3})(?=[^\s]*[\d=])[\w.~+/-]{16,}+={0,2}")
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]{0,30})PRIVATE KEY( BLOCK)?-----")
_BLOCK_END = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_IN_URL = re.compile(r"(?<=://)([^\s:/@]{0,64}):([^\s/@]{1,128})@")
_WORD = (
    r"pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort|mot de passe|contrase[nñ]a|secret|token|"
    r"api[ _-]?key|access[ _-]?key(?:[ _-]?id)?|account[ _-]?key|secret[ _-]?key|private[ _-]?key|"
    r"client[ _-]?secret|credentials?"
)
_ASSIGNED = re.compile(
    rf"(?=[pkmcstaPKMCSTA])(?<![a-z])(?i:{_WORD})[\"']?"
    r"(?P<by>[ \t]{0,3}(?::=?|=>?)[ \t]{0,3}|[ \t]is[ \t:]{1,3})"
    r"(?P<open>[\"'`“]?)(?P<value>[^\s\"'`“”<>,;]{6,512}+)"
)
_PLAIN_PART = re.compile(r"[^\W\d_]+|\d+|[A-Z]{2,6}\d{1,5}|v\d+")
_JOINTS = re.compile(r"[-_/.:()\[\]]+")


def without_tokens(text: str, mark: str) -> str:
    """``text`` with ``mark`` for private key blocks, known tokens, bearer tokens, passwords in addresses
    and what is assigned to a word such as password, secret or token and looks like one."""
    text = _without_blocks(text, mark)
    if "://" in text:
        text = _IN_URL.sub(lambda m: f"{m.group(1)}:{mark}@" if m.group(2) != mark else m.group(), text)
    text = _MADE.sub(mark, text)
    text = _BEARER.sub(lambda m: f"{m.group(1)}{m.group(2)}{mark}", text)
    return _ASSIGNED.sub(lambda m: _assigned(m, mark), text)


def _without_blocks(text: str, mark: str) -> str:
    kept, done = [], 0
    while begin := _BLOCK.search(text, done):
        kept += [text[done : begin.start()], mark]
        end = _BLOCK_END.search(text, begin.end())
        done = end.end() if end else len(text)  # one that is cut off goes to the end
    return "".join([*kept, text[done:]])


def _assigned(match: re.Match[str], mark: str) -> str:
    value = match.group("value").rstrip(".!?)]")
    config = match.group("by") == "="
    if value.startswith(("[", "$", "{", "*")) or not (config or _looks_secret(value)):
        return match.group()
    return match.group().replace(match.group("value"), match.group("value").replace(value, mark, 1), 1)


def _looks_secret(value: str) -> bool:
    """Whether it is of letters and figures mixed as people do not write words: not "AES-256-based"."""
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    if len(value) < 8 or not mixed or _entropy(value) < 2.5:
        return False
    return not all(_PLAIN_PART.fullmatch(part) for part in _JOINTS.split(value) if part)


def _entropy(value: str) -> float:
    """Bits per character, after Shannon, by the value's own frequencies."""
    shares = [value.count(c) / len(value) for c in set(value)]
    return -sum(share * math.log2(share) for share in shares)
