"""The table of permissions: what is done to a study as a whole is not included in a role at one site."""

from typing import Any

import pytest

from bedside import PASSWORD, Site, token
from equipoise.web.staff.roles import _WHOLE, ACTIONS, Powers


def at(site: Site, name: str, role: str, place: str = "centre") -> Any:
    """A browser of somebody with a role at one site alone."""
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles

    User.objects.create_user(name, password=PASSWORD)
    give_roles(site.slug, {name: role}, site=place)
    return site.client(name)


def test_a_role_at_one_site_does_not_include_what_is_done_to_the_whole_study() -> None:
    assert _WHOLE <= ACTIONS
    for role in ("administrator", "data_manager", "auditor", "statistician"):
        whole, part = Powers(((role, ""),)), Powers(((role, "centre"),))
        for action in _WHOLE:
            assert not part.may(action) and not part.may(action, "centre") and part.role(action, "centre") == ""
            assert whole.role(action) == (role if whole.may(action) else "")
        assert part.may("see_study")


@pytest.mark.parametrize(("role", "rest"), [("administrator", "people/"), ("administrator", "access/"), ("auditor", "access/")])
def test_who_looks_after_one_site_gives_no_roles_and_reviews_none(opened: Any, role: str, rest: str) -> None:
    site: Site = opened("pdac-oligo-ablation")
    browser = at(site, "local", role)
    assert browser.get(site.url(rest)).status_code == 403
    told = {"request": token(), "user": "local", "role": "data_manager", "site": "", "does": "give", "who_you_are": PASSWORD}
    assert browser.post(site.url(rest), told).status_code == 403


def test_who_looks_after_one_site_neither_amends_nor_locks_the_study(opened_on_sqlite: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    told = {"request": token(), "does": "look", "text": "study: x", "reason": "x", "shown": "0" * 64, "who_you_are": PASSWORD}
    assert at(site, "local", "administrator").post(site.url("amendments/"), told).status_code == 403
    assert at(site, "manager", "data_manager").post(site.url("lock/"), told).status_code == 403
    assert list(links(site.slug, kinds=("locked", "amended"))) == []


def test_an_administrator_is_given_for_the_whole_study(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    told = {"user": "nurse", "role": "administrator", "does": "give", "who_you_are": PASSWORD}
    admin = site.client("admin")
    refused = admin.post(site.url("people/"), {"request": token(), **told, "site": "centre"})
    assert refused.status_code == 422 and "choose all sites" in refused.content.decode()
    assert admin.post(site.url("people/"), {"request": token(), **told, "site": ""}).status_code == 200


@pytest.mark.parametrize(
    ("user", "site", "says"),
    [("equipoise", "", "the desk itself writes"), ("Equipoise", "", "the desk itself writes"), ("participant", "", "the desk itself writes"),
     ("Nurse", "", "There is &#x27;nurse&#x27; already"), ("new", "x" * 100_000, "Choose a site")],
)  # fmt: skip
def test_nobody_is_given_a_name_that_is_anothers_or_the_desks(opened: Any, user: str, site: str, says: str) -> None:
    from django.contrib.auth.models import User

    at_desk: Site = opened("pdac-oligo-ablation")
    told = {"request": token(), "user": user, "role": "coordinator", "site": site, "does": "give", "who_you_are": PASSWORD}
    answer = at_desk.client("admin").post(at_desk.url("people/"), told)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not User.objects.filter(username=user).exists()
