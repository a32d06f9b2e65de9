"""What is broken, huge or meant to harm is refused with a sentence, or read as far as it goes."""

import gzip
import json
import random
import time
import tracemalloc
from pathlib import Path

import pytest

from equipoise.registries import read_record, tree


def refusal(source: str | bytes | Path) -> str:
    records, findings = read_record(source)
    assert not records
    assert len(findings) == 1
    assert findings[0].rule == "record-refused"
    return findings[0].says


def test_an_entity_bomb_is_refused_before_it_grows() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><clinical_study>&b;</clinical_study>'
    started = time.process_time()
    assert "document type" in refusal(bomb)
    assert time.process_time() - started < 1


def test_a_file_that_the_document_asks_for_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden", encoding="utf-8")
    xml = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]><clinical_study><brief_title>&x;</brief_title></clinical_study>'
    assert "document type" in refusal(xml)
    assert "document type" in refusal(f'<!DOCTYPE clinical_study SYSTEM "file://{secret}"><clinical_study/>')


def test_a_hundred_megabytes_are_refused_unread(tmp_path: Path) -> None:
    big = tmp_path / "big.json"
    with big.open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    assert "100,000,000 bytes are more than" in refusal(big)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused() -> None:
    assert "unpacks to more than" in refusal(gzip.compress(b"x" * (tree.LIMIT + 10)))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"protocolSection":' * 5_000 + "1" + "}" * 5_000, "[" * 500 + "]" * 500])
def test_deep_json_is_refused(text: str) -> None:
    assert "deep" in refusal(text)


def test_deep_xml_is_refused() -> None:
    assert "deep" in refusal("<clinical_study>" * 5_000)


def test_json_of_millions_of_pieces_is_refused() -> None:
    assert "elements" in refusal("[" + "[]," * (tree.MOST + 1) + "[]]")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"\xff\xfe\x00", "UTF-16"),
        ("Müller".encode("latin-1"), "byte 1"),
        (b"Status\x00: Completed", "zero bytes"),
        (b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><clinical_study/>', "encoding"),
        (b"\x1f\x8b nothing", "gzip"),
        (b"%PDF-1.7 \xe2\xe3", "a PDF"),
        (b"PK\x03\x04 sheet", "a ZIP file"),
        ("Title: Ablation of tumours".encode("utf-16-le"), "without its mark"),
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"<unheard-of/>", "no register"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "thousands of figures"),
    ],
)
def test_what_is_not_a_record_is_refused_in_words(raw: bytes, why: str) -> None:
    assert why in refusal(raw)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nothing.json")
    assert "not a file" in refusal(tmp_path)


def test_an_unknown_form_is_a_refusal_beside_what_can_be_read() -> None:
    study = {"protocolSection": {"identificationModule": {"nctId": "NCT01234567"}}}
    records, findings = read_record(json.dumps([study, {"what": "else"}, 7]))
    assert len(records) == 1
    assert [each.rule for each in findings] == ["record-refused", "record-refused"]


@pytest.mark.parametrize(
    "text",
    [
        "Title: " + " " * 150_000 + "(x",
        "Sponsor: " + "a " * 90_000,
        "Conditions\n" + "\n".join(f"thing {n}" for n in range(19_000)),
        "Enrollment: 1\n" * 19_000,
        "\n".join(f"Enrollment: {n}" for n in range(19_000)),
        "a | " * 40_000,
        "\n".join("a | b | c |" for _ in range(19_000)),
        "Arms and Interventions\n\nx |\n---|\n" + "a" * 190_000 + " |",
        "Participant Group/Arm | Intervention/Treatment |\n---|---|\n: " + "a " * 90_000 + "| |",
        "Description:\n" * 19_000,
        "(" * 190_000,
        "\n".join(f"{2000 + n % 99}-01-01" for n in range(19_000)),
        "Time frame: x\n" * 19_000,
        "1\n" * 30_000,
    ],
    ids=range(14),
)
def test_long_and_strange_pages_take_little_time(text: str) -> None:
    started = time.process_time()
    read_record(text)
    assert time.process_time() - started < 8


def test_a_json_of_many_strange_keys_takes_little_time() -> None:
    study = {"protocolSection": {f"k{n}": {"a": n} for n in range(100_000)}}
    started = time.process_time()
    read_record(json.dumps(study))
    assert time.process_time() - started < 8


# --- mutants ---


def corpus(shared: Path) -> list[bytes]:
    files = [
        *(shared / "seeds").glob("*.txt"),
        *(shared / "data/pages").glob("*.txt"),
        *(shared / "data/registry").glob("ctgov_*/*"),
    ]
    raw = [file.read_bytes() for file in sorted(files)]
    for file in sorted((shared / "data/registry/other").glob("*.gz")):
        text = gzip.decompress(file.read_bytes()).decode("utf-8")
        if text.startswith("["):  # one trial, without the register's bookkeeping
            trial = {
                key: each
                for key, each in json.loads(text)[0].items()
                if key not in ("applications", "publicEvaluation", "adverseEvents")
            }
            raw.append(json.dumps(trial)[:60_000].encode())
            raw.append(json.dumps(trial).encode())
        else:
            raw.append("\n".join(text.splitlines()[:5]).encode())
    return [each for each in raw if len(each) < 60_000]


_PIECES = (b"{", b"}", b"[", b"]", b'"', b",", b"\n", b"\n\n", b": ", b"|", b"<", b">", b"</", b"&lt;", b"null", b"0", b"-1", b"1e999", b"NCT", b"\\u0000",
           b"N/A", b"18 Years", b"ALL", b"2024-13-01", b"Status", b"Description:\n", b"Time frame: ", b"\xc3\xa9", b"\xff", b"   ", b"* ", b"#", b"---\n", b"9" * 50)  # fmt: skip


def mutant(raw: bytes, rng: random.Random) -> bytes:
    """A record with pieces cut, doubled, swapped or put in."""
    for _ in range(rng.randint(1, 6)):
        at, other = sorted(rng.randrange(len(raw) + 1) for _ in range(2))
        other = min(other, at + rng.choice([1, 5, 40, 2_000]))
        match rng.randrange(5):
            case 0:
                raw = raw[:at] + raw[other:]
            case 1:
                raw = raw[:at] + rng.choice(_PIECES) + raw[at:]
            case 2:
                raw = raw[:at] + raw[at:other] * 2 + raw[other:]
            case 3:
                raw = raw[:at] + bytes([rng.randrange(32, 127)]) + raw[at + 1 :]
            case _:
                lines = raw.split(b"\n")
                rng.shuffle(lines) if len(lines) < 400 else lines.reverse()
                raw = b"\n".join(lines) if rng.random() < 0.3 else raw
    return raw


def mutated_json(raw: bytes, rng: random.Random) -> bytes:
    """A JSON record, still JSON, with nodes swapped for others of another kind."""
    whole = json.loads(raw)
    nodes: list[tuple[object, object]] = []

    def walk(node: object) -> None:
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, each in list(pairs):
            nodes.append((node, key))
            walk(each)

    walk(whole)
    for _ in range(rng.randint(1, 8)):
        holder, key = rng.choice(nodes)
        strange = rng.choice(
            [None, [], {}, "", 0, -5, True, "18 Years", ["x", {"y": 1}], {"a": [1]}, 1e308, "N/A", [[[]]], "0000-00-00"]
        )
        if isinstance(holder, dict) or (isinstance(holder, list) and isinstance(key, int) and key < len(holder)):
            holder[key] = strange  # type: ignore[index]
    return json.dumps(whole).encode()


def tried(shared: Path, count: int) -> tuple[float, float]:
    """Read so many mutants, each of which is a record or a finding; the slowest one's seconds, and a mutant's on average."""
    rng = random.Random(7)
    originals = corpus(shared)
    slowest, started = 0.0, time.process_time()
    for n in range(count):
        raw = rng.choice(originals)
        is_json = raw[:1] in b"{[" and n % 2
        try:
            changed = mutated_json(raw, rng) if is_json else mutant(raw, rng)
        except ValueError:  # an original that was cut is no JSON
            changed = mutant(raw, rng)
        begun = time.process_time()
        records, findings = read_record(changed)
        slowest = max(slowest, time.process_time() - begun)
        assert records or findings, changed[:200]
    return slowest, (time.process_time() - started) / count


def test_two_thousand_mutants_are_read_or_refused(shared: Path) -> None:
    slowest, average = tried(shared, 2_000)
    assert slowest < 5
    assert average < 0.1


@pytest.mark.long
def test_a_hundred_thousand_mutants_are_read_or_refused(shared: Path) -> None:
    slowest, average = tried(shared, 100_000)
    assert slowest < 5
    assert average < 0.1


@pytest.mark.parametrize("text", [_N * 190_000 for _N in ("A.2 ", "E.3 x: ", "a: b | ", "x [Time Frame: ", "Enrollment: 5; ")])
def test_what_the_newer_layouts_look_for_takes_no_longer_on_long_lines(text: str) -> None:
    start = time.process_time()
    read_record((text[:190_000] + "\nStatus: Recruiting\n").encode())
    assert time.process_time() - start < 10
