"""A fit's report as rows and bars: what was tried, what won, by how much, and on whom."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from likeness.pages.charts import LEFT, RIGHT, Range
from recommendations.fit_words import (
    decision_in_words,
    feature_names,
    gate_names,
    kind_names,
    lead_in_words,
    setting_in_words,
    source_names,
    way_names,
)

# A choice as the report has it: Kind(name=value, ...).
CHOICE = re.compile(r"^(\w+)\((.*)\)$", re.DOTALL)
VALUE = re.compile(r"(\w+)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)(?=,|$)")
# What is not said where it is so: it is the setting that everything starts from.
UNSAID = {"HistoryConfig": {"dislike": 0.0, "feeling": 0.0}, "CompanyConfig": {"lengthen": 0.0}}
MOST_FEATURES = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure with its name. Units: percent of the longest bar beside it."""

    name: str
    words: str
    percent: int
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A source, and how much of the whole it counts for each length of history, in percent."""

    name: str
    shares: list[int]


@dataclass(frozen=True, slots=True)
class Counted:
    """What each source counts: one column for each length of history, in words."""

    columns: list[str]
    rows: list[Source]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is in use, in words, with the interval that it rests on as a picture."""

    name: str
    words: str
    is_open: bool
    range: Range


@dataclass(frozen=True, slots=True)
class Tried:
    """All settings of one kind, best first. `best` says which was taken."""

    name: str
    best: str
    bars: list[Bar]


def counted_of(blend: Mapping[str, Any]) -> Counted:
    """Return what each source counts, as its share of all weights, per length of history."""
    buckets: Sequence[Mapping[str, Any]] = blend.get("buckets") or ()
    weights = [blend.get("weights") or {}, *(one["weights"] for one in buckets)]
    starts = [int(one["least"]) for one in buckets]
    columns = [_("all users"), *map(_lengths, starts, [*starts[1:], None][: len(starts)])]
    names = source_names()
    order = sorted({source for one in weights for source in one}, key=list(names).index)
    rows = [
        Source(names[source], [_share(one.get(source, 0.0), sum(one.values())) for one in weights])
        for source in order
    ]
    return Counted(columns, sorted(rows, key=lambda row: -max(row.shares)))


def _lengths(least: int, next_least: int | None) -> str:
    """Say for histories of which lengths a column stands."""
    if next_least is None:
        return _("%(n)s or more") % {"n": least}
    return str(least) if next_least == least + 1 else f"{least}–{next_least - 1}"


def decisions_of(report: Mapping[str, Any]) -> list[Decision]:
    """Return every decision of a report, with its interval drawn around nothing gained."""
    found = {name: gate for name, gate in report.get("gates", {}).items() if name in gate_names()}
    ranker = report.get("ranker") or {}
    if ranker.get("gate"):
        found["ranker"] = ranker["gate"]
    names = gate_names()
    return [
        Decision(
            names[name],
            decision_in_words(gate),
            bool(gate["is_open"]),
            interval(gate, words=decision_in_words(gate), name=names[name], unit="%"),
        )
        for name, gate in found.items()
    ]


def lead_of(report: Mapping[str, Any]) -> Range | None:
    """Draw by how much a fit foretells better than the one it was compared with."""
    lead = report.get("lead")
    if not lead or not (lead["low"] or lead["high"]):
        return None
    return interval(lead, words=lead_in_words(report), name=_("Against the fit before"), unit="")


def interval(found: Mapping[str, float], *, words: str, name: str, unit: str) -> Range:
    """Draw an interval on a line that has nothing gained in its middle.

    The line reaches as far at least as the last digit that its ends are told with.
    """
    last_digit = 1e-3 if unit else 1e-4
    reach = max(1.15 * max(abs(found["low"]), abs(found["high"])), last_digit)

    def place(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (value + reach) / (2 * reach), 1)

    start, end = place(found["low"]), place(found["high"])
    end_words = f"{100 * reach:.1f} {unit}" if unit else f"{100 * reach:.2f}"
    return Range(
        name=name,
        words=words,
        first=f"−{end_words}",
        last=f"+{end_words}",
        x=start,
        width=round(max(2.0, end - start), 1),
        tick=place(found["value"]),
        zero=place(0.0),
    )


def lent_of(report: Mapping[str, Any]) -> list[Bar]:
    """Return how many of the hidden new items each share of lent links finds."""
    lent = report.get("newcomers") or {}
    tried = lent.get("tried") or ()
    most = max((one["found_of_new"] for one in tried), default=0.0)
    return [
        Bar(
            name=_("%(percent)s %% lent") % {"percent": f"{100 * one['share']:g}"},
            words=_("%(found)s %% of new items found, merit %(merit)s")
            % {"found": f"{100 * one['found_of_new']:.1f}", "merit": f"{one['merit']:.4f}"},
            percent=_share(one["found_of_new"], most),
            is_taken=one["share"] == lent.get("share"),
        )
        for one in tried
    ]


def ways_of(report: Mapping[str, Any]) -> list[Bar]:
    """Return how far each way of linking items counts in their sum, and what it reaches alone."""
    mix = report.get("mix") or {}
    shares: Mapping[str, float] = mix.get("shares") or {}
    names, whole = way_names(), sum(shares.values())
    return [
        Bar(
            name=names.get(way, way),
            words=_("%(percent)s %%, alone %(merit)s")
            % {
                "percent": _share(share, whole),
                "merit": f"{(mix.get('alone') or {}).get(way, 0.0):.4f}",
            },
            percent=_share(share, whole),
        )
        for way, share in sorted(shares.items(), key=lambda pair: -pair[1])
    ]


def features_of(report: Mapping[str, Any]) -> list[Bar]:
    """Return which clues the ranker leans on most, as shares of all that it leans on."""
    features: Mapping[str, float] = (report.get("ranker") or {}).get("features") or {}
    most, names = max(features.values(), default=0.0), feature_names()
    return [
        Bar(names.get(name, name.replace("_", " ")), f"{100 * share:.1f} %", _share(share, most))
        for name, share in sorted(features.items(), key=lambda pair: -pair[1])[:MOST_FEATURES]
        if share > 0
    ]


def tried_of(report: Mapping[str, Any]) -> list[Tried]:
    """Return what was tried by kind, each kind's best setting first."""
    groups: dict[str, dict[str, float]] = {}
    for one in report.get("tried") or ():
        kind, words = _choice(str(one["choice"]))
        # What was tried twice, once alone and once in the sum, counts as it did last.
        groups.setdefault(kind, {})[words] = float(one["merit"])
    names = kind_names()
    return [_tried(names.get(kind, kind), found) for kind, found in groups.items()]


def _tried(name: str, found: Mapping[str, float]) -> Tried:
    ranked = sorted(found.items(), key=lambda pair: -pair[1])
    most = ranked[0][1]
    bars = [
        Bar(words, f"{height:.4f}", _share(height, most), is_taken=place == 0)
        for place, (words, height) in enumerate(ranked)
    ]
    return Tried(name, ranked[0][0], bars)


def _choice(choice: str) -> tuple[str, str]:
    """Return what a choice is about, and its settings in words."""
    found = CHOICE.match(choice)
    if found is None:
        return choice, choice
    kind, inside = found.groups()
    values = {name: float(value) for name, value in VALUE.findall(inside)}
    unsaid = UNSAID.get(kind, {})
    said = {name: value for name, value in values.items() if unsaid.get(name) != value}
    return kind, setting_in_words(said)


def _share(part: float, whole: float) -> int:
    return round(100 * part / whole) if whole > 0 else 0
