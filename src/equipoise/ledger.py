"""The ledger: what happened in a study, link by link, each holding the hash of the one before.

Pure: no database, no clock, no dice. `web.ledger` keeps the links; `verifier` tells whether they are what they were.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from .verifier import canonical, link_hash, paper_bytes, paper_hash, shown_hash

__all__ = ["Draft", "Link", "Paper", "Unfit", "anchor_body", "canonical", "chained", "lines", "paper", "same", "signature"]

KIND = re.compile(r"[a-z]+(?:-[a-z]+)*")
LONGEST_NAME, LARGEST_BODY = 200, 2_000_000
"""Bounds on a name, in characters, and on what a link says, in bytes."""


class Unfit(ValueError):
    """What no ledger takes: the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be written down: who says it, in which role, where, of whom, and what.

    `participant` is a pseudonym; who they are never enters the ledger. `kind` is "event" for what `transcript` reads,
    else the name of what was done: `study-opened`, `signed`, `locked`.
    """

    by: str
    role: str
    kind: str
    body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    site: str = ""
    participant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Draft):
    """A draft in its place: the number, the moment, the request it came with, and the hash of the link before."""

    study: str
    number: int
    at: datetime
    request: str
    previous: str
    hash: str

    @property
    def told(self) -> dict[str, Any]:
        """The link as JSON holds it."""
        return {
            "study": self.study, "number": self.number, "at": moment(self.at), "by": self.by, "role": self.role,
            "site": self.site, "participant": self.participant, "kind": self.kind, "body": dict(self.body),
            "request": self.request, "previous": self.previous, "hash": self.hash,
        }  # fmt: skip

    @classmethod
    def from_told(cls, told: Mapping[str, Any]) -> "Link":
        """A link from what `told` gave."""
        return cls(**{**told, "at": datetime.fromisoformat(told["at"])})


def moment(at: datetime) -> str:
    """A moment as the ledger writes it: UTC, six decimals of a second, so that moments sort as text.

    >>> moment(datetime(2026, 11, 21, 14, tzinfo=UTC))
    '2026-11-21T14:00:00.000000+00:00'
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def checked(draft: Draft) -> Draft:
    """The draft as it will be read back.

    Raises:
        Unfit: It says something that no ledger takes.
    """
    for name in ("by", "role", "site", "participant", "kind"):
        text = getattr(draft, name)
        if not isinstance(text, str) or len(text) > LONGEST_NAME or not text.isprintable():
            raise Unfit(f"'{name}' is a word of at most {LONGEST_NAME} characters that can be seen, and this is {text!r:.80}")
    if not draft.by or not draft.role:
        raise Unfit("a link says who wrote it, and in which role")
    if KIND.fullmatch(draft.kind) is None:
        raise Unfit(f"a kind is a word such as study-opened, and this is '{draft.kind}'")
    try:
        written = canonical(dict(draft.body))
        body = json.loads(written)
    except (TypeError, ValueError, RecursionError) as why:
        raise Unfit(f"the body of '{draft.kind}' cannot be written down: {why}") from why
    if len(written) > LARGEST_BODY:
        raise Unfit(f"the body of '{draft.kind}' has {len(written):,} bytes, and {LARGEST_BODY:,} are the most")
    return replace(draft, body=body)


def chained(
    drafts: Iterable[Draft], *, study: str, at: datetime, request: str, number: int = 0, previous: str = ""
) -> Iterator[Link]:
    """The drafts as links, after the link of the given number and hash.

    >>> first, second = chained([Draft(by="anna", role="coordinator", kind="event")] * 2, study="s",
    ...     at=datetime(2026, 1, 1, tzinfo=UTC), request="r")
    >>> second.number, second.previous == first.hash
    (2, True)
    """
    for each in drafts:
        number += 1
        link = Link(
            by=each.by, role=each.role, kind=each.kind, body=each.body, site=each.site, participant=each.participant,
            study=study, number=number, at=at, request=request, previous=previous, hash="",
        )  # fmt: skip
        previous = link_hash(link.told)
        yield replace(link, hash=previous)


def same(drafts: Sequence[Draft], links: Sequence[Link]) -> bool:
    """Whether the links say just what the drafts say."""
    words = ("by", "role", "kind", "body", "site", "participant")
    return [[getattr(each, word) for word in words] for each in drafts] == [
        [getattr(each, word) for word in words] for each in links
    ]


def lines(links: Iterable[Link]) -> Iterator[str]:
    """The links as a file holds them, one a line: what `verifier` reads."""
    for each in links:
        yield canonical(each.told).decode()


def signature(purpose: str, shown: Mapping[str, Any], *, rests_on: Link) -> dict[str, Any]:
    """The body of a `signed` link: what for, what was shown, its hash, and the last link that it rested on.

    Args:
        purpose: What the signature is for: `eligibility`, `gate`, `lock`.
        shown: Everything that the person saw and signed, with the pseudonym and no identity.
        rests_on: The last link of the study that what was shown follows from.
    """
    seen = json.loads(canonical(dict(shown)))
    rests = {"number": rests_on.number, "hash": rests_on.hash}
    return {"purpose": purpose, "shown": seen, "hash": shown_hash(seen), "rests_on": rests}


# --- papers: signed, and kept outside the database -------------------------------------------------------------------

Paper = dict[str, Any]
"""`body`, the `key` that signed it and the `signature`, both in hex."""


def paper(body: Mapping[str, Any], *, key: str, sign: Callable[[bytes], bytes]) -> Paper:
    """A paper, signed.

    Args:
        key: The public key, in hex.
        sign: What makes an Ed25519 signature with its private half.
    """
    return {"body": dict(body), "key": key, "signature": sign(paper_bytes(dict(body))).hex()}


def head_body(link: Link, *, before: tuple[int, str], is_kept: bool) -> dict[str, Any]:
    """What the head says: where the chain ends, or, until it is known to be kept, where it ends or ended before.

    Args:
        link: The last link.
        before: The number and hash of the last link before this writing; 0 and "" where there was none.
        is_kept: Whether the database has said that it keeps the link.
    """
    told = {"study": link.study, "number": link.number, "hash": link.hash, "at": moment(link.at)}
    return {"paper": "head", **told, "before": {"number": before[0], "hash": before[1]}, "is_kept": is_kept}


def anchor_body(link: Link, *, at: datetime, before: Paper | None) -> dict[str, Any]:
    """What an anchor says: the last link at a moment, and the anchor before this one."""
    previous = paper_hash(before["body"]) if before is not None else ""
    told = {"study": link.study, "number": link.number, "hash": link.hash}
    return {"paper": "anchor", **told, "at": moment(at), "previous": previous}
