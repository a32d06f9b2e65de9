"""What always holds of truths that may be unknown."""

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from equipoise.calendar import When
from equipoise.expression.explain import Between, explain, truth, value
from equipoise.expression.facts import Facts, Row, Unclear
from equipoise.expression.grammar import expression
from equipoise.expression.tree import And, Named, Not, Or
from equipoise.logic import UNKNOWN
from expression.invented import LIMITS, SCOPE, answers, days, histories, statements

unhurried = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


def read(text):
    return expression(text, SCOPE)


@unhurried
@given(statements(), histories())
def test_denied_twice_is_said_once(text, facts):
    tree = read(text)
    assert truth(Not(Not(tree)), facts) is truth(tree, facts)


@unhurried
@given(statements(2), statements(2), histories())
def test_de_morgan(one, other, facts):
    a, b = read(one), read(other)
    assert truth(Not(And((a, b))), facts) is truth(Or((Not(a), Not(b))), facts)
    assert truth(Not(Or((a, b))), facts) is truth(And((Not(a), Not(b))), facts)


@unhurried
@given(statements(), histories())
def test_a_name_changes_nothing(text, facts):
    assert truth(Named("it", read(text)), facts) is truth(read(text), facts)


@unhurried
@given(statements(), histories())
def test_only_an_unknown_lacks_something_and_says_what(text, facts):
    found = explain(read(text), facts, SCOPE)
    assert bool(found.missing) is (found.truth is UNKNOWN)


@st.composite
def better_known(draw, facts: Facts) -> Facts:
    """One participant, with some of what was unknown now known: nothing that was known is otherwise."""

    def day(when: When) -> When:
        if when.is_exact or draw(st.booleans()):
            return when
        inside = draw(days)
        return When.on(inside) if when.first <= inside <= when.last else when

    def row(form: str, old: Row) -> Row:
        values, limits = dict(old.values), dict(old.limits)
        known = SCOPE.forms[form].facts if form in SCOPE.forms else {}
        for name, answer in old.values.items():
            if isinstance(answer, Unclear) and draw(st.booleans()):
                values[name] = draw(answers(known[name]))
            elif isinstance(answer, When):
                values[name] = day(answer)
        for name in set(known) & set(LIMITS):
            limits.setdefault((name, "uln"), draw(st.sampled_from(LIMITS[name])))
        return replace(old, on=day(old.on), values=values, limits=limits)

    rows = {
        form: tuple(sorted((row(form, each) for each in old), key=lambda one: (one.on.first, one.on.last)))
        for form, old in facts.rows.items()
    }
    return replace(facts, rows=rows, closed=facts.closed | draw(st.frozensets(st.sampled_from(list(SCOPE.forms)))))


@unhurried
@given(statements(), histories().flatmap(lambda facts: st.tuples(st.just(facts), better_known(facts))))
def test_knowing_more_never_overturns_a_verdict(text, known):
    before, after = known
    assume(before != after)
    tree = read(text)
    if truth(tree, before) is not UNKNOWN:
        assert truth(tree, after) is truth(tree, before)


@unhurried
@given(
    st.sampled_from(["months(enrolment, last(ended))", "count(lesions where diameter > 2 cm) - count(labs)", "max(diameter)",
                     "if pregnant then age else 2 * age", "sum(inr) / count(imaging)", "surgery + 1 month",
                     "if fasting then count(labs where inr > 1) else count(labs)", "abs(inr - first(inr))"]),
    histories().flatmap(lambda facts: st.tuples(st.just(facts), better_known(facts))),
)  # fmt: skip
def test_knowing_more_narrows_a_value(text, known):
    before, after = (value(expression(text, SCOPE, want=None), facts) for facts in known)
    if isinstance(before, Between):
        assert isinstance(after, Between)
        assert before.low <= after.low + 1e-9
        assert after.high <= before.high + 1e-9
