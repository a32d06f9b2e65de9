"""Letters on a picture: how wide a text will be, and where its lines break."""

import unicodedata

_BY_WIDTH = {
    0.30: "'ijlIJ", 0.34: " ,./:;\\|·’", 0.40: "f-()[]t!²³⁰¹⁴⁵⁶⁷⁸⁹", 0.46: 'r"', 0.53: "*_`sz?–“”", 0.59: "cLFkvxy",
    0.64: "PTYaoeESbdghnpqu$0123456789{}µ", 0.70: "KAVBRXZC", 0.79: "UHNDGOQ&", 0.87: "w#+<=>^~M×±≤≥→↑↓↗",
    1.0: "%mW@—…",
}  # fmt: skip
_WIDTHS = {letter: width for width, letters in _BY_WIDTH.items() for letter in letters}
"""The advance of each letter in ems, rounded up.

Source: DejaVu Sans, the widest of the typefaces that the pictures name, so that a text fits in any of them.
"""
_BOLD = 1.17
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def printable(text: str) -> str:
    """A text without signs that steer a terminal, break XML or turn the line around; blanks become single.

    >>> printable("a\\x1b[31m\\n b")
    'a[31m b'
    """
    kept = (
        " " if letter.isspace() else letter
        for letter in str(text)
        if letter.isspace() or (unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Co") and ord(letter) not in _BIDI)
    )
    return " ".join("".join(kept).split())


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text will be at most, in the unit of the letters' size.

    >>> width("ill", 10) < width("www", 10) < width("www", 10, bold=True)
    True
    """
    ems = sum(_WIDTHS.get(letter) or (1.05 if ord(letter) > 0x2E7F else 0.8) for letter in text)
    return ems * size * (_BOLD if bold else 1)


def lines(text: str, room: float, size: float, *, bold: bool = False, most: int = 3) -> tuple[str, ...]:
    """A text broken into lines that fit; what goes beyond `most` lines ends in an ellipsis.

    >>> lines("one two three", 45, 10), lines("one two three", 45, 10, most=1)
    (('one two', 'three'), ('one…',))
    """
    found: list[str] = []
    for word in text.split():
        for piece in _pieces(word, room, size, bold):
            joined = f"{found[-1]} {piece}" if found else piece
            if found and width(joined, size, bold=bold) <= room:
                found[-1] = joined
            else:
                found.append(piece)
    if len(found) <= most:
        return tuple(found)
    last = found[most - 1]
    while last and width(f"{last}…", size, bold=bold) > room:
        last = last[: last.rindex(" ")] if " " in last else last[:-1]
    return (*found[: most - 1], f"{last.rstrip(' ,;')}…")


def _pieces(word: str, room: float, size: float, bold: bool) -> list[str]:
    """A word, cut where it is too long for any line."""
    found = [""]
    for letter in word:
        if found[-1] and width(found[-1] + letter, size, bold=bold) > room:
            found.append("")
        found[-1] += letter
    return found
