"""A study file as text: its parts under headings, what is short on one line, no anchors; what `document` reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml


def written(parts: Sequence[tuple[str, Mapping[str, Any]]], *remarks: str) -> str:
    """A study file.

    Args:
        parts: Its parts in order, each with the heading that stands over it, or none.
        remarks: Lines at its head, for whoever reads it.

    >>> print(written([("", {"study": "ablation"}), ("Arms", {"arms": {"control": {"label": "Control"}}})]), end="")
    study: ablation
    <BLANKLINE>
    # --- Arms ----------------------------------------------------------------------------------------------------------
    <BLANKLINE>
    arms:
      control: {label: Control}
    """
    lines = [f"# {remark}" for remark in remarks] + [""] * bool(remarks)
    for heading, part in parts:
        if part:
            if heading:
                lines += ["", f"# --- {heading} {'-' * max(4, 110 - len(heading))}", ""]
            lines += _block(part)
    return "\n".join(lines) + "\n"


def _block(part: Mapping[str, Any]) -> list[str]:
    """A part's lines: its keys at the margin, and what is short on one line."""
    lines: list[str] = []
    for key, value in part.items():
        if isinstance(value, (str, int)):
            lines.append(_yaml({key: value}, yaml.SafeDumper))
            continue
        told = _yaml(value, _Plain)
        if "\n" not in told and told[:1] in "{[":
            lines.append(f"{key}: {told}")
        else:
            lines += [f"{key}:", *(f"  {line}" if line else line for line in told.split("\n"))]
    return lines


def _yaml(value: Any, dumper: type[yaml.SafeDumper]) -> str:
    return yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=118, default_flow_style=False).rstrip(
        "\n"
    )


class _Plain(yaml.SafeDumper):
    """YAML without anchors, of which a study file has none; what is short stands on one line."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        made = super().represent_sequence(tag, sequence, flow_style)
        made.flow_style = all(isinstance(each, yaml.ScalarNode) for each in made.value)
        return made

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        made = super().represent_mapping(tag, mapping, flow_style)
        parts = [each for pair in made.value for each in pair]
        made.flow_style = (
            all(isinstance(each, yaml.ScalarNode) for each in parts) and sum(len(each.value) + 3 for each in parts) <= 90
        )
        return made

    def ignore_aliases(self, data: Any) -> bool:
        return True
