"""Lesions, and their response by RECIST 1.1: Eisenhauer et al. (2009), Eur J Cancer 45:228-247."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.lesions import Lesion, Reading, Sighting, Treated, cleared, left, lesions
from equipoise.logic import MET, NOT_MET, UNKNOWN
from equipoise.recist import (
    Assessment,
    Response,
    assessments,
    baseline,
    best_overall_response,
    non_target_response,
    overall_response,
    proposed_targets,
    target_response,
)

START = date(2024, 1, 8)


def week(n: int) -> date:
    return START + timedelta(weeks=n)


def seen(lesion: str, n: int, mm: float | None = None, status="measured", **more) -> Sighting:
    return Sighting(lesion, week(n), status, mm, **more)


def target(lesion: str, *mm: float | None, **more) -> list[Sighting]:
    """A target lesion measured every eight weeks; None is a week it was not evaluated."""
    return [
        seen(lesion, 8 * i, each, "measured" if each is not None else "not_evaluated", role="target", **more)
        for i, each in enumerate(mm)
    ]


def assessed(*sightings: Sighting, **more) -> tuple[Assessment, ...]:
    return assessments(sightings, baseline_on=START, **more)


def responses(*sightings: Sighting, **more) -> list[Response]:
    return [each.overall for each in assessed(*sightings, **more)]


# By hand: target lesions


def test_exactly_30_percent_below_baseline_is_partial_response():
    # 0.7 x 65 = 45.5, and 45.6 is not enough. 0.7 x 65 is 45.49999... in floating point.
    (at,) = assessed(*target("L1", 40, 30), *target("L2", 25, 15.5))
    assert (at.sum_mm, at.baseline_mm, at.overall) == (45.5, 65, "PR")
    assert at.reason == "sum 45.5 mm is 30 % below baseline 65 mm"
    assert responses(*target("L1", 40, 30), *target("L2", 25, 15.6)) == ["SD"]


def test_the_sentence_of_a_partial_response():
    (at,) = assessed(*target("L1", 65, 42))
    assert at.reason == "sum 42 mm is 35.3 % below baseline 65 mm"
    assert at.change_from_baseline_percent == pytest.approx(-35.3846, abs=1e-4)


def test_a_percentage_is_cut_and_never_rounded_up_to_a_threshold():
    (at,) = assessed(*target("L1", 100, 70.03))
    assert (at.overall, at.reason) == ("SD", "sum 70.03 mm is 29.9 % below baseline 100 mm")


def test_20_percent_but_less_than_5_mm_is_stable():
    # 20 -> 24 is exactly 20 % and 4 mm; 25 -> 30 is exactly 20 % and 5 mm; 30 -> 35 is 5 mm and 16.7 %.
    assert responses(*target("L1", 20, 24)) == ["SD"]
    assert responses(*target("L1", 25, 30)) == ["PD"]
    assert responses(*target("L1", 30, 35)) == ["SD"]


def test_progression_is_measured_from_the_nadir_and_not_from_baseline():
    # 100 -> 50 (PR) -> 60: 40 % below baseline, but 20 % and 10 mm above the nadir.
    first, second = assessed(*target("L1", 100, 50, 60))
    assert (first.nadir_mm, second.nadir_mm) == (100, 50)
    assert (first.overall, second.overall) == ("PR", "PD")
    assert second.reason == "sum 60 mm is 20 % and 10 mm above nadir 50 mm"
    assert (second.change_from_nadir_percent, second.change_from_nadir_mm) == (20, 10)


def test_the_nadir_may_be_the_baseline():
    # 50 -> 55 -> 60: the nadir is still 50.
    assert responses(*target("L1", 50, 55, 60)) == ["SD", "PD"]


def test_stable_disease_is_said_against_baseline_and_nadir():
    *_, at = assessed(*target("L1", 65, 55, 60))
    assert at.reason == "sum 60 mm is 7.6 % below baseline 65 mm and 9 % above nadir 55 mm"


def test_nodes_below_10_mm_are_normal_though_their_sum_is_not_0():
    node = target("N1", 18, 9, 10, organ="hilum", is_node=True)
    gone = target("L1", 20, 0, 0)
    first, second = assessed(*node, *gone)
    assert (first.sum_mm, first.target, first.overall) == (9, "CR", "CR")
    # Ten again is disease again, after a complete response.
    assert (second.overall, second.reason) == ("PD", "N1 came back after a complete response")


def test_a_node_that_grows_below_10_mm_is_still_normal():
    # 3 -> 9.5 mm is threefold and 6.5 mm, yet no disease.
    assert responses(*target("N1", 16, 3, 9.5, is_node=True)) == ["CR", "CR"]
    # With the other node unseen: it alone would decide, so nothing is proven.
    pair = [*target("N1", 16, 3, 9.5, is_node=True), *target("N2", 16, 3, None, is_node=True)]
    assert responses(*pair) == ["CR", "NE"]


def test_a_lesion_too_small_to_measure_counts_5_mm_unless_it_was_measured():
    base = target("L1", 20)
    (five,) = assessed(*base, seen("L1", 8, None, "too_small"))
    (three,) = assessed(*base, seen("L1", 8, 3, "too_small"))
    (none,) = assessed(*base, seen("L1", 8, None, "absent"))
    assert [five.sum_mm, three.sum_mm, none.sum_mm] == [5, 3, 0]
    assert [five.overall, three.overall, none.overall] == ["PR", "PR", "CR"]


def test_a_missing_target_is_not_evaluable_and_said():
    (at,) = assessed(*target("L1", 30, None), *target("L2", 20, 18))
    assert (at.overall, at.sum_mm, at.seen_mm) == ("NE", None, 18)
    assert at.missing == ("L1 was not evaluated",)
    assert at.reason == "L1 was not evaluated"


def test_a_target_without_a_word_that_day_is_missing_too():
    (at,) = assessed(*target("L1", 30), *target("L2", 20, 18))
    assert (at.overall, at.missing) == ("NE", ("L1 was not evaluated",))


def test_what_is_seen_may_prove_progression_though_a_target_is_missing():
    # Baseline 50 in three lesions; two of them alone come to 80.
    (at,) = assessed(*target("L1", 10, None), *target("L2", 20, 40), *target("L3", 20, 40))
    assert (at.overall, at.sum_mm, at.seen_mm) == ("PD", None, 80)
    assert at.reason == "what was seen of the sum, 80 mm is 60 % and 30 mm above nadir 50 mm"


def test_an_incomplete_sum_is_no_nadir():
    # Week 8 sees 10 mm of two lesions. Measured from that, 50 at week 16 would be progression.
    first, second = assessed(*target("L1", 40, None, 40), *target("L2", 10, 10, 10))
    assert (first.overall, second.nadir_mm, second.overall) == ("NE", 50, "SD")


def test_a_target_that_returns_after_partial_response_counts_in_the_sum():
    # L1 60 -> 0 -> 4, L2 40 -> 40 -> 40: the nadir is 40 and 44 is 10 % above it.
    assert responses(*target("L1", 60, 0, 4), *target("L2", 40, 40, 40)) == ["PR", "PR"]


def test_any_target_that_returns_after_complete_response_is_progression():
    first, second = assessed(*target("L1", 60, 0, 3))
    assert [first.overall, second.overall] == ["CR", "PD"]
    assert second.reason == "L1 came back after a complete response"
    # The complete response must have been overall: here a non-target lesion never left.
    assert responses(*target("L1", 60, 0, 3), *other("L2", *["present"] * 3)) == ["PR", "PR"]


# By hand: non-target and new lesions


def other(lesion: str, *statuses: str, **more) -> list[Sighting]:
    return [seen(lesion, 8 * i, None, status, role="non_target", **more) for i, status in enumerate(statuses)]


def test_complete_target_with_unevaluated_non_target_is_partial():
    (at,) = assessed(*target("L1", 30, 0), *other("L2", "present", "not_evaluated"))
    assert (at.target, at.non_target, at.overall) == ("CR", "NE", "PR")
    assert at.reason == "no target lesion is left, but L2 was not evaluated"
    (at,) = assessed(*target("L1", 30, 0), *other("L2", "present", "present"), *other("L3", "present", "present"))
    assert at.reason == "no target lesion is left, but L2 and L3 remain"


def test_partial_target_stays_partial_whatever_of_the_rest_is_unseen():
    (at,) = assessed(*target("L1", 30, 15), *other("L2", "present", "not_evaluated"))
    assert (at.overall, at.missing) == ("PR", ("L2 was not evaluated",))


def test_unequivocal_progression_of_a_non_target_is_progression():
    (at,) = assessed(*target("L1", 30, 0), *other("L2", "present", "unequivocal_progression"))
    assert (at.non_target, at.overall, at.reason) == ("PD", "PD", "L2 progressed unequivocally")


def test_raised_markers_withhold_complete_response():
    gone = [*target("L1", 30, 0), *other("L2", "present", "absent")]
    assert responses(*gone) == ["CR"]
    (at,) = assessed(*gone, markers_raised_on=[week(8)])
    assert (at.overall, at.reason) == ("PR", "no target lesion is left, but tumour markers are raised")
    assert responses(*target("L1", 30, 0), markers_raised_on=[week(8)]) == ["PR"]


def test_a_new_lesion_trumps_all():
    first, second = assessed(*target("L1", 30, 0, 0), seen("L9", 8, 6), seen("L9", 16, None, "absent"))
    assert (first.target, first.overall, first.reason) == ("CR", "PD", "L9 is new")
    assert (second.overall, second.new) == ("PD", ("L9",))


def test_an_equivocal_lesion_is_new_once_it_is_sure_and_from_the_day_it_was_doubted():
    doubted = [*target("L1", 30, 30, 30), seen("L9", 8, None, "equivocal")]
    assert responses(*doubted) == ["SD", "SD"]
    assert responses(*doubted, seen("L9", 16, 8)) == ["PD", "PD"]
    # Doubted at baseline it is old disease, unless the site calls it new; then it is new from when it was seen after.
    early = [*target("L1", 30, 30, 30), seen("L9", 0, None, "equivocal")]
    assert responses(*early, seen("L9", 16, 8)) == ["SD", "SD"]
    assert responses(*early, seen("L9", 16, 8, role="new")) == ["SD", "PD"]


def test_a_small_new_node_is_equivocal_until_it_is_15_mm_or_seen_twice_or_called_new():
    base = target("L1", 30, 30, 30)
    once = seen("N9", 8, 11, is_node=True)
    assert responses(*base, once) == ["SD", "SD"]
    assert responses(*base, once, seen("N9", 16, 11)) == ["PD", "PD"]
    assert responses(*base, replace(once, role="new")) == ["PD", "PD"]
    assert responses(*base, replace(once, diameter_mm=15)) == ["PD", "PD"]
    assert responses(*base, replace(once, diameter_mm=9.9), seen("N9", 16, 9.9)) == ["SD", "SD"]


def test_a_lesion_known_at_baseline_is_not_new_and_one_gone_by_then_is():
    assert responses(*target("L1", 30, 30), seen("L2", 0, 8), seen("L2", 8, 8)) == ["SD"]
    (at,) = assessed(*target("L1", 30, 30), seen("L2", -9, 8), seen("L2", 0, None, "absent"), seen("L2", 8, 8))
    assert at.new == ("L2",)


def test_no_disease_at_baseline_is_none_until_a_lesion_is_new():
    days = [week(0), week(8), week(16)]
    assert responses(imaged=days) == ["NED", "NED"]
    assert responses(seen("L1", 16, 12), imaged=days) == ["NED", "PD"]
    assert responses(imaged=days, markers_raised_on=days) == ["NED", "NED"]


def test_non_target_only():
    rows = {"absent": "CR", "present": "NON_CR_NON_PD", "not_evaluated": "NE", "unequivocal_progression": "PD"}
    for status, expected in rows.items():
        (at,) = assessed(*other("L1", "present", status))
        assert (at.target, at.overall) == (None, expected)
        assert at.reason


def test_without_imaging_at_baseline_nothing_can_be_said():
    first, second = assessed(seen("L1", 8, 20), seen("L1", 16, 20))
    assert [first.overall, second.overall] == ["NE", "NE"]
    assert first.reason == "no imaging on or before 2024-01-08"


def test_nobody_chose_the_targets():
    sightings = [seen("L1", 0, 30), seen("L2", 0, 8), seen("L1", 8, 10), seen("L2", 8, 8)]
    (at,) = assessed(*sightings)
    assert (at.overall, at.reason) == ("NE", "nobody has said which of L1 are targets")
    assert responses(*sightings, targets=["L1"]) == ["PR"]
    assert responses(*sightings, targets=[]) == ["NON_CR_NON_PD"]
    # Who called one lesion a non-target has chosen: there is no target.
    called = [replace(one, role="non_target") if one.lesion == "L2" else one for one in sightings]
    assert responses(*called) == ["NON_CR_NON_PD"]


def test_a_baseline_older_than_four_weeks_is_said():
    old = [seen("L1", -5, 30, role="target"), seen("L1", 8, 10)]
    (at,) = assessed(*old)
    assert (at.overall, at.missing) == ("NE", ("L1 was last measured 35 days before baseline, 28 are allowed",))
    assert responses(*old, within_days=None) == ["PR"]
    assert responses(seen("L1", -4, 30, role="target"), seen("L1", 8, 10)) == ["PR"]


def test_a_choice_of_targets_that_departs_from_the_guideline_is_said():
    many = [seen(f"L{i}", 0, 8 if i == 6 else 20, role="target", organ="liver") for i in range(1, 7)]
    assert baseline(lesions(many), START).departures == (
        "L6 is a target, but 8 mm is below the 10 mm that can be measured",
        "6 targets, RECIST 1.1 allows 5",
        "6 targets in liver, RECIST 1.1 allows 2",
    )
    nodes = [seen(f"N{i}", 0, 20, role="target", organ=f"station {i}", is_node=True) for i in range(3)]
    assert baseline(lesions(nodes), START).departures == ("3 targets in lymph nodes, RECIST 1.1 allows 2",)


# By hand: the tables of the guideline

TARGET = ("CR", "PR", "SD", "PD", "NE")
NON_TARGET = ("CR", "NON_CR_NON_PD", "PD", "NE", None)

# Table 1 where nothing is new (else every cell is PD); columns as NON_TARGET, None being no non-target disease.
TABLE_1 = {
    "CR": ("CR", "PR", "PD", "PR", "CR"),
    "PR": ("PR", "PR", "PD", "PR", "PR"),
    "SD": ("SD", "SD", "PD", "SD", "SD"),
    "PD": ("PD", "PD", "PD", "PD", "PD"),
    "NE": ("NE", "NE", "PD", "NE", "NE"),
    # Table 2: no target disease. The last cell is no disease at all.
    None: ("CR", "NON_CR_NON_PD", "PD", "NE", "NED"),
}


@pytest.mark.parametrize(("of_target", "of_rest"), list(product((*TARGET, None), NON_TARGET)))
def test_the_overall_response_is_the_guidelines_table(of_target, of_rest):
    assert overall_response(of_target, of_rest, new=False) == TABLE_1[of_target][NON_TARGET.index(of_rest)]
    assert overall_response(of_target, of_rest, new=True) == "PD"


# Table 3: first time point, the next, best response with confirmation; in brackets if stable disease came too early.
TABLE_3 = [
    ("CR", "CR", "CR", "CR"),
    ("CR", "PR", "SD", "PD"),  # footnote: disease after complete response is progression
    ("CR", "SD", "SD", "PD"),
    ("CR", "PD", "SD", "PD"),
    ("CR", "NE", "SD", "NE"),
    ("PR", "CR", "PR", "PR"),
    ("PR", "PR", "PR", "PR"),
    ("PR", "SD", "SD", "NE"),
    ("PR", "PD", "SD", "PD"),
    ("PR", "NE", "SD", "NE"),
    ("NE", "NE", "NE", "NE"),
]


@pytest.mark.parametrize(("first", "then", "best", "best_if_early"), TABLE_3)
def test_the_best_response_with_confirmation_is_the_guidelines_table(first, then, best, best_if_early):
    points = [(week(8), first), (week(12), then)]
    for days, expected in ((8 * 7, best), (1000, best_if_early)):
        got = best_overall_response(points, baseline_on=START, minimum_sd_days=days, confirmed=True)
        assert got == expected


def best(*points: tuple[float, Response], confirmed: bool = True) -> Response:
    timepoints = [(START + timedelta(days=int(7 * n)), said) for n, said in points]
    return best_overall_response(timepoints, baseline_on=START, minimum_sd_days=42, confirmed=confirmed)


def test_confirmation_needs_four_weeks():
    assert best((8, "PR"), (11, "PR")) == "SD"
    assert best((8, "PR"), (11, "PR"), (12, "PR")) == "PR"
    assert best((8, "PR"), (11, "PR"), confirmed=False) == "PR"


def test_an_unevaluated_scan_between_two_responses_does_not_undo_them():
    assert best((8, "PR"), (12, "NE"), (16, "PR")) == "PR"
    assert best((8, "PR"), (12, "SD"), (16, "PR")) == "SD"


def test_nothing_after_progression_counts():
    assert best((8, "PD"), (16, "CR"), (24, "CR")) == "PD"
    assert best((8, "SD"), (16, "PD"), (24, "PR"), confirmed=False) == "SD"


def test_stable_too_early_is_not_evaluable():
    assert best((4, "SD")) == "NE"
    assert best((4, "SD"), (8, "PD")) == "PD"
    assert best() == "NE"
    assert best((8, "NON_CR_NON_PD")) == "NON_CR_NON_PD"
    assert best((8, "NED"), (16, "PD")) == "NED"


# By hand: lesions through sessions


def test_a_lesion_remembers_what_was_said_once():
    (one,) = lesions(
        [seen("L1", 8, 12, "viable"), seen("L1", 0, 20, organ="liver", segment="VII", role="target")],
        [Treated("L1", week(10), "ablated", 2), Treated("L1", week(3), "ablated", 1)],
    )
    assert (one.organ, one.segment, one.role, one.found_on) == ("liver", "VII", "target", week(0))
    assert (one.ablated_on, one.sessions, one.diameter_mm) == (week(10), (1, 2), 12)


def test_lesions_come_in_order_of_first_sighting_then_by_number():
    found = lesions([seen("L10", 0, 9), seen("L2", 0, 9), seen("L1", 4, 9)], [Treated("L3", week(2), "resected")])
    assert [lesion.id for lesion in found] == ["L2", "L10", "L3", "L1"]
    assert found[2].found_on == week(2)


def test_three_sessions_leave_two_lesions():
    # Six in the liver: 1-4 ablated in two sessions, 4 viable at its margin, 5 untouched, 6 vanished on treatment.
    sightings = [seen(f"L{i}", 0, 15, organ="liver") for i in range(1, 7)]
    sightings += [seen(f"L{i}", 12, 30) for i in (1, 2)]  # the zones, measured: no word about tumour
    sightings += [seen("L3", 12, None, "absent"), seen("L4", 12, 8, "viable")]
    sightings += [seen("L5", 12, 14), seen("L6", 12, None, "absent")]
    sessions = [Treated(f"L{i}", week(6 if i < 3 else 9), "ablated", 1 if i < 3 else 2) for i in range(1, 5)]
    found = lesions(sightings, sessions)
    assert [lesion.id for lesion in left(found)] == ["L4", "L5"]
    assert {lesion.id: lesion.is_visible for lesion in found if lesion.id in ("L1", "L2")} == {
        "L1": UNKNOWN,
        "L2": UNKNOWN,
    }
    assert cleared(found) is NOT_MET

    # A third session takes 4 and 5. Nobody has looked since.
    sessions += [Treated("L4", week(13), "ablated", 3), Treated("L5", week(13), "ablated", 3)]
    found = lesions(sightings, sessions)
    assert left(found) == ()
    assert cleared(found) is UNKNOWN
    sightings += [seen(f"L{i}", 17, None, "absent") for i in range(1, 6)]
    assert cleared(lesions(sightings, sessions)) is MET


def test_nothing_found_is_not_cleared():
    assert cleared(()) is UNKNOWN
    assert cleared(lesions([seen("P1", 0, 30, organ="pancreas")])) is UNKNOWN
    found = lesions([seen("L1", 0, None, "absent", organ="liver"), seen("L2", 0, 12)])
    assert cleared(found) is UNKNOWN


def test_a_resected_lesion_is_gone_until_it_is_seen_again():
    known, cut = [seen("L1", 0, 20, organ="liver")], [Treated("L1", week(2), "resected")]
    assert cleared(lesions(known, cut)) is MET
    assert cleared(lesions([*known, seen("L1", 9, 7)], cut)) is NOT_MET


def test_a_lesion_not_evaluated_keeps_its_last_word():
    (one,) = lesions([seen("L1", 0, 20), seen("L1", 8, None, "not_evaluated")])
    assert (one.is_visible, one.diameter_mm) == (MET, 20)


def test_a_normal_node_is_no_visible_disease():
    (node,) = lesions([seen("N1", 0, 9.9, is_node=True)])
    assert node.is_visible is NOT_MET


def test_the_word_on_the_day_of_ablation_says_whether_it_was_before_or_after():
    done = [Treated("L1", week(0), "ablated", 1)]
    assert lesions([seen("L1", 0, 20)], done)[0].is_visible is UNKNOWN
    assert lesions([seen("L1", 0, 20), seen("L1", 0, None, "absent")], done)[0].is_visible is NOT_MET
    assert lesions([seen("L1", 0, 20), seen("L1", 0, 4, "viable")], done)[0].is_visible is MET


def test_an_ablated_target_counts_its_viable_part_and_never_its_zone():
    done = [Treated("L1", week(4), "ablated", 1)]
    base = [*target("L1", 20), *target("L2", 20, 20)]
    (gone,) = assessed(*base, seen("L1", 8, None, "absent"), treated=done)
    assert (gone.sum_mm, gone.overall, gone.locally_treated) == (20, "PR", ("L1",))
    assert gone.reason == ("sum 20 mm is 50 % below baseline 40 mm; of L1, treated locally, only viable tumour counts")
    (viable,) = assessed(*base, seen("L1", 8, 10, "viable"), treated=done)
    assert (viable.sum_mm, viable.overall) == (30, "SD")
    (zone,) = assessed(*base, seen("L1", 8, 45), treated=done)
    assert (zone.sum_mm, zone.overall) == (None, "NE")
    assert zone.missing == ("L1 was ablated on 2024-02-05: 'measured' does not say whether tumour there is viable or absent",)


def test_treatment_on_the_day_of_baseline_comes_after_it_and_earlier_treatment_is_not_of_this_trial():
    (at,) = assessed(*target("L1", 20, None), treated=[Treated("L1", START, "resected")])
    assert (at.baseline_mm, at.locally_treated) == (20, ("L1",))
    earlier = [Treated("L1", week(-9), "ablated")]
    (at,) = assessed(seen("L1", 0, 20, "viable", role="target"), treated=earlier, imaged=[week(8)])
    assert (at.baseline_mm, at.locally_treated) == (20, ())


def test_local_progression_after_all_targets_were_ablated_is_progression():
    done = [Treated("L1", week(4), "ablated", 1)]
    again = [*target("L1", 20), seen("L1", 8, None, "absent"), seen("L1", 16, None, "viable")]
    assert responses(*again, treated=done) == ["CR", "PD"]


def test_a_resected_target_counts_0_without_a_word():
    done = [Treated("L1", week(4), "resected")]
    base = [*target("L1", 30), *target("L2", 20, 20, 20)]
    assert [at.sum_mm for at in assessed(*base, treated=done)] == [20, 20]
    assert [at.sum_mm for at in assessed(*base, seen("L1", 8, None, "absent"), treated=done)] == [20, 20]
    assert [at.sum_mm for at in assessed(*base, seen("L1", 8, 7), treated=done)] == [27, None]


def test_of_two_sightings_on_one_day_the_worst_counts():
    (one,) = lesions([seen("L1", 0, 12), seen("L1", 0, None, "absent"), seen("L1", 0, 14)])
    assert (one.diameter_mm, one.is_visible) == (14, MET)


def test_a_diameter_is_a_length():
    for mm in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="L1 cannot be"):
            Sighting("L1", START, "measured", mm)


# By hand: proposed targets


def test_targets_are_proposed_with_a_reason_for_each():
    known = [
        seen("L1", 0, 40, organ="liver"),
        seen("L2", 0, 30, organ="liver"),
        seen("L3", 0, 25, organ="liver"),
        seen("P1", 0, 10, organ="lung"),
        seen("P2", 0, 9.9, organ="lung"),
        seen("N1", 0, 15, organ="hilum", is_node=True),
        seen("N2", 0, 14, organ="hilum", is_node=True),
        seen("N3", 0, 8, organ="hilum", is_node=True),
        seen("A1", 0, 12, organ="adrenal"),
        seen("B1", 0, 11, organ="bone"),
        seen("S1", 0, None, "present", organ="spleen"),
        seen("Z1", 0, 50, organ="liver"),
    ]
    said = {p.lesion: (p.is_target, p.says) for p in proposed_targets(lesions(known, [Treated("Z1", START, "ablated")]))}
    assert said == {
        "L1": (True, "40 mm in liver"),
        "L2": (True, "30 mm in liver"),
        "L3": (False, "2 lesions at least as large in liver are targets already"),
        "N1": (True, "15 mm in lymph nodes"),
        "N2": (False, "a short axis of 14 mm is below the 15 mm that can be measured"),
        "A1": (True, "12 mm in adrenal"),
        "B1": (True, "11 mm in bone"),
        "P1": (False, "5 lesions at least as large are targets already"),
        "P2": (False, "9.9 mm is below the 10 mm that can be measured"),
        "N3": (False, "it is not visible"),
        "S1": (False, "it has no diameter"),
        "Z1": (False, "it was ablated on 2024-01-08 and nobody has said since whether tumour is left"),
    }


def test_thick_slices_double_what_can_be_measured():
    (one,) = proposed_targets(lesions([seen("L1", 0, 15, organ="liver")]), measurable_mm=20)
    assert not one.is_target


# By law

WORST = ("CR", "PR", "SD", "PD")
mm = st.integers(0, 600).map(lambda tenths: tenths / 10)
statuses = st.sampled_from(
    ("not_evaluated", "absent", "equivocal", "too_small", "present", "measured", "viable", "unequivocal_progression")
)
sightings = st.lists(
    st.builds(
        Sighting,
        lesion=st.sampled_from(["L1", "L2", "L3", "N1"]),
        on=st.integers(-3, 6).map(lambda n: week(4 * n)),
        status=statuses,
        diameter_mm=st.none() | mm,
        organ=st.sampled_from([None, "liver", "lung"]),
        role=st.sampled_from([None, "target", "non_target", "new"]),
    ),
    max_size=20,
)
treatments = st.lists(
    st.builds(
        Treated,
        lesion=st.sampled_from(["L1", "L2", "L9"]),
        on=st.integers(-3, 6).map(lambda n: week(4 * n)),
        how=st.sampled_from(["ablated", "resected"]),
        session=st.none() | st.integers(1, 3),
    ),
    max_size=4,
)


@given(sightings, treatments, st.randoms())
def test_the_order_of_arrival_does_not_matter(known, done, random):
    shuffled, redone = random.sample(known, len(known)), random.sample(done, len(done))
    assert lesions(known, done) == lesions(shuffled, redone)
    assert assessments(known, treated=done, baseline_on=START) == assessments(shuffled, treated=redone, baseline_on=START)


@given(sightings, treatments)
def test_every_assessment_gives_a_reason_and_every_ne_says_what_is_missing(known, done):
    for at in assessments(known, treated=done, baseline_on=START):
        assert at.reason and "None" not in at.reason
        assert at.overall != "NE" or at.missing
        assert at.overall == overall_response(at.target, at.non_target, new=bool(at.new))


@given(sightings, treatments, st.integers(1, 6))
def test_a_new_lesion_is_progression_from_its_day(known, done, n):
    on = week(4 * n)
    new = Sighting("L99", on, "measured", 12, organ="liver", role="new")
    after = assessments([*known, new], treated=done, baseline_on=START)
    assert {at.overall for at in after if at.on >= on} == {"PD"}


@given(sightings, treatments, st.integers(1, 6))
def test_what_comes_later_does_not_change_a_nadir_or_a_sum(known, done, n):
    cut = week(4 * n)
    early = [one for one in known if one.on <= cut]
    roles = {lesion.id for lesion in lesions(known) if lesion.role == "target"}
    whole = assessments(known, treated=done, baseline_on=START, targets=roles)
    part = assessments(early, treated=[one for one in done if one.on <= cut], baseline_on=START, targets=roles)
    assert [(at.on, at.sum_mm, at.nadir_mm) for at in whole if at.on <= cut] == [(at.on, at.sum_mm, at.nadir_mm) for at in part]


readings = st.lists(st.tuples(st.booleans(), mm), min_size=1, max_size=5)


def read(parts: list[tuple[bool, float]], factor: float) -> list[Reading]:
    found = lesions([Sighting(f"L{i}", START, "measured", m * factor, is_node=n) for i, (n, m) in enumerate(parts)])
    return [Reading(one.id, one.is_node, one.diameter_mm, one.is_visible) for one in found]


@given(readings, mm, st.floats(0, 1), st.integers(10, 40), st.booleans())
def test_growth_never_improves_the_response(parts, baseline_mm, deepest, tenths, after_complete):
    def answer(factor: float) -> str:
        return target_response(
            read(parts, factor),
            baseline_mm=baseline_mm,
            nadir_mm=baseline_mm * deepest,
            after_complete=after_complete,
        )

    assert WORST.index(answer(tenths / 10)) >= WORST.index(answer(1))


@given(readings, mm, st.integers(0, 4))
def test_a_target_not_seen_leaves_progression_or_nothing(parts, baseline_mm, i):
    known = read(parts, 1)
    hidden = [replace(one, diameter_mm=None, is_visible=UNKNOWN) if j == i else one for j, one in enumerate(known)]
    whole = target_response(known, baseline_mm=baseline_mm, nadir_mm=baseline_mm)
    partly = target_response(hidden, baseline_mm=baseline_mm, nadir_mm=baseline_mm)
    assert partly in ("NE", "PD") if i < len(known) else partly == whole
    # To hide a lesion must not make progression out of what was none.
    assert partly != "PD" or whole == "PD"


@given(sightings, treatments)
def test_proposed_targets_keep_to_five_and_two(known, done):
    found = {lesion.id: lesion for lesion in lesions(known, done)}
    chosen = [p for p in proposed_targets(found.values()) if p.is_target]
    organs = [found[p.lesion].organ for p in chosen]
    assert len(chosen) <= 5 and all(organs.count(organ) <= 2 for organ in organs)
    assert all(p.diameter_mm >= 10 for p in chosen)
    assert [p.diameter_mm for p in chosen] == sorted((p.diameter_mm for p in chosen), reverse=True)


@given(
    st.lists(st.tuples(st.integers(1, 300), st.sampled_from(["CR", "PR", "SD", "PD", "NE"])), max_size=6),
    st.integers(0, 100),
)
def test_asking_for_confirmation_never_improves_the_best_response(points, minimum):
    rank = ("CR", "PR", "SD", "NE", "PD")
    timepoints = list({START + timedelta(days=n): said for n, said in points}.items())
    plain, strict = (
        best_overall_response(timepoints, baseline_on=START, minimum_sd_days=minimum, confirmed=asked)
        for asked in (False, True)
    )
    assert rank.index(strict) >= rank.index(plain)


def test_a_lesion_is_a_frozen_value():
    (one,) = lesions([seen("L1", 0, 20)])
    assert isinstance(one, Lesion) and hash(one) == hash(lesions([seen("L1", 0, 20)])[0])


def test_non_target_lesions_alone():
    gone, there = Reading("L1", False, 0, NOT_MET), Reading("L2", False, None, MET)
    assert non_target_response([]) is None
    assert non_target_response([gone]) == "CR"
    assert non_target_response([gone, there]) == "NON_CR_NON_PD"
    assert non_target_response([gone], after_complete=True) == "CR"
    assert non_target_response([there], after_complete=True) == "PD"
    node = Reading("N1", True, 11, MET)  # a non-target node returns only by unequivocal progression
    assert non_target_response([node], after_complete=True) == "NON_CR_NON_PD"
