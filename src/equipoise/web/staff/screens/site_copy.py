"""The site copy: an investigator pulls a signed, readable copy of their site's records; its hash stays in the ledger."""

import re

from django.http import HttpResponse

from ...ledger import Refused, links
from .. import copies
from ..here import Here, Screen


def site_copy(here: Here) -> HttpResponse:
    """The page; sent, the copy itself."""
    says, sites = "", _sites(here)
    if here.request.method == "POST":
        site = here.post.get("site", "")
        if site not in sites:
            says = "Say of which of your sites."
        else:
            rows = here.participants("copy_site").filter(site=site).order_by("participant")
            copy, paper = copies.site_copy(here, site, rows, copies.now())
            try:
                here.append(here.draft("exported", copies.bound(copy, paper), site=site))
            except Refused as why:
                says = str(why)
            else:
                name = re.sub(r"[^a-z0-9-]+", "-", f"{here.slug}-{site or 'all'}-{here.today.isoformat()}".lower())
                response = HttpResponse(copy, content_type="application/zip")
                response.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
                return response
    made = [
        each for each in links(here.slug, kinds=("exported",))
        if each.body.get("what") == "site copy" and each.site in sites
    ]  # fmt: skip
    return here.page(status=422 if says else 200, says=says, sites=sites, made=made[::-1][:50])


def _sites(here: Here) -> dict[str, str]:
    """The sites that they may pull copies of, and what they are called."""
    known = here.study.protocol.sites
    found = sorted(set(here.participants("copy_site").values_list("site", flat=True)))
    return {name: (known[name].label if name in known else "") or name or "the one site" for name in found}


SCREEN = Screen("site-copy", "site-copy/", "copy_site", site_copy, menu="Site copy", shows=("arm",))
