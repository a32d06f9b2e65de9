"""Specimens of one participant, each with a code of its own for its label.

The code follows from the event that recorded the specimen, so that a label printed twice is the same, and one of another
specimen never is. It carries no name and no arm. Its last character checks the others: a slip of the pen shows.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ...chart import Chart
from ...study import Study

MASS, KIND = "surgery.specimen_mass", "surgery.specimen_kind"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
"""No I, L, O, U or Z, which are read as something else: 31 characters, a prime, for the sake of the check."""
LENGTH = 10
"""Characters of a code without its check: 8 * 10^14 codes, so that of 100,000 specimens two are alike in 6 of a million studies."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """One specimen."""

    code: str
    what: str
    of: str
    """What was done when it was taken."""
    on: str
    amount: str
    participant: str
    study: str

    @property
    def written(self) -> str:
        """The code in groups, as it is read aloud."""
        return "-".join((self.code[:4], self.code[4:8], self.code[8:]))

    @property
    def carried(self) -> str:
        """What the square on the label holds."""
        return f"{self.study}/{self.participant}/{self.code}"


def code_of(study: str, participant: str, event: str, item: str) -> str:
    """The code of a specimen.

    >>> code_of("a", "P-001", "7", "tumour")
    'Q1P4GQE5HDG'
    """
    number = int.from_bytes(hashlib.sha256("\x1f".join((study, participant, event, item)).encode()).digest())
    digits = "".join(ALPHABET[number // 31**place % 31] for place in range(LENGTH))
    return digits + check(digits)


def check(digits: str) -> str:
    """The check character: a weighted sum of the others modulo 31; one slip shows, and so do two characters that changed places."""
    return ALPHABET[sum((place + 2) * ALPHABET.index(each) for place, each in enumerate(digits)) % 31]


def is_code(text: str) -> bool:
    """Whether a code, with or without its hyphens, is one.

    >>> is_code("Q1P4-GQE5-HDG"), is_code("Q1P4-GQE5-HGD"), is_code("Q1P4-GQE5-HDH")
    (True, False, False)
    """
    code = text.replace("-", "").strip().upper()
    return len(code) == LENGTH + 1 and all(each in ALPHABET for each in code) and check(code[:-1]) == code[-1]


def keeps_specimens(study: Study) -> bool:
    """Whether a study keeps any."""
    return any(item.use in (MASS, KIND) for each in study.activities.values() for item in each.items.values())


def specimens(study: Study, known: Chart) -> tuple[Specimen, ...]:
    """The specimens of a participant, in order of time."""
    found = []
    for name, activity in study.activities.items():
        for key, item in activity.items.items():
            if item.use not in (MASS, KIND):
                continue
            for row in known.facts.rows.get(name, ()):
                value = row.values.get(key)
                if value is None:
                    continue
                said = item.label or key.replace("_", " ")
                amount = f"{value:g} {item.unit}" if isinstance(value, float | int) else ""
                what = said if item.use == MASS else str(value).replace("_", " ")
                found.append(
                    Specimen(
                        code_of(study.protocol.study, known.participant, row.id, key), what[:1].upper() + what[1:], study.label(name),
                        str(row.on), amount, known.participant, study.protocol.study,
                    )
                )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.on, each.what)))


def square(text: str) -> str:
    """A QR code as a picture: black on white, with a quiet edge of four modules, as ISO/IEC 18004 asks."""
    import qrcode  # type: ignore[import-untyped]  # it has no types; what is asked of it is small

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4)
    code.add_data(text)
    code.make(fit=True)
    rows: Sequence[Sequence[bool]] = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="96" height="96" role="img" aria-label="QR code of the label"'
        f' shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )
