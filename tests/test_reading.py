"""Dataclasses are the grammar: what they read, what they refuse and how they say it."""

import copy
import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, ClassVar, Literal, NewType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.finding import NOWHERE, Finding, Place, Unreadable
from equipoise.reading import Named, described, noun, read, shape, told

Code = NewType("Code", str)


class Masking(Enum):
    """Who does not know the arm."""

    NONE = "none"
    DOUBLE = "double"


@dataclass(frozen=True)
class Rule:
    """A rule as it was written; `where` is the place of its first character."""

    text: str
    where: Place = field(compare=False)
    schema: ClassVar[dict[str, object]] = {"type": "string", "description": "an expression"}

    @classmethod
    def from_text(cls, text: str, place: Place) -> "Rule":
        if "??" in text:
            raise Unreadable("'??' is no operator", text.index("??"), 2)
        return cls(text, place)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A criterion of who may join."""

    id: Annotated[Code, "what the criterion is called"]
    include: Annotated[Rule | None, "who may join"] = None
    exclude: Annotated[Rule | None, "who may not"] = None
    cohorts: Annotated[tuple[str, ...], "whom it concerns"] = ()
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        if (self.include is None) == (self.exclude is None):
            raise Unreadable("a criterion says one of 'include' and 'exclude'")


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What a participant is assigned to."""

    name: str
    label: Annotated[str, "what people call it"] = ""
    ratio: Annotated[int, "its share"] = 1
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several words."""

    type: Annotated[Literal["choice"], "what kind of item"]
    of: Annotated[tuple[str, ...], "the words"]


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A number."""

    type: Annotated[Literal["integer", "real"], "what kind of item"]
    unit: Annotated[str | None, "its unit"] = None


@dataclass(frozen=True, kw_only=True)
class Use:
    """A term of the shared vocabulary."""

    use: Annotated[str, "which term"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the schedule."""

    do: Annotated[tuple[str, ...], "what"]
    from_: Annotated[str, "from when"]
    for_each: Annotated[Literal["first", "each"] | None, "of several"] = None
    while_: Annotated[Rule | None, "as long as"] = None


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study, in small."""

    study: Annotated[str, "its slug"] = field(metadata={"blank": ""})
    version: Annotated[str, "its version"] = ""
    opened: Annotated[date | None, "its first day"] = None
    is_open: Annotated[bool, "whether it recruits"] = False
    masking: Annotated[Masking, "who does not know"] = Masking.NONE
    alpha: Annotated[Decimal, "the error allowed"] = Decimal("0.05")
    power: Annotated[float, "the chance to see it"] = 0.8
    eligibility: Annotated[tuple[Criterion, ...], "who may join"] = ()
    arms: Annotated[Mapping[str, Arm], "what they are assigned to"] = Named()
    items: Annotated[Mapping[str, Choice | Amount | Use | str], "what is written down"] = Named()
    labels: Annotated[Mapping[Code, str], "what codes mean"] = Named()
    schedule: Annotated[tuple[Line, ...], "what is due when"] = ()
    define: Annotated[Mapping[str, Rule], "named rules"] = Named()
    window: Annotated[int | tuple[int, ...] | None, "days around it"] = None
    place: Place = field(default=NOWHERE, compare=False)


GOOD = """\
study: batch-rfa
version: 1.10
opened: 2024-02-29
is-open: yes
masking: double
alpha: 0.050
power: 1
eligibility:
  - {id: adult, include: age >= 18 years}
  - id: sick
    exclude: >
      ecog > 2
      and age > 80 years
arms:
  control: {label: no, ratio: 2}
  batch_rfa:
items:
  response: {type: choice, of: [CR, PR]}
  platelets: {type: real, unit: 10^9/L}
  inr: {use: labs.inr}
  note: text
labels: {CR: complete, PR: partial}
schedule:
  - {do: [ct], from: surgery, for each: first, while: alive}
define: {fit: inr <= 1.5}
window: [3, 7]
"""


def study(text: str) -> tuple[Study | None, list[str]]:
    value, findings = told(Study, text, file="f")
    return value, [f"{one.place.line}:{one.place.column}: {one.rule}: {one.says}" for one in findings]


def only(text: str) -> str:
    _, findings = study(text)
    assert len(findings) == 1, findings
    return findings[0]


def test_a_whole_study_is_read() -> None:
    value, findings = study(GOOD)
    assert findings == []
    assert value == Study(
        study="batch-rfa",
        version="1.10",
        opened=date(2024, 2, 29),
        is_open=True,
        masking=Masking.DOUBLE,
        alpha=Decimal("0.050"),
        power=1.0,
        eligibility=(
            Criterion(id=Code("adult"), include=Rule("age >= 18 years", NOWHERE)),
            Criterion(id=Code("sick"), exclude=Rule("ecog > 2 and age > 80 years", NOWHERE)),
        ),
        arms=Named(control=Arm(name="control", label="no", ratio=2), batch_rfa=Arm(name="batch_rfa")),
        items=Named(
            response=Choice(type="choice", of=("CR", "PR")),
            platelets=Amount(type="real", unit="10^9/L"),
            inr=Use(use="labs.inr"),
            note="text",
        ),
        labels=Named({Code("CR"): "complete", Code("PR"): "partial"}),
        schedule=(Line(do=("ct",), from_="surgery", for_each="first", while_=Rule("alive", NOWHERE)),),
        define=Named(fit=Rule("inr <= 1.5", NOWHERE)),
        window=(3, 7),
    )
    assert str(value.alpha) == "0.050"
    assert list(value.arms) == ["control", "batch_rfa"]
    assert len({value, copy.deepcopy(value), pickle.loads(pickle.dumps(value))}) == 1  # noqa: S301 - our own


def test_a_value_knows_its_place_and_a_named_one_the_place_of_its_name() -> None:
    value, _ = study(GOOD)
    assert value.place == Place("f", 1, 1)
    assert [(one.place.line, one.place.column) for one in value.eligibility] == [(9, 5), (10, 5)]
    assert value.arms["control"].place == Place("f", 15, 3, 7)
    rule = value.eligibility[1].exclude
    assert (rule.where.line, rule.where.column) == (12, 7)
    assert rule.where.along(rule.text.index("age"), 3) == Place("f", 13, 11, 3)


def test_an_unknown_key_is_told_the_nearest_word() -> None:
    text = "study: s\neligibility: [{id: a, inclde: x, exclude: y}]"
    assert only(text) == "2:23: unknown-key: 'inclde' is not a word of a criterion; did you mean 'include'?"
    value, _ = study(text)
    assert value.eligibility[0].exclude.text == "y"


def test_an_unknown_key_unlike_any_lists_the_words() -> None:
    assert only("study: s\narms: {a: {zzz: 1}}") == (
        "2:12: unknown-key: 'zzz' is not a word of an arm; its words are label, ratio"
    )


def test_a_misspelt_required_key_is_one_finding() -> None:
    value, findings = study("stduy: s\nversion: 2")
    assert findings == ["1:1: unknown-key: 'stduy' is not a word of a study; did you mean 'study'?"]
    assert value == Study(study="", version="2")


def test_the_name_of_an_arm_is_its_key_and_no_word() -> None:
    assert "'name' is not a word of an arm" in only("study: s\narms: {a: {name: b}}")


def test_a_missing_key_is_found_at_the_name() -> None:
    value, findings = study("study: s\nitems:\n  response:\n    type: choice\n")
    assert findings == ["3:3: missing-key: a choice needs 'of'"]
    assert value.items == Named()
    assert only("version: 1") == "1:1: missing-key: a study needs 'study'"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("window: 2.5", "1:9: unreadable-value: '2.5' is not a whole number"),
        ("window: 1_000", "1:9: unreadable-value: '1_000' is not a whole number"),
        ("window: ٣", "1:9: unreadable-value: '٣' is not a whole number"),
        ("power: nan", "1:8: unreadable-value: 'nan' is not a number"),
        ("power: 1e999", "1:8: unreadable-value: '1e999' is not a number"),
        ("alpha: 0,05", "1:8: unreadable-value: '0,05' is not a number"),
        ("is_open: on", "1:10: unreadable-value: 'on' is not one of 'yes', 'true', 'no' or 'false'"),
        ("opened: 2023-02-29", "1:9: unreadable-value: '2023-02-29' is not a day of the calendar"),
        ("opened: 1/3/24", "1:9: unreadable-value: '1/3/24' is not a day: write year-month-day, as 2024-03-31"),
        (
            "masking: duoble",
            "1:10: unreadable-value: 'duoble' is not one of 'none' or 'double'; did you mean 'double'?",
        ),
        (
            "arms: {Control: {}}",
            "1:8: unreadable-value: 'Control' is not a name: small letters, digits and '_', a letter first",
        ),
        ("define: {fit: a ?? b}", "1:17: unreadable-value: '??' is no operator"),
        ("define: {fit: 'a ?? b'}", "1:18: unreadable-value: '??' is no operator"),
        ("eligibility: [{id: a}]", "1:15: unreadable-value: a criterion says one of 'include' and 'exclude'"),
        (
            "items: {a: {type: chioce}}",
            "1:19: unreadable-value: 'chioce' is not one of 'choice', 'integer' or 'real'; did you mean 'choice'?",
        ),
        ("version:", "1:1: wrong-shape: 'version' should be text, found nothing"),
        ("version: [1]", "1:10: wrong-shape: 'version' should be text, found a list"),
        (
            "arms: [a]",
            "1:7: wrong-shape: 'arms' should be names, each with an arm, found a list: write each as 'name: …' on its own line",
        ),
        (
            "eligibility: adult",
            "1:14: wrong-shape: 'eligibility' should be a list, each a criterion, found the text 'adult': write "
            "each on its own line after '- ', or all in [ ]",
        ),
        (
            "eligibility: [adult]",
            "1:15: wrong-shape: item 1 of 'eligibility' should be a criterion, found the text 'adult': write "
            "each as 'key: …' on its own line",
        ),
        (
            "window: {a: 1}",
            "1:9: wrong-shape: 'window' should be a whole number or a list, each a whole number or nothing, "
            "found keys with values",
        ),
        ("is_open: yes\nis open: no", "2:1: unreadable: 'is open' was already said at line 1: that one is kept"),
    ],
)
def test_a_mistake_is_said_at_its_place(line: str, says: str) -> None:
    assert only(line + "\nstudy: s") == says


def test_all_mistakes_are_found_in_one_run_and_the_rest_is_kept() -> None:
    value, findings = study(
        "study: s\nversoin: 2\nopened: 2024-13-01\nis_open: maybe\nalpha: small\n"
        "eligibility:\n  - {id: good, include: age >= 18 years}\n  - {include: x}\n  - {id: bad, include: a ?? b}\n"
        "arms:\n  control: {ratio: many}\n  2b: {}\n  ablation: {ratio: 2}\n"
        "items: {a: {type: real, unit: mm}, b: [1]}\nwindow: [1, x, 3]\n"
    )
    assert [int(one.split(":")[0]) for one in findings] == [2, 3, 4, 5, 8, 9, 9, 11, 12, 14, 15]
    assert [one.id for one in value.eligibility] == ["good"]
    assert value.arms == Named(control=Arm(name="control"), ablation=Arm(name="ablation", ratio=2))
    assert value.items == Named(a=Amount(type="real", unit="mm"))
    assert value.window == (1, 3)
    assert value.alpha == Decimal("0.05")


def test_a_finding_carries_its_line_for_the_caret() -> None:
    _, (found,) = told(Study, "study: s\nalpha: small\n", file="f")
    assert found.pointed().splitlines()[1:] == ["    alpha: small", "           ^^^^^"]


def test_where_reading_stopped_nothing_is_called_missing() -> None:
    _, findings = study('study: s\nschedule:\n  - {do: [ct], from: surgery}\n  - {do: [mri, "ct')
    assert [one.split(": ")[1] for one in findings] == ["unreadable"]


def test_text_that_is_anything_is_asked_last() -> None:
    assert read_text(str | int, "7") == 7
    assert read_text(str | int, "seven") == "seven"
    assert read_text(Literal["wait"] | Rule, "a ?? b") == ["'??' is no operator"]
    assert read_text(Literal["wait"] | int, "wiat") == ["'wiat' is not 'wait' or a whole number; did you mean 'wait'?"]


def read_text(kind: object, text: str) -> object:
    from equipoise.document import document

    value, findings = read(kind, document(text).root)  # type: ignore[arg-type]
    return [one.says for one in findings] or value


def test_a_hint_that_has_no_shape_is_refused_at_once() -> None:
    for hint in (object, list[int], tuple[int, str], Mapping[str, int] | Mapping[str, str]):
        with pytest.raises(TypeError):
            shape(hint)


def test_kinds_are_named_in_words() -> None:
    assert (noun(Arm), noun(Criterion)) == ("an arm", "a criterion")
    assert described(shape(tuple[Arm, ...] | None)) == "a list, each an arm or nothing"


def test_named_values_are_frozen_and_equal_in_any_order() -> None:
    one, other = Named(a=1, b=2), Named({"b": 2, "a": 1})
    assert (one == other, hash(one) == hash(other), one == {"a": 1, "b": 2}) == (True, True, True)
    with pytest.raises(TypeError):
        one["a"] = 2  # type: ignore[index]


def test_many_unknown_keys_do_not_hold_the_machine_up() -> None:
    text = "study: s\n" + "\n".join(f"versio{n}: 1" for n in range(40_000))
    started = time.process_time()
    _, findings = told(Study, text)
    assert len(findings) == 201
    assert time.process_time() - started < 5


def test_a_thousand_lines_are_read_in_a_tenth_of_a_second() -> None:
    criteria = "".join(f"  - {{id: c{n}, include: age >= {n} years, cohorts: [a, b]}}\n" for n in range(500))
    arms = "".join(f"  arm_{n}:\n    label: Arm {n}\n    ratio: {n}\n" for n in range(166))
    text = f"study: long\neligibility:\n{criteria}arms:\n{arms}"
    assert len(text.splitlines()) == 1_001
    told(Study, text)
    best = min(_seconds(text) for _ in range(5))
    assert best < 0.1


def _seconds(text: str) -> float:
    started = time.process_time()
    assert told(Study, text)[1] == ()
    return time.process_time() - started


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(GOOD)),
            st.integers(0, 15),
            st.sampled_from(["", "[", "{", "}", ": ", "\n", "- ", "'", "~", "a: 1\n"]) | st.text(max_size=4),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_mutation_of_a_study_raises_and_none_passes_in_silence(changes: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, length, new in changes:
        text = text[:at] + new + text[at + length :]
    value, findings = told(Study, text, file="f")
    assert all(isinstance(one, Finding) and one.says for one in findings)
    if not findings:
        assert isinstance(value, Study)
