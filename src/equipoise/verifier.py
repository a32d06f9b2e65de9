"""Whether a ledger is what it was: one file, and Python alone. A stranger runs it: `python verifier.py LEDGER --anchors FOLDER`.

It reads an export, one link a line, or a desk's SQLite file, and says of every fault where it is. What it checks:

- the chain: numbers from 1 without a gap, each hash following from its link and each link from the one before, moments that
  never go back and none to come;
- what is kept outside the database, where that is given: anchors, signed and chained, and the signed head, each found again
  in the chain, and no link after an anchor that claims to be older;
- what links say of each other: a signature and what was shown, a correction and the event it corrects and why, a study's
  text and its hash; nobody writing in a role that no entry gave them, nor in a locked study or a frozen record;
- allocation: the commitment before the first participant, a further one before the first of a site that came later, one receipt
  of the vault for each participant, one participant a slot, nothing assigned by hand; once the slots are opened, the tickets against the commitment and every arm against them.

What it cannot know: whether what is written was true. A chain that was cut short, or made anew, is found as far as the
outside reaches: up to the signed head, which is written with every link, or the last anchor. Whoever has the desk's key, the database and the folder outside
can make all of it anew, unless somebody else kept an anchor.

Sources: RFC 8032 (Ed25519), FIPS 180-4 (SHA-256); Pocock and Simon (1975), Biometrics 31:103; Efron (1971), Biometrika 58:403.
"""

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

LINK, SHOWN = b"equipoise link 1\n", b"equipoise shown 1\n"
"""What is hashed begins with what it is, so that no hash of one thing passes for another's."""
TOLERANCE = 5.0
"""Seconds by which clocks may differ: of this machine, of the one that signed anchors, of the one that wrote links."""

CLINICAL = ("event", "participant-added", "allocation-asked")
"""Kinds that nobody writes in a locked study."""
DESK = "equipoise"
"""By whom what is that nobody in person did."""
ROLES = frozenset(
    ("coordinator", "investigator", "board_member", "monitor", "data_manager", "statistician", "administrator", "auditor")
)
"""Roles that are given to people by an entry; whoever writes in one of them was given it before."""

Told = dict[str, Any]
_TEXTS = ("study", "at", "by", "role", "site", "participant", "kind", "request", "previous", "hash")
_KEYS = frozenset({*_TEXTS, "number", "body"})
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(told: Any) -> bytes:
    """The one way to write something down: JSON with sorted keys and no blanks, in UTF-8.

    >>> canonical({"b": [1.5, True, None], "a": "é"}).decode()
    '{"a":"é","b":[1.5,true,null]}'
    """
    return _encode(told).encode()


def sha(*parts: bytes) -> bytes:
    """SHA-256 of parts, one after another."""
    return hashlib.sha256(b"".join(parts)).digest()


def link_hash(link: Told) -> str:
    """The hash of a link: over everything that it says but the hash itself."""
    return sha(LINK, canonical({key: each for key, each in link.items() if key != "hash"})).hex()


def shown_hash(shown: Any) -> str:
    """The hash of what a person was shown, which a signature binds."""
    return sha(SHOWN, canonical(shown)).hex()


def paper_bytes(body: Told) -> bytes:
    """What is signed of a paper: its name, then its body."""
    return b"equipoise " + str(body.get("paper", "")).encode() + b" 1\n" + canonical(body)


def paper_hash(body: Told) -> str:
    """The hash of a paper: of what is signed of it."""
    return sha(paper_bytes(body)).hex()


# --- what is found ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was, or not as it was promised. `number` is the link's, 0 where it is about no link."""

    study: str
    number: int
    says: str

    def __str__(self) -> str:
        return f"{self.study}, link {self.number}: {self.says}" if self.number else f"{self.study}: {self.says}"


@dataclass(slots=True)
class Verdict:
    """What was found in one study's chain.

    `links` is how many there are, `head` the last one's hash, `anchored` the last number that an anchor holds, `acknowledged`
    the one that the signed head holds; 0 where there is none. `notes` say what could not be known.
    """

    study: str
    links: int = 0
    head: str = ""
    anchors: int = 0
    anchored: int = 0
    acknowledged: int = 0
    allocated: int = 0
    is_opened: bool = False
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outside:
    """What is kept of a study outside the database, line by line as it was read."""

    anchors: tuple[bytes, ...] = ()
    head: bytes = b""
    is_given: bool = False


def verdict(
    study: str, links: Iterable[Told | str], *, outside: Outside | None = None, key: str = "", now: datetime | None = None,
    tolerance: float = TOLERANCE,
) -> Verdict:  # fmt: skip
    """What is to be said of one study's chain.

    Args:
        links: The links in the order in which they are kept; text for what could not be read as one.
        outside: Its anchors and its signed head.
        key: The public key, in hex, that signs what is outside, if it is known from elsewhere.
        now: The moment after which nothing can have happened; unsaid, nothing is said about it.
        tolerance: Seconds by which clocks may differ.
    """
    chain = _Chain(Verdict(study), timedelta(seconds=tolerance), now)
    chain.read_outside(outside or Outside(), key)
    for each in links:
        chain.take(each)
    chain.end()
    chain.found.faults.sort(key=lambda fault: fault.number)
    return chain.found


# --- the chain -------------------------------------------------------------------------------------------------------


class _Chain:
    """One study's chain, as far as it was read."""

    def __init__(self, found: Verdict, tolerance: timedelta, now: datetime | None) -> None:
        self.found, self.tolerance = found, tolerance
        self.latest = _text_of(now + tolerance) if now is not None else ""
        self.number, self.hash, self.at = 0, "", ""
        self.pinned: dict[int, list[tuple[str, str, str]]] = {}
        self.ends: tuple[int, ...] = ()
        self.floors: list[tuple[int, str]] = []
        self.floor = ""
        self.hashes: dict[int, str] = {}
        self.last_of: dict[str, int] = {}
        self.events: set[tuple[str, str]] = set()
        self.texts: set[str] = set()
        self.given: set[tuple[str, str]] = set()
        self.locked = 0
        self.frozen: dict[str, int] = {}
        self.allocation = _Allocation(self)

    def fault(self, says: str, number: int = 0) -> None:
        self.found.faults.append(Fault(self.found.study, number, says))

    # what is outside

    def read_outside(self, outside: Outside, key: str) -> None:
        if not outside.is_given:
            says = "no anchors were given: a chain that was cut at its end or made anew cannot be told from the true one"
            self.found.notes.append(says)
            return
        if not key:
            self.found.notes.append(
                "no key was given from elsewhere (--key): whoever signed the anchors is taken at their word"
            )
        previous, number, at = "", 0, ""
        for line, raw in enumerate(outside.anchors, start=1):
            place = f"anchor {line}"
            body, key = self.outside_body(raw, "anchor", place, key)
            if body is None:
                previous = ""
                continue
            if body.get("previous") != previous:
                self.fault(f"{place} does not follow from the anchor before it", body["number"])
            if body["number"] <= number or body["at"] < at:
                self.fault(f"{place} is not later than the anchor before it", body["number"])
            previous, number, at = paper_hash(body), max(number, body["number"]), max(at, body["at"])
            if self.latest and body["at"] > self.latest:
                self.fault(f"{place} is of {body['at']}, which is to come", body["number"])
            self.floors.append((body["number"], _text_of(_moment(body["at"]) - self.tolerance)))
            self.found.anchors += 1
        self.found.anchored = number
        if not outside.anchors:
            self.found.notes.append("there is no anchor yet")
        if outside.head.strip():
            body, key = self.outside_body(outside.head, "head", "the signed head", key)
            if body is not None:
                self.read_head(body)
        elif outside.anchors:
            self.found.notes.append("there is no signed head: what was cut after the last anchor cannot be noticed")

    def read_head(self, body: Told) -> None:
        """Where the chain ends: at the head, or, while that is not known to be kept, at the one before it."""
        before = body.get("before")
        if not isinstance(before, dict) or type(before.get("number")) is not int or not isinstance(before.get("hash"), str):
            self.fault("the signed head does not say what was before it")
        elif body.get("is_kept") is True:
            self.found.acknowledged, self.ends = body["number"], (body["number"],)
        else:
            self.found.acknowledged, self.ends = before["number"], (before["number"], body["number"])
            if before["number"]:
                self.pin(before["number"], "the signed head", before["hash"], body["at"])

    def outside_body(self, raw: bytes, name: str, place: str, key: str) -> tuple[Told | None, str]:
        """The body of a paper kept outside, its signature checked and its place in the chain noted; and the key to go by."""
        paper = _read(raw)
        body = paper.get("body") if isinstance(paper, dict) else None
        if not isinstance(paper, dict) or not isinstance(body, dict) or body.get("paper") != name:
            self.fault(f"{place} cannot be read")
            return None, key
        number, told_key = body.get("number"), paper.get("key")
        if type(number) is not int or number < 1 or not _is_moment(body.get("at")) or not isinstance(body.get("hash"), str):
            self.fault(f"{place} does not say which link it holds, and when")
            return None, key
        if not key and isinstance(told_key, str):
            key = told_key
        if told_key != key:
            self.fault(f"{place} is signed with another key than the desk's", number)
        elif not is_signed(paper):
            self.fault(f"{place} does not bear a true signature", number)
        if body.get("study") != self.found.study:
            self.fault(f"{place} is of another study", number)
        self.pin(number, place, body["hash"], body["at"])
        return body, key

    def pin(self, number: int, place: str, hash_: str, at: str) -> None:
        """Note that something outside holds a link."""
        self.pinned.setdefault(number, []).append((place, hash_, at))

    # link by link

    def take(self, link: Told | str) -> None:
        number = self.number + 1
        if isinstance(link, str) or (says := _misshapen(link)):
            self.fault(link if isinstance(link, str) else says, number)
            self.number = number
            self.found.links += 1
            return
        if link["study"] != self.found.study:
            self.fault(f"the link is of another study, '{link['study'][:80]}'", number)
        if link["number"] != number:
            self.fault(f"link {number} is expected here, and this says {link['number']}", number)
            number = link["number"]
        if link["previous"] != self.hash:
            self.fault("the link does not follow from the one before it", number)
        try:
            right = link_hash(link) == link["hash"]
        except (ValueError, RecursionError):
            right = False
        if not right:
            self.fault("the hash does not follow from what the link says: it was changed", number)
        self.time(link, number)
        for place, hash_, at in self.pinned.get(number, ()):
            if hash_ != link["hash"]:
                self.fault(f"{place} holds another hash for this link: the chain was made anew", number)
            if link["at"] > _text_of(_moment(at) + self.tolerance):
                self.fault(f"the link is of {link['at']}, after {place} that holds it", number)
        self.number, self.hash = number, link["hash"]
        self.hashes[number] = link["hash"]
        self.found.links += 1
        self.meaning(link, number)

    def time(self, link: Told, number: int) -> None:
        at = link["at"]
        if at < self.at:
            self.fault(f"the clock goes back here: {at} after {self.at}", number)
        if self.latest and at > self.latest:
            self.fault(f"the link is of {at}, which is to come", number)
        while self.floors and self.floors[0][0] < number:
            self.floor = max(self.floor, self.floors.pop(0)[1])
        if at < self.floor:
            self.fault(f"the link is of {at}, and an anchor before it is later", number)
        self.at = max(self.at, at)

    def meaning(self, link: Told, number: int) -> None:
        body, kind = link["body"], link["kind"]
        if kind == "event":
            self.event(link, number)
        elif kind == "signed":
            self.signature(link, number)
        elif kind in ("study-opened", "amended"):
            text = body.get("text")
            if not isinstance(text, str) or hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() != body.get("hash"):
                self.fault("the hash of the study's text is not that of the text", number)
            else:
                self.texts.add(body["hash"])
        self.standing(link, number)
        self.allocation.take(link, number)

    def standing(self, link: Told, number: int) -> None:
        """Whether somebody might write this at all: by a role that was given, of a study not locked and a record not frozen."""
        body, kind, who = link["body"], link["kind"], link["participant"]
        match kind:
            case "role-given":
                self.given.add((str(body.get("user")), str(body.get("role"))))
            case "locked" | "unlocked":
                self.locked = number if kind == "locked" else 0
            case "frozen" | "thawed":
                self.frozen[who] = number if kind == "frozen" else 0
            case _:
                pass
        if self.locked and kind in CLINICAL:
            self.fault(f"the study was locked at link {self.locked}, and this was written in it afterwards", number)
        if kind == "event" and (frozen := self.frozen.get(who, 0)):
            self.fault(f"the record of {who} was frozen at link {frozen}, and this was written in it afterwards", number)
        by = link["by"], link["role"]
        if (
            self.given
            and link["role"] in ROLES
            and by not in self.given
            and link["by"] != DESK
            and who not in self.allocation.virtual
        ):
            self.fault(f"{link['by']} wrote this as {link['role']}, and no entry before gave them that role", number)

    def event(self, link: Told, number: int) -> None:
        body, who = link["body"], link["participant"]
        if not who or body.get("participant", who) != who:
            self.fault("the event is not told of the participant whom the link names", number)
        name = body.get("id")
        if "corrects" in body:
            corrected = str(body["corrects"])
            if (who, corrected) not in self.events:
                self.fault(f"this corrects '{corrected[:80]}', and no such event of {who} stands before it", number)
            if not isinstance(reason := body.get("reason"), str) or not reason.strip():
                self.fault("a correction without a reason", number)
        if not isinstance(name, str) or not name:
            self.fault("the event has no name: 'id'", number)
        elif (who, name) in self.events:
            self.fault(f"event '{name[:80]}' of {who} was already told", number)
        else:
            self.events.add((who, name))

    def signature(self, link: Told, number: int) -> None:
        body = link["body"]
        shown, rests = body.get("shown"), body.get("rests_on")
        if shown is None or shown_hash(shown) != body.get("hash"):
            self.fault("the signature does not bind what was shown", number)
        on = rests.get("number") if isinstance(rests, dict) else None
        if type(on) is not int or not isinstance(rests, dict) or on >= number or self.hashes.get(on) != rests.get("hash"):
            self.fault("the signature does not rest on a link before it", number)

    def end(self) -> None:
        found = self.found
        found.head = self.hash
        for number, places in sorted(self.pinned.items()):
            if number > self.number:
                for place, _, _ in places:
                    if place == "the signed head" and self.number in self.ends:
                        found.notes.append("the last writing was announced and never kept")
                        continue
                    self.fault(
                        f"the ledger ends at link {self.number}, and {place} holds link {number}: it was cut short", number
                    )
        if found.anchors and self.number > found.anchored:
            found.notes.append(f"{_links(self.number - found.anchored)} after the last anchor")
        if self.ends and self.number > max(self.ends):
            self.fault(
                f"the desk wrote no further than link {max(self.ends)}: this was put in by somebody else", max(self.ends) + 1
            )
        self.allocation.end()


def _misshapen(link: Told) -> str:
    """What is wrong with the shape of a link; "" if nothing is."""
    if link.keys() != _KEYS:
        wrong = sorted(map(str, link.keys() ^ _KEYS))
        return f"this is no link: {', '.join(wrong)[:120]} {'is' if len(wrong) == 1 else 'are'} missing or not known"
    if type(link["number"]) is not int or not isinstance(link["body"], dict):
        return "this is no link: its number is no number, or its body no mapping"
    for key in _TEXTS:
        if not isinstance(link[key], str):
            return f"this is no link: '{key}' is no text"
    if not _is_moment(link["at"]):
        return f"'{link['at'][:40]}' is no moment as the ledger writes it"
    return ""


def _links(count: int) -> str:
    return f"{count:,} link{'' if count == 1 else 's'} {'lies' if count == 1 else 'lie'}"


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _is_moment(text: Any) -> bool:
    """Whether this is a moment in the one form that sorts as text."""
    if not isinstance(text, str) or len(text) != 32 or text[19] != "." or text[26:] != "+00:00":
        return False
    try:
        return datetime.fromisoformat(text).isoformat(timespec="microseconds") == text
    except ValueError:
        return False


def _read(raw: bytes | str) -> Any:
    """JSON, if it is written in the one way that it can be; else None."""
    try:
        told = json.loads(raw)
        text = raw if isinstance(raw, bytes) else raw.encode()
        return told if canonical(told) == text.strip() else None
    except (ValueError, RecursionError):
        return None


# --- allocation ------------------------------------------------------------------------------------------------------


class _Allocation:
    """The commitment, the receipts and the opening of one study's vault."""

    def __init__(self, chain: _Chain) -> None:
        self.chain = chain
        self.commitments: list[Told] = []
        self.further: list[tuple[int, str, int]] = []
        """Of each further commitment: how many receipts were given before it, the hash of the last, and its link."""
        self.key = ""
        self.places: dict[bytes, list[tuple[int, str]]] = {}
        """Of each list: how many places were committed to at a time, and their chain."""
        self.eligible: set[tuple[str, str]] = set()
        self.asked: dict[str, int] = {}
        self.receipts: list[tuple[Told, int]] = []
        self.of: dict[str, int] = {}
        self.requests: dict[str, tuple[int, str, str]] = {}
        self.arms: list[tuple[int, str, str, str, str]] = []
        self.virtual: set[str] = set()
        self.locked: set[str] = set()
        self.opening: Told = {}
        self.opened = 0
        self.first_participant = 0
        self.first_at: dict[str, int] = {}

    def fault(self, says: str, number: int = 0) -> None:
        self.chain.fault(says, number)

    def take(self, link: Told, number: int) -> None:
        body, kind, who = link["body"], link["kind"], link["participant"]
        if who:
            self.first_participant = self.first_participant or number
            self.first_at.setdefault(link["site"], number)
        match kind:
            case "event" if self.key and isinstance(items := body.get("items"), dict):
                for item, value in items.items():
                    value = value.get("value") if isinstance(value, dict) else value
                    if isinstance(value, str) and value in self.ratio and who not in self.virtual:
                        self.arms.append((number, str(body.get("do")), item, value, link["request"]))
            case "signed" if body.get("purpose") == "eligibility":
                self.eligible.add((who, str(body.get("hash"))))
            case "commitment":
                self.commit(body, number)
            case "participant-added" if body.get("virtual") is True:
                self.virtual.add(who)
            case "allocation-asked":
                self.asked.setdefault(who, number)
            case "allocated":
                self.receive(link, number)
            case "locked":
                self.locked.add(link["hash"])
            case "opened":
                self.open(body, number)
            case _:
                pass

    @property
    def plan(self) -> Told:
        plan = self.commitments[-1].get("plan") if self.commitments else None
        return plan if isinstance(plan, dict) else {}

    def committed(self, stratum: Told) -> Told:
        """The first commitment that knows a stratum; empty if none does."""
        for each in self.commitments:
            factors = each["plan"]["factors"]
            if stratum.keys() == factors.keys() and all(stratum[name] in factors[name] for name in factors):
                return each
        return {}

    @property
    def ratio(self) -> Told:
        ratio = self.plan.get("ratio")
        return ratio if isinstance(ratio, dict) else {}

    def paper(self, envelope: Told, name: str, number: int) -> Told | None:
        """The body of a paper that the vault signed; a fault if it is not."""
        body = envelope.get("body")
        if not isinstance(body, dict) or body.get("paper") != name:
            self.fault(f"this is no {name} of the vault", number)
            return None
        if self.key and envelope.get("key") != self.key:
            self.fault(f"the {name} is signed with another key than the commitment's", number)
        elif not is_signed(envelope):
            self.fault(f"the {name} does not bear a true signature", number)
        return body

    def commit(self, envelope: Told, number: int) -> None:
        told = envelope.get("body")
        if self.key and isinstance(told, dict) and told.get("paper") == "further-commitment":
            self.extend(envelope, number)
            return
        if self.key:
            self.fault("a second commitment: there is one in a study", number)
            return
        body = self.paper(envelope, "commitment", number)
        if body is None:
            return
        self.commitments, self.key = [body], str(envelope.get("key"))
        if self.first_participant:
            self.fault(f"the commitment comes after the first participant, at link {self.first_participant}", number)
        try:
            self.lists(body, number)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.fault("the commitment does not say what it commits to", number)

    def extend(self, envelope: Told, number: int) -> None:
        """A commitment for strata and participants that came later: it follows from the one before, and takes nothing away."""
        body = self.paper(envelope, "further-commitment", number)
        if body is None:
            return
        try:
            before, previous = self.plan, paper_hash(self.commitments[-1])
            plan, kept = body["plan"], ("study", "method", "ratio", "blocks", "probability")
            factors: dict[str, list[str]] = plan["factors"]
            if body["previous"] != previous:
                self.fault("the further commitment does not follow from the one before it", number)
            if any(plan[each] != before[each] for each in kept) or factors.keys() != before["factors"].keys():
                self.fault("the further commitment promises another way of allocating", number)
            if any(set(before["factors"][each]) - set(factors[each]) for each in factors):
                self.fault("the further commitment takes levels away", number)
            for site in sorted(set(factors.get("site", ())) - set(before["factors"].get("site", ()))):
                if site in self.first_at:
                    says = f"the commitment for site {site} comes after its first participant, at link {self.first_at[site]}"
                    self.fault(says, number)
            self.further.append((_whole(body["receipts"]), _word(body["last"]), number))
            self.commitments.append(body)
            self.lists(body, number)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.fault("the further commitment does not say what it commits to", number)

    def lists(self, body: Told, number: int) -> None:
        """What is committed to: a list for each stratum that has none, and further places of each that has too few."""
        if self.plan["study"] != self.chain.found.study:
            self.fault("the commitment is of another study", number)
        if self.chain.texts and self.plan["protocol"] not in self.chain.texts:
            self.fault("the commitment rests on another text of the study than the ledger holds", number)
        strata = [(each, self.total(canonical(each))) for each in _strata(self.plan)]
        places = self.plan["places"]
        wanted = [each for each in strata if not each[1]] + [each for each in strata if 0 < each[1] < places]
        found = [(each["list"], _whole(each.get("first", 1)) - 1) for each in body["lists"]]
        if any(self.total(canonical(of_list)) != there for of_list, there in found):
            self.fault("the commitment draws places anew that were committed to before", number)
        elif found != wanted or any(
            each["places"] != places - there for each, (_, there) in zip(body["lists"], wanted, strict=True)
        ):
            self.fault("the commitment does not hold one list for each stratum, with the places that it lacked", number)
        else:
            for each in body["lists"]:
                self.places.setdefault(canonical(each["list"]), []).append((_whole(each["places"]), str(each["chain"])))

    def total(self, name: bytes) -> int:
        """How many places of a list are committed to."""
        return sum(count for count, _ in self.places.get(name, ()))

    def receive(self, link: Told, number: int) -> None:
        who = link["participant"]
        body = self.paper(link["body"], "receipt", number)
        if not self.key:
            self.fault("an allocation before the commitment", number)
        if self.opened:
            self.fault("an allocation after the slots were opened", number)
        if who in self.of:
            self.fault(f"{who} was already allocated, at link {self.of[who]}", number)
        self.of.setdefault(who, number)
        if body is None:
            return
        self.requests[link["request"]] = number, who, str(body.get("arm"))
        try:
            _whole(body["number"]), _whole(body["slot"]), canonical(body["list"]), _word(body["previous"]), _word(body["at"])
            if body["participant"] != who or body["study"] != self.chain.found.study:
                self.fault("the receipt is of another participant or study", number)
            if (who, body["eligibility"]) not in self.eligible:
                self.fault(f"no signed eligibility of {who} with that hash stands before the allocation", number)
            if self.key and body["commitment"] != paper_hash(self.committed(body["stratum"]) or self.commitments[0]):
                self.fault("the receipt rests on another commitment", number)
            of_list = {} if self.plan.get("method") == "minimisation" else body["stratum"]
            if self.key and body["list"] != of_list:
                self.fault("the receipt names a list that is not that of its stratum", number)
            if self.key and not self.committed(body["stratum"]):
                self.fault("the receipt names a stratum that is not of the study", number)
            if self.key and body["arm"] not in self.ratio:
                self.fault(f"'{str(body['arm'])[:80]}' is no arm of the study", number)
            if self.key and body["at"] < (self.committed(body["stratum"]) or self.commitments[0])["at"]:
                self.fault("the receipt is older than the commitment", number)
            if len((body["arm"] + body["blank"]).encode()) != 64:
                self.fault("the receipt's length tells its arm", number)
            self.receipts.append((body, number))
        except (KeyError, TypeError, ValueError, AttributeError):
            self.fault("the receipt does not say what was allocated", number)

    def open(self, envelope: Told, number: int) -> None:
        body = self.paper(envelope, "opening", number)
        if body is None:
            return
        if self.opened:
            self.fault(f"the slots were already opened, at link {self.opened}", number)
            return
        self.opening, self.opened, self.chain.found.is_opened = body, number, True
        if body.get("head") not in self.locked:
            self.fault("the slots were opened without a lock before it", number)
        if not self.commitments or body.get("commitment") != paper_hash(self.commitments[-1]):
            self.fault("what was opened is not what was committed to", number)

    def end(self) -> None:
        self.chain.found.allocated = len(self.of)
        if self.virtual and self.key:
            count = len(self.virtual)
            says = f"{count} participant{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} virtual: no vault allocated them"
            self.chain.found.notes.append(says)
        self.beside()
        if not self.receipts:
            if self.opening:
                self.tickets([])
            return
        receipts = sorted(self.receipts, key=lambda each: each[0]["number"])
        slots: dict[tuple[bytes, int], str] = {}
        waiting = len(self.asked.keys() - self.of.keys())
        previous, last, at = "", 0, ""
        for body, number in receipts:
            gap = body["number"] - last - 1
            if gap == -1:
                self.fault(f"receipt {last} stands twice in the ledger", number)
            elif gap and gap <= waiting:
                waiting -= gap
                self.chain.found.notes.append(f"receipt {body['number'] - 1} is not in the ledger yet: it was asked for")
            elif gap:
                self.fault(f"receipt {last + 1} is not in the ledger, and receipt {body['number']} is", number)
            if gap == 0 and body["previous"] != previous:
                self.fault("the receipt does not follow from the one before it", number)
            if body["at"] < at:
                self.fault(f"the vault's clock goes back here: {body['at']} after {at}", number)
            slot = canonical(body["list"]), body["slot"]
            if slot in slots:
                self.fault(f"{body['participant']} holds slot {body['slot']} that {slots[slot]} holds already", number)
            slots[slot] = body["participant"]
            if self.key and body["slot"] > self.total(slot[0]):
                self.fault(f"there is no slot {body['slot']} in its list", number)
            previous, last, at = paper_hash(body), body["number"], max(at, body["at"])
        complete = [body["number"] for body, _ in receipts] == list(range(1, len(receipts) + 1))
        if complete:
            self.gaps(receipts)
        given = {body["number"]: paper_hash(body) for body, _ in receipts}
        for count, hash_, number in self.further:
            if count in given and given[count] != hash_ or not count and hash_:
                self.fault(f"the further commitment rests on another receipt {count} than the ledger holds", number)
        if self.opening:
            self.tickets(receipts)

    def gaps(self, receipts: list[tuple[Told, int]]) -> None:
        """Every list is used from its first slot on, none left out."""
        used: dict[bytes, int] = {}
        for body, number in receipts:
            name = canonical(body["list"])
            if body["slot"] != used.get(name, 0) + 1:
                self.fault(f"slot {used.get(name, 0) + 1} of its list was next, and this is slot {body['slot']}", number)
            used[name] = body["slot"]

    def beside(self) -> None:
        """The arm in the events is that of the receipt beside it, and there is none by hand."""
        how = {(do, item) for _, do, item, _, request in self.arms if request in self.requests}
        told: dict[str, str] = {}
        for number, do, item, arm, request in self.arms:
            if (do, item) not in how:
                continue
            if request not in self.requests:
                self.fault(f"'{do}' says {arm} without a receipt of the vault", number)
            elif arm != self.requests[request][2]:
                self.fault(f"'{do}' says {arm}, and the vault's receipt says {self.requests[request][2]}", number)
            told[request] = arm
        for request, (number, who, _) in self.requests.items():
            if request not in told:
                self.fault(f"no event of {who} says the arm that was allocated here", number)

    # after the slots were opened

    def parts(self) -> Iterator[tuple[bytes, int, str, int]]:
        """What was committed to at a time: the list, its places, their chain, and the slot of the first of them."""
        for name, parts in self.places.items():
            first = 1
            for places, committed in parts:
                yield name, places, committed, first
                first += places

    def tickets(self, receipts: list[tuple[Told, int]]) -> None:
        opened, study = self.opened, self.chain.found.study
        try:
            kept: dict[bytes, list[Told]] = {}
            for each in self.opening["tickets"]:
                kept.setdefault(canonical(each["list"]), []).append(each)
            for name, places, committed, first in self.parts():
                of_list: Told = json.loads(name)
                part = kept.get(name, [])[first - 1 : first - 1 + places]
                header = {"study": study, "list": of_list, "places": places} | ({"first": first} if first > 1 else {})
                chain = sha(b"equipoise list 1\n", canonical(header))
                for slot, each in enumerate(part, start=first):
                    told = {"study": study, "list": of_list, "slot": slot, "ticket": each["ticket"], "salt": each["salt"]}
                    leaf = sha(b"equipoise ticket 1\n", canonical(told))
                    chain = sha(b"equipoise chain 1\n", chain, leaf)
                    if each["slot"] != slot:
                        self.fault(f"slot {slot} of {_of(of_list)} is not where it should be", opened)
                if chain.hex() != committed or len(kept.get(name, ())) != self.total(name):
                    self.fault(f"the tickets of {_of(of_list)} are not those that were committed to", opened)
                if self.plan["method"] == "permuted_blocks" and not self._in_blocks([each["ticket"] for each in part]):
                    self.fault(f"the tickets of {_of(of_list)} do not stand in blocks as planned", opened)
            if kept.keys() - self.places.keys():
                self.fault("there are tickets of a list that was not committed to", opened)
            last = paper_hash(receipts[-1][0]) if receipts else ""
            if self.opening["receipts"] != len(receipts) or self.opening["last"] != last:
                self.fault("the vault gave other receipts than the ledger holds", opened)
            self.follow(receipts, {name: [each["ticket"] for each in tickets] for name, tickets in kept.items()})
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError):
            self.fault("the opening does not show the tickets", opened)

    def follow(self, receipts: list[tuple[Told, int]], tickets: Mapping[bytes, list[str]]) -> None:
        """Every arm follows from its ticket, and for adaptive methods from the participants before."""
        before: dict[bytes, list[Told]] = {}
        for body, number in sorted(receipts, key=lambda each: each[0]["slot"]):
            name = canonical(body["list"])
            earlier = before.setdefault(name, [])
            ticket = tickets[name][body["slot"] - 1]
            if self.plan["method"] in ("permuted_blocks", "simple"):
                arm = ticket
            else:
                arm = _adaptive(self.plan["method"], self.plan["probability"], sorted(self.ratio), ticket, body, earlier)
            if arm != body["arm"]:
                self.fault(f"the ticket of this slot gives {arm}, and the receipt says {body['arm']}", number)
            earlier.append(body)

    def _in_blocks(self, arms: list[str]) -> bool:
        """Whether arms can be cut into blocks that hold each arm in its ratio; the last block may be cut short."""
        share, ends = sum(self.ratio.values()), [0]
        for start in ends:
            for size in self.plan["blocks"]:
                block = arms[start : start + size]
                if all(block.count(arm) * share <= self.ratio[arm] * size for arm in set(block)):
                    if start + size >= len(arms):
                        return True
                    if start + size not in ends:
                        ends.append(start + size)
        return False


def _whole(number: Any) -> int:
    if type(number) is not int:
        raise TypeError(f"{number!r:.40} is no whole number")
    return number


def _word(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{text!r:.40} is no text")
    return text


def _strata(plan: Told) -> list[Told]:
    """The lists that a plan asks for: one for each combination of levels; for minimisation, one for all."""
    factors = {} if plan["method"] == "minimisation" else plan["factors"]
    named = sorted(factors)
    return [dict(zip(named, each, strict=True)) for each in product(*(factors[name] for name in named))]


def _of(of_list: Told) -> str:
    return "the list" + "".join(f", {key} {value}" for key, value in of_list.items())


def _adaptive(method: str, probability: str, arms: list[str], ticket: str, body: Told, earlier: list[Told]) -> str:
    """The arm that a ticket gives, by those before: the one with the least lack is favoured."""

    def lack(arm: str) -> int:
        if method == "biased_coin":
            return sum(each["arm"] == arm for each in earlier)
        total = 0
        for factor, level in body["stratum"].items():
            alike = [each["arm"] for each in earlier if each["stratum"][factor] == level]
            counts = [alike.count(other) + (other == arm) for other in arms]
            total += max(counts) - min(counts)
        return total

    lacks = {arm: lack(arm) for arm in arms}
    best = [arm for arm in arms if lacks[arm] == min(lacks.values())]
    rest = [arm for arm in arms if arm not in best]
    p = Fraction(probability)
    weights = [(arm, p / len(best)) for arm in best] + [(arm, (1 - p) / len(rest)) for arm in rest]
    if not rest:
        weights = [(arm, Fraction(1, len(arms))) for arm in best]
    at, reached = Fraction(int(ticket, 16), 2**64), Fraction(0)
    for arm, weight in weights:
        reached += weight
        if reached > at:
            return arm
    return ""


# --- Ed25519, RFC 8032, 5.1 ------------------------------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_ZERO: _Point = (0, 1, 1, 0)


def is_signed(envelope: Told) -> bool:
    """Whether a paper bears the signature of the key that it names."""
    try:
        key, signature = bytes.fromhex(envelope["key"]), bytes.fromhex(envelope["signature"])
        return is_signature(key, paper_bytes(envelope["body"]), signature)
    except (KeyError, TypeError, ValueError):
        return False


def is_signature(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the Ed25519 signature of a message under a public key (RFC 8032, 5.1.7, without the cofactor)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    minus_key = _multiples_of(key)
    if scalar >= _L or minus_key is None:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    x, y, z, _ = _sum(_times(_base(), scalar), _times(minus_key, k))
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def _sum(a: _Point, b: _Point) -> _Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point(raw: bytes) -> _Point | None:
    """A point from its 32 bytes (5.1.3); None if they name none."""
    number = int.from_bytes(raw, "little")
    odd, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = _P - x
    return x, y, 1, x * y % _P


@lru_cache(maxsize=1)
def _base() -> list[list[_Point]]:
    point = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert point is not None
    return _table(point)


@lru_cache(maxsize=16)
def _multiples_of(key: bytes) -> list[list[_Point]] | None:
    """What `_times` needs of minus the point of a key."""
    point = _point(key)
    return _table((_P - point[0], point[1], 1, _P - point[3])) if point is not None else None


def _table(point: _Point) -> list[list[_Point]]:
    """For each of 64 digits of base 16, the point's multiples by what that digit may be worth."""
    table = []
    for _ in range(64):
        row = [_ZERO]
        for _ in range(15):
            row.append(_sum(row[-1], point))
        table.append(row)
        point = _sum(row[-1], point)
    return table


def _times(table: list[list[_Point]], scalar: int) -> _Point:
    total = _ZERO
    for row in table:
        total = _sum(total, row[scalar & 15])
        scalar >>= 4
    return total


# --- files -----------------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """What is no ledger at all: the sentence says why."""


def links_of(ledger: Path) -> Iterator[tuple[str, Told | str]]:
    """Every link of a file with the name of its study: an export, or an SQLite file; a sentence for what is no link.

    Raises:
        Unreadable: The file is no ledger.
    """
    try:
        with ledger.open("rb") as opened:
            is_database = opened.read(16) == b"SQLite format 3\0"
    except OSError as why:
        raise Unreadable(f"{ledger} cannot be read: {(why.strerror or str(why)).lower()}") from why
    yield from _rows(ledger) if is_database else _lines(ledger)


def _lines(ledger: Path) -> Iterator[tuple[str, Told | str]]:
    study = ""
    with ledger.open("rb") as opened:
        for raw in opened:
            link = _read(raw)
            if isinstance(link, dict):
                study = link["study"] if isinstance(link.get("study"), str) else study
                yield study, link
            else:
                yield study, "this line is no link: it is not JSON as the ledger writes it"


def _rows(ledger: Path) -> Iterator[tuple[str, Told | str]]:
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as database:
            columns = sorted(_KEYS)
            named = ", ".join(f'"{each}"' for each in columns)
            for row in database.execute(f'SELECT {named} FROM "ledger_link" ORDER BY "study", "number", rowid'):
                link = dict(zip(columns, row, strict=True))
                study = link["study"] if isinstance(link["study"], str) else ""
                body = _read(link["body"]) if isinstance(link["body"], str) else None
                if isinstance(body, dict):
                    yield study, link | {"body": body}
                else:
                    yield study, "the body of this link is not JSON as the ledger writes it"
    except sqlite3.Error as why:
        raise Unreadable(f"{ledger} cannot be read as a ledger: {why}") from why


GUARDS = ("ledger_link_continues", "ledger_link_no_delete", "ledger_link_no_update")
"""The triggers by which an SQLite file refuses to be rewritten."""


def unguarded(ledger: Path) -> str:
    """Which triggers an SQLite file lacks, in a sentence; "" if none, or if the file is an export."""
    with ledger.open("rb") as opened:
        if opened.read(16) != b"SQLite format 3\0":
            return ""
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as database:
            there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    except sqlite3.Error:
        return ""
    lacking = [each for each in GUARDS if each not in there]
    return f"the triggers that refuse a rewriting were taken away: {', '.join(lacking)}" if lacking else ""


def outside_of(study: str, where: Path | None) -> Outside:
    """What a folder keeps of a study outside the database; or one file of anchors, and the head beside it."""
    if where is None:
        return Outside()
    name = quote(study, safe="")
    file = where / f"{name}.anchors.jsonl" if where.is_dir() else where
    head = file.with_name(file.name.removesuffix(".anchors.jsonl") + ".head")
    lines = tuple(file.read_bytes().splitlines()) if file.is_file() else ()
    return Outside(lines, head.read_bytes() if head.is_file() else b"", is_given=True)


def verdicts(
    ledger: Path, *, anchors: Path | None = None, key: str = "", study: str = "", now: datetime | None = None,
    tolerance: float = TOLERANCE,
) -> list[Verdict]:  # fmt: skip
    """What is to be said of every study in a file; of a desk's folder, of its ledger and its anchors.

    Raises:
        Unreadable: There is no ledger, or no folder of anchors.
    """
    if ledger.is_dir():
        anchors, ledger = anchors or ledger / "anchors", ledger / "ledger.sqlite3"
    if anchors is not None and not anchors.exists():
        raise Unreadable(f"{anchors} is not there: no anchors can be read")
    if key and (len(key) != 64 or set(key) - set("0123456789abcdef")):
        raise Unreadable("a key is 64 hexadecimal digits")
    for _ in range(ATTEMPTS):
        heads = _heads(anchors)
        found = _verdicts(ledger, anchors, key, study, now, tolerance)
        if heads == _heads(anchors):
            break  # else somebody wrote meanwhile: what is inside and what is outside were not of one moment
    return found


ATTEMPTS = 10
"""How often a ledger in use is read anew, where it was written to meanwhile."""


def _heads(where: Path | None) -> list[bytes]:
    return [each.read_bytes() for each in sorted(where.glob("*.head"))] if where is not None and where.is_dir() else []


def _verdicts(
    ledger: Path, anchors: Path | None, key: str, study: str, now: datetime | None, tolerance: float
) -> list[Verdict]:
    chains: dict[str, _Chain] = {}

    def chain_of(name: str) -> _Chain:
        if name not in chains:
            chains[name] = _Chain(Verdict(name), timedelta(seconds=tolerance), now)
            chains[name].read_outside(outside_of(name, anchors), key)
        return chains[name]

    for name, link in links_of(ledger):
        if not study or name == study:
            chain_of(name).take(link)
    for name in _anchored(anchors) if not study else [study]:
        chain_of(name)  # a study that is outside and not in the file was taken away whole
    for each in chains.values():
        each.end()
        if lacking := unguarded(ledger):
            each.fault(lacking)
        each.found.faults.sort(key=lambda fault: fault.number)
    return [each.found for each in chains.values()]


def _anchored(where: Path | None) -> list[str]:
    """The studies that a folder outside, or a file of it, keeps something of."""
    if where is None:
        return []
    papers = [*where.glob("*.anchors.jsonl"), *where.glob("*.head")] if where.is_dir() else [where]
    names = []
    for file in sorted(papers):
        first = _read(file.read_bytes().split(b"\n", 1)[0])
        body = first.get("body") if isinstance(first, dict) else None
        if isinstance(body, dict) and isinstance(body.get("study"), str):
            names.append(body["study"])
    return names


SHOWN_AT_MOST = 50
"""Faults of a study that are told one by one."""


def sentences(found: Verdict) -> Iterator[str]:
    """A verdict as a person reads it."""
    for each in found.faults[:SHOWN_AT_MOST]:
        yield str(each)
    if len(found.faults) > SHOWN_AT_MOST:
        yield f"{found.study}: {len(found.faults) - SHOWN_AT_MOST:,} further faults are not shown"
    held = f"{found.links:,} links, head {found.head[:16] or 'none'}"
    if found.anchors:
        held += f", {found.anchors:,} anchor{'' if found.anchors == 1 else 's'} up to link {found.anchored:,}"
    if found.acknowledged:
        held += f", acknowledged up to link {found.acknowledged:,}"
    if found.allocated:
        opened = "slots opened and every arm recomputed" if found.is_opened else "slots not opened yet"
        held += f", {found.allocated:,} allocated ({opened})"
    wrong = len(found.faults)
    says = "nothing altered, nothing missing" if not wrong else f"{wrong:,} fault{'' if wrong == 1 else 's'}"
    yield f"{found.study}: {says}: {held}"
    for note in found.notes:
        yield f"{found.study}: note: {note}"


def main(arguments: list[str] | None = None) -> int:
    """What a stranger runs: 0 if all is as it was, 1 if not, 2 if there is nothing to read."""
    parser = argparse.ArgumentParser(description="Whether a ledger is what it was.")
    parser.add_argument("ledger", type=Path, help="an export (.jsonl), an SQLite file, or a desk's folder")
    parser.add_argument("--anchors", type=Path, help="the folder of anchors, or a study's file of them")
    parser.add_argument("--key", default="", help="the desk's public key, in hex, as it was published")
    parser.add_argument("--study", default="", help="only this study")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="seconds by which clocks may differ")
    told = parser.parse_args(arguments)
    try:
        found = verdicts(
            told.ledger, anchors=told.anchors, key=told.key, study=told.study, now=datetime.now(UTC), tolerance=told.tolerance
        )
    except Unreadable as why:
        sys.stderr.write(f"{why}\n")
        return 2
    for each in found:
        for sentence in sentences(each):
            sys.stdout.write(sentence + "\n")
    if not found:
        sys.stderr.write(f"{told.ledger} holds no link\n")
        return 2
    return 1 if any(each.faults for each in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
