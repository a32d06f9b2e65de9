"""A walk through batch-rfa-crlm, page by page, with the clock moved on: the pages always say what is next and why."""

import re
from collections.abc import Callable

import pytest

from bedside import Site, signed, token
from t5_walk import Walk, through_the_trial


class Posted(Walk):
    """A walk of forms that are posted, and pages that are read as they were rendered."""

    def fill(self, activity: str, items: dict[str, str]) -> None:
        told = {f"{activity}.{key}": value for key, value in items.items()}
        told |= {f"{activity}.on": self.day.isoformat(), "request": token()}
        address, nurse = self.site.url(f"p/{self.who}/record/{activity}/"), self.site.client("nurse")
        response = nurse.post(address, told)
        said = response.content.decode()
        if response.status_code == 422:
            seen = re.search(r'name="seen" value="(\w+)"', said)
            assert seen is not None, said
            response = nurse.post(address, {**told, "seen": seen[1]})
        assert response.status_code == 302, said

    def sign(self) -> None:
        assert signed(self.site, self.who).status_code == 302

    @property
    def next(self) -> list[tuple[str, str]]:
        response = self.site.client("nurse").get(self.site.url(f"p/{self.who}/"))
        assert response.status_code == 200
        found = response.context["nexts"]
        text = response.content.decode()
        assert all(part in text for each in found for part, _ in each.parts)
        return [(part, each.why) for each in found for part, _ in each.parts]


def test_the_pages_say_what_is_next_and_why_from_induction_to_the_third_year(
    opened_on_sqlite: Callable[[str], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    walk = Posted(site, "T5-001", monkeypatch)
    site.add(walk.who)
    through_the_trial(walk)
