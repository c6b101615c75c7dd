"""How learning grows: the same workspace at several sizes, each learnt by a process of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Workspace
from core.errors import NotReadyError
from recommendations.benchmarks.ledger import Ledger, growth
from recommendations.benchmarks.loading import Progress, load, make_workspace, remove
from recommendations.benchmarks.synthetic import Size, make_synthetic
from recommendations.models import Fit
from recommendations.services.learning import learn


def measure_learning(
    sizes: Sequence[Size], *, seed: int, is_tuned: bool, progress: Progress
) -> dict[str, Any]:
    """Make, learn and remove a workspace of each size. Returns all figures."""
    runs = []
    for size in sizes:
        progress(f"{size.interactions:,} interactions: making them up")
        workspace = make_workspace()
        try:
            synthetic = make_synthetic(size, seed=seed)
            load(workspace, synthetic, now=timezone.now(), progress=progress)
            del synthetic
            progress(f"{size.interactions:,} interactions: learning")
            runs.append(_learnt_apart(workspace, is_tuned=is_tuned))
        finally:
            progress("removing the workspace")
            remove(workspace)
    return report_of(runs)


def report_of(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the runs together, with the exponents of their growth."""
    counts = [int(run["interactions"]) for run in runs]
    return {
        "runs": runs,
        "growth_of_seconds": growth(counts, [run["seconds"] for run in runs]),
        "growth_of_gigabytes": growth(counts, [run["gigabytes"] for run in runs]),
    }


def learn_here(workspace: Workspace, *, is_tuned: bool, progress: Progress) -> dict[str, Any]:
    """Learn in this process. Returns seconds and memory, step by step."""

    def told(step: str) -> None:
        progress(f"learning: {step}")
        ledger.step(step)

    with Ledger() as ledger:
        interactions = learn(workspace.pk, progress=told, is_tuned=is_tuned)
    fit = Fit.objects.filter(workspace=workspace).latest("pk")
    return {
        "workspace": workspace.name,
        "interactions": interactions,
        "is_tuned": is_tuned,
        "state": fit.state,
        **ledger.as_json(),
    }


def _learnt_apart(workspace: Workspace, *, is_tuned: bool) -> dict[str, Any]:
    """Learn in a new process, whose memory nothing else has a part in."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        command = [sys.executable, str(Path(settings.ROOT) / "manage.py"), "benchmark", "fit"]
        command += ["--workspace", workspace.name, "--json", str(figures)]
        command += ["--tune"] if is_tuned else []
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command, no shell
        if done.returncode:
            raise NotReadyError(f"Learning failed: {done.stderr[-500:]}")
        found: dict[str, Any] = json.loads(figures.read_text(encoding="utf-8"))
        return dict(found["runs"][0])
