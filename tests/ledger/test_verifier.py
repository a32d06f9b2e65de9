"""What a stranger is told of a ledger."""

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from equipoise import verifier
from equipoise.command import _app as app
from equipoise.ledger import paper
from equipoise.verifier import Told, Unreadable, Verdict, link_hash, outside_of, verdict, verdicts
from equipoise.web.ledger import export, links, outside
from ledger_story import METHODS, tell

FILE = Path(verifier.__file__)


@pytest.fixture(autouse=True)
def _signatures_are_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "is_signature", _is_signature)


_is_signature = lru_cache(maxsize=None)(verifier.is_signature)


def says(found: Verdict) -> list[tuple[int, str]]:
    return [(each.number, each.says) for each in found.faults]


def test_it_needs_python_alone() -> None:
    named = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(FILE.read_text()))
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import)
                     else [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
    }  # fmt: skip
    assert named <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.parse(FILE.read_text())))


@pytest.mark.parametrize("method", METHODS)
def test_a_true_ledger_has_no_fault_and_every_arm_is_recomputed(sqlite: Any, method: str) -> None:
    tell(sqlite, people=14, method=method)
    (found,) = verdicts(sqlite.folder, key=outside.public_key())
    assert says(found) == []
    assert (found.allocated, found.is_opened, found.anchors) == (14, True, 2)
    assert found.notes == ["2 links lie after the last anchor"]


@pytest.mark.parametrize("method", METHODS)
def test_a_site_that_joins_has_a_commitment_of_its_own_and_its_arms_are_recomputed_too(sqlite: Any, method: str) -> None:
    tell(sqlite, people=14, method=method, joined="east")
    (found,) = verdicts(sqlite.folder, key=outside.public_key())
    assert says(found) == []
    assert (found.allocated, found.is_opened) == (14, True)
    rests_on = {
        each.body["body"]["stratum"]["site"]: each.body["body"]["commitment"] for each in links("story", kinds=("allocated",))
    }
    assert len({*rests_on.values()}) == 2 and rests_on["north"] == rests_on["south"] != rests_on["east"]


FURTHER: dict[str, tuple[Callable[[list[Told]], Any], str]] = {
    "hidden": (lambda told: told.remove(at(told, "commitment", 1)), "a stratum that is not of the study"),
    "twice": (lambda told: told.append(copy.deepcopy(at(told, "commitment", 1))), "does not follow from the one before"),
    "before the first": (lambda told: told.insert(1, told.pop(told.index(at(told, "commitment", 1)))), "no commitment of the vault"),
    "another's key": (lambda told: resigned(at(told, "commitment", 1)["body"]), "another key than the commitment's"),
    "bent": (lambda told: at(told, "commitment", 1)["body"]["body"].update(last="0" * 64), "does not bear a true signature"),
    "on another receipt": (lambda told: at(told, "commitment", 1)["body"]["body"].update(last="0" * 64), "rests on another receipt"),
    "fewer levels": (
        lambda told: at(told, "commitment", 1)["body"]["body"]["plan"]["factors"].update(stage=["i"]), "takes levels away"
    ),
    "other blocks": (
        lambda told: at(told, "commitment", 1)["body"]["body"]["plan"].update(blocks=[9]), "another way of allocating"
    ),
    "after its first": (lambda told: told[5].update(site="east"), "comes after its first participant, at link 6"),
    "drawn anew": (
        lambda told: at(told, "commitment", 1)["body"]["body"]["lists"].append(at(told, "commitment")["body"]["body"]["lists"][0]),
        "draws places anew",
    ),
    "further places drawn anew": (
        lambda told: at(told, "commitment", 1)["body"]["body"]["lists"][-1].update(first=1), "draws places anew"
    ),
    "fewer further places than were planned": (
        lambda told: at(told, "commitment", 1)["body"]["body"]["lists"][-1].update(places=1), "with the places that it lacked"
    ),
    "a ticket of it bent": (
        lambda told: at(told, "opened")["body"]["body"]["tickets"][-1].update(salt="00"), "not those that were committed to"
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", FURTHER)
def test_every_promise_to_a_site_that_joined_is_kept_or_named(joined_story: Any, change: str) -> None:
    how, sentence = FURTHER[change]
    assert any(sentence in each for _, each in changed(joined_story, how)), changed(joined_story, how)


def test_a_stranger_runs_the_one_file_on_the_database_and_on_an_export(database: Any) -> None:
    tell(database, people=4)
    file = database.folder / "story.jsonl"
    export("story", file)
    key = outside.public_key()
    for ledger in (file, *([database.folder / "ledger.sqlite3"] if not database.database else [])):
        told = [str(ledger), "--anchors", str(database.anchors), "--key", key]
        alone = subprocess.run([sys.executable, "-I", str(FILE), *told], capture_output=True, text=True, cwd="/")
        assert (alone.returncode, alone.stderr) == (0, "")
        ours = CliRunner().invoke(app, ["verify", *told])
        assert (ours.exit_code, ours.output) == (0, alone.stdout)
        assert "nothing altered, nothing missing" in alone.stdout
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:9], lines[9].replace('"anna"', '"hanna"'), *lines[10:]]) + "\n")
    alone = subprocess.run([sys.executable, "-I", str(FILE), str(file)], capture_output=True, text=True)
    assert alone.returncode == 1
    assert "story, link 10: the hash does not follow from what the link says: it was changed" in alone.stdout
    ours = CliRunner().invoke(app, ["verify", str(file), "--json"])
    assert ours.exit_code == 1
    assert json.loads(ours.output)[0]["faults"][0]["number"] == 10


@pytest.mark.parametrize(("name", "raw", "sentence"), [
    ("none.jsonl", None, "cannot be read"),
    ("x.sqlite3", b"SQLite format 3\0 and no more", "cannot be read as a ledger"),
    ("key", b"", "a key is 64"),
    ("anchors", b"", "no anchors can be read"),
])  # fmt: skip
def test_what_is_no_ledger_is_said_to_be_none(tmp_path: Path, name: str, raw: bytes | None, sentence: str) -> None:
    file = tmp_path / name
    if raw is not None:
        file.write_bytes(raw)
    told: dict[str, Any] = {"key": {"key": "xyz"}, "anchors": {"anchors": tmp_path / "nowhere"}}.get(name, {})
    with pytest.raises(Unreadable, match=sentence):
        verdicts(file, **told)
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "nothing")]).exit_code == 2


# --- what links say of each other ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def joined_story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Any]:
    from databases import _desk

    with pytest.MonkeyPatch.context() as patch:
        desk = _desk("sqlite", request, tmp_path_factory.mktemp("joined"), patch, django_db_blocker)
        made = next(desk)
        tell(made, people=8, joined="east")
        yield [each.told for each in links("story")], outside_of("story", made.anchors), made
        list(desk)


@pytest.fixture(scope="module")
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Any]:
    from databases import _desk

    with pytest.MonkeyPatch.context() as patch:
        desk = _desk("sqlite", request, tmp_path_factory.mktemp("story"), patch, django_db_blocker)
        made = next(desk)
        tell(made, people=6)
        yield [each.told for each in links("story")], outside_of("story", made.anchors), made
        list(desk)


def relinked(told: list[Told]) -> list[Told]:
    """The chain made anew over what the links now say."""
    previous = ""
    for number, each in enumerate(told, start=1):
        each |= {"number": number, "previous": previous}
        each["hash"] = previous = link_hash(each)
    return told


def changed(story: Any, change: Callable[[list[Told]], Any]) -> list[tuple[int, str]]:
    """What is said of the story once something in it is otherwise, nothing outside being given."""
    told = copy.deepcopy(story[0])
    change(told)
    # what rests on another link's hash follows the new chain, so that only the change itself is heard
    said = relinked(told)
    for each in said:
        if each["kind"] == "signed" and each["body"]["rests_on"]["number"] < each["number"]:
            each["body"]["rests_on"]["hash"] = said[each["body"]["rests_on"]["number"] - 1]["hash"]
            relinked(said)
    return [each for each in says(verdict("story", said)) if each[1] != "the slots were opened without a lock before it"]


def at(told: list[Told], kind: str, turn: int = 0, **body: Any) -> Told:
    found = [each for each in told if each["kind"] == kind and body.items() <= each["body"].items()]
    return found[turn]


def resigned(envelope: Told, **change: Any) -> None:
    key = Ed25519PrivateKey.generate()
    body = {**envelope["body"], **change}
    envelope.update(paper(body, key=key.public_key().public_bytes_raw().hex(), sign=key.sign))


def test_a_chain_made_anew_is_a_chain_until_somebody_kept_an_anchor(story: Any) -> None:
    told = copy.deepcopy(story[0])
    told[-1]["body"]["to"] = "a friend"
    found = verdict("story", relinked(told))
    assert says(found) == []
    assert found.notes == [
        "no anchors were given: a chain that was cut at its end or made anew cannot be told from the true one"
    ]
    assert says(verdict("story", told, outside=story[1])) == [
        (len(told), "the signed head holds another hash for this link: the chain was made anew")
    ]


def test_what_lies_after_the_last_anchor_is_held_by_the_signed_head_alone(story: Any) -> None:
    links_, outside_, _ = story
    cut = links_[:-1]
    assert [each[1] for each in says(verdict("story", cut, outside=outside_))] == [
        f"the ledger ends at link {len(cut)}, and the signed head holds link {len(cut) + 1}: it was cut short"
    ]
    more = copy.deepcopy(links_)
    more.append(more[-1] | {"number": 99, "request": "slipped in"})
    assert [each[1] for each in says(verdict("story", relinked(more), outside=outside_))] == [
        f"the desk wrote no further than link {len(links_)}: this was put in by somebody else"
    ]
    blind = verdict("story", cut, outside=verifier.Outside(outside_.anchors, b"", is_given=True))
    assert says(blind) == []
    assert "there is no signed head: what was cut after the last anchor cannot be noticed" in blind.notes
    assert "1 link lies after the last anchor" in blind.notes


CHANGES: dict[str, tuple[Callable[[list[Told]], Any], str]] = {
    "a correction of nothing": (lambda told: at(told, "event", corrects="e1")["body"].update(corrects="e9"), "no such event"),
    "a correction of a list": (lambda told: at(told, "event", corrects="e1")["body"].update(corrects=["e1"]), "no such event"),
    "a correction of another's": (lambda told: at(told, "event", id="e1")["body"].update(id="e7"), "no such event"),
    "no reason": (lambda told: at(told, "event", corrects="e1")["body"].update(reason=" "), "without a reason"),
    "another's event": (lambda told: at(told, "event")["body"].update(participant="P-9"), "not told of the participant"),
    "no name": (lambda told: at(told, "event", corrects="e1")["body"].pop("id"), "no name"),
    "one name twice": (lambda told: at(told, "event", corrects="e1")["body"].update(id="e1"), "already told"),
    "another text": (lambda told: told[0]["body"].update(text="study: other"), "not that of the text"),
    "shown otherwise": (lambda told: at(told, "signed")["body"]["shown"].update(age=17), "does not bind what was shown"),
    "a signature on air": (lambda told: at(told, "signed")["body"]["rests_on"].update(number=999), "rest on a link before"),
    "a bent receipt": (lambda told: at(told, "allocated")["body"]["body"].update(at="2026"), "true signature"),
    "another's key": (lambda told: resigned(at(told, "allocated")["body"]), "another key than the commitment's"),
    "another commitment": (lambda told: resigned(at(told, "commitment")["body"], at="2020-01-01"), "another key than the comm"),
    "no eligibility": (lambda told: at(told, "signed")["body"].update(purpose="lock"), "no signed eligibility"),
    "eligibility too late": (lambda told: told.insert(7, told.pop(3)), "no signed eligibility"),
    "two allocations": (lambda told: told.insert(-3, copy.deepcopy(at(told, "allocated"))), "was already allocated"),
    "a receipt hidden": (lambda told: told.remove(at(told, "allocated", 2)), "the vault gave other receipts"),
    "arm by hand": (lambda told: told.insert(-3, hand(told)), "without a receipt of the vault"),
    "another arm": (lambda told: other_arm(told), "and the vault's receipt says"),
    "no arm": (lambda told: told.remove(at(told, "event", id="e2")), "says the arm that was allocated here"),
    "commitment too late": (lambda told: told.insert(2, told.pop(1)), "comes after the first participant"),
    "no commitment": (lambda told: told.pop(1), "an allocation before the commitment"),
    "two commitments": (lambda told: told.insert(2, copy.deepcopy(told[1])), "a second commitment"),
    "allocated after opening": (lambda told: told.append(copy.deepcopy(at(told, "allocated"))), "after the slots were opened"),
    "opened twice": (lambda told: told.append(copy.deepcopy(at(told, "opened"))), "already opened"),
    "a bent ticket": (lambda told: ticket(told).update(ticket="waiting"), "not those that were committed to"),
    "a bent salt": (lambda told: ticket(told).update(salt="00"), "not those that were committed to"),
    "a ticket less": (lambda told: at(told, "opened")["body"]["body"]["tickets"].pop(), "not those that were committed to"),
    "no tickets": (lambda told: at(told, "opened")["body"]["body"].pop("tickets"), "does not show the tickets"),
    "clock": (lambda told: told[4].update(at="2020-01-01T00:00:00.000000+00:00"), "the clock goes back"),
    "no moment": (lambda told: told[4].update(at="yesterday"), "no moment as the ledger writes it"),
    "a key more": (lambda told: told[4].update(extra=1), "this is no link"),
    "no body": (lambda told: told[4].update(body=[]), "this is no link"),
    "another study": (lambda told: told[4].update(study="other"), "of another study"),
}


def ticket(told: list[Told]) -> Told:
    found: Told = at(told, "opened")["body"]["body"]["tickets"][0]
    return found


def hand(told: list[Told]) -> Told:
    made = copy.deepcopy(at(told, "event", id="e2"))
    made["body"]["id"], made["request"], made["at"] = "e8", "by hand", told[-4]["at"]
    return made


def other_arm(told: list[Told]) -> None:
    items = at(told, "event", id="e2")["body"]["items"]
    items["arm"] = "chemotherapy" if items["arm"] == "ablation" else "ablation"


@pytest.mark.parametrize("change", CHANGES)
def test_every_promise_that_is_broken_is_named(story: Any, change: str) -> None:
    how, sentence = CHANGES[change]
    assert any(sentence in each for _, each in changed(story, how)), changed(story, how)


def test_anything_at_all_in_a_body_is_a_fault_and_never_a_crash(story: Any, joined_story: Any) -> None:
    hostile: tuple[Any, ...] = (None, 0, -1, 1e308, "", "x", [], {}, [[]], {"value": []}, True)

    def places(told: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        inner = told.items() if isinstance(told, dict) else enumerate(told[:2]) if isinstance(told, list) else ()
        for key, each in inner:
            yield (*path, key)
            yield from places(each, (*path, key))

    kinds = ("commitment", "allocated", "opened", "signed", "event", "study-opened", "allocation-asked")
    turn = 0
    chosen = [(story, kind, at(story[0], kind)) for kind in kinds]
    chosen.append((joined_story, "a further commitment", at(joined_story[0], "commitment", 1)))
    for held, kind, link in chosen:
        number = held[0].index(link)
        for path in places(link["body"]):
            told = copy.deepcopy(held[0])
            inner = told[number]["body"]
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = hostile[turn % len(hostile)]
            turn += 1
            assert verdict("story", told).faults, (kind, path)
            relinked(told)
            verdict("story", told, outside=held[1])
    assert turn > 80


def test_outside_papers_are_held_to_account(story: Any) -> None:
    links_, outside_, _ = story
    first, second = outside_.anchors

    def heard(*anchors: bytes, head: bytes = outside_.head, key: str = "") -> list[str]:
        given = verifier.Outside(tuple(anchors), head, is_given=True)
        return [each.says for each in verdict("story", links_, outside=given, key=key).faults]

    assert heard(first, second) == []
    assert "anchor 1 does not follow from the anchor before it" in heard(second)
    assert "anchor 2 is not later than the anchor before it" in heard(second, first)
    assert "anchor 2 cannot be read" in heard(first, second[:-1])
    assert "anchor 1 does not bear a true signature" in heard(first.replace(b'"number":2', b'"number":3'), second)
    assert "anchor 1 is signed with another key than the desk's" in heard(first, second, key="0" * 64)
    bent = json.loads(first)
    resigned(bent)
    assert "anchor 2 is signed with another key than the desk's" in heard(verifier.canonical(bent), second)
    assert "the signed head cannot be read" in heard(first, second, head=first)


def test_a_study_that_was_taken_away_whole_is_missed(story: Any) -> None:
    *_, desk = story
    empty = desk.folder / "empty.jsonl"
    empty.write_text("")
    (found,) = verdicts(empty, anchors=desk.anchors)
    assert (found.study, found.links) == ("story", 0)
    assert any("cut short" in each.says for each in found.faults)


def test_a_line_that_says_one_key_twice_is_no_link(story: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    line = verifier.canonical(story[0][0]).decode()
    file.write_text(line.replace('"by":', '"by":"somebody","by":') + "\n")
    (found,) = verdicts(file)
    assert "it is not JSON as the ledger writes it" in found.faults[0].says
