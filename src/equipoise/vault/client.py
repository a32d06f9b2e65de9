"""Whoever asks the vault: one request, one answer; where the vault is being started again, a little patience."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..ledger import Paper
from ..randomisation import Plan
from .keys import Unsafe, public, write
from .papers import Refused, body_of, signed
from .wire import ASKER, FOLDER, PUBLIC, answered, frame, read_address


class Unreachable(ConnectionError):
    """The vault does not answer. Whatever it was asked may have happened: ask again, the answer will be the same."""


def trust(desk: Path, key: Ed25519PrivateKey) -> None:
    """Tell the vault of a desk, once, who may ask.

    Raises:
        Unsafe: It was told of somebody else.
    """
    file = desk / FOLDER / ASKER
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write(file, public(key) + "\n", once=True)
    if file.read_text("ascii").strip() != public(key):
        raise Unsafe(f"{file} names another key: who may ask is said once")


class Vault:
    """The vault of a desk, asked by the one whose key it trusts.

    Args:
        desk: The desk's folder.
        key: The key of the one who asks.
        patience: Seconds to go on asking where the vault does not answer, as while it is started again.
    """

    def __init__(self, desk: Path, key: Ed25519PrivateKey, *, patience: float = 10.0) -> None:
        self._folder, self._key, self._patience = desk / FOLDER, key, patience

    def prepare(self, plan: Plan) -> Paper:
        """Have all slots of a study drawn and sealed; the commitment to publish before the first participant.

        Raises:
            Refused: The study has another plan already.
            Unreachable: The vault does not answer.
        """
        return self._signed("commitment", self._asked(signed({"paper": "prepare", "plan": plan.paper()}, self._key)))

    def extend(self, plan: Plan, *, previous: str) -> Paper:
        """Have slots drawn for strata that have come since; the commitment to publish before anybody is added there.

        Args:
            plan: With every level that there was, and the further ones.
            previous: The hash of the last commitment that the ledger holds.

        Raises:
            Refused: More is to change than that, or the vault's last commitment is another.
            Unreachable: The vault does not answer.
        """
        paper = {"paper": "extend", "plan": plan.paper(), "previous": previous}
        return self._signed("further-commitment", self._asked(signed(paper, self._key)))

    def assign(self, *, study: str, participant: str, stratum: Mapping[str, str], eligibility: str, known: int = 0) -> Paper:
        """The receipt of a participant's allocation, which is made if there is none yet.

        Args:
            study: Its name.
            participant: The pseudonym.
            stratum: The level of each factor.
            eligibility: The hash, in hex, of the signed eligibility.
            known: How many receipts of the study the ledger holds already; a vault that has given fewer is an old copy.

        Raises:
            Refused: Nobody was allocated; it says why.
            Unreachable: The vault does not answer; ask again.
        """
        paper = {
            "paper": "assign",
            "study": study,
            "participant": participant,
            "stratum": dict(stratum),
            "eligibility": eligibility,
            "known": known,
        }
        receipt = self._signed("receipt", self._asked(signed(paper, self._key)))
        if (receipt["body"]["study"], receipt["body"]["participant"]) != (study, participant):
            raise Refused("altered", f"the vault answered with a receipt that is not of {participant}")
        return receipt

    def commitment(self, study: str) -> Paper:
        """What was committed to before the first participant."""
        return self._signed("commitment", self._asked({"paper": "commitment", "study": study}))

    def commitments(self, study: str) -> tuple[Paper, ...]:
        """That, and every further commitment, in order."""
        first, *more = self._asked({"paper": "commitments", "study": study})
        return self._signed("commitment", first), *(self._signed("further-commitment", each) for each in more)

    def public_key(self) -> str:
        """The vault's public key, in hex."""
        return str(self._asked({"paper": "key"}))

    def opened(self, study: str, *, head: str) -> Paper:
        """Every ticket of a study that is locked; from then on nobody is randomised in it any more.

        Args:
            study: Its name.
            head: The hash of the last link of its ledger, which says that it is locked.
        """
        return self._signed("opening", self._asked(signed({"paper": "open", "study": study, "head": head}, self._key)))

    def _signed(self, paper: str, envelope: Any) -> Paper:
        body_of(envelope, paper, (self._folder / PUBLIC).read_text("ascii").strip())
        return dict(envelope)

    def _asked(self, request: Mapping[str, Any]) -> Any:
        until = time.monotonic() + self._patience
        while True:
            try:
                address = read_address(self._folder)
                with address.connected(self._patience) as connection:
                    connection.sendall(frame({**request, "secret": address.secret}))
                    told = answered(connection)
                break
            except (OSError, json.JSONDecodeError) as why:
                if time.monotonic() > until:
                    says = f"the vault of {self._folder.parent} does not answer ({type(why).__name__})"
                    raise Unreachable(f"{says}: ask again, the answer will be the same") from None
                time.sleep(0.02)
        if "refused" in told:
            raise Refused(told["why"], told["refused"])
        return told["answer"]
