"""A study's ledger, whole: opened, committed, participants found eligible, randomised by a real vault, corrected, locked."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from equipoise.ledger import Draft, signature
from equipoise.randomisation import Plan, further
from equipoise.vault import Vault, made_key, start, trust
from equipoise.verifier import paper_hash
from equipoise.web.ledger import anchor, append, head, links

TEXT = """equipoise: 1
study: story
title: A study of which nothing but its ledger is told
design: {type: interventional, allocation: randomised, masking: none}
"""
FACTORS = {"stage": ("i", "ii"), "site": ("north", "south")}
METHODS: dict[str, dict[str, Any]] = {
    "permuted_blocks": {"ratio": {"ablation": 2, "chemotherapy": 1}, "blocks": (3, 6)},
    "simple": {"ratio": {"ablation": 1, "chemotherapy": 1}},
    "minimisation": {"ratio": {"ablation": 1, "chemotherapy": 1, "waiting": 1}, "probability": "0.8"},
    "biased_coin": {"ratio": {"ablation": 1, "chemotherapy": 1}, "probability": "2/3"},
}


def draft(kind: str, body: dict[str, Any], who: str = "") -> Draft:
    return Draft(by="anna", role="coordinator", site="north", participant=who, kind=kind, body=body)


def event(who: str, name: str, **told: Any) -> Draft:
    return draft("event", {"id": name, "participant": who, "on": "2026-11-20", **told}, who)


def tell(
    desk: Any, *, people: int, method: str = "permuted_blocks", study: str = "story", opened: bool = True, joined: str = ""
) -> None:
    """Write the ledger of a study in the desk's database, with anchors on the way; a site may join after the first half, and more be planned."""
    key = made_key(desk.web_key)
    trust(desk.folder, key)
    keeper = start(desk.folder)
    try:
        vault = Vault(desk.folder, key)
        told = sha256(TEXT.encode()).hexdigest()
        append(study, [draft("study-opened", {"text": TEXT, "hash": told, "version": "1"})], request="open")
        plan = Plan(study=study, protocol=told, method=method, factors=FACTORS, places=people, **METHODS[method])
        first = vault.prepare(plan)
        append(study, [draft("commitment", first)], request="commit")
        anchor(study)
        for turn in range(people):
            who = f"P-{turn:03}"
            if joined and turn == people // 2:
                wider = further(plan, replace(plan, factors={**FACTORS, "site": (*FACTORS["site"], joined)}, places=people + 2))
                more = vault.extend(wider, previous=paper_hash(first["body"]))
                append(study, [draft("commitment", more)], request="commit 2")
            append(study, [event(who, "e1", do="screening", items={"age": f"{40 + turn} years"})], request=f"{who} e1")
            last = list(links(study))[-1]
            signed = signature("eligibility", {"participant": who, "age": 40 + turn, "eligible": True}, rests_on=last)
            append(study, [draft("signed", signed, who)], request=f"{who} signed")
            stratum = {"stage": "i" if turn % 3 else "ii", "site": "north" if turn % 2 else "south"}
            if joined and turn >= people // 2 and turn % 3 != 1:
                stratum["site"] = joined
            asked = {"stratum": stratum, "eligibility": signed["hash"]}
            append(study, [draft("allocation-asked", asked, who)], request=f"{who} asked")
            receipt = vault.assign(study=study, participant=who, stratum=stratum, eligibility=signed["hash"])
            arm = {"arm": receipt["body"]["arm"]}
            drafts = [draft("allocated", receipt, who), event(who, "e2", do="randomisation", items=arm)]
            append(study, drafts, request=f"{who} allocated")
            correction = event(who, "e3", corrects="e1", items={"age": f"{41 + turn} years"}, reason="read again")
            append(study, [correction], request=f"{who} e3")
            if turn % 15 == 14:
                anchor(study)
        if opened:
            (locked,) = append(study, [draft("locked", {"reason": "complete"})], request="lock")
            append(study, [draft("opened", vault.opened(study, head=locked.hash))], request="opened")
            anchor(study)
            append(study, [draft("exported", {"to": "the statistician"})], request="after")
            append(study, [draft("exported", {"to": "the sponsor"})], request="after 2")
    finally:
        keeper.stop()
    assert head(study).number
