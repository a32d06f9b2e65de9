"""What cannot be estimated from these numbers: a sentence to print in place of an estimate."""


class Inestimable(ValueError):
    """No honest number can be given: why, and the columns of the covariates that are to blame (from 0)."""

    def __init__(self, says: str, columns: tuple[int, ...] = ()) -> None:
        super().__init__(says)
        self.says, self.columns = says, columns
