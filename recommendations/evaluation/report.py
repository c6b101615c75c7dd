"""Turn what users got into figures with intervals, as JSON and as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from core.arrays import Bools, Doubles
from recommendations.engine import metrics
from recommendations.engine.splits import tied_share
from recommendations.engine.validation import MEASURES
from recommendations.evaluation.curves import curves_of
from recommendations.evaluation.families import left_out_peers
from recommendations.evaluation.figures import rounded
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.machine import hardware
from recommendations.evaluation.run import Measured, Outcome, Plan, Result

COLD_USER = 5
HEAD_SHARE, MIDDLE_SHARE = 0.2, 0.5
OURS = "likeness"
SHOWN = (*MEASURES, "coverage")


def report(
    data: FolderData, plan: Plan, results: Sequence[Result], seconds: float
) -> dict[str, Any]:
    """Return the whole report. The first split stands at the top; all stand under `splits`."""
    parts = {one.split.name: split_report(data, plan, one) for one in results}
    first = parts[results[0].split.name]
    return {**first, "splits": parts, "seconds": round(seconds, 2)}


def split_report(data: FolderData, plan: Plan, result: Result) -> dict[str, Any]:
    """Return one split's data, models, and likeness's lead over each of the others."""
    return measured_report(_data(data, plan, result), result, seed=plan.seed)


def measured_report(data: dict[str, Any], result: Measured, *, seed: int) -> dict[str, Any]:
    """Return what `data` says of the split, every model's figures, and likeness's leads."""
    rng = np.random.default_rng(seed)
    everybody = np.ones(len(result.cases), dtype=np.bool_)
    whole, leads = _with_intervals(result, everybody, rng)
    groups = _by_users(result, rng)
    return {
        "data": data,
        "models": {
            name: {
                **whole[name],
                **_model(one, result),
                "users": {
                    group: {"count": count, **found[name]}
                    for group, (count, found) in groups.items()
                },
                "choices": one.choices,
                "tries": one.tries,
                "seconds": round(one.seconds, 2),
            }
            for name, one in result.outcomes.items()
        },
        "differences": leads,
        "seconds": round(result.seconds, 2),
    }


Figures = dict[str, dict[str, Any]]


def _with_intervals(
    result: Measured, rows: Bools, rng: np.random.Generator
) -> tuple[Figures, Figures]:
    """Return every model's measures over some users, and likeness minus each other model.

    The differences are paired, user by user, with 95 % intervals; all rest on the same draws.
    """
    tables = {name: one.measures[rows] for name, one in result.outcomes.items()}
    leads = {name: tables[OURS] - one for name, one in tables.items() if name != OURS}
    columns = np.concatenate([*tables.values(), *leads.values()], axis=1)
    drawn = [rounded(one) for one in metrics.intervals(columns, rng)]
    found: list[dict[str, Any]] = [
        dict(zip(MEASURES, drawn[start : start + len(MEASURES)], strict=True))
        for start in range(0, len(drawn), len(MEASURES))
    ]
    cut = len(tables)
    return (
        dict(zip(tables, found[:cut], strict=True)),
        dict(zip(leads, found[cut:], strict=True)),
    )


def _data(data: FolderData, plan: Plan, result: Result) -> dict[str, Any]:
    split = result.split
    return {
        "name": data.name,
        "sha256": data.digest,
        "users": data.log.n_users,
        "items": data.log.n_items,
        "interactions": len(data.log),
        "positives": int((data.log.weights > 0).sum()),
        "split": split.name,
        "train": int((split.train.weights > 0).sum()),
        "validation": int((split.validation.weights > 0).sum()),
        "test": int((split.test.weights > 0).sum()),
        "test_users": len(result.cases),
        "final_fit": "train and validation",
        "masked": "items met in train or validation",
        "ties": "count half",
        "share_of_rows_in_shared_moments": round(tied_share(data.log), 5),
        "seed": plan.seed,
        "validation_users_at_most": plan.users,
        "left_out_peers": left_out_peers(wanted=plan.with_peers),
        "hardware": hardware(),
    }


def _model(outcome: Outcome, result: Measured) -> dict[str, Any]:
    """Return what needs no draws: what is shown, what of it is found, and for whom."""
    n_items = len(result.counts)
    figures: dict[str, Any] = {
        "coverage": {"value": round(metrics.coverage(outcome.slates, n_items), 5)},
        "gini": {"value": round(metrics.gini(outcome.slates, n_items), 5)},
        "novelty": {"value": round(metrics.novelty(outcome.slates, result.counts), 5)},
    }
    if result.vectors is not None:
        spread = metrics.intra_list_diversity(outcome.slates, result.vectors)
        figures["diversity"] = {"value": round(spread, 5)}
    return {
        **figures,
        "items": _by_items(outcome, result),
        "curves": curves_of(outcome, result),
    }


def _by_users(result: Measured, rng: np.random.Generator) -> dict[str, tuple[int, Figures]]:
    """Measure cold users (0 to 4 likings known) and warm ones apart."""
    groups = {"cold": result.lengths < COLD_USER, "warm": result.lengths >= COLD_USER}
    return {
        group: (int(rows.sum()), _with_intervals(result, rows, rng)[0])
        for group, rows in groups.items()
        if rows.any()
    }


def _by_items(outcome: Outcome, result: Measured) -> dict[str, Any]:
    """Return recall@20 over the wanted items of each kind: unknown, or by their popularity."""
    wanted = result.cases.wanted.indices
    return {
        kind: {"count": int(mask[wanted].sum()), "recall@20": _hit_rate(outcome, mask[wanted])}
        for kind, mask in item_kinds(result.counts.astype(np.float64)).items()
        if mask[wanted].any()
    }


def item_kinds(counts: Doubles) -> dict[str, Bools]:
    """Part the items: cold ones, and the most popular 20 %, next 30 % and rest of the known.

    Shapes: counts (I,); returns masks (I,) that together hold every item once.
    """
    place = np.empty(len(counts), dtype=np.int64)
    place[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    known = counts > 0
    head, middle = HEAD_SHARE * known.sum(), MIDDLE_SHARE * known.sum()
    return {
        "cold": ~known,
        "head": known & (place < head),
        "middle": known & (place >= head) & (place < middle),
        "tail": known & (place >= middle),
    }


def _hit_rate(outcome: Outcome, rows: Bools) -> float:
    return round(float((outcome.ranks[rows] <= 20).mean()), 5)


def model_table(part: dict[str, Any]) -> Table:
    """Lay out one split's models for the terminal; the JSON has more figures than fit here."""
    data = part["data"]
    table = _table(f"{data['name']}, split by {data['split']}: {data['test_users']} test users")
    for name in SHOWN:
        table.add_column(name, justify="right", no_wrap=True)
    for name, figures in part["models"].items():
        style = "bold" if name == OURS else None
        table.add_row(name, *(_shown(figures[one]) for one in SHOWN), style=style)
    return table


def difference_table(part: dict[str, Any]) -> Table:
    """Lay out likeness's lead over the others; a lead counts where its interval excludes 0."""
    table = _table("likeness minus each, paired 95 % interval")
    for name in MEASURES:
        table.add_column(name, justify="right", no_wrap=True)
    for name, leads in part["differences"].items():
        table.add_row(name, *(_lead(leads[one]) for one in MEASURES))
    return table


def recommending_markdown(found: Mapping[str, Any]) -> str:
    """Return every split's models as a Markdown table, with likeness's lead over each."""
    return "\n".join(line for part in found["splits"].values() for line in _rows(part))


def _rows(part: Mapping[str, Any]) -> Iterator[str]:
    data = part["data"]
    yield f"## {data['name']}, {data['split']}"
    yield ""
    yield f"{data['test_users']} test users; fitted on {data['final_fit']}; seed {data['seed']}."
    if data["split"] == "user-shuffled-ties":
        share = data["share_of_rows_in_shared_moments"]
        yield f"{share:.1%} of the rows share their user's moment with another; these were drawn."
    yield from (f"{reason}" for reason in data.get("left_out_peers", ()))
    yield ""
    yield f"| model | {' | '.join(SHOWN)} | {OURS}'s lead in ndcg@20 | tries | seconds |"
    yield "|---" * (len(SHOWN) + 4) + "|"
    for name, figures in part["models"].items():
        shown = " | ".join(f"{figures[one]['value']:.4f}" for one in SHOWN)
        lead = part["differences"].get(name)
        told = _lead(lead["ndcg@20"], digits=4) if lead else ""
        yield f"| {name} | {shown} | {told} | {figures['tries']} | {figures['seconds']:.0f} |"
    yield ""


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("model", no_wrap=True)
    return table


def _shown(figure: dict[str, float]) -> str:
    """Show a figure and half the width of its interval, where it has one."""
    value = f"{figure['value']:.4f}"
    if "low" not in figure:
        return value
    return f"{value} ±{(figure['high'] - figure['low']) / 2:.3f}"


def _lead(figure: dict[str, float], *, digits: int = 3) -> str:
    value, low, high = (f"{figure[one]:+.{digits}f}" for one in ("value", "low", "high"))
    return f"{value} ({low} {high})"
