"""How well sentiment is read: in English and Chinese, and in the folder's own reviews."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from core.arrays import Doubles
from language.detect import language_of
from language.match import Matcher
from language.read import LEXICON, Heads, read
from language.training.labelled import SETS, read_set, split
from recommendations.engine.log import Log
from recommendations.engine.metrics import Interval
from recommendations.evaluation.figures import Figure, absent, rounded, value
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.aspects import unseen
from recommendations.evaluation.portrait.drawing import rows_of
from recommendations.evaluation.portrait.reading import Texts

CHINESE = "zh-online-shopping.csv.gz"
# So many texts are drawn at most: a head on two cores reads a few hundred a second.
MOST = 2_000
LEAST_OF_EACH = 20
DRAWS = 200


def sentiment_row(
    data: FolderData,
    texts: Texts,
    test: Log,
    *,
    public: Path,
    heads: Heads = LEXICON,
    seed: int = 0,
) -> dict[str, Any]:
    """Return accuracy on public sets, and the AUC of pan against recommend on held-out reviews.

    `public` is the folder with `sst2-dev.tsv` and `zh-online-shopping.csv.gz`; what is not there
    is left out with a sentence. At most MOST texts of each are read, drawn with the seed. A head
    is judged by the Chinese texts and by the writers that no head learns from.
    """
    rng = np.random.default_rng(seed)
    english, chinese = public / "sst2-dev.tsv", public / CHINESE
    found = {
        "reader": "lexicon" if heads.sentiment is None else "head",
        "sst2_dev_accuracy": _accuracy(_sst2(english), "en", heads, rng)
        if english.is_file()
        else absent("There is no sst2-dev.tsv."),
        "chinese_shopping_accuracy": _accuracy(_shopping(public), "zh", heads, rng)
        if chinese.is_file()
        else absent("There is no zh-online-shopping.csv.gz."),
    }
    return found | _on_folder(data, texts, test, heads, rng)


def _on_folder(
    data: FolderData, texts: Texts, test: Log, heads: Heads, rng: np.random.Generator
) -> dict[str, Any]:
    rows = rows_of(data.log, test)
    rows = rows[texts.has_text[rows] & (data.log.weights[rows] != 0)]
    if heads.sentiment is not None:
        rows = rows[unseen(data)[data.log.users[rows]]]
    liked = data.log.weights[rows] > 0
    if min(int(liked.sum()), int((~liked).sum())) < LEAST_OF_EACH:
        why = "Too few held-out reviews with a verdict of either sign."
        return {"held_out_auc": absent(why), "reviews_a_second": absent(why)}
    rows = np.sort(rng.permutation(rows)[:MOST])
    started = time.perf_counter()
    found = feelings([texts.cleaned[row] for row in rows.tolist()], None, heads)
    seconds = time.perf_counter() - started
    return {
        "held_out_auc": auc(found, data.log.weights[rows] > 0, rng),
        "reviews_a_second": {"value": round(len(rows) / max(seconds, 1e-9), 1)},
    }


def feelings(texts: Sequence[str], language: str | None, heads: Heads) -> Doubles:
    """Return the sentiment that reading gives each text. Shapes: returns (B,), in [-1, 1]."""
    languages = [language or language_of(text) for text in texts]
    return np.array([one.sentiment for one in read(texts, languages, Matcher({}), heads)])


def auc(found: Doubles, liked: np.ndarray, rng: np.random.Generator) -> Figure:
    """Return the area under the curve with a bootstrap interval. Shapes: both (B,)."""
    draws = rng.integers(0, len(found), (DRAWS, len(found)))
    spread = [roc_auc_score(liked[one], found[one]) for one in draws if 0 < liked[one].mean() < 1]
    low, high = np.quantile(spread, [0.025, 0.975])
    area = Interval(float(roc_auc_score(liked, found)), float(low), float(high))
    return {**rounded(area), "count": len(found), "pans": int((~liked).sum())}


def _accuracy(
    rows: list[tuple[str, bool]], language: str, heads: Heads, rng: np.random.Generator
) -> Figure:
    """Return the share read with the right sign; what nothing is read in counts half."""
    drawn = [rows[place] for place in np.sort(rng.permutation(len(rows))[:MOST])]
    found = feelings([text for text, _ in drawn], language, heads)
    right = np.array([yes for _, yes in drawn])
    points = np.where(found == 0, 0.5, (found > 0) == right)
    return {**value(points.astype(np.float64), rng), "count": len(drawn)}


def _sst2(path: Path) -> list[tuple[str, bool]]:
    """Read sentences and 0 or 1, whichever of the two columns comes first."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        first, _, last = line.partition("\t")
        text, label = (last, first) if first in {"0", "1"} else (first, last)
        if label in {"0", "1"}:
            rows.append((text, label == "1"))
    return rows


def _shopping(public: Path) -> list[tuple[str, bool]]:
    """Return the part of the Chinese set that heads are judged by."""
    each = next(one for one in SETS if one.file == CHINESE)
    return [(row.text, row.is_yes) for row in split(read_set(public, each)).test]
