"""A prospect in words: sentences that can stand alone."""

from ..study import Study
from .prospect import Prospect


def told(
    found: Prospect, effect: str, *, pace: float | None = None, part: float = 1.0, beyond: str = ""
) -> tuple[str, ...]:  # fmt: skip
    """The answer in sentences, the first of them complete in itself.

    Args:
        found: The numbers.
        effect: What is looked for, as `a hazard ratio of 0.70`.
        pace: How many participants join a month.
        part: The part of all participants that is compared.
        beyond: What is ruled out by it, where there is a margin.
    """
    wanted = [each for each in found.needed if each.power >= found.wanted]
    lines = []
    if found.power is not None:
        first = f"{found.participants} participants find {effect}{beyond} with a probability of about {percent(found.power)}"
        more = "".join(f", {each.participants} for {percent(each.power)}" for each in wanted[1:])
        if found.power < found.wanted and wanted:
            first += f"; {wanted[0].participants} would be needed for {percent(wanted[0].power)}{more}"
        lines.append(f"{first}.")
    elif wanted:
        takes = ", ".join(f"{each.participants} for {percent(each.power)}" for each in wanted)
        lines.append(f"To find {effect}{beyond} takes so many participants: {takes}.")
    if found.events is not None and found.months is not None:
        seen = f"About {found.events:.0f} of the {found.participants} are expected to have had the event by the analysis"
        lines.append(f"{seen}, {months(found.months)} after the first one joins.")
    if found.detectable:
        lines.append(f"What {found.participants} participants do find: {reach(found)}.")
    if found.looks and found.used is not None and found.used_without is not None:
        early = found.looks[-2]
        of = "events" if found.events is not None else "participants"
        lines.append(
            f"If the assumption holds, the looks end the trial early with a probability of {percent(early.found + early.given_up)}; on "
            f"average {percent(found.used)} of the planned {of} are needed, {percent(found.used_without)} if there is no effect."
        )
    if found.power is not None and found.power < found.wanted and wanted and pace:
        lines.append(
            f"At {pace:g} a month, {wanted[0].participants} would take {months(wanted[0].participants / part / pace)} to join."
        )
    return tuple(lines)


def reach(found: Prospect) -> str:
    """The detectable effects in words."""
    parts = []
    for each in found.detectable:
        match found.measure:
            case "hazard ratio":
                worse = (found.margin if found.margin is not None else 1.0) < each.effect
                far = f"a hazard ratio of {each.effect:.2f} or {'more' if worse else 'less'}"
            case "difference of shares":
                far = f"a share {abs(each.effect) * 100:.0f} percentage points {'higher' if each.effect > 0 else 'lower'}"
                far += f", where it is {each.where}," if each.where else ""
            case "difference of restricted means":
                far = f"{each.effect:.2g} months"
            case _:
                far = f"a difference of {each.effect:.3g} {each.where}".rstrip()
        parts.append(f"{far} with {percent(each.power)}")
    return "; ".join(parts)


def called(name: str, study: Study) -> str:
    """What people call an arm or a group."""
    protocol = study.protocol
    known = protocol.arms.get(name) or protocol.groups.get(name) or protocol.cohorts.get(name)
    return (known.label if known is not None else "") or name.replace("_", " ")


def percent(share: float) -> str:
    """A share in percent, never rounded to none or all.

    >>> percent(0.234), percent(0.025), percent(0.9999)
    ('23 %', '2.5 %', 'more than 99 %')
    """
    if 0 < share < 0.001:
        return "less than 0.1 %"
    if 0.995 <= share < 1:
        return "more than 99 %"
    whole = share >= 0.1 or abs(100 * share - round(100 * share)) < 1e-9
    return f"{100 * share:.0f} %" if whole else f"{100 * share:.1f} %"


def months(count: float | None) -> str:
    """A length of time in words.

    >>> months(30.0), months(54.0)
    ('30 months', '4.5 years')
    """
    if count is None:
        return "a time not said"
    if count >= 36:
        return f"{count / 12:.1f} years".replace(".0 years", " years")
    return f"{count:.0f} months" if count > 12 or abs(count - round(count)) < 0.05 else f"{count:.1f} months"


def sentence(says: str) -> str:
    """Words as a sentence."""
    return f"{says[:1].upper()}{says[1:]}{'' if says.endswith('.') else '.'}"
