"""What if it were otherwise: steps of the pathway, prices, when a sweep ends, and what the page says of it."""

from functools import cache

import pytest

from equipoise.finding import Unreadable
from equipoise.kernels.two_arm import Estimate
from equipoise.rehearsal import Outlook, Rehearsal, Sweep, _arms, rehearsal
from equipoise.rehearsal.charged import charged
from equipoise.rehearsal.counted import counted
from equipoise.rehearsal.followed import Asked, followed
from equipoise.rehearsal.variations import variation, varied
from equipoise.reports.monte_carlo import amount, percent_of
from equipoise.reports.page import Table, Text
from equipoise.reports.rehearsed import absent, outlooks
from equipoise.reports.simulation_page import simulation_page
from equipoise.simulation.compiled import compiled
from equipoise.study import Study, load, study
from two_arm_study import TEXT, two_arms

BATCHES = "studies/batch-rfa-crlm"


@cache
def batches(pytestconfig_root: str) -> Study:
    return load(f"{pytestconfig_root}/{BATCHES}")


@pytest.fixture
def ablation(pytestconfig: pytest.Config) -> Study:
    return batches(str(pytestconfig.rootpath))


# --- the pathway -----------------------------------------------------------------------------------------------------


def test_with_a_limit_goes_that_of_the_steps_that_lead_nowhere_else(ablation: Study) -> None:
    pathway = varied(ablation, "ablation.limit", "2").protocol.pathway
    assert pathway is not None
    limits = {name: each.limit for name, each in pathway.steps.items() if each.limit is not None}
    assert limits == {"readiness": 2, "ablation": 2}


@pytest.mark.parametrize("limit", [0, 1, 2, 4])
def test_nobody_has_more_sessions_than_are_allowed(ablation: Study, limit: int) -> None:
    made = compiled(varied(ablation, "ablation.limit", str(limit)))
    drawn = made.participants(60, seed=3, trials=20)
    sessions = drawn.counts[:, made.forms.index("rfa_session")]
    assert sessions.max() == limit


def test_both_interpreters_agree_on_a_pathway_that_was_changed(ablation: Study) -> None:
    made, asked = varied(ablation, "ablation.limit", "1"), Asked(12, (), months=2)
    slow, fast = followed(made, asked, 4, 0, 2), counted(made, asked, 4, 0, 2)
    for key in slow.sums:
        if key[0] in ("activity", "step", "lesions", "cost", "cost of"):
            assert fast.sums[key].total == pytest.approx(slow.sums[key].total), key


def test_repetitions_can_be_varied(ablation: Study) -> None:
    pathway = varied(ablation, "induction.times", "2..6").protocol.pathway
    assert pathway is not None and str(pathway.steps["induction"].times) == "2 to 6"
    assert variation("ablation.limit=2,3", ablation).label == "Radiofrequency ablation: times at most"
    assert variation("costs.rfa_session=1,2", ablation).label == "Price: Session of radiofrequency ablation"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("ablation.limit=-1", "a number of 0 or more"),
        ("ablation.limit=1.5", "a whole number from 0 to 20"),
        ("ablation.limit=21", "a whole number from 0 to 20"),
        ("induction.limit=2", "step 'induction' does not say its limit"),
        ("ablation.times=2", "step 'ablation' does not say its times"),
        ("induction.times=5..2", "not a number of times"),
        ("ablatoin.limit=2", "did you mean 'ablation'"),
        ("costs.rfa=3", "no price of 'rfa'"),
        ("costs.rfa_session=dear", "a number is expected"),
    ],
)  # fmt: skip
def test_what_cannot_be_varied_is_said(ablation: Study, said: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        variation(said, ablation)


# --- a sweep ---------------------------------------------------------------------------------------------------------


def test_a_sweep_ends_when_its_error_is_small_enough() -> None:
    found = rehearsal(two_arms(), trials=1000, error=0.04, jobs=1, vary=["enrolment=20,40"])
    sweep = found.sweeps[0]
    assert [each.trials for each in sweep.outlooks] == [250, 250] and all(each.power.error <= 0.04 for each in sweep.points)
    assert [each.value for each in sweep.outlooks] == ["20", "40"]
    assert [arm.participants.value for arm in sweep.outlooks[1].arms] == [20, 20]
    later = [each.months for each in sweep.outlooks]
    assert later[0] is not None and later[1] is not None and later[0].value < later[1].value


def test_a_study_that_compares_nothing_can_be_varied_all_the_same() -> None:
    text = TEXT.format(people=20, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    start, end = text.index("analyses:"), text.index("assumptions:")
    made = study(text[:start] + text[end:])
    found = rehearsal(made, trials=20, error=0, jobs=1, vary=["death.median=3 months,30 months"])
    (sweep,) = found.sweeps
    assert not sweep.points and len(sweep.outlooks) == 2
    html = simulation_page(made, found)
    assert "Death: median: New treatment" in html and "the study declares no comparison" in html


def test_what_does_not_change_by_more_than_chance_is_left_out_and_said() -> None:
    arms = rehearsal(two_arms(), trials=4, error=0, jobs=1).arms
    alike = [Outlook(value, 100, arms, None, Estimate(24 + 0.1 * number, 0.1)) for number, value in enumerate("ab")]
    apart = [Outlook(value, 100, arms, None, Estimate(24.0 + number, 0.1)) for number, value in enumerate("ab")]
    (note,) = outlooks(Sweep("x", "X", "as written", "a", (), tuple(alike)), two_arms())
    made, left_out = outlooks(Sweep("x", "X", "as written", "a", (), tuple(apart)), two_arms())
    assert isinstance(left_out, Text) and "left out" in left_out.says
    assert isinstance(note, Text) and "nothing changes" in note.says
    assert isinstance(made, Table) and made.head == ("", "a (as assumed)", "b") and len(made.rows) == 1
    assert made.rows[0] == ("Months until it ends", "24.0 ± 0.1", "25.0 ± 0.1")


def test_events_of_a_primary_endpoint_are_foretold_though_nothing_compares_it() -> None:
    text = TEXT.format(people=20, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    made = study(text[: text.index("analyses:")] + text[text.index("assumptions:") :])
    asked = Asked(20, (), months=30)
    slow, fast = followed(made, asked, 3, 0, 4), counted(made, asked, 3, 0, 4)
    assert fast.under("events by", "survival") == slow.under("events by", "survival") != {}


def test_many_values_stand_in_several_tables() -> None:
    arms = rehearsal(two_arms(), trials=4, error=0, jobs=1).arms
    many = tuple(Outlook(str(k), 100, arms, None, Estimate(float(k), 0.01)) for k in range(8))
    assert [
        len(each.head) for each in outlooks(Sweep("x", "X", "as written", "", (), many), two_arms()) if isinstance(each, Table)
    ] == [7, 3]


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_says_what_it_does_not_tell_and_why(ablation: Study) -> None:
    found = rehearsal(two_arms(), trials=4, error=0, jobs=1)
    made = absent(two_arms(), found)
    assert made is not None
    text = str(made)
    assert "assumes no prices" in text and "no lesions are assumed" in text and "none is declared that can be simulated" in text
    nothing = Rehearsal("x", "X", 20, 1, "", 0, 0, "")
    assert "no trial was followed" in str(absent(ablation, nothing)) and "declares no comparison" in str(
        absent(ablation, nothing)
    )


def test_a_share_has_the_digits_that_its_error_leaves() -> None:
    told = [percent_of(Estimate(*each)) for each in ((1 / 3, 0.19), (0.054, 0.0007), (0.041, 0.006), (0.5, 0.0))]
    assert told == ["33 ± 19 %", "5.40 ± 0.07 %", "4.1 ± 0.6 %", "50 %"]
    assert percent_of(None) == "an unknown share"


def test_amounts_have_the_digits_that_one_can_use() -> None:
    assert [amount(each) for each in (123456.0, 999.6, -12.4, float("nan"))] == ["123,000", "1,000", "−12", "unknown"]


def test_what_the_assumed_value_buys_is_said_in_a_sentence(ablation: Study) -> None:
    def at(limit: str) -> Outlook:
        totals = counted(varied(ablation, "ablation.limit", limit), Asked(60, ()), 2, 0, 60)
        return Outlook(limit, 60, _arms(ablation, totals), charged(ablation, totals), totals.estimate("duration"))

    sweep = Sweep("ablation.limit", "Ablations at most", "as written", "3", (), (at("0"), at("3")))
    sentence, *tables, _ = outlooks(sweep, ablation)
    assert isinstance(sentence, Text) and sentence.says.startswith("With 3 instead of 0: ")
    assert "Session of radiofrequency ablation" in sentence.says and "No lesion left" in sentence.says
    assert {each.caption for each in tables if isinstance(each, Table)} == {
        "Ablations at most: Systemic therapy with batch RFA"
    }
    assert any(row[0] == "Cost of a participant, CNY" for each in tables if isinstance(each, Table) for row in each.rows)
