"""Assumptions as distributions, and the findings about those that make no sense."""

import math

import numpy as np
import pytest

from equipoise.protocol import Assumption, Code, Item
from equipoise.simulation import Unassumed, assumption_findings, lacking, virtual
from equipoise.simulation.assumptions import chances, drawn, spread
from equipoise.simulation.draws import chosen
from tiny_trial import TINY, tiny, without

MARKER = Item(name="marker", type="quantity", unit="mg/L")
DAYS = Item(name="time", type="quantity", unit="d")


def draws(assumed: Assumption, item: Item, key: str = "", count: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(7)
    made = spread(assumed, item, key)
    return np.array([drawn(made, rng.random()) for _ in range(count)])


# --- by hand and by law ----------------------------------------------------------------------------------------------


def test_a_unit_is_converted() -> None:
    assert spread(Assumption(name="marker", value="2 mg/dL"), MARKER).first == pytest.approx(20)


def test_months_become_days() -> None:
    made = spread(Assumption(name="death", distribution="exponential", median="12 months"), DAYS)
    assert made.first == pytest.approx(365.25 / math.log(2))


def test_a_hazard_ratio_of_one_half_doubles_the_median_of_the_other_arm() -> None:
    assumed = Assumption(name="death", distribution="exponential", median={"control": "10 d"}, hazard_ratio=0.5)  # type: ignore[arg-type]
    assert spread(assumed, DAYS, "control").first == pytest.approx(10 / math.log(2))
    assert spread(assumed, DAYS, "other").first == pytest.approx(20 / math.log(2))


def test_weibull_hazards_stand_in_the_ratio_assumed() -> None:
    assumed = Assumption(name="d", distribution="weibull", median={"control": "10 d"}, shape=2, hazard_ratio=0.5)  # type: ignore[arg-type]
    control, other = spread(assumed, DAYS, "control"), spread(assumed, DAYS, "other")
    # The hazard of a Weibull distribution is (k/s)(t/s)^(k-1): at any t it goes as s^-k.
    assert (other.first / control.first) ** -2 == pytest.approx(0.5)
    assert np.median(draws(assumed, DAYS, "control")) == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("word", ["mean", "median"])
def test_a_lognormal_has_the_centre_and_the_sd_assumed(word: str) -> None:
    found = draws(Assumption(name="marker", distribution="lognormal", sd="5 mg/L", **{word: "10 mg/L"}), MARKER, count=200_000)  # type: ignore[arg-type]
    centre = np.mean(found) if word == "mean" else np.median(found)
    assert centre == pytest.approx(10, rel=0.01) and np.std(found) == pytest.approx(5, rel=0.03)


def test_an_sd_without_a_unit_is_the_sd_of_the_logarithm() -> None:
    made = spread(Assumption(name="marker", distribution="lognormal", median="10 mg/L", sd="1.5"), MARKER)
    assert made.first == pytest.approx(math.log(10)) and made.second == pytest.approx(1.5)


def test_bounds_truncate_and_do_not_heap_up() -> None:
    found = draws(Assumption(name="marker", distribution="normal", mean="10", sd="10", low="0", high="20"), MARKER)
    assert found.min() >= 0 and found.max() <= 20 and not (found == 0).any()


def test_whole_numbers_take_both_ends() -> None:
    found = draws(Assumption(name="n", distribution="uniform", low="2", high="4"), Item(name="n", type="integer"), count=500)
    assert set(found) == {2.0, 3.0, 4.0}


def test_codes_come_as_often_as_their_chances() -> None:
    rng = np.random.default_rng(3)
    given = chances(Assumption(name="x", chances={Code("a"): {Code("CR"): 0.2, Code("PD"): 0.8}}), "a")  # type: ignore[dict-item]
    share = sum(chosen(given, rng.random()) == "CR" for _ in range(5_000)) / 5_000
    assert abs(share - 0.2) < 3 * math.sqrt(0.2 * 0.8 / 5_000)


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_the_tiny_trial_assumes_all_it_needs() -> None:
    assert assumption_findings(tiny()) == () and lacking(tiny()) == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{0: 0.5, 1: 0.3, 2: 0.2}", "{0: 0.5, 1: 0.3, 2: 0.1}", "sum to 0.9"),
        ("{0: 0.5, 1: 0.3, 2: 0.2}", "{0: 1.5, 1: -0.5}", "between 0 and 1"),
        ("chances: {PR: 1}", "chances: {RP: 1}", "'RP', which is not one of CR, PR, SD, PD"),
        ("chances: {PR: 1}", "chances: {ablatd: {PR: 1}, control: {PR: 1}}", "did you mean 'ablated'?"),
        ("chances: {PR: 1}", "chances: {ablated: {PR: 0.5}, control: {PR: 1}}", "in ablated sum to 0.5"),
        ("mean: 14 umol/L", "mean: 14 kg", "cannot be turned into"),
        ("sd: 4 umol/L, ", "", "does not say its sd"),
        ("median: {control: 10 months}, ", "median: 10 months, ", "the median of the one arm"),
        ("median: {control: 10 months}, ", "median: {contrl: 10 months}, ", "did you mean 'control'?"),
        ("low: 10 mm, high: 30 mm", "low: 30 mm, high: 10 mm", "above its greatest"),
        ("low: 10 mm, high: 30 mm", "low: 10 mm", "low and high"),
        ("hazard_ratio: 0.5", "hazard_ratio: 0", "must be above 0"),
        ("  ecog: {chances", "  ecgo: {chances", "did you mean 'ecog'?"),
        ("  death: {dist", "  os: {dist", "is an endpoint"),
        ("accrual: {per_month: 3", "accrual: {value: 3", "per_month"),
        ("constant, value: 60 years", "normal, mean: 60 years, sd: -4 years", "below 0"),
    ],
)  # fmt: skip
def test_nonsense_is_found_at_its_line(old: str, new: str, says: str) -> None:
    found = assumption_findings(tiny((old, new)))
    assert len(found) >= 1 and any(says in each.says for each in found), found
    line = next(number for number, line in enumerate(TINY.splitlines(), 1) if old in line)
    assert {each.place.line for each in found} == {line}


# --- what is lacking -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("accrual", "assume 'accrual'"),
        ("age", "criterion 'adult' looks at 'age'"),
        ("ecog", "criterion 'well' looks at 'ecog'"),
        ("lesion_count", "criterion 'few' looks at lesions"),
        ("response", "step 'restaging' looks at 'response'"),
        ("death", "endpoint 'os' looks at whether 'death' takes place"),
    ],
)
def test_what_is_looked_at_and_not_assumed_is_listed_and_refused(name: str, says: str) -> None:
    study = tiny(without(name))
    found = lacking(study)
    assert any(says in each.says for each in found), found
    with pytest.raises(Unassumed) as refused:
        virtual(study, 3, rng=np.random.default_rng(1))
    assert refused.value.findings == found


def test_all_that_is_lacking_is_said_in_one_run() -> None:
    names = ("accrual", "age", "ecog", "lesion_count", "response", "death")
    assert len(lacking(tiny(*(without(name) for name in names)))) >= len(names)


def test_what_nobody_looks_at_need_not_be_assumed() -> None:
    assert lacking(tiny(without("bilirubin"))) == ()


def test_a_question_that_is_never_reached_need_not_be_assumed() -> None:
    items = (
        "ecog: {type: integer, range: 0..5}}}",
        "ecog: {type: integer, range: 0..5}, ill: {type: yes_no}, ill_on: {type: date}}}",
    )
    rule = ("arms:", "  - {id: ill, exclude: ill and ill_on within 2 years before enrolment}\narms:")
    never = ("assumptions:\n", "assumptions:\n  ill: {chances: {no: 1}, source: ours}\n")
    sometimes = ("assumptions:\n", "assumptions:\n  ill: {chances: {yes: 0.1, no: 0.9}, source: ours}\n")
    assert lacking(tiny(items, rule, never)) == ()
    assert ["ill_on" in each.says for each in lacking(tiny(items, rule, sometimes))] == [True]


def test_a_range_that_no_site_says_is_lacking() -> None:
    guard = ("    treat:\n", "    ready: {do: [labs], guard: bilirubin <= 2 x ULN, next: treat}\n    treat:\n")
    with_guard = (guard, ("arm == ablated, to: treat", "arm == ablated, to: ready"))
    assert lacking(tiny(*with_guard)) == ()
    found = lacking(tiny(*with_guard, ("sites: {one: {ranges: {bilirubin: {uln: 21 umol/L}}}}", "sites: {one: {label: One}}")))
    assert ["ULN of 'bilirubin'" in each.says for each in found] == [True]


def test_minimisation_is_refused_and_not_replaced() -> None:
    found = lacking(tiny(("method: permuted_blocks, blocks: [4]", "method: minimisation")))
    assert ["minimisation" in each.says for each in found] == [True]
