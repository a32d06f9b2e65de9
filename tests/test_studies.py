"""Each study that comes with equipoise: sound, its people charted as a person has read them, its README's lines right."""

import re
from pathlib import Path

import pytest

from equipoise.chart import as_of, chart
from equipoise.command.chart import chart_text
from equipoise.command.screen import screening_text
from equipoise.document import Mapping, Node, Scalar, Sequence, document
from equipoise.events import last_day
from equipoise.finding import errors
from equipoise.screening import screening
from equipoise.study import Study, load
from equipoise.transcript import read_events

STUDIES = Path(__file__).parent.parent / "studies"
SLUGS = sorted(each.parent.name for each in STUDIES.glob("*/study.yaml"))
PEOPLE = [(slug, file.stem) for slug in SLUGS for file in sorted((STUDIES / slug / "people").glob("*.jsonl"))]


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    return {slug: load(STUDIES / slug) for slug in SLUGS}


def test_there_are_six() -> None:
    assert len(SLUGS) == 6


@pytest.mark.parametrize("slug", SLUGS)
def test_it_is_sound_and_named_after_its_folder(slug: str, studies: dict[str, Study]) -> None:
    study = studies[slug]
    assert not errors(study.findings), [str(each) for each in study.findings]
    assert study.protocol.study == slug


def charted(study: Study, name: str) -> str:
    """All that equipoise says of one invented participant."""
    file = STUDIES / study.protocol.study / "people" / f"{name}.jsonl"
    events, findings = read_events(file, study, file=f"people/{file.name}")
    known = chart(study, events, until=last_day(events))
    enrolled = known.first("enrolment")
    screened = screening(study, (as_of(known, study, enrolled) if enrolled is not None else known).facts)
    told = "".join(f"{each}\n" for each in findings)
    return f"{told}{chart_text(study, known, name)}\n{screening_text(screened)}"


@pytest.mark.parametrize(("slug", "name"), PEOPLE)
def test_its_people_are_charted_as_expected(
    slug: str, name: str, studies: dict[str, Study], request: pytest.FixtureRequest
) -> None:
    found = charted(studies[slug], name)
    file = STUDIES / slug / "expected" / f"{name}.txt"
    if request.config.getoption("--accept"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert file.is_file(), "no expected chart yet: read what pytest --accept writes, then keep it"
    assert found == file.read_text(encoding="utf-8")


SPAN = re.compile(r"`([^`]+)`")
LINE = re.compile(r"study\.yaml:(\d+)")


def place_of(path: str, root: Mapping) -> int | None:
    """The line of a key path: `endpoints.os`, `unstated[3].what` (the third), `unstated.2`, or `unstated: what begins so`."""
    path, _, text = path.partition(": ")
    path = re.sub(r"\[(\d+)\]", lambda found: f".{int(found[1]) - 1}", path)
    node: Node = root
    line = None
    for word in re.findall(r"[A-Za-z0-9_]+", path):
        if isinstance(node, Mapping):
            found = [(key, child) for key, child in node.entries if key.text == word]
            if not found:
                return None
            line, node = found[0][0].place.line, found[0][1]
        elif isinstance(node, Sequence):
            named = [each for each in node.items if word in texts(each)]
            picked = node.items[int(word)] if word.isdigit() and int(word) < len(node.items) else named[0] if named else None
            if picked is None:
                return None
            line, node = picked.place.line, picked
        else:
            return None
    if text:
        items = node.items if isinstance(node, Sequence) else ()
        entry = next((each for each in items if any(one.startswith(text[:30]) for one in texts(each))), None)
        return None if entry is None else entry.place.line
    return line


def texts(node: Node) -> list[str]:
    if isinstance(node, Scalar):
        return [node.text]
    return [child.text for _, child in node.entries if isinstance(child, Scalar)] if isinstance(node, Mapping) else []


@pytest.mark.parametrize("slug", SLUGS)
def test_its_readme_maps_what_the_source_says_to_the_lines_it_names(slug: str) -> None:
    """Each row that names a line of study.yaml names a key path that leads there."""
    root = document(STUDIES / slug / "study.yaml").root
    assert isinstance(root, Mapping)
    readme = (STUDIES / slug / "README.md").read_text(encoding="utf-8")
    rows = [row for row in readme.splitlines() if row.startswith("|") and LINE.search(row)]
    assert len(rows) >= 20, "the README maps each statement of the source to lines of study.yaml"
    wrong = []
    for row in rows:
        named = {int(each) for each in LINE.findall(row)}
        paths = [each for each in SPAN.findall(row) if not LINE.search(each)]
        led = {place_of(path, root) for path in paths}
        if named - led:
            wrong.append(f"{sorted(named - led)}: {paths} lead to {led}")
    assert not wrong, f"{len(wrong)} of {len(rows)}: {wrong[:5]}"
