"""Who of many could join: each criterion of a study over tables of patients, in columns, batch by batch.

A patient is eligible when every criterion is met, not eligible when one bars them, and otherwise undecided. What is not
recorded is unknown, unless the study or the caller says that a form is closed: then what is not there did not happen.
"""

from pathlib import Path
from typing import Literal

import polars as pl

from ..expression.columns import Tables
from ..finding import Unreadable
from ..study import Study
from .counts import Lack, Loss, Population, counted, listed
from .in_polars import BATCH, masks, screened_in_polars
from .screen import ELIGIBLE, NOT_ELIGIBLE, UNDECIDED, screen
from .source import Source, folder
from .telling import told

Engine = Literal["polars", "duckdb", "spark"]

__all__ = [
    "ELIGIBLE", "NOT_ELIGIBLE", "UNDECIDED", "Engine", "Lack", "Loss", "Population", "Source", "folder", "listed", "population",
    "screened", "told",
]  # fmt: skip


def screened(study: Study, tables: Tables) -> pl.DataFrame:
    """The verdict and the masks of each patient of some tables.

    Args:
        study: Whose criteria.
        tables: What is known; who has no enrolment is taken to be enrolled on the day up to which facts are known.

    Returns:
        `participant`, `verdict`, `failed`, `unknown` and `lacking`: bit k of a mask is the study's criterion k, from nought.

    Raises:
        Unreadable: If the study has more criteria than a mask has bits.
    """
    return masks(screen(study), tables)


def population(
    study: Study, source: Source, *, engine: Engine = "polars", kept: Path | None = None,
    size: int = BATCH,
) -> Population:  # fmt: skip
    """Screen all patients.

    Args:
        study: Whose criteria.
        source: Where the facts lie.
        engine: What works it out; the answers are the same.
        kept: A folder for the verdicts and masks, as Parquet; nothing is kept if left out.
        size: How many patients at a time.

    Raises:
        Unreadable: If the study has more criteria than a mask has bits, or a table cannot be read.
    """
    asked = screen(study)
    match engine:
        case "polars":
            found = screened_in_polars(asked, source, size=size)
        case "duckdb":
            from .in_sql import screened_in_duckdb

            found = screened_in_duckdb(asked, source, size=size)
        case "spark":
            from .in_sql import screened_in_spark

            found = screened_in_spark(asked, source, size=size)
    try:
        return counted(asked, found, kept=kept)
    except pl.exceptions.PolarsError as why:
        raise Unreadable(f"a table cannot be read: {str(why).splitlines()[0]}") from None
