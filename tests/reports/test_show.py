"""The trial as pictures, on a page and on a terminal."""

import io

from rich.console import Console

from equipoise.reports.show import shown, shown_in_terminal
from equipoise.study import study
from reports.studies import SMALL, small, with_pathway

DRAWN = """\
A small study
ClinicalTrials.gov NCT00000000 · small 1.0.0 · interventional · randomised
Arms: Control; Ablation

Pathway
● begins with randomisation
1 Induction
│ 2–4 × cycle, every 2 weeks
└ → 2 Restaging
2 Restaging
│ Labs
├ response by RECIST 1.1 is one of CR or PR → 3 Board
└ otherwise → 6 Off treatment
3 Board
│ The tumour board decides, 3 or more present
├ Ablate → 4 Ready
└ Stop → 6 Off treatment
4 Ready
│ Labs
│ entered 3 times at most
│ waits until platelets at least 50 × 10⁹/L; tried again every week, for 8 weeks
├ → 5 Ablate
└ not met within 8 weeks ⇢ 6 Off treatment
5 Ablate
│ Ablation
└ ↑ 2 Restaging (at most 3 ×)
6 Off treatment  ■ end
* Death: every track ends
* Withdrawal: treatment ends; every track, if it is from follow-up or consent

Schedule
From randomisation
  3, 6, 9 … 24 months, ±2 weeks  labs
  30, 36, 42 … months →          labs
After each ablation
  days 1, 3 and 5                labs
Counted by cycle
  every 4 cycles                 labs

Endpoints
Overall survival primary  time from randomisation to death; censored at last
                          known alive; up to 2 years
"""


def _drawn(text: str = SMALL, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(shown_in_terminal(small(text)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def test_a_small_study_is_drawn_on_a_terminal() -> None:
    assert _drawn() == DRAWN


def test_labels_are_not_read_as_markup() -> None:
    assert "[red]off[/red]" in _drawn(SMALL.replace("label: Off treatment", 'label: "[red]off[/red]"'))


def test_a_page_says_all_that_was_promised() -> None:
    html = shown(small())
    for said in (
        "NCT00000000",
        "How the study is made",
        "Arms",
        "Pathway",
        "Schedule of activities",
        "Overall survival",
        "<svg",
    ):
        assert said in html, said
    assert "time from randomisation to death; censored at last known alive" in html


def test_a_page_escapes_what_the_file_says() -> None:
    html = shown(small(SMALL.replace("title: A small study", "title: '<script>1</script> & more'")))
    assert "<script" not in html and "&lt;script&gt;1&lt;/script&gt; &amp; more" in html


def test_a_faulty_study_is_shown_with_its_faults() -> None:
    html = shown(study(SMALL.replace("platelets >= 50 10^9/L", "platelet >= 50 10^9/L")))
    assert "Not to be used yet" in html and "platelet &gt;= 50" in html


def test_criteria_stand_in_english_with_their_source() -> None:
    criteria = """
eligibility:
  - {id: enough, include: platelets >= 50 10^9/L, source: {page: p. 3, says: "platelets > 50"}}
  - {id: willing, exclude: {judge: Unwilling?, by: patient}}
"""
    html = shown(small(SMALL + criteria))
    assert "Platelets at least 50 × 10⁹/L" in html and "p. 3, “platelets &gt; 50”" in html
    assert "“Unwilling?”, answered by the participant" in html


def test_steps_are_numbered_track_by_track() -> None:
    told = with_pathway(
        "pathway:\n"
        "  start: {treatment: give, follow_up: watch}\n"
        "  steps:\n"
        "    watch: {track: follow_up, do: [labs], next: done}\n"
        "    give: {repeat: cycle, times: 1..6, next: ended}\n"
        "    done: {track: follow_up, end: true}\n"
        "    ended: {end: true}\n"
    )
    out = io.StringIO()
    Console(file=out, width=80, color_system=None, legacy_windows=False).print(shown_in_terminal(told))
    heads = [line.split()[:2] for line in out.getvalue().splitlines() if line[:1].isdigit()]
    assert heads == [["1", "Give"], ["2", "Ended"], ["3", "Watch"], ["4", "Done"]]
