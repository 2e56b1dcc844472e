"""Python's names for the character sets and languages that RTF names by number."""

# \fcharsetN of a font.
CHARSETS = {
    0: "cp1252", 77: "mac_roman", 78: "shift_jis", 79: "euc_kr", 80: "gb2312", 81: "big5", 83: "cp1255",
    84: "cp1256", 85: "mac_greek", 86: "mac_turkish", 88: "mac_latin2", 89: "mac_cyrillic", 128: "cp932",
    129: "cp949", 130: "johab", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437",
    255: "cp850",
}  # fmt: skip
SYMBOL = 2  # the charset of fonts whose characters are signs

# \ansicpgN where Python has another name than cpN.
PAGES = {"10000": "mac_roman", "10007": "mac_cyrillic", "65001": "utf-8", "54936": "gb18030", "1361": "johab"}

# \deflangN: the primary language is the low ten bits.
LANGUAGES = {
    1: "ar", 2: "bg", 3: "ca", 4: "zh", 5: "cs", 6: "da", 7: "de", 8: "el", 9: "en", 10: "es", 11: "fi",
    12: "fr", 13: "he", 14: "hu", 15: "is", 16: "it", 17: "ja", 18: "ko", 19: "nl", 20: "no", 21: "pl",
    22: "pt", 24: "ro", 25: "ru", 26: "hr", 27: "sk", 29: "sv", 31: "tr", 34: "uk", 36: "sl", 37: "et",
    38: "lv", 39: "lt", 42: "vi",
}  # fmt: skip


def page(number: str) -> str:
    """The codec of a code page, Windows' western one if Python has none."""
    import codecs

    name = PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
