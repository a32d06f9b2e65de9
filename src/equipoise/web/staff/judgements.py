"""Questions that a study leaves to people: who answers which, on whatever form it stands."""

from dataclasses import replace

from ...events import Decided, Recorded
from ...protocol import Item
from ...study import Study
from .forms import Form
from .here import Here
from .roles import ROLES, allowed, answers_for


def item_of(study: Study, activity: str, name: str) -> Item | None:
    """The question of an activity; None where there is none of that name."""
    asked = study.activities.get(activity)
    return asked.items.get(name) if asked is not None else None


def may_answer(here: Here, item: Item | None) -> bool:
    """Whether a question is this person's to answer, at the participant's site: one that is nobody's judgement is everybody's."""
    return item is None or not item.judge or bool(here.powers.roles_at(here.who.site) & set(answers_for(item.by)))


def mine(here: Here, asked: Form) -> Form:
    """A form without the questions that others answer."""
    fields = tuple(each for each in asked.fields if may_answer(here, each.item))
    gone = {each.item.name for each in asked.fields} - {each.item.name for each in fields}
    if not gone:
        return asked
    left = {name: value for name, value in asked.body.get("items", {}).items() if name not in gone}
    body = {key: value for key, value in asked.body.items() if key != "items"} | ({"items": left} if left else {})
    return replace(asked, fields=fields, body=body)


def others_answered(here: Here, sent: Form) -> tuple[str, ...]:
    """What stands answered on a form that was sent, and is for others to answer: a sentence each."""
    return tuple(
        f"{each.label} {whose(each.item.by).capitalize()} answers that."
        for each in sent.fields if each.value.strip() and not may_answer(here, each.item)
    )  # fmt: skip


def may_correct(here: Here, study: Study, now: Recorded | Decided) -> bool:
    """Whether an entry is this person's to correct: a decision of whoever may take it, a judgement of whoever may judge."""
    if isinstance(now, Decided):
        return not unchangeable(here, study, now)
    if now.activity == "randomisation" or now.activity not in study.activities:
        return False
    items = study.activities[now.activity].items
    judges = now.activity == "judgement" and here.may("judge")
    return here.may("correct") or judges and any(may_answer(here, items[name]) for name in now.values if name in items)


def unchangeable(here: Here, study: Study, now: Recorded | Decided) -> str:
    """Why an entry is not this person's to withdraw or to move: others judged in it, or decided; empty if it is theirs."""
    roles = here.powers.roles_at(here.who.site)
    if isinstance(now, Decided):
        pathway = study.protocol.pathway
        step = pathway.steps.get(now.step) if pathway is not None else None
        may = set(allowed("decide")) & set(answers_for(step.by) if step is not None else allowed("decide"))
        return (
            ""
            if roles & may
            else f"{whose(step.by if step is not None else '').capitalize()} decided that, and may withdraw it."
        )
    items = study.activities[now.activity].items
    others = [items[name] for name in now.values if name in items and not may_answer(here, items[name])]
    return f"{whose(others[0].by).capitalize()} answered in it, and may withdraw or move it." if others else ""


def judging_role(here: Here, sent: Form) -> tuple[str, bool]:
    """The role in which judgements on a form are written down, empty where there are none; and whether it holds nothing else."""
    items = {each.item.name: each.item for each in sent.fields}
    answers = [items[name] for name in sent.body.get("items", {}) if name in items]
    judged = [each for each in answers if each.judge]
    if not judged:
        return "", False
    fits = here.powers.roles_at(here.who.site).intersection(*(answers_for(each.by) for each in judged))
    return next((role for role in ROLES if role in fits), ""), judged == answers and "lesions" not in sent.body


def whose(by: str) -> str:
    """Who answers, in words."""
    if by == "mdt":
        return "the tumour board"
    roles = answers_for(by)
    return f"an {ROLES[roles[0]].lower()}" if roles == ("investigator",) else "the site"
