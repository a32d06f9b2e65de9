"""What one database says in one word of SQL and its neighbour in another."""

from dataclasses import dataclass

from .tree import Kind


@dataclass(frozen=True)
class Dialect:
    """How one database says what others say otherwise; `{}` stands for the parts in their order.

    `two_latest` and `two_earliest` are the two greatest or least of some rows, and `of_two` the first and second of them.
    """

    quote: str
    text: str
    texts: str
    record: tuple[str, str]
    part: str
    latest: str
    earliest: str
    two_latest: str
    two_earliest: str
    of_two: tuple[str, str]
    days_later: str
    months_later: str
    days: str
    size: str
    matching: str
    trimming: str
    escapes: bool = False

    def literal(self, text: str) -> str:
        """A text as SQL writes it."""
        return "'" + (text.replace("\\", "\\\\").replace("'", "\\'") if self.escapes else text.replace("'", "''")) + "'"

    def matches(self, text: str, pattern: str) -> str:
        return self.matching.format(text, self.literal(pattern))

    def trimmed(self, text: str) -> str:
        return self.trimming.format(text, self.literal(" \t\r\n"))

    def name(self, text: str) -> str:
        return self.quote + text.replace(self.quote, self.quote * 2) + self.quote

    def kind(self, kind: Kind) -> str:
        return {
            Kind.TRUTH: "BOOLEAN", Kind.NUMBER: "DOUBLE", Kind.SPAN: "DOUBLE", Kind.DATE: "DATE", Kind.SET: self.texts,
        }.get(kind, self.text)  # fmt: skip

    def recorded(self, **parts: str) -> str:
        """Several values in one."""
        around, each = self.record
        return around.format(", ".join(each.format(name, text) for name, text in parts.items()))


DUCKDB = Dialect(
    quote='"', text="VARCHAR", texts="VARCHAR[]", record=("{{{}}}", "'{}': {}"), part="{}['{}']",
    latest="arg_max({}, {})", earliest="arg_min({}, {})", two_latest="max({}, 2) {}", two_earliest="min({}, 2) {}",
    of_two=("{}[1]", "{}[2]"), days_later="({} + CAST({} AS INTEGER))",
    months_later="CAST({} + to_months(CAST({} AS INTEGER)) AS DATE)", days="datediff('day', {}, {})", size="len({})", matching="regexp_matches({}, {})",
    trimming="trim({}, {})",
)  # fmt: skip
SPARK = Dialect(
    quote="`", text="STRING", texts="ARRAY<STRING>", record=("named_struct({})", "'{}', {}"), part="{}['{}']",
    latest="max_by({}, {})", earliest="min_by({}, {})", two_latest="slice(sort_array(collect_list({}) {}, false), 1, 2)",
    two_earliest="slice(sort_array(collect_list({}) {}), 1, 2)", of_two=("{}[0]", "{}[1]"), days_later="date_add({}, {})",
    months_later="add_months({}, CAST({} AS INT))", days="(-datediff({}, {}))", size="size({})", matching="({} RLIKE {})",
    trimming="trim(BOTH {1} FROM {0})", escapes=True,
)  # fmt: skip
