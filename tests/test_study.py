"""Reading a study: every rule of structure woken and asleep, many mistakes in one run, and files that mean harm."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from equipoise.finding import Finding, Severity, did_you_mean
from equipoise.study import Study, Unsound, load, study
from small_studies import BOARD, LOOP, board, loop

HEAD = "equipoise: 1\nstudy: x\ntitle: t\ndesign: {type: observational}\n"


def findings(text: str | bytes) -> tuple[Finding, ...]:
    try:
        return study(text).findings
    except Unsound as why:
        return why.findings


def pointed(found: Finding) -> str:
    start = found.place.column - 1
    return found.text[start : start + found.place.width]


def test_small_studies_are_sound_and_say_so() -> None:
    for made in (loop(), board()):
        assert made.is_sound and made.findings == ()
    assert "no errors" in repr(loop())


# --- ten mistakes ------------------------------------------------------------------------------------------------------

TEN = """\
equipoise: 1
study: ten
title: Ten mistakes
design: {type: interventionl}
activities:
  baseline: {items: {age: {type: integer, unit: years}, ecog: {use: performance.egoc}}}
  labs:
    itms: {platelets: {use: labs.platelets}}
eligibility:
  - {id: adult, include: agee >= 18 years}
  - {id: adult, exclude: age > 80 kg}
pathway:
  start: first
  steps:
    first:
      do: [scan]
      next: secnd
    second:
      decide:
        - {when: age > 3 years, to: first}
      unknown: wait
schedule:
  - {do: [labs], every: 3 moths, from: enrolment}
endpoints:
  os: {kind: time_to_event, from: enrolment}
"""


def test_ten_mistakes_take_one_run_each_with_its_line() -> None:
    found = {(each.place.line, each.rule) for each in findings(TEN)}
    assert {line for line, _ in found} == {4, 6, 8, 10, 11, 16, 17, 18, 23, 25}
    assert {(10, "expression"), (11, "expression"), (11, "said-twice"), (16, "unknown-name"), (17, "unknown-name")} <= found
    says = " ".join(each.says for each in findings(TEN))
    for near in ("interventional", "performance", "items", "'age'", "second"):
        assert near in says


def test_what_can_be_read_is_kept() -> None:
    made = study(TEN.replace("interventionl", "interventional").replace("3 moths", "3 months"))
    assert not made.is_sound
    assert [each.id for each in made.protocol.eligibility] == ["adult", "adult"]
    assert made.protocol.pathway is not None and set(made.protocol.pathway.steps) == {"first", "second"}
    assert "age" in made.activities["baseline"].items


# --- rules of structure ------------------------------------------------------------------------------------------------

Change = tuple[str, str]
WAKE: list[tuple[str, str, str, str, str]] = [
    # rule, text of the small study, what it is changed to, the start of the sentence, the words pointed at
    (
        "unknown-name",
        "do: [imaging]\n",
        "do: [imagng]\n",
        "'imagng' is not an activity of this study; did you mean 'imaging'?",
        "imagng",
    ),
    ("unknown-name", "repeat: cycle, times: 2..4", "repeat: cycl, times: 2..4", "'cycl' is not an activity", "cycl"),
    ("unknown-name", "{from: cycle, at_least", "{from: cycel, at_least", "'cycel' is not an activity", "cycel"),
    ("unknown-name", "gives: [rfa]", "gives: [rfaa]", "'rfaa' is not an activity", "rfaa"),
    ("unknown-name", "rfa, cycle, adverse_event", "rfaa, cycle, adverse_event", "'rfaa' is not an activity", "rfaa"),
    ("unknown-name", "{do: [labs], on", "{do: [lbs], on", "'lbs' is not an activity", "lbs"),
    (
        "unknown-name",
        "  start: induction",
        "  start: inductoin",
        "the start of treatment, 'inductoin', is not a step of the pathway; did you mean 'induction'?",
        "inductoin",
    ),
    (
        "unknown-name",
        "next: restaging}\n    restaging",
        "next: restagng}\n    restaging",
        "the step after 'induction', 'restagng', is not a step",
        "restagng",
    ),
    (
        "unknown-name",
        "on_timeout: done",
        "on_timeout: don",
        "the step after 'readiness' times out, 'don', is not a step",
        "don",
    ),
    ("unknown-name", "to: readiness", "to: readines", "a branch of 'restaging', 'readines', is not a step", "readines"),
    (
        "unknown-name",
        "unknown: wait",
        "unknown: waits",
        "the step when 'restaging' cannot be decided, 'waits', is not",
        "waits",
    ),
    (
        "unknown-name",
        "{use: labs.platelets}",
        "{use: labs.platlets}",
        "'labs.platlets' is not a term of the shared vocabulary; did you mean 'labs.platelets'?",
        "activities",
    ),
    ("no-otherwise", "        - {otherwise: done}\n", "", "step 'restaging' does not say where to go 'otherwise'", "r"),
    ("no-unknown", "      unknown: wait\n", "", "step 'restaging' does not say what happens while it is 'unknown'", "r"),
    (
        "unreachable-branch",
        "        - {when: responding, to: continuation}\n        - {otherwise: done}\n",
        "        - {otherwise: done}\n        - {when: responding, to: continuation}\n",
        "a branch of 'restaging' stands after 'otherwise'",
        "{",
    ),
    ("no-when", "{when: responding, to: continuation}", "{option: x, to: continuation}", "a rule decides at 'restaging'", "{"),
    ("no-timeout", ", on_timeout: done", "", "step 'readiness' waits for its guard and does not say for how long", "r"),
    ("no-guard", "guard: fit, ", "", "step 'readiness' says how to try again and has no guard", "r"),
    (
        "endless-loop",
        "      limit: 3\n",
        "",
        "the loop restaging -> readiness -> ablation -> consolidation -> restaging passes no step",
        "r",
    ),
    ("limit", "limit: 3", "limit: 0", "step 'ablation' may be entered 0 times, so never", "a"),
    ("said-twice", "{id: well, include", "{id: adult, include", "criterion 'adult' was already said on line 19", "{"),
    (
        "missing-key",
        "items: {lesions_ablated: {type: lesions}}",
        "items: {lesions_ablated: {type: text}}",
        "'rfa' treats lesions and has no item",
        "r",
    ),
    ("missing-key", "of: [CR, PR, SD, PD]", "of: []", "'response' is a choice and does not say 'of' what", "response"),
    ("unknown-unit", "unit: years, range", "unit: yeers, range", "the unit of 'age': ", "age"),
    (
        "name-taken",
        "  progression: {repeats: yes}",
        "  progression: {repeats: yes}\n  lesions: {}",
        "'lesions' means something in every study",
        "lesions",
    ),
    ("version", "equipoise: 1", "equipoise: 2", "this is version 1 of the language, and the file says 2", "e"),
    (
        "unreachable-step",
        "    done: {end: true}",
        "    done: {end: true}\n    lost: {next: done}",
        "nothing leads to step 'lost'",
        "lost",
    ),
    (
        "other-track",
        "    done: {end: true}",
        "    done: {end: true, track: follow_up}",
        "'done' is a step of the track 'follow_up'",
        "r",
    ),
    (
        "unknown-name",
        "adult, include:",
        "adult, cohorts: [rfa_amr], include:",
        "'rfa_amr' is not an arm, a group or a cohort of this study; did you mean 'rfa_arm'?",
        "rfa_amr",
    ),
]


@pytest.mark.parametrize(("rule", "of", "to", "says", "at"), WAKE)
def test_a_rule_wakes(rule: str, of: str, to: str, says: str, at: str) -> None:
    assert of in LOOP
    found = [each for each in findings(LOOP.replace(of, to, 1)) if each.rule == rule and each.says.startswith(says)]
    assert found, findings(LOOP.replace(of, to, 1))
    assert found[0].place.line > 0
    if len(at) > 1:
        assert at in (pointed(found[0]), found[0].text.strip().rstrip(":")) or pointed(found[0]) in found[0].text
    if rule == "unknown-name" and not says.startswith("'labs."):
        assert pointed(found[0]) == at


@pytest.mark.parametrize(
    ("of", "to", "rule", "says"),
    [
        (
            "{option: go_on, otherwise: more}",
            "{otherwise: more}",
            "no-option",
            "people decide at 'gate', and this branch has no 'option'",
        ),
        (
            "{option: go_on, otherwise: more}",
            "{option: operate, otherwise: more}",
            "said-twice",
            "option 'operate' was already said at 'gate'",
        ),
        (
            "end: all}",
            "end: [tretment]}",
            "unknown-name",
            "'tretment' is not a track of the pathway; did you mean 'treatment'?",
        ),
        ("{on: withdrawal, end: all}", "{on: withdrawl, end: all}", "unknown-name", "'withdrawl' is not an activity"),
        (
            "{on: withdrawal, end: all}",
            "{on: withdrawal, to: ovr}",
            "unknown-name",
            "what 'withdrawal' leads to, 'ovr', is not a step",
        ),
    ],
)
def test_a_rule_about_people_and_reactions_wakes(of: str, to: str, rule: str, says: str) -> None:
    assert of in BOARD
    assert [each.rule for each in findings(BOARD.replace(of, to)) if each.says.startswith(says)] == [rule]


ENDPOINT = "endpoints: {os: {kind: time_to_event, from: enrolment, event: death}}\n"
FORMS = "activities: {form: {items: {age: {type: integer, unit: years}, alt: {use: labs.alt}}}}\n"


@pytest.mark.parametrize(
    ("text", "says", "at"),
    [
        (ENDPOINT + "analyses: {a: {endpoint: oss}}\n", "'oss' is not an endpoint of this study; did you mean 'os'?", "oss"),
        (
            ENDPOINT + FORMS + "analyses: {a: {endpoint: os, adjust: [aeg]}}\n",
            "'aeg' is not written down in any activity; did",
            "aeg",
        ),
        (ENDPOINT + "analyses:\n  a:\n    endpoint: os\n    estimand:\n      contrast: x vs y\n", "'x' is not an arm", "x"),
        (
            FORMS + "endpoints: {m: {kind: measurement, item: agee}}\n",
            "'agee' is not written down in any activity; did",
            "agee",
        ),
        (
            FORMS + "endpoints: {o: {kind: occurrence, event: death, attributed_to: surgry}}\n",
            "'surgry' is not an activity",
            "surgry",
        ),
        (FORMS + "allocation: {method: simple, strata: [agee]}\n", "'agee' is not written down in any activity", "agee"),
        (
            "define: {albi: {use: liver.alby}}\n",
            "'liver.alby' is not a derived term of the shared vocabulary; did you mean",
            "liver.alby",
        ),
        (
            FORMS + "sites: {a: {ranges: {alt: {uln: 40 mg}}}}\n",
            "the range of 'alt' at 'a': mg cannot be turned into U/L",
            None,
        ),
        (FORMS + "sites: {a: {ranges: {alti: {uln: 40 U/L}}}}\n", "'alti' is not written down in any activity", "alti"),
        (
            "schedule: [{do: [consent], at: 3 months, after: enrolment, track: x}]\n"
            "pathway: {start: s, steps: {s: {end: true}}}\n",
            "'x' is not a track of the pathway",
            "x",
        ),
    ],
)
def test_names_are_looked_for_wherever_they_are_used(text: str, says: str, at: str | None) -> None:
    found = [each for each in findings(HEAD + text) if each.says.startswith(says)]
    assert len(found) == 1, findings(HEAD + text)
    assert at is None or pointed(found[0]) == at


def test_a_derived_term_is_measured_like_an_item_where_its_ingredients_are_written_down() -> None:
    def says(labs: str) -> list[str]:
        text = LOOP.replace("bilirubin: {use: labs.bilirubin}", labs)
        return [each.says for each in findings(f"{text}  liver: {{kind: measurement, item: albi, at: 1 month}}\n")]

    assert says("bilirubin: {use: labs.bilirubin}, albumin: {use: labs.albumin}") == []
    assert says("bilirubin: {use: labs.bilirubin}") == ["'albi' is not written down in any activity"]


def test_an_expression_cut_short_by_a_comma_says_to_quote_it() -> None:
    def says(criterion: str) -> list[str]:
        found = findings(LOOP.replace("include: ecog <= 1}", criterion))
        stops = "the expression stops before it is complete"
        return [each.says.removeprefix(stops) for each in found if each.rule == "expression"]

    assert says("include: ecog in (0, 1)}") == [": inside {…}, put one with a comma or a bracket in quotes"]
    assert says("include: ecog <= }") == [""]


def test_a_limit_anywhere_in_a_loop_ends_it_and_neither_a_repeat_nor_people_do() -> None:
    ring = (
        HEAD
        + "activities: {cycle: {}}\npathway:\n  start: a\n  steps:\n    a: {%s next: b}\n    b: {next: c}\n    c: {next: a}\n"
    )
    for inside, ends in (("", False), ("limit: 3,", True), ("repeat: cycle, times: 1..3,", False)):
        assert ("endless-loop" not in [each.rule for each in findings(ring % inside)]) is ends
    people = "    gate: {by: mdt, decide: [{option: on, to: gate}, {option: off, otherwise: over}], unknown: wait}\n"
    people += "    over: {end: true}\n"
    assert "endless-loop" in [each.rule for each in findings(HEAD + "pathway:\n  start: gate\n  steps:\n" + people)]


def test_a_guard_that_waits_for_ever_is_a_warning_and_half_a_time_out_an_error() -> None:
    guard = (
        HEAD
        + "activities: {ct: {}}\npathway:\n  start: a\n  steps:\n"
        + "    a: {do: [ct], guard: exists ct,%s next: b}\n    b: {end: true}\n"
    )
    for more, severity in (
        ("", Severity.WARNING),
        (" on_timeout: b,", Severity.ERROR),
        (" retry: {every: 1 week, for: 2 weeks},", Severity.ERROR),
    ):
        assert [(each.rule, each.severity) for each in findings(guard % more)] == [("no-timeout", severity)]
    assert findings(guard % " retry: {every: 1 week, for: 2 weeks}, on_timeout: b,") == ()


# --- files that mean harm ----------------------------------------------------------------------------------------------


def lots(line: Callable[[int], str], count: int) -> str:
    return "".join(f"{line(number)}\n" for number in range(count))


AGE = "activities: {b: {items: {age: {type: integer, unit: years}}}}\neligibility:\n"
HARM: dict[str, tuple[str | bytes, str]] = {
    "definitions that double forty times": (
        f"{HEAD}define:\n  d0: 1 == 1\n{lots(lambda n: f'  d{n + 1}: d{n} and d{n}', 40)}"
        "eligibility: [{id: a, include: d40}]\n",
        "parts once",
    ),
    "definitions three hundred wide": (
        f"{HEAD}define:\n  d0: 1 == 1\n{lots(lambda n: f'  d{n + 1}: ' + ' and '.join([f'd{n}'] * 300), 12)}",
        "parts once",
    ),
    "sums that double": (
        f"{HEAD}define:\n  d0: 1 + 1\n{lots(lambda n: f'  d{n + 1}: d{n} + d{n}', 40)}"
        "eligibility: [{id: a, include: d40 > 1}]\n",
        "parts once",
    ),
    "a chain of definitions": (
        f"{HEAD}define:\n  d0: 1 == 1\n{lots(lambda n: f'  d{n + 1}: d{n}', 3_000)}",
        "more than 20 deep",
    ),
    "a definition of itself": (f"{HEAD}define: {{a: b, b: c, c: a}}\n", "is defined by itself: "),
    "an alias bomb": (f"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n{HEAD}", "the alias '*a' has no meaning here"),
    "tags": (
        f"{HEAD}summary: !!python/object/apply:os.system [echo]\n",
        "the tag '!!python/object/apply:os.system' has no meaning",
    ),
    "fifty thousand lists in one another": ("[" * 50_000, "reading stopped here"),
    "fifty thousand brackets": (f"{HEAD}eligibility: [{{id: a, include: '{'(' * 50_000}'}}]\n", "reading stopped here"),
    "a thousand times not": (f"{HEAD}eligibility: [{{id: a, include: '{'not ' * 900}1 == 1'}}]\n", "deep"),
    "a line of 5 MB": (f"{HEAD}summary: {'x' * 5_000_000}\n", "larger than 1 MB"),
    "a file of nothing": (b"", "empty"),
    "a file cut off": (f"{HEAD}activities: {{b: {{items: {{age: {{type: integer, un", "is not closed"),
    "a byte that is not UTF-8": (HEAD.encode() + b"summary: caf\xe9\n", "the byte 0xE9 is not UTF-8"),
    "a key said twice": (f"{HEAD}title: u\n", "'title' was already said"),
    "ten thousand criteria": (f"{HEAD}{AGE}{lots(lambda n: f'  - {{id: c{n}, include: age >= {n % 90} years}}', 10_000)}", ""),
    "ten thousand misspelt criteria": (
        f"{HEAD}{AGE}{lots(lambda n: f'  - {{id: c{n}, include: agee{n} >= 18 years}}', 10_000)}",
        "did you mean 'age'",
    ),
    "thousands of names nearly the same": (
        f"{HEAD}define:\n{lots(lambda n: f'  name_number_{n}: 1 == 1', 3_000)}"
        f"eligibility:\n{lots(lambda n: f'  - {{id: c{n}, include: name_numbr_{n}}}', 3_000)}",
        "is not a name that this study knows",
    ),
    "thousands of steps": (
        f"{HEAD}pathway:\n  start: s0\n  steps:\n{lots(lambda n: f'    s{n}: {{next: s{n + 1}}}', 3_000)}"
        "    s3000: {end: true}\n",
        "",
    ),
    "thousands of steps that are not there": (
        f"{HEAD}pathway:\n  start: s0\n  steps:\n{lots(lambda n: f'    s{n}: {{next: t{n + 1}}}', 3_000)}",
        "is not a step of the pathway",
    ),
    "thousands of steps in a ring": (
        f"{HEAD}pathway:\n  start: s0\n  steps:\n{lots(lambda n: f'    s{n}: {{next: s{(n + 1) % 2_000}}}', 2_000)}",
        "passes no step with a 'limit'",
    ),
}


@pytest.mark.parametrize("name", HARM)
def test_a_file_that_means_harm_is_read_in_seconds_and_is_told_what_is_wrong(name: str) -> None:
    text, says = HARM[name]
    start = time.process_time()
    found = findings(text)
    assert time.process_time() - start < 10  # a tenth of it on a quiet machine
    assert len(found) <= 500
    if says:
        assert any(says in each.says for each in found), [str(each)[:200] for each in found[:3]]
    else:
        assert not [each for each in found if each.severity is Severity.ERROR]
    assert all(len(str(each)) < 20_000 for each in found)


def test_a_file_cut_off_keeps_what_came_before() -> None:
    made = study(LOOP[: LOOP.index("schedule:") + 12])
    assert not made.is_sound
    assert made.protocol.pathway is not None and len(made.protocol.pathway.steps) == 7


def test_among_thousands_of_names_the_nearest_is_looked_for_among_those_nearly_the_same() -> None:
    names = [f"name_number_{number}" for number in range(5_000)]
    assert did_you_mean("name_numbr_77", names).startswith("; did you mean 'name_number_")
    assert did_you_mean("inclde", ["include", "exclude"]) == "; did you mean 'include'?"


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\xff\xfe", b"- a\n- b\n", b"a", b"{", b"%YAML 9\n---\n", b"? [a]\n: b\n"])
def test_what_is_no_study_at_all_is_unsound(raw: bytes) -> None:
    with pytest.raises(Unsound) as why:
        study(raw)
    assert why.value.findings


def test_a_study_that_is_not_there_is_unsound(tmp_path: Path) -> None:
    with pytest.raises(Unsound) as why:
        load(tmp_path / "none")
    assert "there is no such file" in str(why.value)


def test_earlier_versions_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0.9.0.yaml").write_text(
        LOOP.replace("version: 1.0.0", "version: 0.9.0").replace("limit: 3", "limit: 2")
    )
    (tmp_path / "study.yaml").write_text(LOOP)
    made = load(tmp_path)
    assert isinstance(made, Study) and set(made.earlier) == {"0.9.0"}
    assert made.under("0.9.0").protocol.version == "0.9.0" and made.under("7").protocol.version == "1.0.0"
