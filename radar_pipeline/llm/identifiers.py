"""National numbers, payment cards and bank accounts: which digits can be one, by their own check digits.

Every function takes the number with its separators and is false rather than wrong: shapes alone would
call any long figure a person.
"""

import re
from datetime import date

_APART = re.compile(r"[^0-9A-Za-z]+")

# Characters of an IBAN by country (ISO 13616 registry).
_IBAN_LENGTHS = (
    "NO15 BE16 DK18 FI18 FO18 GL18 NL18 SD18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 XK20 CH21 HR21 "
    "LI21 LV21 BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 VA22 AE23 GI23 IL23 IQ23 OM23 SO23 TL23 "
    "AD24 CZ24 ES24 MD24 PK24 RO24 SA24 SE24 SK24 TN24 VG24 LY25 PT25 ST25 IS26 TR26 BI27 DJ27 FR27 "
    "GR27 IT27 MC27 MR27 SM27 AL28 AZ28 BY28 CY28 DO28 GT28 HN28 HU28 LB28 NI28 PL28 BR29 EG29 PS29 "
    "QA29 UA29 JO30 KW30 MU30 YE30 MT31 SC31 LC32 RU33"
)
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_LENGTHS.split()}

# Italian codice fiscale: values of the characters at odd places, 0-9 then A-Z.
_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
)
_ODD_VALUES = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (*_ODD, 16, 10, 22, 25, 24, 23), strict=True))


def bare(number: str) -> str:
    """The number's digits and letters, in capitals."""
    return _APART.sub("", number).upper()


def luhn(digits: str) -> bool:
    """The check of cards and of Swedish and Canadian numbers (ISO/IEC 7812-1)."""
    doubled = [int(d) * (1 + index % 2) for index, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def iban_length(text: str) -> int:
    """How many characters of ``text``, separators included, are an IBAN at its beginning; 0: none."""
    wanted = IBAN_LENGTHS.get(text[:2].upper(), 0)
    places = [i for i, c in enumerate(text) if c.isascii() and c.isalnum()][:wanted]
    if not wanted or len(places) < wanted:
        return 0
    end = places[-1] + 1
    number = bare(text[:end])
    rest = number[4:] + number[:4]
    good = int("".join(str(int(c, 36)) for c in rest)) % 97 == 1
    return end if good and not text[end : end + 1].isalnum() else 0


def is_card(number: str) -> bool:
    """Luhn, and a length and prefix that a scheme uses."""
    digits = bare(number)
    known = {
        13: r"4",
        14: r"3(?:0[0-5]|[68])",
        15: r"3[47]",
        16: r"4|50|5[1-8]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6(?:011|4[4-9]|[2357])|35(?:2[89]|[3-8])",
        19: r"4|6",
    }.get(len(digits))
    return known is not None and re.match(known, digits) is not None and luhn(digits)


def is_uk_nino(number: str) -> bool:
    """A prefix that HMRC gives out; the rest is the shape."""
    return bare(number)[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def is_de_tax_id(number: str) -> bool:
    """Steuer-IdNr.: one digit of the first ten occurs two or three times, the others at most once;
    ISO 7064 MOD 11,10."""
    digits = bare(number)
    repeats = sorted(digits[:10].count(d) for d in set(digits[:10]))
    if digits[0] == "0" or repeats[-1] not in {2, 3} or repeats[-2:-1] != [1]:
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_fr_nir(number: str) -> bool:
    """Numéro de sécurité sociale: key of 97; Corsica counts as 19 and 18."""
    digits = bare(number)
    body = digits[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(digits[13:])


def is_es_dni(number: str) -> bool:
    """DNI and NIE: the letter is the number modulo 23."""
    text = bare(number)
    digits = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == text[-1]


def is_it_codice_fiscale(number: str) -> bool:
    """The last letter is the sum of the values of the fifteen before it, modulo 26."""
    text = bare(number)
    odd = sum(_ODD_VALUES[c] for c in text[0:15:2])
    even = sum(int(c) if c.isdigit() else ord(c) - 65 for c in text[1:15:2])
    return chr(65 + (odd + even) % 26) == text[15]


def is_nl_bsn(number: str) -> bool:
    """The eleven-test, with the last digit counted negative."""
    digits = bare(number)
    total = sum(int(d) * w for d, w in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
    return total % 11 == 0 and int(digits) > 0


def is_se_personnummer(number: str) -> bool:
    """A date (the day may have 60 added) and Luhn over the last ten digits."""
    digits = bare(number)[-10:]
    day = int(digits[4:6])
    return _is_day(2000, int(digits[2:4]), day - 60 if day > 60 else day) and luhn(digits)


def is_be_national(number: str) -> bool:
    """Rijksregisternummer: 97 less the rest by 97, with a 2 before the number from 2000 on."""
    digits = bare(number)
    body, check = digits[:9], int(digits[9:])
    if int(digits[2:4]) % 20 > 12 or int(digits[4:6]) > 31:
        return False
    return check in {97 - int(body) % 97, 97 - int("2" + body) % 97}


def is_ie_pps(number: str) -> bool:
    """The letter is a weighted sum modulo 23; a second letter counts nine times."""
    text = bare(number)
    total = sum(int(d) * w for d, w in zip(text[:7], range(8, 1, -1), strict=True))
    if len(text) == 9 and text[8] != "W":
        total += 9 * (ord(text[8]) - 64)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == text[7]


def is_pl_pesel(number: str) -> bool:
    """A date (the month tells the century) and a weighted sum modulo 10."""
    digits = bare(number)
    total = sum(int(d) * w for d, w in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True))
    return total % 10 == 0 and _is_day(2000, int(digits[2:4]) % 20, int(digits[4:6]))


def is_ch_ahv(number: str) -> bool:
    """756 and the check digit of EAN-13."""
    digits = bare(number)
    return sum(int(d) * (1 + 2 * (i % 2)) for i, d in enumerate(digits)) % 10 == 0


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
