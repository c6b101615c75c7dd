"""What serves in a workspace now, and whom it serves: read at the start of each request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recommendations.engine.blend import BlendConfig
from recommendations.engine.company import CompanyConfig
from recommendations.engine.history import HistoryConfig
from recommendations.queries.fetching import fetch

STANDING = """
SELECT space.id, space.name, space.encoder, space.revision, space.dimensions,
       EXISTS (SELECT FROM pg_index
               WHERE indexrelid = to_regclass('item_vector_near_' || space.id) AND indisvalid),
       fit.id, fit.version, fit.config,
       person.id, person.is_paused,
       (SELECT explored_share FROM recommendations_servingsettings AS settings
        WHERE settings.workspace_id = workspace.id),
       (SELECT jsonb_agg(jsonb_build_object(
                   'id', experiment.id, 'name', experiment.name, 'arms', experiment.arms,
                   'placement', experiment.placement, 'salt', experiment.salt))
        FROM recommendations_experiment AS experiment
        WHERE experiment.workspace_id = workspace.id AND experiment.state = 'running'),
       (SELECT jsonb_agg(jsonb_build_object(
                   'id', placed.id, 'source', placed.source, 'dimensions', placed.dimensions,
                   'settings', placed.settings,
                   'is_indexed', EXISTS (
                       SELECT FROM pg_index
                       WHERE indexrelid = to_regclass('item_factors_near_' || placed.id)
                         AND indisvalid)))
        FROM recommendations_factorspace AS placed
        WHERE placed.fit_id = fit.id
          AND (placed.source <> 'sequence' OR EXISTS (
              SELECT FROM catalog_trainedmodel AS trained
              WHERE trained.workspace_id = workspace.id AND trained.use = 'sequence'
                AND trained.state = 'running' AND trained.name = placed.settings->>'model'))),
       segment.id, segment.number,
       CASE WHEN cardinality(segment.tags) > 0 THEN segment.names ELSE '{}' END
FROM (SELECT %(workspace)s::bigint AS id) AS workspace
LEFT JOIN catalog_space AS space
       ON space.workspace_id = workspace.id AND space.state = 'active'
LEFT JOIN recommendations_fit AS fit
       ON fit.workspace_id = workspace.id AND fit.state = 'serving'
LEFT JOIN profiles_user AS person
       ON person.workspace_id = workspace.id AND person.external_id = %(user)s
LEFT JOIN profiles_profile AS profile ON profile.user_id = person.id
LEFT JOIN profiles_segment AS segment ON segment.id = profile.segment_id
"""


@dataclass(frozen=True, slots=True)
class SpaceStanding:
    """The active space. `is_indexed` says whether its nearest items are found by an index."""

    id: int
    name: str
    encoder: str
    revision: str
    dimensions: int
    is_indexed: bool


@dataclass(frozen=True, slots=True)
class FactorStanding:
    """A space of factors of the fit that serves.

    `is_indexed` says whether its nearest items are found by an index; `settings` are how a user's
    vector is found.
    """

    id: int
    source: str
    dimensions: int
    is_indexed: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FitStanding:
    """The serving fit and its choices; the ranker itself is read by its id, where it has one.

    `spaces` are where sources that learn vectors put items, by the name of the source; that of a
    sequence model is there while the model runs. `compared` is how users are, where they are.
    """

    id: int
    version: str
    history: HistoryConfig
    blend: BlendConfig
    has_ranker: bool = False
    spaces: Mapping[str, FactorStanding] = field(default_factory=dict)
    compared: CompanyConfig | None = None


@dataclass(frozen=True, slots=True)
class SegmentStanding:
    """The segment that a user stands in; `names` by language, none where nothing names it."""

    id: int
    number: int
    names: dict[str, str]

    def about(self) -> dict[str, Any]:
        """Return it as a reason names it."""
        return {"segment": self.number} | ({"name": self.names} if self.names else {})


@dataclass(frozen=True, slots=True)
class RunningExperiment:
    """An experiment that runs now; without a placement it runs everywhere."""

    id: int
    name: str
    placement: str
    salt: str
    arms: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Standing:
    """One workspace as a request finds it; what is missing is None.

    Before anything was learnt the blend and the fading have their defaults.
    """

    workspace_id: int
    space: SpaceStanding | None = None
    fit: FitStanding | None = None
    user_id: int | None = None
    is_paused: bool = False
    explored_share: float = 0.0
    experiments: tuple[RunningExperiment, ...] = ()
    default_blend: BlendConfig = field(default_factory=BlendConfig)
    segment: SegmentStanding | None = None

    @property
    def blend(self) -> BlendConfig:
        """The learnt weights, or the default ones."""
        return self.fit.blend if self.fit else self.default_blend

    @property
    def history(self) -> HistoryConfig:
        """The learnt fading, or none."""
        return self.fit.history if self.fit else HistoryConfig(dislike=1.0)

    def meta(self) -> dict[str, Any]:
        """Return the versions that an answer carries."""
        space, fit = self.space, self.fit
        return {
            "fit": {"id": fit.id, "version": fit.version} if fit else None,
            "space": (
                {"name": space.name, "encoder": space.encoder, "revision": space.revision}
                if space
                else None
            ),
        }


def load_standing(workspace_id: int, user: str | None) -> Standing:
    """Return what serves in the workspace, and the user of that external id. One query."""
    row = fetch(STANDING, {"workspace": workspace_id, "user": user})[0]
    return Standing(
        workspace_id=workspace_id,
        space=None if row[0] is None else SpaceStanding(*row[:6]),
        fit=None if row[6] is None else _fit(row[6], row[7], row[8], row[13]),
        user_id=row[9],
        is_paused=bool(row[10]),
        explored_share=float(row[11] or 0.0),
        experiments=tuple(RunningExperiment(**one) for one in row[12] or ()),
        segment=None if row[14] is None else SegmentStanding(*row[14:17]),
    )


def _fit(
    pk: int,
    version: str,
    stored: Mapping[str, Any],
    spaces: Sequence[Mapping[str, Any]] | None,
) -> FitStanding:
    return FitStanding(
        id=pk,
        version=version,
        history=HistoryConfig(**stored["history"]),
        blend=BlendConfig.from_json(stored["blend"]),
        has_ranker=stored.get("ranker") is not None,
        spaces={one["source"]: FactorStanding(**one) for one in spaces or ()},
        compared=CompanyConfig(**stored["compared"]) if stored.get("compared") else None,
    )
