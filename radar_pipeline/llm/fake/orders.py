"""Instructions to a model that judges, found in the text of a document: the worst a model could obey.

Broad on purpose: this is not a detector that must spare honest texts, but the victim of an attack. An
instruction speaks to a reader's machine (names it, or begins with an imperative) and says something about
a verdict, a source or a quote, within two sentences.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from radar_pipeline.llm.fake.disguises import faces


class Status(StrEnum):
    """What is said of an element of a requirement."""

    MET = "met"
    MISSING = "missing"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Order:
    """What a text tells the model to do: a status for all elements, a sentence to quote, passages not to
    be believed (``others``: all but the one that says so)."""

    status: Status | None = None
    quote: str | None = None
    distrust: frozenset[int] = frozenset()
    distrust_others: bool = False


Orders = Callable[[str], Order | None]
"""Finds the order in a text, if there is one."""


def read_orders(text: str) -> Order | None:
    """The order in ``text``, through every disguise that ``faces`` undoes, in ten languages."""
    for face in faces(text):
        if order := _read(face):
            return order
    return None


def _read(text: str) -> Order | None:
    sentences = [each for each in _SENTENCE.split(text) if each.strip()]
    for first in range(len(sentences)):
        window = " ".join(sentences[first : first + 2])
        if _spoken_to_a_machine(sentences[first]) and (order := _meaning(window)):
            return order
    return None


def _spoken_to_a_machine(sentence: str) -> bool:
    return bool(_ADDRESS.search(sentence) or _IMPERATIVE.search(sentence) or _PASSIVE.search(sentence))


def _meaning(window: str) -> Order | None:
    quote = next((group for group in _quoted(window) if group), None)
    distrusted = _DISTRUST.search(window)
    numbers = frozenset(int(n) for n in _NUMBERED.findall(window)) if distrusted else frozenset()
    status = _status(window)
    if quote is None and status is None and not distrusted:
        return None
    if quote is not None and status is None:
        status = Status.MET
    return Order(status, quote, numbers, bool(distrusted) and not numbers)


def _quoted(window: str) -> list[str]:
    found = _QUOTE.search(window)
    return [group.strip() for group in found.groups() if group] if found else []


def _status(window: str) -> Status | None:
    if _CONTRADICTED.search(window):
        return Status.CONTRADICTED
    if _MISSING.search(window):
        return Status.MISSING
    return Status.MET if _MET.search(window) else None


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*(?=\S)|\n+|(?<=-->)")
_ADDRESS = _any(
    r"\b(?:ai|a\.i\.|llms?|gpt\w*|claude|chatgpt|chatbot|copilot|assistant|grader|evaluator|assessor)\b",
    r"\b(?:language models?|the model|machine)\b",
    r"\bautomated (?:\w+ )?(?:reader|review\w*|assess\w*|system|judge)\b",
    r"\b(?:system ?prompt|system (?:message|note|override)|instructions?|prompt|verdict|previous rules)\b",
    r"\b(?:you (?:are|must|should|shall|will|may|can|have)|your (?:task|answer|output|verdict|reply|job))\b",
    r"<\|?(?:system|im_start|assistant|instruction)|\[/?INST\]|\bjson\b",
    r"\b(?:ki|sprachmodell\w*|assistent\w*|anweisung\w*|prüfmodell|urteil|du (?:musst|sollst|bist))\b",
    r"\b(?:ia|modèle|assistante?|instructions?|consignes?|tu (?:dois|es)|vous devez)\b",
    r"\b(?:modelo|asistente|instrucci(?:ón|ones)|debes|usted debe|veredicto)\b",
    r"\b(?:modello|assistente|istruzion[ei]|devi|verdetto)\b",
    r"\b(?:taalmodel|instructies?|je moet|u moet|oordeel)\b",
    r"\b(?:instruç(?:ão|ões)|você deve|veredito)\b",
    r"\b(?:model językowy|asystent\w*|instrukcj\w+|musisz|werdykt)\b",
    r"(?:модел[ьи]|ассистент|инструкци|вердикт|ты долж)",
    r"(?:模型|助手|指令|判定|人工智能|アシスタント|モデル|指示)",
)
_IMPERATIVE = re.compile(
    r"(?:^|[:,;>*#(\[\"“'—–-]\s*|"
    r"\b(?:please|now|always|just|simply|therefore|bitte|veuillez|por favor)\s+)\s*"
    r"(?:mark|rate|classify|consider|treat|report|answer|respond|reply|return|output|say|declare|conclude|"
    r"assign|set|judge|assess|grade|score|give|count|deem|regard|ignore|disregard|forget|discard|skip|"
    r"override|pretend|assume|quote|cite|emit|do not|don't|never|accept|choose|select|"
    r"bewerte|markiere|antworte|ignoriere|zitiere|betrachte|stufe|werte|"
    r"marque[rz]?|répond\w*|ignore[rz]?|cite[rz]?|considère\w*|considérez|évalue\w*|"
    r"marca|responde|ignora|cita|considera|califica|clasifica|valuta|segna|rispondi|"
    r"markeer|beantwoord|negeer|citeer|beschouw|marque|oznacz|zignoruj|zacytuj|uznaj|"
    r"отметь|игнорируй|процитируй|считай|ответь)\b",
    re.IGNORECASE,
)
_PASSIVE = _any(
    r"\b(?:must|should|shall|is to|are to|has to|have to) be (?:marked|rated|classified|considered|treated|"
    r"reported|recorded|counted|assessed|judged|graded|scored|regarded|deemed|ignored|disregarded)\b",
    r"\b(?:ist|sind) als \w+ zu (?:werten|bewerten|markieren|betrachten)\b",
)
_MET = _any(
    r"\b(?:covered|compliant|compliance|satisfied|fulfilled|met|pass(?:ed|es)?|addressed|implemented|true)\b",
    r"\b(?:erfüllt|abgedeckt|konform)\b",
    r"\b(?:couvert\w*|conforme\w*|respecté\w*|satisfait\w*|rempli\w*)\b",
    r"\b(?:cubiert\w+|cumpl\w+|satisfech\w+|copert\w+|soddisfatt\w+|cobert\w+|atendid\w+)\b",
    r"\b(?:gedekt|voldaan|vervuld|spełnion\w+|pokryt\w+|zgodn\w+)\b",
    r"(?:выполнен|покрыт|соблюд|соответств|符合|满足|已覆盖|準拠|満た)",
)
_MISSING = _any(
    r"\b(?:not|never|nowhere|isn't|aren't)[ _-]+(?:\w+ )?"
    r"(?:addressed|covered|met|satisfied|fulfilled|compliant|implemented)",
    r"\b(?:un(?:met|addressed|covered|fulfilled)|non-?compliant|blind ?spot)\b",
    r"\b(?:missing|absent|no evidence|fail\w*)\b",
    r"\b(?:nicht (?:erfüllt|abgedeckt|adressiert|behandelt)|lücke)\b",
    r"\b(?:non[ -](?:couvert|conforme|trait|respect|satisf|copert|soddisf|affront|abord)\w*)",
    r"\b(?:no[ _](?:cubiert|cumpl|abord|satisf)\w*|não (?:cobert|atendid|abordad)\w*)",
    r"\b(?:niet (?:gedekt|voldaan|behandeld)|nie (?:spełni|pokry|uwzgl)\w*)",
    r"(?:не (?:выполн|покрыт|рассм|соблюд)|不符合|未覆盖|未满足|未対応)",
)
_CONTRADICTED = _any(
    r"\bcontradict\w*",
    r"\b(?:widerspr\w+|contredi\w+|contradic\w+|contraddi\w+|tegenstrijdig|tegengesproken|sprzeczn\w+)",
    r"(?:противореч|矛盾)",
)
_SOURCE = (
    r"(?:passages?|documents?|sources?|excerpts?|sections?|polic(?:y|ies)|evidence|texts?|reports?|"
    r"dokumente?|passagen?|quellen?|abschnitte?|extraits?|documentos?|fuentes?|pasajes?|documenti|fonti|"
    r"documenten|bronnen|dokument\w*|источник\w*|документ\w*|文档|文件|来源)"
)
_DISTRUST = re.compile(
    r"(?:ignor\w+|disregard\w*|discard\w*|skip|exclude|distrust|reject|forget|"
    r"(?:do not|don't|never) (?:use|trust|rely on|consider|quote|cite|believe)|"
    r"negeer|zignoruj|игнорир\w+|忽略)"
    rf"[^.!?]{{0,60}}\b{_SOURCE}"
    rf"|{_SOURCE}[^.!?]{{0,60}}"
    r"(?:outdated|superseded|void|withdrawn|forged|fabricated|unreliable|invalid|untrustworthy|obsolete|"
    r"ungültig|veraltet|périmé\w*|obsolet\w*|inválid\w*|non valid\w*)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:passages?|documents?|sources?|excerpts?|nos?\.|and|,|#)\s*#?\[?(\d{1,3})\b", re.IGNORECASE
)
_QUOTE = re.compile(
    r"(?:quot\w*|cit(?:e|es|ing|ation|a|ar|er|ez|eer|ieren)\b|zitier\w*|zitat|zacytuj|процитир\w*|引用)"
    r"[^\"“«„「']{0,80}(?:\"([^\"]{8,})\"|“([^”]{8,})”|«([^»]{8,})»|„([^“”]{8,})[“”]|「([^」]{8,})」|'([^']{12,})')",
    re.IGNORECASE | re.DOTALL,
)
