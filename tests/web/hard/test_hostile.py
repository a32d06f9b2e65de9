"""Hostile text in every field of every form, and in every string of a study's file, does nothing but stand there."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedside import PASSWORD, ROLES, Site, token

MARK = "w5zq"
"""A tag of this name is on no page of ours: where it stands as a tag, somebody's text was taken for marks."""
HOSTILE = {
    "marks": f'"><{MARK} onpointerenter=alert(1)></{MARK}><img src=x onerror=alert(1)><script>alert(1)</script>',
    "a statement": f"x'; DROP TABLE ledger_link; -- <{MARK}>",
    "braces": f"{{{{ 7|add:88881111 }}}}{{% load words %}}{{% debug %}}<{MARK}>${{88881111+7}}",
    "direction": f"\u202egnp.exe\u2066 <{MARK}>\u200f",
    "nothing": f"a\x00b\x1b[31m <{MARK}>",
    "lines": f"a\r\nSet-Cookie: desk=x\r\n\r\n<{MARK}>",
    "path": f"../../../../etc/passwd%00<{MARK}>",
    "formula": f'=HYPERLINK("https://a.example","<{MARK}>")',
    "half": "\ud83d",
    "long": f"<{MARK}>" * 5_000,
}
LARGE = f"<{MARK}>" + "x" * 1_000_000


class Fields(HTMLParser):
    """The fields of a page's forms: a value that each may have, and which take any words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.free: set[str] = set()
        self.choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "option" and self.choosing and value:
            self.found[self.choosing] = self.found[self.choosing] or value
        if tag in ("input", "select", "textarea") and name:
            self.found.setdefault(name, value)
            self.choosing = name if tag == "select" else ""
            if tag == "textarea" or (
                tag == "input" and told.get("type", "text") in ("text", "search") and not told.get("inputmode")
            ):
                self.free.add(name)


def clean(name: str, answer: Any) -> None:
    """No answer takes hostile text for anything but text."""
    assert answer.status_code < 500, (name, answer.status_code)
    raw = b"".join(answer) if answer.streaming else answer.content
    if answer["Content-Type"].startswith(("text/html", "image/svg")):
        assert f"<{MARK}".encode() not in raw, name
        assert b"88881118" not in raw, name
    if answer["Content-Type"].startswith("text/calendar"):
        assert not re.search(rb"^(Set-Cookie|<)", raw, re.MULTILINE), name
    assert answer.cookies.get("desk") is None or answer.cookies["desk"].value != "x", name


def pages(site: Site, parts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page of the study: its screen and its address."""
    from equipoise.web.staff.here import ROUTES

    for name, route in ROUTES.items():
        yield name, site.url(re.sub(r"<(?:\w+:)?(\w+)>", lambda found: parts[found[1]], route))


PARTS = {"who": "P-001", "activity": "labs", "event_name": "labs-1", "number": "5", "table": "x", "row": "x"}


def crawled(site: Site, people: tuple[str, ...] = tuple(ROLES)) -> int:
    """Look at every page as everybody."""
    count = 0
    for person in people:
        browser = site.client(person)
        browser.raise_request_exception = False
        for name, address in pages(site, PARTS):
            clean(f"{person} {name}", browser.get(address))
            count += 1
    return count


@pytest.mark.slow
@pytest.mark.parametrize("sort", [
    *("marks", "half"),
    *(
        pytest.param(each, marks=pytest.mark.long)
        for each in ("a statement", "nothing", "braces", "direction", "lines", "path", "formula", "long", "large")
    ),
])  # fmt: skip
def test_hostile_text_in_every_field_of_every_form_does_nothing(opened: Any, sort: str) -> None:
    from equipoise import verifier
    from equipoise.web.ledger import links

    text = HOSTILE.get(sort, LARGE)
    sent_as = b"\xed\xa0\xbd\xff" if sort == "half" else text  # half a character, as no browser would send it
    site: Site = opened("pdac-oligo-ablation")
    site.add("P-001")
    site.record("P-001", {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"alt": "30 U/L"}})
    sent = fields = 0
    for person in ("nurse", "doctor", "board", "monitor", "data", "admin"):
        browser = site.client(person)
        browser.raise_request_exception = False
        for name, address in pages(site, PARTS):
            page = browser.get(address)
            if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
                continue
            form = Fields()
            form.feed(page.content.decode())
            if name == "screening":
                form.found["screening.histology"] = ""
            asked = set(form.found) - {"csrfmiddlewaretoken", "request", "who_you_are", "shown"}
            kept = {"request": token(), "who_you_are": PASSWORD, "shown": form.found.get("shown", "")}
            if name == "lock":
                kept["who_you_are"] = ""  # a locked study takes nothing more
            sane = {
                "participant": "P-002",
                "site": "centre",
                "user": "eve",
                "role": "monitor",
                "days": "5",
                "does": form.found.get("does", ""),
            }
            wrong = asked if sort != "large" else set(sorted(asked)[:3])
            for hit in (
                (form.free - set(sane), asked - set(sane), asked) if sort != "large" else (wrong,)
            ):  # beside sound answers, and everywhere
                told = {each: sent_as if each in hit else sane.get(each, form.found[each]) for each in asked} | kept
                dates = {each: "2026-11-10" for each in told if each.endswith(".on") and hit != asked}
                if hit:
                    clean(f"{person} POST {name}", browser.post(address, {**told, **dates, "request": token()}))
                sent, fields = sent + 1, fields + len(hit)
            query = dict.fromkeys((*asked, "q", "step", "activity", "site", "page", "kind", "person", "day"), text[:3_000])
            clean(
                f"{person} GET {name}", browser.get(address, {k: v.encode(errors="replace").decode() for k, v in query.items()})
            )
    assert sent > 40
    crawled(site, ("nurse", "doctor", "monitor", "data", "admin", "auditor"))
    told = list(links(site.slug))
    assert verifier.verdict(site.slug, (each.told for each in told)).faults == []
    assert not [each for each in told if "\x00" in str(each.body)]
    print(f"{sort}: {sent} forms, {fields} fields, {len(told)} links")


def strings(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every string of a study's file stands."""
    match tree:
        case dict():
            for key, each in tree.items():
                yield from strings(each, (*path, key))
        case list():
            for place, each in enumerate(tree):
                yield from strings(each, (*path, place))
        case str():
            yield path


def put(tree: Any, path: tuple[Any, ...], text: str) -> None:
    """Put a text in its place."""
    for part in path[:-1]:
        tree = tree[part]
    tree[path[-1]] = text


def words(tree: Any) -> list[tuple[Any, ...]]:
    """Where the free words stand: what no rule of the language is read from."""
    free = (
        "label",
        "title",
        "summary",
        "says",
        "what",
        "why",
        "because",
        "sponsor",
        "note",
        "reason",
        "country",
        "page",
        "unit",
    )
    return [
        each
        for each in strings(tree)
        if each[-1] in free[:-1] or "keywords" in each or "conditions" in each or "unstated" in each
    ]


@pytest.mark.slow
@pytest.mark.parametrize("sort", ["marks", *(pytest.param(each, marks=pytest.mark.long) for each in ("braces", "formula"))])
def test_a_study_whose_words_are_hostile_is_read_and_shown_as_it_stands(
    sort: str, roomy: Any, vault: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from equipoise.study import Unsound
    from equipoise.study import study as read_study

    refused: list[str] = []

    def changed(text: str) -> str:
        tree = yaml.load(text, Loader=yaml.BaseLoader)
        for path in words(tree):
            old = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
            put(tree, path, HOSTILE[sort])
        made = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
        try:
            read_study(made, file="study.yaml")
        except Unsound as why:  # then only what is taken: one after the other
            refused.append(str(why)[:2_000])
            tree = yaml.load(text, Loader=yaml.BaseLoader)
            for path in words(tree):
                old = tree
                for part in path[:-1]:
                    old = old[part]
                before = old[path[-1]]
                put(tree, path, HOSTILE[sort])
                try:
                    read_study(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), file="study.yaml")
                except Unsound:
                    old[path[-1]] = before
            made = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
        assert made.count(MARK) > 50
        return made

    site: Site = roomy(60, changed)
    site.add("P-001")
    site.record("P-001", {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"alt": "30 U/L"}})
    count = crawled(site, ("nurse", "doctor", "data", "admin"))
    print(f"{sort}: {count} pages; first refused: {refused[:1]}")


@pytest.mark.slow
@pytest.mark.parametrize("every", [17, pytest.param(1, marks=pytest.mark.long)])
def test_any_string_of_a_study_file_may_be_hostile_and_is_read_or_refused_with_its_place(studies: Path, every: int) -> None:
    """A fault in the text is a finding with its place; nothing else is raised."""
    from copy import deepcopy

    from equipoise.finding import Severity
    from equipoise.study import Unsound
    from equipoise.study import study as read_study

    tree = yaml.load((studies / "pdac-oligo-ablation" / "study.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    all_, sorts = list(strings(tree))[::every], [each for name, each in HOSTILE.items() if name != "half"]
    read = refused = 0
    for place, path in enumerate(all_):
        other = deepcopy(tree)
        put(other, path, sorts[place % len(sorts)])
        try:
            found = read_study(yaml.safe_dump(other, allow_unicode=True, sort_keys=False), file="study.yaml").findings
        except Unsound as why:
            found = why.findings
        assert all(each.says.strip() for each in found), path
        is_fault = any(each.severity is Severity.ERROR for each in found)
        read, refused = read + (not is_fault), refused + is_fault
    assert read and refused and read + refused == len(all_)
    print(f"{len(all_)} strings: {read} read, {refused} refused")


@pytest.mark.parametrize("name", ["../../x", "x'; DROP TABLE y", "<b>", "a b", "A", "", "x" * 81])
def test_a_study_whose_name_is_no_name_is_not_opened(opened_on_sqlite: Any, studies: Path, tmp_path: Path, name: str) -> None:
    from equipoise.study import Unsound
    from equipoise.web.ledger import studies as open_ones
    from equipoise.web.staff.studies import open_study

    text = (studies / "pdac-oligo-ablation" / "study.yaml").read_text(encoding="utf-8")
    (tmp_path / "study.yaml").write_text(text.replace("study: pdac-oligo-ablation", f"study: {name!r}", 1), encoding="utf-8")
    with pytest.raises(Unsound):
        open_study(tmp_path)
    assert open_ones() == ()


@pytest.mark.parametrize(("old", "new", "says"), [("include: histology", "include: no_such_name", "no_such_name"),
                                                  ("title: ", f"title: {HOSTILE['direction']} ", "cannot be seen")])  # fmt: skip
def test_a_study_with_an_error_is_not_opened(
    opened_on_sqlite: Any, studies: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    from equipoise.study import Unsound
    from equipoise.web.ledger import studies as open_ones
    from equipoise.web.staff.studies import open_study

    text = (studies / "pdac-oligo-ablation" / "study.yaml").read_text(encoding="utf-8")
    (tmp_path / "study.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Unsound, match=says):
        open_study(tmp_path)
    assert open_ones() == ()
