"""A design in a few words, `randomised, double-blind, parallel groups`: each part goes to the field whose words it uses."""

import re

from ..kinds import CHOICES, plain, told
from ..record import Confidence
from .lines import Line
from .reading import LIKELY, Reading

DESIGNED = ("study_type", "allocation", "model", "masking", "purpose", "phases")


def designed(reading: Reading, line: Line, text: str, confidence: Confidence) -> bool:
    """`Interventional; randomised; parallel groups; double-blind`: each part goes where its words tell, if most do."""
    pieces = (
        [piece.strip() for piece in re.split(r"[,;/]\s*|\.\s+", text.rstrip(".")) if piece.strip()] if len(text) < 200 else []
    )
    homes = [(name, word) for piece in pieces for name, word in [_design(piece)]]
    if confidence is LIKELY and len(pieces) < 2 or 2 * sum(bool(name) for name, _ in homes) < len(pieces):
        return False
    for piece, (name, word) in zip(pieces, homes, strict=True):
        if name and not reading.intake.values.get(name):
            reading.say(name, line, piece, confidence, whole=word)
    return True


def says_more(text: str) -> bool:
    """Whether a text between commas tells of several fields of the design."""
    pieces = re.split(r"[,;]\s+", text) if len(text) < 200 else []
    return len({name for piece in pieces if (name := _design(piece)[0])}) > 1


def _design(piece: str) -> tuple[str, str]:
    """The field of the design that a few words are of, and the word of its closed set."""
    for name in DESIGNED:
        spelled = plain(piece)
        if spelled in CHOICES[name] and spelled not in ("other", "none", "single", "open", "na", "n a"):
            return name, CHOICES[name][spelled]
    for name in ("study_type", "masking", "allocation", "model", "phases"):
        if name == "masking" and not re.search(r"blind|mask|label|verblind|insu|aveugle", piece, re.I):
            continue
        if len(piece.split()) <= 5 and (word := told(name, piece)):
            return name, word
    return "", ""
