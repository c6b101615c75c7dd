"""Measure everything that is claimed of portraits, on one folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.arrays import Ids
from core.errors import InvalidError
from language.read import LEXICON, Heads
from recommendations.engine.learned import Portrayed
from recommendations.engine.log import Log
from recommendations.evaluation.content import content_of
from recommendations.evaluation.figures import Figure, absent
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.aspects import aspects_row
from recommendations.evaluation.portrait.drawing import DrawConfig, draw
from recommendations.evaluation.portrait.keep import sentiment_gain, with_feelings
from recommendations.evaluation.portrait.lift import portrait_lift
from recommendations.evaluation.portrait.llm import against_written
from recommendations.evaluation.portrait.parting import segments_row
from recommendations.evaluation.portrait.reading import Texts, read_texts
from recommendations.evaluation.portrait.senses import Encode
from recommendations.evaluation.portrait.sentiment import sentiment_row
from recommendations.evaluation.portrait.sufficiency import Drawn, sufficiency
from recommendations.evaluation.portrait.truth import quotes_row, reliability_row
from recommendations.evaluation.portrait.wording import descriptions_row
from recommendations.evaluation.portrait.written import read_written
from recommendations.evaluation.run import Plan, Result, split_of

# What is asked of each user's own later behaviour is asked on this split.
BY_USER = "user"
# Rankings that were made to be beaten are no full history.
CONTROLS = ("likeness-shuffled-content", "tag-histogram")
LLM_ROW = "against_llm_profiles"
ROWS = (
    "psr@20",
    "portrait_lift",
    LLM_ROW,
    "descriptions",
    "sentiment",
    "sentiment_gain",
    "segments",
    "reliability",
    "aspect_polarity",
    "quotes",
)
NO_PROFILES = "The folder holds no profiles written by a language model."
NOT_BY_USER = "Asked on the split by user alone."
ONLY_PROFILES = "The folder is measured against the profiles it came with alone."


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is given beside the folder: sets of labelled texts, and heads to read with.

    With `encode` words and items are compared by what they mean, as where an encoder serves.
    """

    plan: Plan
    public: Path
    heads: Heads = LEXICON
    config: DrawConfig | None = None
    encode: Encode | None = None


def measure_portraits(
    data: FolderData, results: Sequence[Result], setting: Setting, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return every row, of the split by user where it was run, and all under `splits`.

    `results` are the same folder's rankings: the best of those that see a whole history is what
    portraits are held against.
    """
    texts = read_texts(data, progress, setting.heads, setting.encode)
    felt = with_feelings(data, texts.sentiment)
    parts = {result.split.name: _rows(felt, texts, result, setting, progress) for result in results}
    return {**parts.get(BY_USER, next(iter(parts.values()))), "splits": parts}


def measure_written(folder: Path, *, seed: int = 0, encode: Encode | None = None) -> dict[str, Any]:
    """Return the row of a folder that came with profiles, and for the others why they are not."""
    written = read_written(folder, seed=seed)
    rows: dict[str, Any] = dict.fromkeys(ROWS, absent(ONLY_PROFILES))
    rows[LLM_ROW] = against_written(written, seed=seed, encode=encode)
    return {
        "data": {
            "name": written.data.name,
            "sha256": written.data.digest,
            "users": written.data.log.n_users,
            "items": written.data.log.n_items,
            "train": len(written.split.train) + len(written.split.validation),
            "test": len(written.split.test),
            "split": written.split.name,
            "seed": seed,
        },
        "portrait": rows,
    }


def _rows(
    data: FolderData,
    texts: Texts,
    result: Result,
    setting: Setting,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    plan, seed = setting.plan, setting.plan.seed
    split = split_of(data, result.split.name, seed=seed)
    progress(f"{split.name}: drawing portraits")
    drawn = Drawn.of(data, texts, split, result.learned, setting.config, most=plan.users, seed=seed)
    progress(f"{split.name}: portrait sufficiency")
    full = {name: one.measures for name, one in result.outcomes.items() if name not in CONTROLS}
    enough = sufficiency(drawn, full, seed=seed)
    rows: dict[str, Any] = {"psr@20": enough.pop("psr@20"), "portrait_sufficiency": enough}
    rows["portrait_lift"] = _lift(data, texts, drawn, setting, progress)
    rows[LLM_ROW] = absent(NO_PROFILES)
    progress(f"{split.name}: sentiment as a weight")
    rows["sentiment_gain"] = _sentiment_gain(drawn, plan, progress)
    if split.name != BY_USER:
        return rows | {name: absent(NOT_BY_USER) for name in ROWS if name not in rows}
    return rows | _by_user(drawn, texts, setting, progress)


def _by_user(
    drawn: Drawn, texts: Texts, setting: Setting, progress: Callable[[str], None]
) -> dict[str, Any]:
    data, final, test, seed = drawn.data, drawn.final, drawn.split.test, setting.plan.seed
    steps: dict[str, Callable[[], Any]] = {
        "segments": lambda: segments_row(
            drawn.split, senses=texts.senses, is_dated=data.is_dated, seed=seed
        ),
        "descriptions": lambda: descriptions_row(data, texts, final, test, seed=seed),
        "sentiment": lambda: sentiment_row(
            data, texts, test, public=setting.public, heads=setting.heads, seed=seed
        ),
        "reliability": lambda: reliability_row(data, texts, final, test),
        "aspect_polarity": lambda: aspects_row(data, texts, final, test, heads=setting.heads),
        "quotes": lambda: quotes_row(data, texts, final),
    }
    found = {}
    for name, step in steps.items():
        progress(f"{drawn.split.name}: {name.replace('_', ' ')}")
        found[name] = step()
    return found


def _lift(
    data: FolderData,
    texts: Texts,
    drawn: Drawn,
    setting: Setting,
    progress: Callable[[str], None],
) -> Figure:
    plan, split = setting.plan, drawn.split

    def portray(log: Log, _: Ids) -> Portrayed:
        found = draw(data, texts, log, config=setting.config)
        return Portrayed(stated=found.weights, borne=found.item_tags)

    content = content_of(data.texts, data.tags, seed=plan.seed)
    try:
        return portrait_lift(
            split,
            content,
            portray,
            budget=plan.budget(split.name),
            seed=plan.seed,
            progress=progress,
        )
    except InvalidError as error:
        return absent(str(error))


def _sentiment_gain(drawn: Drawn, plan: Plan, progress: Callable[[str], None]) -> Figure:
    found = sentiment_gain(
        drawn.split, budget=plan.budget(drawn.split.name), seed=plan.seed, progress=progress
    )
    return found if found is not None else absent("Hardly anything was written.")
