"""Each study that comes with equipoise: sound, its people charted as a person has read them, its README's lines right."""

import re
from pathlib import Path

import pytest
from equipoise.chart import as_of, chart
from equipoise.command.chart import chart_text
from equipoise.command.screen import screening_text
from equipoise.events import last_day, read_events
from equipoise.finding import errors
from equipoise.screening import screening
from equipoise.study import Study, load

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
def test_its_people_are_charted_as_expected(slug: str, name: str, studies: dict[str, Study], request: pytest.FixtureRequest) -> None:
    found = charted(studies[slug], name)
    file = STUDIES / slug / "expected" / f"{name}.txt"
    if request.config.getoption("--accept"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert file.is_file(), "no expected chart yet: read what pytest --accept writes, then keep it"
    assert found == file.read_text(encoding="utf-8")


ROW = re.compile(r"^\|(?P<says>[^|]*)\|.*?study\.yaml:(?P<line>\d+)", re.MULTILINE)
PATH = re.compile(r"`([a-z_]+(?:\.[a-zA-Z0-9_]+)*)`")


@pytest.mark.parametrize("slug", SLUGS)
def test_its_readme_points_at_the_lines_it_names(slug: str) -> None:
    """Each row that names a line of study.yaml names a key path too, whose last word stands on that line."""
    lines = (STUDIES / slug / "study.yaml").read_text(encoding="utf-8").splitlines()
    readme = (STUDIES / slug / "README.md").read_text(encoding="utf-8")
    rows = [row for row in readme.splitlines() if row.startswith("|") and "study.yaml:" in row]
    assert len(rows) >= 10, "the README maps each statement of the source to lines of study.yaml"
    wrong = []
    for row in rows:
        numbers = [int(each) for each in re.findall(r"study\.yaml:(\d+)", row)]
        paths = [each for each in PATH.findall(row) if each != "study.yaml"]
        for number in numbers:
            words = {path.rpartition(".")[2] for path in paths}
            if not any(word in lines[number - 1] for word in words):
                wrong.append(f"{number}: {lines[number - 1].strip()[:60]} has none of {sorted(words)}")
    assert not wrong, wrong
