"""Every standard is listed, explained under its three headings and on its page, and exports what it says."""

import importlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise import exchange
from equipoise.command import _app
from equipoise.exchange import Cases, Format, formats

FOLDER = Path(exchange.__file__).parent
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "exchange.md"
HEADINGS = ("What it carries", "What it does not", "Source")


def modules() -> dict[str, Format]:
    names = [
        each.stem
        for each in FOLDER.iterdir()
        if each.stem not in ("__init__", "format", "forms", "__pycache__")
        and (each.suffix == ".py" or (each / "__init__.py").is_file())
    ]
    return {name: importlib.import_module(f"equipoise.exchange.{name}").FORMAT for name in names}


def test_each_file_is_a_standard_and_each_standard_is_listed() -> None:
    assert sorted(each.name for each in modules().values()) == sorted(formats())
    assert {name.replace("_", "-") for name in modules()} == {*formats()}


@pytest.mark.parametrize("name", modules())
def test_a_standard_is_explained(name: str) -> None:
    told = importlib.import_module(f"equipoise.exchange.{name}").__doc__ or ""
    at = [told.find(f"\n{each}\n") for each in HEADINGS]
    assert -1 not in at and at == sorted(at)
    page = PAGE.read_text(encoding="utf-8")
    each = modules()[name]
    assert f"| `{each.name}` |" in page
    assert f"\n## {each.label}\n" in page


@pytest.mark.parametrize("each", formats().values(), ids=lambda each: each.name)
def test_an_export_made_twice_is_the_same_to_the_byte(each: Format) -> None:
    study = eq.load(eq.shipped() / "pdac-oligo-ablation")
    people, _ = eq.read_people(eq.shipped() / "pdac-oligo-ablation" / "people", study)
    cases = Cases(people, max(eq.last_day(one) for one in people.values()), is_virtual=True)
    assert each.out is not None
    first, second = each.out(study, cases), each.out(study, cases)
    assert first.files == second.files
    assert first.findings == second.findings
    assert first.files


def test_export_lists_the_standards_and_knows_a_misspelt_one() -> None:
    ran = CliRunner().invoke(_app, ["export", "batch-rfa-crlm"])
    assert ran.exit_code == 0
    assert all(each.name in ran.output for each in formats().values())
    ran = CliRunner().invoke(_app, ["export", "batch-rfa-crlm", "usmd"])
    assert ran.exit_code == 1
    assert "did you mean 'usdm'?" in ran.output


def test_an_export_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = CliRunner().invoke(_app, ["export", "batch-rfa-crlm", "circe", "--to", str(tmp_path / "file")])
    assert ran.exit_code == 1
    assert "cannot be written" in ran.output
