"""The kinds of interaction that each scenario starts with, and what they weigh."""

from typing import TypedDict

from accounts.models import Scenario, Workspace
from profiles.models import Kind


class KindPreset(TypedDict, total=False):
    """The fields of a Kind, by the kind's name."""

    polarity: int
    weight: float
    half_life_days: float
    value_middle: float
    value_best: float


STARS: KindPreset = {
    "polarity": 0,
    "weight": 1.0,
    "half_life_days": 365.0,
    "value_middle": 3.0,
    "value_best": 5.0,
}

COMMON: dict[str, KindPreset] = {
    "view": {"polarity": 1, "weight": 0.1, "half_life_days": 30.0},
    "click": {"polarity": 1, "weight": 0.2, "half_life_days": 30.0},
    "like": {"polarity": 1, "weight": 0.8, "half_life_days": 180.0},
    "dismiss": {"polarity": -1, "weight": 0.6, "half_life_days": 90.0},
    "less": {"polarity": -1, "weight": 0.3, "half_life_days": 90.0},
    "rate": STARS,
    "rating": STARS,
    "review": STARS,
    "tagged": {"polarity": 1, "weight": 0.3, "half_life_days": 365.0},
}

PANS: dict[str, KindPreset] = {
    "recommend": {"polarity": 1, "weight": 1.0, "half_life_days": 730.0},
    "pan": {"polarity": -1, "weight": 1.0, "half_life_days": 730.0},
}

SCENARIOS: dict[str, dict[str, KindPreset]] = {
    Scenario.ECOMMERCE: {
        "cart": {"polarity": 1, "weight": 0.5, "half_life_days": 60.0},
        "purchase": {"polarity": 1, "weight": 1.0, "half_life_days": 365.0},
        "return": {"polarity": -1, "weight": 0.8, "half_life_days": 365.0},
    },
    Scenario.VIDEO: {
        "watch": {"polarity": 1, "weight": 0.6, "half_life_days": 180.0},
        "skip": {"polarity": -1, "weight": 0.4, "half_life_days": 60.0},
        **PANS,
    },
    Scenario.MUSIC: {
        "listen": {"polarity": 1, "weight": 0.7, "half_life_days": 180.0},
        "skip": {"polarity": -1, "weight": 0.3, "half_life_days": 60.0},
    },
    Scenario.SOCIAL: {
        "follow": {"polarity": 1, "weight": 1.0, "half_life_days": 365.0},
        "share": {"polarity": 1, "weight": 0.9, "half_life_days": 90.0},
        "mute": {"polarity": -1, "weight": 1.0, "half_life_days": 365.0},
    },
    Scenario.TRAVEL: {
        "save": {"polarity": 1, "weight": 0.5, "half_life_days": 180.0},
        "book": {"polarity": 1, "weight": 1.0, "half_life_days": 730.0},
        "cancel": {"polarity": -1, "weight": 0.5, "half_life_days": 365.0},
    },
    Scenario.HEALTH: {
        "complete": {"polarity": 1, "weight": 1.0, "half_life_days": 90.0},
        "abandon": {"polarity": -1, "weight": 0.6, "half_life_days": 90.0},
    },
    Scenario.READING: {
        "borrow": {"polarity": 1, "weight": 0.7, "half_life_days": 365.0},
        "return": {"polarity": -1, "weight": 0.6, "half_life_days": 365.0},
        **PANS,
    },
}


def presets_of(scenario: str) -> dict[str, KindPreset]:
    """Return every kind that `scenario` knows, by name."""
    return COMMON | SCENARIOS[scenario]


def ensure_kinds(workspace: Workspace) -> dict[str, Kind]:
    """Give the workspace its scenario's kinds where they are missing, and return all by name.

    Kinds that exist stay as they are: staff may have changed their weights.
    """
    Kind.objects.bulk_create(
        [
            Kind(workspace=workspace, name=name, **preset)
            for name, preset in presets_of(workspace.scenario).items()
        ],
        ignore_conflicts=True,
    )
    return {kind.name: kind for kind in Kind.objects.filter(workspace=workspace)}
