"""What names a person or opens a door leaves the text; what compliance is written in stays."""

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.llm import redact
from radar_pipeline.llm.redact import redacted, safely_redacted

# ── Numbers with good check digits, made here by search or by the rule as published ───────────


def iban(country: str, account: str) -> str:
    as_digits = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{country}{98 - int(as_digits) % 97:02}{account}"


def spaced(number: str, *groups: int, by: str = " ") -> str:
    parts, start = [], 0
    for size in groups:
        parts.append(number[start : start + size])
        start += size
    assert start == len(number)
    return by.join(parts)


def luhn(body: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def german(body: str) -> str:
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10
        product = (10 if total == 0 else total) * 2 % 11
    return body + str((11 - product) % 10)


def french(body: str) -> str:
    number = int(body.replace("2A", "19").replace("2B", "18"))
    return f"{body}{97 - number % 97:02}"


def spanish(prefix: str, digits: str) -> str:
    number = int({"": "", "X": "0", "Y": "1", "Z": "2"}[prefix] + digits)
    return prefix + digits + "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def italian(body: str) -> str:
    odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    value = [int(c) if c.isdigit() else string.ascii_uppercase.index(c) for c in body]
    total = sum(odd[v] if place % 2 == 0 else v for place, v in enumerate(value))
    return body + string.ascii_uppercase[total % 26]


def dutch(body: str) -> str:
    rest = sum(int(d) * w for d, w in zip(body, range(9, 1, -1), strict=True)) % 11
    assert rest < 10
    return f"{body}{rest}"


def belgian(body: str, *, from_2000: bool = False) -> str:
    return f"{body}{97 - int(('2' if from_2000 else '') + body) % 97:02}"


def irish(digits: str, second: str = "") -> str:
    total = sum(int(d) * w for d, w in zip(digits, range(8, 1, -1), strict=True))
    total += 9 * (string.ascii_uppercase.index(second) + 1) if second else 0
    return digits + "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] + second


def polish(body: str) -> str:
    total = sum(int(d) * w for d, w in zip(body, (1, 3, 7, 9) * 2 + (1, 3), strict=True))
    return body + str(-total % 10)


def swiss(body: str) -> str:
    return body + str(-sum(int(d) * (1 + 2 * (i % 2)) for i, d in enumerate(body)) % 10)


GB_IBAN, DE_IBAN = iban("GB", "WEST12345698765432"), iban("DE", "370400440532013000")
FR_NIR, SE = french("1850578006084"), "850709" + luhn("850709980")[-4:]
VISA, AMEX = luhn("411111222233334")[:16], luhn("37828224631000")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq83v\n-----END RSA PRIVATE KEY-----"
FOUND = {
    redact.EMAIL: [
        "jane.doe@example.com", "o'neil+dpo@mail.example.co.uk", "dpo@bücher.example",
        "A_B%c@sub.example.museum", "x@example.org", "first.last@123.example.io",
    ],
    redact.PHONE: [
        "+49 30 901820", "+44 (0)20 7946 0958", "+1-212-555-0134", "+1 (415) 555-2671", "+33 1 42 68 53 00",
        "+353 1 216 0000", "0049 30 901820", "+91 98765 43210", "+81-3-5321-1111",
        "(212) 736-5000", "212-736-5000", "020 7925 0918", "01 42 68 53 00", "030/90182000", "0171 3920000",
        "+32.2.123.45.67", "+46 8 508 263 00", "+41 44 668 18 00", "+48 22 694 93 80", "+39 06 6982",
    ],
    redact.IBAN: [
        GB_IBAN, spaced(GB_IBAN, 4, 4, 4, 4, 4, 2), DE_IBAN, spaced(DE_IBAN, 4, 4, 4, 4, 4, 2),
        iban("FR", "20041010050500013M02606"), iban("NL", "ABNA0417164300"), iban("IE", "AIBK93115212345678"),
        iban("NO", "86011117947"), spaced(iban("BE", "539007547034"), 4, 4, 4, 4, by="\xa0"),
        iban("MT", "MALT011000012345MTLCAST001S"), iban("CH", "00762011623852957"),
    ],
    redact.CARD: [
        VISA, spaced(VISA, 4, 4, 4, 4), spaced(VISA, 4, 4, 4, 4, by="-"), AMEX, spaced(AMEX, 4, 6, 5),
        luhn("555555555555444"), luhn("222300312200322"), luhn("601111111111111"), luhn("353011133330000"),
    ],
    redact.NATIONAL: [
        "536-22-8471", "536 22 8471", "AB 12 34 56 C", "JG103759A", "CE-12-34-56-D",
        german("4792586831"), spaced(german("8609574271"), 2, 3, 3, 3),
        FR_NIR, spaced(FR_NIR, 1, 2, 2, 2, 3, 3, 2), french("2991299341077"), french("185052A006084"),
        spanish("", "12345678"), spanish("", "00000023"), spanish("X", "1234567"), spanish("Y", "7654321"),
        spanish("Z", "0000001"), italian("RSSMRA85T10A562"), italian("BNCLRA70A41H501"),
        spaced(italian("RSSMRA85T10A562"), 3, 3, 5, 5),
        SE[:6] + "-" + SE[6:], "19" + SE[:6] + SE[6:], SE[:6] + "+" + SE[6:],
        "{}.{}.{}-{}.{}".format(*spaced(belgian("850730033"), 2, 2, 2, 3, 2).split()),
        belgian("850730033"), belgian("170730033", from_2000=True),
        irish("1234567"), irish("1234567", "A"), irish("7654321"), polish("4405140135"), polish("0207080362"),
        spaced(swiss("756123456789"), 3, 4, 4, 2, by="."),
    ],
    redact.KEY: [
        "sk-" + "aB3dE5fG7hJ9kL1mN3pQ", "sk-ant-api03-" + "x7Yz_9AbCdEfGhIj-KlMn",
        "sk-proj-" + "A1b2C3d4E5f6G7h8I9j0",
        "AKIA" + "IOSFODNN7EXAMPLE", "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_" + "11ABCDEFG0aBcDeFgHiJkL",
        "xoxb-" + "123456789012-abcdefGHIJ", "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", JWT, PEM,
        "glpat-" + "ABCdef123456_-xyzABC", "hf_" + "abcdefGHIJKLMNOP123456",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    ],
}  # fmt: skip
CASES = [(mark, value) for mark, values in FOUND.items() for value in values]

TOLD = [
    ("Tel. 4567 8901", "Tel. [phone]"),
    ("call 555 0134 22 now", "call [phone] now"),
    ("Téléphone : 42 68 53 00", "Téléphone : [phone]"),
    ("SSN: 536228471", "SSN: [national number]"),
    (f"BSN {dutch('11122233')}.", "BSN [national number]."),
    (f"burgerservicenummer: {spaced(dutch('12345678'), 4, 2, 3)}", "burgerservicenummer: [national number]"),
    ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [key]"),
    ("password: Tr0ub4dor&3", "password: [key]"),
    ("DB_PASSWORD=winterly", "DB_PASSWORD=[key]"),
    ('"client_secret": "8xQ~mZ1lf0pT"', '"client_secret": "[key]"'),
    ("The password is hunter2Hunter!", "The password is [key]!"),
    ("postgresql://radar:s3cr3t@db.example.org/radar", "postgresql://radar:[key]@db.example.org/radar"),
    ("api key: 9f86d081884c7d659a2feaa0c55ad015.", "api key: [key]."),
    ("AWS_SECRET_ACCESS_KEY = wJalrXUtnFEMI/K7MDENG/bPxRfi", "AWS_SECRET_ACCESS_KEY = [key]"),
    ("token=abc123def456&x=1", "token=[key]"),
]

KEPT = """\
The controller notifies the authority within 72 hours, under Art. 33(1) and Art. 34(2)(b) GDPR.
Regulation (EU) 2016/679 of 27 April 2016 applies since 25 May 2018.
See section 4.2.1.3 and clause 12.3.4 of ISO/IEC 27001:2022, Annex A.5.1.
45 CFR 164.308(a)(1)(ii)(A) requires a risk analysis; so does 45 C.F.R. § 164.312(e)(2)(i).
Version 10.15.7 replaced 10.14.6 on 2024-03-12 at 14:30:05.
Approved 12.03.2024, next review 12/03/2025, effective 01-04-2024.
The fine is up to EUR 20 000 000 or 4% of the turnover.
Revenue was 1 234 567 890 in 2023 and 1,234,567,890.12 in 2024.
Backups are kept for 90 days and logs for 2555 days, that is 7 years.
Document POL-0012-2024-07, revision 3.10, owner: CISO.
The hash is sha256 of the file and starts with e3b0c442.
Control AC-2(3), AU-12 and SI-4 of NIST SP 800-53 Rev. 5.
SOC 2 CC6.1, CC7.2 and A1.2 were tested from 01.01.2023 to 31.12.2023.
Passwords must have at least 12 characters and be changed every 365 days.
The password is stored as a salted hash; the token is revoked after 15 minutes.
Password: minimum length 14, history 24.
The secret is kept in a vault; token: see section 5.
Encryption uses AES-256-GCM, TLS 1.3 and RSA-4096; the secret is AES-256-encrypted.
API keys are rotated every 90 days; API key: rotation per SOP-114.
Requests to 10.20.30.40 and 192.168.100.200/24 on port 8443 are logged.
The address 2001:0db8:85a3:0000:0000:8a2e:0370:7334 is for documentation.
Call for evidence 2024 closes in 30 days; phone support is available 24/7.
Telephone recordings are erased after 6 months, mobile devices after 10 failed tries.
Fax machines, if any, are listed in Annex 3 of 2022-11-30.
Table 3: 12 34 56 78 90, 11 22 33 44 55.
Invoice 2024-000123456 was paid; ticket INC0012345 and CVE-2021-44228 are closed.
The case C-311/18 (16 July 2020) and decision 2010/87/EU are cited.
Directive 95/46/EC, Regulation (EU) No 910/2014, OJ L 119, 4.5.2016, p. 1–88.
ISBN 978-3-16-148410-0 and DOI 10.1000/182 are references.
Availability was 99.95% and the error rate 0.0005.
Twenty-four (24) hours; two (2) business days; 1-2 weeks; 3–5 years.
From 09:00 to 17:30, Monday to Friday, UTC+01:00.
Retention: 10 years (HGB § 257 Abs. 4), 6 years (AO § 147).
Recital 85, Articles 12-22, paragraphs 1, 2 and 3.
Rooms 101-120 on floor 3 hold 250 kW and 12 000 litres.
The sum 100 000 000 + 250 000 000 equals 350 000 000.
Asset 0001-0002-0003 and serial 00012345 are recorded.
Build 20240312.4 was released as v2.11.0-rc.1 from commit 9fceb02.
Points 1.1, 1.2 and 1.10; figures 3-1 to 3-12.
In 2019, 2020, 2021, 2022 and 2023 the audit found 3, 5, 8, 13 and 21 issues.
The UK GDPR and the Data Protection Act 2018 (c. 12), s. 170(1), apply.
HIPAA 164.404(b): no later than 60 calendar days; 164.408(c): 60 days after year end.
Risk score 4 x 5 = 20; likelihood 3/5; impact 4/5.
Employees: 1 250; contractors: 340; sites: 12 in 7 countries.
The RTO is 4 h, the RPO 15 min and the MTPD 24 h.
The meeting of 3 February 2024 approved minutes 2024/02/03-1.
Key management follows NIST SP 800-57 Part 1 Rev. 5 (2020), Table 2.
Version history: 1.0 (01/02/2021), 1.1 (15/06/2022), 2.0 (30/09/2023).
PCI DSS 4.0.1, requirement 8.3.6, is due on 31 March 2025.
Class A2, zone 4B, cabinet C12, drawer 7F.
Use #123456 and rgb(12, 34, 56) for the logo; see page 12 of 345.
The contract 4500012345 of 2022 ends in Q4/2026.
Coordinates 52.5200 N, 13.4050 E; altitude 34 m.
The basic principle is least privilege; the bearer of this certificate is authorised.
Users @ reception sign in; write to the office @ the main site.
Section 2.16.840.1.113883 is an OID of HL7.
The period of 30 (thirty) days starts on day 0, not 1.
Budget 2024: 150.000,00 EUR; 2025: 175.500,50 EUR; +12.5%.
Growth of +10 000 units and -2 500 000 EUR.
NIST CSF 2.0: GV.OC-01, ID.AM-02, PR.AA-05, DE.CM-09, RS.MA-01, RC.RP-03.
Batch 5000 1000 2000 and 1000 2000 3000 4000 are sample sizes.
Phone duty 12.03.2024, call 2024-03-12, mobile plan 2024-2025.
Timestamps such as 1700000000 and 20240312T143005Z are in UTC.
""".splitlines()  # fmt: skip


@pytest.mark.parametrize(("mark", "value"), CASES)
def test_an_identifier_is_replaced_by_its_mark_wherever_it_stands(mark: str, value: str) -> None:
    for text in ("{}", "Contact {} today.", "({}), then", "id:{}\nnext", "One {}; two {}."):
        assert redacted(text.replace("{}", value)) == text.replace("{}", mark)


@pytest.mark.parametrize(("text", "wanted"), TOLD)
def test_a_word_before_it_tells_what_a_number_is(text: str, wanted: str) -> None:
    assert redacted(text) == wanted


@pytest.mark.parametrize("sentence", KEPT)
def test_ordinary_sentences_stay_as_they_are(sentence: str) -> None:
    assert redacted(sentence) == sentence


def test_the_tables_are_as_long_as_they_are_said_to_be() -> None:
    assert len(CASES) + len(TOLD) >= 80 and len(KEPT) >= 60


@pytest.mark.parametrize(
    "value",
    [v for m in (redact.IBAN, redact.CARD) for v in FOUND[m]]
    + [german("4792586831"), FR_NIR, SE[:6] + "-" + SE[6:], belgian("850730033"), polish("4405140135")],
)
def test_one_wrong_digit_makes_it_any_number(value: str) -> None:
    last = max(i for i, c in enumerate(value) if c.isdigit())
    changed = value[:last] + str((int(value[last]) + 1) % 10) + value[last + 1 :]
    assert redacted(changed) == changed


def test_a_part_of_a_longer_number_is_none() -> None:
    for text in (f"Order {VISA}-0001", f"Order 7/{VISA}", f"Part A{VISA}", f"{german('4792586831')}/2024"):
        assert redacted(text) == text


def test_a_list_too_long_to_prove_goes_by_shape_and_not_in_the_clear() -> None:
    wrong = VISA[:-1] + str((int(VISA[-1]) + 1) % 10)
    assert redacted(wrong) == wrong
    many = redacted(f"{wrong}; " * 6000)
    assert many.startswith(wrong) and many.endswith("[card]; ")


def test_what_is_redacted_stays_as_it_is_when_redacted_again() -> None:
    for _, value in CASES:
        once = redacted(f"password={value} at {value}, {value}")
        assert redacted(once) == once


def test_a_private_key_that_is_cut_off_goes_to_the_end() -> None:
    assert redacted("a\n-----BEGIN PRIVATE KEY-----\nMIIE") == "a\n[key]"
    assert redacted(f"{PEM}\nb\n{PEM}\nc") == "[key]\nb\n[key]\nc"


def test_if_the_redactor_fails_the_content_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert safely_redacted("to x@example.org") == "to [e-mail]"

    def broken(text: str, mark: str) -> str:
        raise RuntimeError(text)

    monkeypatch.setattr(redact.phones, "without_phones", broken)
    assert safely_redacted("to x@example.org") is None


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_text_makes_it_fail(text: str) -> None:
    assert safely_redacted(text) is not None


HOSTILE = "1 |1|1-|+1|a@|a|GB82WEST1234|password=|eyJaaaaaaaaa.|A1|4111 1111 1111 1112 |0171 2345678 |00 |(0"
HOSTILE += "|-----BEGIN PRIVATE KEY-----|BSN 12345678 |://a:|secret is |. |GB82 |12345678A "


@pytest.mark.parametrize("piece", HOSTILE.split("|"))
def test_twice_the_text_takes_about_twice_the_time(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    redacted(text[:100])
    assert spent(text) < 4 * spent(text[:50_000]) + 0.1


def test_a_megabyte_made_to_be_slow_takes_under_two_seconds() -> None:
    piece = "12345678A GB82 +49 30 901820 0171 2345678 4111 1111 1111 1112 password: x@ (00 "
    redacted(piece)
    assert spent(piece * (1_000_000 // len(piece))) < 2.0


def spent(text: str) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    redacted(text)
    return time.process_time() - start
