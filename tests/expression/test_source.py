"""A tree and its text say the same."""

import pytest
from hypothesis import HealthCheck, given, settings

from equipoise.expression.english import english
from equipoise.expression.grammar import expression
from equipoise.expression.source import source
from expression.invented import SCOPE, statements, values

unhurried = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


@unhurried
@given(statements())
def test_the_text_of_a_statement_reads_back_as_the_same_tree(text):
    tree = expression(text, SCOPE)
    for scope in (None, SCOPE):
        assert expression(source(tree, scope), SCOPE) == tree, source(tree, scope)
    assert source(tree) == source(expression(source(tree), SCOPE))


@unhurried
@given(values())
def test_the_text_of_a_value_reads_back_as_the_same_tree(text):
    tree = expression(text, SCOPE, want=None)
    for scope in (None, SCOPE):
        assert expression(source(tree, scope), SCOPE, want=None) == tree, source(tree, scope)


@unhurried
@given(statements())
def test_every_statement_can_be_said_in_words(text):
    tree = expression(text, SCOPE)
    for said in (english(tree), english(tree, SCOPE, expand=True)):
        assert said
        assert said.count("(") == said.count(")")
        assert not set(said) & set("<>=_[]{}")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("platelets≥50 x 10⁹/L", "platelets >= 50 10^9/L"),
        ("platelets > 50000 /uL", "platelets > 50 10^9/L"),
        ("not (inr in (1,2))", "not (inr == 1 or inr == 2)"),
        ("response not in (CR, PR)", "response not in (CR, PR)"),
        ("fit within 4 weeks before enrolment",
         "(platelets >= 50 10^9/L and inr <= 1.5 and bilirubin <= 2 * ULN) within 28 days before enrolment"),
        ("fit and recent", "fit and recent"),
        ("exists adverse_event where grade >= 3", "any(adverse_event where grade >= 3)"),
        ("exists labs within 1 week of imaging", "any(labs where on within 7 days of imaging)"),
        ("exists labs before labs", "any(labs where on before labs)"),
        ("all(exists labs within 4 weeks before imaging of imaging)",
         "all(any(labs where on within 28 days before imaging) of imaging)"),
        ("alt <= if liver_metastases then 5 x ULN else 2.5 x ULN",
         "alt <= (if liver_metastases then 5 * ULN else 2.5 * ULN)"),
    ],
)  # fmt: skip
def test_one_meaning_has_one_text(text, canonical):
    assert source(expression(text, SCOPE), SCOPE) == canonical
