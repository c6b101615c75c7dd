"""Lay the figures of portraits out: for the terminal, as Markdown, and as pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.progress_bar import ProgressBar
from rich.table import Table

BAR = 16


@dataclass(frozen=True, slots=True)
class Target:
    """A figure by its place in the report, and what it should reach, or stay below."""

    label: str
    place: tuple[str, ...]
    goal: float
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A target with what was found; `value` is None where the figure does not apply."""

    target: Target
    value: float | None
    interval: tuple[float, float] | None
    why: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the value itself reaches the goal."""
        if self.value is None:
            return False
        if self.target.at_most:
            return self.value <= self.target.goal
        return self.value >= self.target.goal

    @property
    def reached(self) -> float:
        """How much of the way was made, in [0, 1]."""
        if self.value is None:
            return 0.0
        if self.is_met:
            return 1.0
        first, second = (self.target.goal, self.value)
        part = first / self.value if self.target.at_most else second / first
        return min(max(part, 0.0), 1.0)


_HISTOGRAM = ("portrait_sufficiency", "metadata_histogram")
TARGETS = (
    Target("PSR@20", ("psr@20",), 0.90),
    Target("over the histogram, same scorer", (*_HISTOGRAM, "same_scorer", "portrait_over"), 1.15),
    Target("over the histogram, raw", (*_HISTOGRAM, "raw", "portrait_over"), 1.15),
    Target(
        "shuffled minus popularity",
        ("portrait_sufficiency", "shuffled", "minus_popularity"),
        0.0,
        at_most=True,
    ),
    Target("portrait lift", ("portrait_lift",), 0.05),
    Target("portrait lift, shuffled", ("portrait_lift", "shuffled"), 0.003, at_most=True),
    Target(
        "over LLM-written profiles", ("against_llm_profiles", "tuned", "ours_over_theirs"), 1.20
    ),
    Target(
        "over LLM-written profiles, raw", ("against_llm_profiles", "raw", "ours_over_theirs"), 1.20
    ),
    Target("portraits drawn a second", ("against_llm_profiles", "users_a_second"), 50.0),
    Target("claims supported", ("descriptions", "supported"), 0.99),
    Target("picked out of 11", ("descriptions", "picked"), 0.90),
    Target("picked by later behaviour", ("descriptions", "picked_by_later"), 0.90),
    Target("SST-2 dev accuracy", ("sentiment", "sst2_dev_accuracy"), 0.91),
    Target("pan or recommend, AUC", ("sentiment", "held_out_auc"), 0.93),
    Target("Chinese shopping accuracy", ("sentiment", "chinese_shopping_accuracy"), 0.935),
    Target("reviews read a second", ("sentiment", "reviews_a_second"), 200.0),
    Target("sentiment as a weight", ("sentiment_gain",), 0.03),
    Target("segments over popularity", ("segments", "times_global_popularity"), 4.0),
    Target("segments", ("segments", "segments"), 50.0, at_most=True),
    Target("segments, adjusted Rand index", ("segments", "adjusted_rand_index"), 0.70),
    Target("calibration error", ("reliability",), 0.05, at_most=True),
    Target("aspects read agree with verdicts", ("aspect_polarity",), 0.85),
    Target("aspects stated, with later verdicts", ("aspect_polarity", "stated"), 0.85),
    Target("quotes verbatim", ("quotes",), 1.0),
)


def lines_of(portrait: Mapping[str, Any]) -> list[Line]:
    """Return every target with what was found of it."""
    return [_line(target, portrait) for target in TARGETS]


def _line(target: Target, portrait: Mapping[str, Any]) -> Line:
    found: Any = portrait
    for name in target.place:
        if isinstance(found, Mapping) and found.get("why"):
            break
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, int | float):
        return Line(target, float(found), None)
    if not isinstance(found, Mapping) or found.get("value") is None:
        why = str(found.get("why", "")) if isinstance(found, Mapping) else ""
        return Line(target, None, None, why or "Not measured.")
    interval = (found["low"], found["high"]) if "low" in found else None
    return Line(target, float(found["value"]), interval)


def portrait_table(title: str, portrait: Mapping[str, Any]) -> Table:
    """Lay the figures out with bars for how much of each target was reached."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("figure", no_wrap=True)
    table.add_column("found", justify="right", no_wrap=True)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("", width=BAR)
    for line in lines_of(portrait):
        if line.value is None:
            table.add_row(line.target.label, "-", _goal(line.target), "", style="dim")
            continue
        bar = ProgressBar(total=1.0, completed=line.reached, width=BAR)
        style = "bold" if line.is_met else None
        table.add_row(line.target.label, _found(line), _goal(line.target), bar, style=style)
    return table


def _found(line: Line) -> str:
    value = f"{line.value:.4g}"
    if line.interval is None:
        return value
    return f"{value} ({line.interval[0]:.4g} to {line.interval[1]:.4g})"


def _goal(target: Target) -> str:
    return f"{'≤' if target.at_most else '≥'} {target.goal:g}"


def as_markdown(name: str, portraits: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the figures of all splits as Markdown tables; what does not apply says why."""
    return "\n".join(_markdown_lines(name, portraits)) + "\n"


def _markdown_lines(name: str, portraits: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for split, portrait in portraits.items():
        yield from (f"## {name}, {split}", "", "| figure | found | target | met |")
        yield "|---|---|---|---|"
        for line in lines_of(portrait):
            found = _found(line) if line.value is not None else line.why
            met = "" if line.value is None else "yes" if line.is_met else "no"
            yield f"| {line.target.label} | {found} | {_goal(line.target)} | {met} |"
        yield ""
