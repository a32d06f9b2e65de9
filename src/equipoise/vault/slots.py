"""The vault's file: sealed slots and the receipts given for them. Nothing here tells what a slot holds that is not yet given out."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..ledger import Paper
from ..randomisation import METHODS, Chance, Method, Plan, Unfit, further, plan_of
from ..randomisation.opening import named
from ..randomisation.tickets import Ticket, chain, hash_of, slots_of, to_draw
from ..verifier import canonical
from .keys import Unsafe, public, seal_of
from .papers import Refused, body_of, signed

SLACK = timedelta(seconds=2)
"""By how much a clock may be set back, as clocks are that are kept right over a network; the moment before is used then."""
ROOM, ANSWER, BLANK = 256, 4_096, 64
"""Bytes of a sealed ticket, of a sealed answer, and of an arm with its blanks: sizes tell nothing."""

_TABLES = """
CREATE TABLE IF NOT EXISTS study (study TEXT PRIMARY KEY, commitment BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS further (
    study TEXT NOT NULL REFERENCES study, number INTEGER NOT NULL, commitment BLOB NOT NULL, PRIMARY KEY (study, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opened (study TEXT PRIMARY KEY REFERENCES study, opening BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slot (
    study TEXT NOT NULL, list TEXT NOT NULL, slot INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (study, list, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipt (
    study TEXT NOT NULL, number INTEGER NOT NULL, participant TEXT NOT NULL, list TEXT NOT NULL, slot INTEGER NOT NULL,
    answer BLOB NOT NULL, PRIMARY KEY (study, number), UNIQUE (study, participant), UNIQUE (study, list, slot),
    FOREIGN KEY (study, list, slot) REFERENCES slot
) STRICT, WITHOUT ROWID;
"""
_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'what the vault has written is never changed'); END;
"""


@dataclass(frozen=True, slots=True)
class _Committed:
    """One commitment: the plan it follows, the paper as it was signed, and its hash."""

    plan: Plan
    paper: Paper
    hash: str


@dataclass(slots=True)
class _Known:
    """A study as the vault has it in mind: its commitments, the first and further ones, and what was given out so far."""

    method: Method
    opened: bool
    commitments: list[_Committed] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """How many tickets each list has."""
    number: int = 0
    last: str = ""
    at: str = ""
    earlier: dict[str, list[tuple[Mapping[str, str], str]]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan with every level that is committed to."""
        return self.commitments[-1].plan

    @property
    def lists(self) -> list[dict[str, Any]]:
        """Every list that was committed to, and the further tickets of each, in the order in which they were."""
        return [each for committed in self.commitments for each in committed.paper["body"]["lists"]]

    def commit(self, plan: Plan, paper: Paper) -> None:
        """Have a commitment in mind, after those before it."""
        body = paper["body"]
        self.commitments.append(_Committed(plan, paper, hash_of(body)))
        self.places |= {canonical(each["list"]).decode(): slots_of(each).stop - 1 for each in body["lists"]}
        self.at = max(self.at, body["at"])


class Slots:
    """The slots of the studies of one desk.

    Args:
        file: The SQLite file; made where there is none.
        key: The vault's own.
        asker: The public key, in hex, of the one who may ask.
        clock: The moment now, in UTC.
        chance: By which tickets are drawn.
        methods: The methods there are.

    Raises:
        Unsafe: The file belongs to another key.
    """

    def __init__(
        self,
        file: Path,
        key: Ed25519PrivateKey,
        asker: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Chance = secrets.randbelow,
        methods: Sequence[Method] = METHODS,
    ) -> None:
        self._key, self._seal, self._asker = key, seal_of(key), asker
        self._clock, self._chance, self._methods = clock, chance, methods
        self._open = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._open.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
            + _TABLES
            + "".join(
                _TRIGGER.format(table=table, verb=verb)
                for table in ("study", "further", "opened", "slot", "receipt")
                for verb in ("UPDATE", "DELETE")
            )
        )
        self._studies: dict[str, _Known] = {}
        for study, commitment in self._open.execute("SELECT study, commitment FROM study").fetchall():
            if json.loads(commitment)["key"] != public(key):
                raise Unsafe(f"{file} was sealed with another key: {study} cannot be opened with this one")

    def close(self) -> None:
        """Let go of the file."""
        self._open.close()

    @property
    def public_key(self) -> str:
        """The key that receipts and commitments are signed by, in hex."""
        return public(self._key)

    # --- before the first participant ------------------------------------------------------------------------------

    def prepare(self, envelope: object) -> Paper:
        """Draw and seal all slots of a study, and commit to them; the same plan again has the same answer.

        Raises:
            Refused: It is not signed, is no plan, or the study has another.
        """
        body = body_of(envelope, "prepare", self._asker)
        try:
            plan = plan_of(body.get("plan", {}))
            method = next((each for each in self._methods if each.name == plan.method), None)
        except Unfit as why:
            raise Refused("unfit", str(why)) from None
        if method is None:
            raise Refused("unfit", f"'{plan.method}' is not a method that is known here")
        if (known := self._known(plan.study)) is not None:
            first = known.commitments[0]
            if first.plan.paper() != plan.paper():
                raise Refused("prepared", f"{plan.study} has its slots already, by another plan: they are drawn once")
            return first.paper
        with _Transaction(self._open):
            lists = self._drawn(plan, method, to_draw(plan, method.by_stratum, {}))
            paper = {"paper": "commitment", "plan": plan.paper(), "at": _text(self._clock()), "lists": lists}
            commitment = dict(json.loads(canonical(signed(paper, self._key))))
            self._open.execute("INSERT INTO study VALUES (?, ?)", (plan.study, canonical(commitment)))
        return commitment

    def extend(self, envelope: object) -> Paper:
        """Draw and seal slots for strata and participants that have come since, and commit to them; what was sealed stays.

        A stratum that has come has a list of its own. A list with fewer places than participants are planned by now has
        further ones, after its last: they are drawn by themselves, so that nothing follows for those before. A method with
        one list for all strata draws nothing for further levels: what is committed to then is that there are such.

        Raises:
            Refused: It is not signed, changes more than levels and places, or does not follow from the last commitment.
        """
        body = body_of(envelope, "extend", self._asker)
        try:
            wanted = plan_of(body.get("plan", {}))
            known = self._study(wanted.study)
            plan = further(known.plan, wanted)
        except Unfit as why:
            raise Refused("unfit", str(why)) from None
        for before, each in pairwise(known.commitments):
            if (each.plan.paper(), before.hash) == (wanted.paper(), body.get("previous")):
                return each.paper
        if known.opened:
            raise Refused("locked", f"{plan.study} is locked and its slots are open: nothing is drawn for it any more")
        if body.get("previous") != known.commitments[-1].hash:
            raise Refused("older", f"the last commitment of {plan.study} is another here than in its ledger")
        if plan.paper() != wanted.paper() or (plan.factors == known.plan.factors and plan.places <= known.plan.places):
            says = f"a further commitment of {plan.study} keeps every level there is, and has further ones, or more places"
            raise Refused("prepared", says)
        new = to_draw(plan, known.method.by_stratum, known.places)
        with _Transaction(self._open):
            paper = {
                "paper": "further-commitment",
                "plan": plan.paper(),
                "at": max(_text(self._clock()), known.at),
                "lists": self._drawn(plan, known.method, new),
                "previous": known.commitments[-1].hash,
                "receipts": known.number,
                "last": known.last,
            }
            commitment = dict(json.loads(canonical(signed(paper, self._key))))
            row = plan.study, len(known.commitments) + 1, canonical(commitment)
            self._open.execute("INSERT INTO further VALUES (?, ?, ?)", row)
        known.commit(plan, commitment)
        return commitment

    def _drawn(self, plan: Plan, method: Method, wanted: Iterable[tuple[Mapping[str, str], int]]) -> list[dict[str, Any]]:
        """Slots drawn and sealed for each list, after those that it has already, and what is published of them."""
        lists = []
        for list_, there in wanted:
            drawn = enumerate(method.tickets(replace(plan, places=plan.places - there), self._chance), there + 1)
            tickets = [Ticket(slot, ticket, secrets.token_hex(32)) for slot, ticket in drawn]
            name = canonical(list_).decode()
            self._open.executemany(
                "INSERT INTO slot VALUES (?, ?, ?, ?)",
                ((plan.study, name, each.slot, self._sealed(plan.study, name, each)) for each in tickets),
            )
            first = {"first": there + 1} if there else {}
            committed = chain(plan.study, list_, len(tickets), tickets, **first)
            lists.append({"list": dict(list_), **first, "places": len(tickets), "chain": committed})
        return lists

    def commitment(self, study: str) -> Paper:
        """What was committed to before the first participant.

        Raises:
            Refused: The study is not known.
        """
        return self._study(study).commitments[0].paper

    def commitments(self, study: str) -> list[Paper]:
        """That, and every further commitment, in order.

        Raises:
            Refused: The study is not known.
        """
        return [each.paper for each in self._study(study).commitments]

    # --- one participant after the other ---------------------------------------------------------------------------

    def assign(self, envelopes: Sequence[object]) -> list[Paper | Refused]:
        """A receipt for each participant who is asked for, or why there is none; on disk before anything is answered.

        Several are written at once, because a disk takes as long for one as for many. Each is answered on its own.
        """
        answers: list[Paper | Refused] = []
        try:
            with _Transaction(self._open):
                for envelope in envelopes:
                    try:
                        answers.append(self._assigned(envelope))
                    except Refused as why:
                        answers.append(why)
        except BaseException:
            self._studies.clear()  # what is in mind may be ahead of the file: read it again
            raise
        return answers

    def _assigned(self, envelope: object) -> Paper:
        asked = body_of(envelope, "assign", self._asker)
        match asked:
            case {"study": str() as study, "participant": str() as who, "stratum": dict() as stratum, "known": int() as known_}:
                pass
            case _:
                raise Refused("unsigned", "the statement names no study, participant, stratum and number of receipts known")
        if not who.isprintable() or not 0 < len(who.encode()) <= BLANK or set(who) & {'"', "\\"}:
            raise Refused("participant", f"a participant's pseudonym has 1 to {BLANK} bytes, without quotes")
        eligibility = asked.get("eligibility")
        if not isinstance(eligibility, str) or len(eligibility) != 64 or set(eligibility) - set("0123456789abcdef"):
            raise Refused("eligibility", f"{who} cannot be randomised: the statement carries no signed eligibility")
        known = self._study(study)
        if (answer := self._given(study, who)) is not None:
            return answer
        if known.opened:
            raise Refused("locked", f"{study} is locked and its slots are open: nobody is randomised any more")
        if not known.plan.knows(stratum):
            raise Refused("stratum", f"the stratum of {who} is not one of {study}")
        if known_ > known.number:
            raise Refused(
                "older",
                f"the ledger of {study} knows of {known_} receipts and the vault gave {known.number}: it is an older copy",
            )
        return self._receipt(known, who, stratum, eligibility)

    def _receipt(self, known: _Known, who: str, stratum: Mapping[str, str], eligibility: str) -> Paper:
        study = known.plan.study
        list_ = dict(stratum) if known.method.by_stratum else {}
        name = canonical(list_).decode()
        earlier = known.earlier.setdefault(name, [])
        slot = len(earlier) + 1
        if slot > known.places[name]:
            raise Refused(
                "exhausted", f"the list of {named(list_)} of {study} is used up after {slot - 1} places: nobody was randomised"
            )
        at = _text(self._clock())
        if at < known.at:
            if datetime.fromisoformat(known.at) - datetime.fromisoformat(at) > SLACK:
                raise Refused(
                    "clock", f"the vault's clock says {at}, and the last receipt is of {known.at}: set the clock right"
                )
            at = known.at
        ticket = self._unsealed(study, name, slot)
        arm = known.method.arm(known.plan, earlier, stratum, ticket.ticket)
        body = {
            "paper": "receipt",
            "study": study,
            "number": known.number + 1,
            "participant": who,
            "stratum": dict(stratum),
            "list": list_,
            "slot": slot,
            "arm": arm,
            "at": at,
            "eligibility": eligibility,
            "commitment": next(each.hash for each in known.commitments if each.plan.knows(stratum)),
            "previous": known.last,
            "blank": " " * (BLANK - len(arm.encode())),
        }
        receipt = signed(body, self._key)
        text = canonical(receipt).ljust(ANSWER)
        sealed = self._closed(text, "receipt", study, who)
        self._open.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?)", (study, known.number + 1, who, name, slot, sealed))
        known.number, known.last, known.at = known.number + 1, hash_of(body), at
        earlier.append((dict(stratum), arm))
        return dict(json.loads(text))  # as it will be read again, to the byte

    def _given(self, study: str, who: str) -> Paper | None:
        row = self._open.execute("SELECT answer FROM receipt WHERE study = ? AND participant = ?", (study, who)).fetchone()
        return None if row is None else self._read(row[0], "receipt", study, who)

    # --- after lock ------------------------------------------------------------------------------------------------

    def open(self, envelope: object) -> Paper:
        """Every ticket with its salt. From then on nobody is randomised any more, so that nothing is given away.

        Raises:
            Refused: It is not signed, or the study is not known.
        """
        body = body_of(envelope, "open", self._asker)
        study, head = body.get("study"), body.get("head")
        if not isinstance(study, str) or not isinstance(head, str):
            raise Refused("unsigned", "the statement names no study and no head of its ledger")
        known = self._study(study)
        row = self._open.execute("SELECT opening FROM opened WHERE study = ?", (study,)).fetchone()
        if row is not None:
            return dict(json.loads(row[0]))
        tickets = []
        for each in known.lists:
            name = canonical(each["list"]).decode()
            for slot in slots_of(each):
                ticket = self._unsealed(study, name, slot)
                tickets.append({"list": each["list"], "slot": slot, "ticket": ticket.ticket, "salt": ticket.salt})
        paper = {
            "paper": "opening",
            "study": study,
            "commitment": known.commitments[-1].hash,
            "head": head,
            "at": max(_text(self._clock()), known.at),
            "receipts": known.number,
            "last": known.last,
            "tickets": tickets,
        }
        opening = dict(json.loads(canonical(signed(paper, self._key))))
        with _Transaction(self._open):
            self._open.execute("INSERT INTO opened VALUES (?, ?)", (study, canonical(opening)))
        known.opened = True
        return opening

    # --- in mind, and sealed -----------------------------------------------------------------------------------------

    def _study(self, study: str) -> _Known:
        known = self._known(study)
        if known is None:
            raise Refused("unknown-study", "the vault has no slots of this study: prepare it first")
        return known

    def _known(self, study: str) -> _Known | None:
        if study in self._studies:
            return self._studies[study]
        row = self._open.execute("SELECT commitment FROM study WHERE study = ?", (study,)).fetchone()
        if row is None:
            return None
        more = self._open.execute("SELECT commitment FROM further WHERE study = ? ORDER BY number", (study,)).fetchall()
        papers = [("commitment", row[0]), *(("further-commitment", each) for (each,) in more)]
        plans = [plan_of(body_of(json.loads(text), paper, self.public_key)["plan"]) for paper, text in papers]
        known = _Known(
            next(each for each in self._methods if each.name == plans[0].method),
            self._open.execute("SELECT 1 FROM opened WHERE study = ?", (study,)).fetchone() is not None,
        )
        for plan, (_, text) in zip(plans, papers, strict=True):
            known.commit(plan, json.loads(text))
        rows = self._open.execute("SELECT participant, answer FROM receipt WHERE study = ? ORDER BY number", (study,))
        for who, sealed in rows.fetchall():
            given = self._read(sealed, "receipt", study, who)["body"]
            known.earlier.setdefault(canonical(given["list"]).decode(), []).append((given["stratum"], given["arm"]))
            known.number, known.last, known.at = given["number"], hash_of(given), max(known.at, given["at"])
        self._studies[study] = known
        return known

    def _sealed(self, study: str, list_: str, each: Ticket) -> bytes:
        return self._closed(canonical({"ticket": each.ticket, "salt": each.salt}).ljust(ROOM), "slot", study, list_, each.slot)

    def _unsealed(self, study: str, list_: str, slot: int) -> Ticket:
        row = self._open.execute(
            "SELECT sealed FROM slot WHERE study = ? AND list = ? AND slot = ?", (study, list_, slot)
        ).fetchone()
        held = self._read(row[0] if row is not None else b"", "slot", study, list_, slot)
        return Ticket(slot, held["ticket"], held["salt"])

    def _closed(self, text: bytes, *where: str | int) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._seal.encrypt(nonce, text, b"equipoise sealed 1\n" + canonical(where))

    def _read(self, sealed: bytes, *where: str | int) -> dict[str, Any]:
        try:
            return dict(json.loads(self._seal.decrypt(sealed[:12], sealed[12:], b"equipoise sealed 1\n" + canonical(where))))
        except (InvalidTag, ValueError):
            raise Refused(
                "altered", "the vault's file was altered: what is sealed there does not open where it stands"
            ) from None


class _Transaction:
    """All of it on disk, or nothing."""

    def __init__(self, open_: sqlite3.Connection) -> None:
        self._open = open_

    def __enter__(self) -> None:
        self._open.execute("BEGIN IMMEDIATE")

    def __exit__(self, sort: type[BaseException] | None, *_: object) -> None:
        try:
            if sort is None:
                self._open.execute("COMMIT")
        finally:
            if self._open.in_transaction:  # something failed, be it the disk
                self._open.execute("ROLLBACK")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
