"""What cannot be estimated from these numbers: a sentence to print in place of an estimate."""

from collections.abc import Sequence

COLUMNS = "{columns}"
"""Where a sentence names the covariates that are to blame."""


class Inestimable(ValueError):
    """No honest number can be given: why, and the columns of the covariates that are to blame (from 0).

    A kernel knows covariates by their number; who knows their names can have the sentence say them.

    >>> why = Inestimable("{columns} repeat each other", (0, 2))
    >>> why.says, why.named(["age", "sex", "years lived"]).says
    ('covariates 1, 3 repeat each other', 'age and years lived repeat each other')
    """

    def __init__(self, says: str, columns: tuple[int, ...] = ()) -> None:
        numbers = ", ".join(str(k + 1) for k in columns)
        self.sentence, self.columns = says, columns
        self.says = says.replace(COLUMNS, f"covariate {numbers}" if len(columns) == 1 else f"covariates {numbers}")
        super().__init__(self.says)

    def named(self, names: Sequence[str]) -> "Inestimable":
        """The same with the covariates called by their names, one a column."""
        blamed = [names[k] for k in self.columns]
        together = " and ".join([*([", ".join(blamed[:-1])] if blamed[1:] else []), *blamed[-1:]])
        found = Inestimable(self.sentence.replace(COLUMNS, together), self.columns)
        return found.with_traceback(self.__traceback__)
