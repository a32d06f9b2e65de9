"""The lesions of a virtual participant as they are, whoever has looked, and as imaging shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..events import Seen

# How large a lesion is after partial response, against its first size, and after progression, against its last: well
# inside what RECIST 1.1 calls so (at least 30 % smaller; at least 20 % and 5 mm larger: Eisenhauer 2009, 4.3.1).
SHRUNK, GROWN, GROWN_MM = 0.6, 1.3, 5.0


@dataclass(slots=True)
class Tumour:
    """One lesion: `first_mm` is 0 where no size is drawn, `mm` is 0 once it is gone."""

    id: str
    organ: str
    first_mm: float
    mm: float
    is_treated: bool = False

    @property
    def is_left(self) -> bool:
        """Whether tumour is there still."""
        return not self.is_treated and (self.mm > 0 or not self.first_mm)


def respond(tumours: Iterable[Tumour], response: str) -> None:
    """Let all lesions shrink, grow or vanish alike, as a response says; stable disease, and none, change nothing."""
    for each in tumours:
        if response == "CR":
            each.mm = 0.0
        elif response == "PR":
            each.mm = min(each.mm, round(SHRUNK * each.first_mm, 1))
        elif response == "PD":
            each.mm = round(GROWN * each.mm + GROWN_MM, 1) if each.mm else each.first_mm


def seen(tumours: Iterable[Tumour]) -> tuple[Seen, ...]:
    """Every lesion, as imaging shows it: what was treated or has vanished is absent."""
    return tuple(
        Seen(
            id=each.id,
            status="absent" if not each.is_left else "measured" if each.mm else "present",
            diameter_mm=0.0 if not each.is_left else each.mm or None,
            organ=each.organ,
        )
        for each in tumours
    )
