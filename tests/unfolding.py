"""A study with a questionnaire that asks for more, by what was answered."""

from pathlib import Path

from bedside import ROLES

UNFOLDING = """
equipoise: 1
study: unfolding
title: A questionnaire of which each answer asks for more
version: 1.0.0
design: {type: observational}
sites: {centre: {label: The centre}}
activities:
  smoking:
    by: participant
    repeats: true
    items:
      smokes: {label: Do you smoke?, type: yes_no}
      a_day: {label: How many a day?, type: integer, range: 0..200, when: smokes, required: true}
      stopping: {label: Would you like to stop?, type: yes_no, when: a_day >= 10}
      tried: {label: Did you try to stop?, type: yes_no, when: smokes}
      how: {label: How did you try?, type: choice, of: {alone: On my own, helped: With help}, when: tried}
"""


def unfolding(folder: Path) -> str:
    """A study with that questionnaire, opened."""
    from equipoise.web.demonstration import give_roles
    from equipoise.web.staff.studies import open_study

    (folder / "unfolding").mkdir()
    (folder / "unfolding" / "study.yaml").write_text(UNFOLDING, encoding="utf-8")
    slug = open_study(folder / "unfolding")
    give_roles(slug, ROLES)
    return slug
