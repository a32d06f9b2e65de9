"""Every screen answers those who may see it, and nobody else."""

from typing import Any

from bedside import ROLES, Site


def test_every_screen_opens_for_those_whose_action_it_is(opened: Any) -> None:
    from equipoise.web.staff.here import ROUTES
    from equipoise.web.staff.roles import allowed
    from equipoise.web.staff.screens import SCREENS

    site: Site = opened("pdac-oligo-ablation")
    who = site.add()
    for screen in SCREENS:
        route = ROUTES[screen.name].replace("<str:who>", who)
        if "<" in route:
            continue
        for name, role in ROLES.items():
            status = site.client(name).get(site.url(route)).status_code
            if role in allowed(screen.action):
                assert status in (200, 404), (screen.name, name, status)
            else:
                assert status in (403, 404), (screen.name, name, status)
