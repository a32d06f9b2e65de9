"""What links of the ledger say to people: in words, with what was before and after, and without an arm for whoever may not know it."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...ledger import Link
from ...study import Study
from ..ledger import links
from .sources import fields, standing

HIDDEN = "(hidden: you are blinded)"
_TELLS = ("allocated", "opened")
"""Kinds whose bodies are papers of the vault."""


def spoken(link: Link, study: Study) -> str:
    """A link in a few words."""
    body = link.body
    match link.kind:
        case "event" if "corrects" in body:
            return f"{'Withdrawal' if body.get('retract') else 'Correction'}: {body.get('reason', '')}"
        case "event":
            name = str(body.get("do") or body.get("decide") or "")
            return study.label(name) if name in study.activities else name.replace("_", " ")
        case "role-given" | "role-taken":
            at = body.get("site") or "all sites"
            return f"{body.get('user')}: {str(body.get('role', '')).replace('_', ' ')}, {at}"
        case "signed":
            return str(body.get("purpose", "")).replace("-", " ")
        case "study-opened" | "amended":
            return f"version {body.get('version', '')}"
        case "allocated":
            return "the vault's receipt"
        case "verified-source":
            count = len(body.get("fields", {}))
            return f"{count} field{'' if count == 1 else 's'} compared with the source"
        case _:
            said = body.get("says") or body.get("reason") or body.get("purpose") or body.get("what") or body.get("event") or ""
            return str(said)


def masked(told: Any, words: tuple[str, ...]) -> Any:
    """What a body says, with an arm wherever it stands put out of sight.

    >>> masked({"items": {"arm": "x", "ecog": 1}, "says": "was in arm x"}, ("x",))
    {'items': {'arm': '(hidden: you are blinded)', 'ecog': 1}, 'says': 'was in arm …'}
    """
    match told:
        case Mapping():
            return {key: HIDDEN if key == "arm" else masked(value, words) for key, value in told.items()}
        case list() | tuple():
            return [masked(each, words) for each in told]
        case str():
            for word in words:
                told = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", told, flags=re.IGNORECASE)
            return told
        case _:
            return told


def arm_words(study: Study) -> tuple[str, ...]:
    """The names and labels of a study's arms, the longest first."""
    found = {word for name, arm in study.protocol.arms.items() for word in (name, name.replace("_", " "), arm.label) if word}
    return tuple(sorted(found, key=len, reverse=True))


def seen(link: Link, study: Study, *, sees_arm: bool) -> Mapping[str, Any]:
    """A link's body as somebody may see it."""
    if sees_arm or not study.protocol.arms or (not link.participant and link.kind not in _TELLS):
        return link.body
    if link.kind in _TELLS:
        return {"paper": HIDDEN}
    return dict(masked(link.body, arm_words(study)))


def changes(link: Link, study: Study, *, sees_arm: bool) -> Iterator[tuple[str, str, str]]:
    """What a link made of what was before: each thing, what it was, and what it is."""
    body = seen(link, study, sees_arm=sees_arm)
    if link.kind == "event" and "id" in body:
        told = [
            seen(each, study, sees_arm=sees_arm)
            for each in links(link.study, participant=link.participant, kinds=("event",), until=link.number)
        ]
        before, after = standing(told[:-1]), standing(told)
        for name in dict.fromkeys([*before, *after]):
            was, now = (fields(each) if each is not None else {} for each in (before.get(name), after.get(name)))
            for key in dict.fromkeys([*was, *now]):
                if was.get(key) != now.get(key):
                    yield (
                        "day" if key == "on" else key.replace("_", " "),
                        _text(was[key]) if key in was else "",
                        _text(now[key]) if key in now else "withdrawn",
                    )
        if reason := body.get("reason"):
            yield "reason", "", str(reason)
        return
    for key, value in _flat(body):
        yield key, "", value


def text_change(link: Link) -> tuple[str, ...]:
    """What an amendment changed in the text of the study, line by line."""
    before = ""
    for each in links(link.study, kinds=("study-opened", "amended"), until=link.number - 1):
        before = str(each.body["text"])
    found = difflib.unified_diff(before.splitlines(), str(link.body["text"]).splitlines(), "before", "after", lineterm="", n=2)
    return tuple(found)[:2_000]


def _flat(told: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in told.items():
        name = f"{above}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}: ")
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= 600 else f"{said[:600]}… ({len(said):,} characters)"
