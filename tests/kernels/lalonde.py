"""The training programme of Lalonde's paper, as R's examples have it; and R's answers. Skipped where they are absent."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np


class Lalonde:
    """Who was treated, what was known of them, and what they earned."""

    def __init__(self, shared: Path) -> None:
        folder = shared / "data" / "survival"
        with (folder / "lalonde.csv").open(encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))
        self.r: dict[str, Any] = json.loads((folder / "r_results.json").read_text("utf-8"))
        self.treated = np.array([row["treat"] == "1" for row in self.rows])
        self.race = np.array([row["race"] for row in self.rows])
        self.columns = np.column_stack(
            [
                self["age"], self["educ"], self.race == "hispan", self.race == "white", self["married"], self["nodegree"],
                self["re74"], self["re75"],
            ]
        ).astype(float)  # fmt: skip

    def __getitem__(self, name: str) -> np.ndarray:
        if name.startswith("race"):
            return (self.race == name[4:]).astype(float)
        return np.array([float(row[name]) for row in self.rows])
