"""Opening a study at a desk."""

from pathlib import Path
from typing import Any

from bedside import ROLES, Site


def test_a_study_that_does_not_name_its_version_is_opened_and_worked_with(opened: Any, tmp_path: Path) -> None:
    from equipoise.web.demonstration import give_roles
    from equipoise.web.staff.studies import open_study

    site: Site = opened("batch-rfa-crlm")
    (tmp_path / "study.yaml").write_text(
        "equipoise: 1\nstudy: unnamed\ntitle: A study without a version\nactivities: {visit: {label: Visit}}\n"
        "design: {type: observational, perspective: prospective, model: cohort}\n",
        encoding="utf-8",
    )
    site.slug = open_study(tmp_path)
    give_roles(site.slug, ROLES)
    site.add()
    site.record("P-001", {"on": "2026-11-20", "do": "visit"})
    page = site.client("nurse").get(site.url("p/P-001/"))
    assert page.status_code == 200 and "Version" not in page.content.decode().partition("<footer>")[2]
