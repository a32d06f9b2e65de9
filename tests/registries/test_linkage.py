"""One trial from many records: linked by numbers, by title, by summary; nothing chosen silently."""

from equipoise.registries import Record, agreed, conflicts, merged, read_record, trials


def page(*lines: str, file: str = "") -> Record:
    (record,), _ = read_record("\n".join(lines) + "\n", file=file)
    return record


TITLE = "Title: Early Surgery or Watchful Waiting in Small Bile Duct Stones"


def test_records_that_share_a_number_in_a_register_are_one_trial() -> None:
    one = page("NCT ID: NCT01234567", "Status: Completed", file="a")
    two = page("Identifiers", "", "NCT01234567", "ISRCTN12345678", file="b")
    three = page("Trial ID: ISRCTN12345678", "Enrollment: 40", file="c")
    (record,), findings = trials([one, two, three])
    assert {said.value.id for said in record.identifiers} == {"NCT01234567", "ISRCTN12345678"}
    assert record.enrolment[0].value == 40
    assert not findings


def test_a_sponsor_s_own_number_links_nothing() -> None:
    together, _ = trials([page("Identifiers", "", "2024/17"), page("Identifiers", "", "2024/17")])
    assert len(together) == 2


def test_the_same_title_and_sponsor_is_one_trial_and_is_said() -> None:
    one = page(TITLE, "Sponsor: University Hospital of Elsewhere", "NCT ID: NCT01234567")
    two = page(TITLE, "Sponsor: UNIVERSITY HOSPITAL OF ELSEWHERE", "Enrollment: 40")
    together, findings = trials([one, two])
    assert len(together) == 1
    assert [each.rule for each in findings] == ["record-linked-by-title"]


def test_the_same_title_alone_is_not_enough() -> None:
    assert len(trials([page(TITLE, "Status: Completed"), page(TITLE, "Enrollment: 40")])[0]) == 2


def test_two_numbers_in_one_register_are_two_trials_whatever_their_title() -> None:
    sponsor = "Sponsor: University Hospital of Elsewhere"
    together, findings = trials([page(TITLE, sponsor, "NCT ID: NCT01234567"), page(TITLE, sponsor, "NCT ID: NCT07654321")])
    assert len(together) == 2
    assert [each.rule for each in findings] == ["record-same-title"]


def test_the_same_summary_is_one_trial() -> None:
    summary = "Summary: " + " ".join(f"word{n}" for n in range(60)) + "."
    together, findings = trials([page(summary, "Status: Completed"), page("NCT ID: NCT01234567", summary + " And more.")])
    assert len(together) == 1
    assert [each.rule for each in findings] == ["record-linked-by-summary"]


def test_a_contradiction_names_both_values_and_who_says_them() -> None:
    one = page("NCT ID: NCT01234567", "Enrollment: 0", file="one.txt")
    two = page("NCT ID: NCT01234567", "Enrollment: 300 participants", file="two.txt")
    (record,), (found,) = trials([one, two])
    assert [said.value for said in record.enrolment] == [0, 300]
    assert agreed(record.enrolment) is None
    assert found.rule == "record-conflict"
    assert found.says == (
        "enrolment is said in 2 ways: '0' (one.txt:2:13 (Enrollment), likely); '300 participants' (two.txt:2:13 (Enrollment), likely)"
    )


def test_a_month_and_a_day_in_it_agree_on_the_day() -> None:
    record = merged(
        [page("NCT ID: NCT01234567", "Start Date: 2022-06"), page("NCT ID: NCT01234567", "Start Date: June 4, 2022")]
    )
    assert str(agreed(record.start)) == "2022-06-04"
    assert not conflicts(record)


def test_a_text_that_one_page_cut_short_agrees_with_the_whole() -> None:
    whole = "The trial asks whether early surgery is better than waiting for those with small stones."
    record = merged([page(f"Brief Summary: {whole}"), page(f"Brief Summary: {whole[:40]}")])
    assert agreed(record.summary) == whole
    assert not conflicts(record)


def test_merging_keeps_every_version() -> None:
    records = [
        page("NCT ID: NCT01234567", f"Status: {status}", file=status) for status in ("Recruiting", "Completed", "Recruiting")
    ]
    assert [said.place.file for said in merged(records).status] == ["Recruiting", "Completed", "Recruiting"]


def test_the_order_of_records_does_not_decide_what_is_one_trial() -> None:
    records = [
        page("NCT ID: NCT01234567", "Status: Completed"),
        page("Identifiers", "", "NCT01234567", "ISRCTN12345678"),
        page("Trial ID: ISRCTN12345678", TITLE, "Sponsor: University Hospital of Elsewhere"),
        page(TITLE, "Sponsor: University Hospital of Elsewhere", "Enrollment: 12"),
    ]
    assert len(trials(records)[0]) == len(trials(records[::-1])[0]) == 1
