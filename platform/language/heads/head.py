"""A trained head: the probability that a text says yes, of the whole and of its clauses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from core.arrays import Doubles, Floats, Indices, as_floats
from core.errors import InvalidError
from language.clauses import Span
from language.encode import Encoder
from language.heads.words import logits_of, no_words
from language.safety import safety_of
from language.sentiment import sentiments
from language.training.methods import FROZEN

HEAD, WORDS = "head.json", "words.safetensors"
ANY = ""  # the blend of languages that have none of their own
MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Blend:
    """How the three opinions make one probability: a logistic regression on held-out texts.

    logit = network * network's logit + words * words' logit + lexicon * lexicon's + bias
    """

    network: float = 1.0
    words: float = 0.0
    lexicon: float = 0.0
    bias: float = 0.0

    def probabilities(self, network: Doubles, words: Doubles, lexicon: Doubles) -> Doubles:
        """Return the probability of yes. Shapes: each (B,); returns (B,)."""
        logit = self.network * network + self.words * words + self.lexicon * lexicon + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the network, the words and the lexicon say of some texts. Shapes: each (B,)."""

    network: Doubles
    words: Doubles
    lexicon: Doubles
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """The probability of yes for a text, and for each of the clauses that were asked for."""

    whole: float
    parts: Sequence[float]


@dataclass(frozen=True, slots=True)
class Head:
    """One trained head, ready on one device.

    The network's logit is the mean over a text's pieces of `line` times each piece's state,
    plus `bias`: so a clause has one too, the mean over its own pieces, read in their context.
    Shapes: line (D,); words (FEATURES + 1,).
    """

    use: str
    method: str
    base: str
    encoder: Encoder
    line: Floats
    bias: float
    words: Doubles = field(default_factory=no_words)
    blends: Mapping[str, Blend] = field(default_factory=lambda: {ANY: Blend()})

    @classmethod
    def load(cls, folder: Path, *, models: Path, device: str | None = None) -> Self:
        """Open the head in `folder`; `models` is where its base lies. Raises InvalidError."""
        try:
            kept = json.loads((folder / HEAD).read_text(encoding="utf-8"))
            arrays = load_file(folder / WORDS)
        except (OSError, ValueError) as error:
            raise InvalidError("There is no whole head in the folder.", head=folder.name) from error
        place = kept["base"] if kept["method"] == FROZEN else str(folder)
        return cls(
            use=kept["use"],
            method=kept["method"],
            base=kept["base"],
            encoder=Encoder.load(place, models=models, device=device, max_tokens=MAX_TOKENS),
            line=as_floats(arrays["line"]),
            bias=kept["bias"],
            words=arrays["words"].astype(np.float64),
            blends={language: Blend(**each) for language, each in kept["blends"].items()},
        )

    def save(self, folder: Path) -> None:
        """Write all but the network's own files into `folder`, as safetensors and JSON."""
        kept = {
            "use": self.use,
            "method": self.method,
            "base": self.base,
            "bias": self.bias,
            "blends": {
                language: {name: getattr(each, name) for name in Blend.__slots__}
                for language, each in self.blends.items()
            },
        }
        save_file({"line": self.line, "words": as_floats(self.words)}, folder / WORDS)
        (folder / HEAD).write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def knows(self, language: str) -> bool:
        """Return whether it has a blend of its own for the language."""
        return language in self.blends

    def probabilities(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Return the probability of yes for each text. Shapes: returns (B,)."""
        return as_floats([each.whole for each in self.judge(texts, languages)])

    def judge(
        self,
        texts: Sequence[str],
        languages: Sequence[str],
        parts: Sequence[Sequence[Span]] | None = None,
    ) -> list[Judged]:
        """Judge each text and, where they are given, its clauses; the same in any company."""
        spans = parts if parts is not None else [()] * len(texts)
        states = self.states(texts, spans)
        pieces: list[str] = []
        spoken: list[str] = []
        for text, language, each in zip(texts, languages, spans, strict=True):
            pieces += [text, *(text[span.start : span.end] for span in each)]
            spoken += [language] * (1 + len(each))
        found = self.blend(self.opinions(np.concatenate([np.zeros(0), *states]), pieces, spoken))
        judged, start = [], 0
        for each in spans:
            end = start + 1 + len(each)
            judged.append(Judged(float(found[start]), found[start + 1 : end].tolist()))
            start = end
        return judged

    def opinions(
        self, network: Doubles, texts: Sequence[str], languages: Sequence[str]
    ) -> Opinions:
        """Return what the words and the lexicon say, beside what the network said."""
        return Opinions(
            network,
            logits_of(self.words, texts, languages),
            lexicon_of(self.use, texts, languages),
            languages,
        )

    def blend(self, said: Opinions) -> Doubles:
        """Return the probability of yes, by the blend of each text's language. Shapes: (B,)."""
        found = np.zeros(len(said.languages))
        for language in sorted(set(said.languages)):
            chosen = np.flatnonzero([one == language for one in said.languages])
            blend = self.blends.get(language, self.blends[ANY])
            found[chosen] = blend.probabilities(
                said.network[chosen], said.words[chosen], said.lexicon[chosen]
            )
        return found

    def states(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Doubles]:
        """Return the network's logits: of each whole text first, then of its clauses.

        A clause behind the last piece that is read has the logit of the whole.
        """
        if not texts:
            return []
        prefix = "query: " if self.encoder.prefix else ""
        tokens = self.encoder.tokenizer(
            [prefix + text for text in texts],
            truncation=True,
            max_length=self.encoder.max_tokens,
            return_offsets_mapping=True,
        )
        scores = self.encoder.network.each(tokens["input_ids"], self._scores, batch_size=32)
        return [
            self._logits(row[: len(places)].astype(np.float64), places, each, len(prefix))
            for row, places, each in zip(scores, tokens["offset_mapping"], spans, strict=True)
        ]

    def _scores(self, _: Indices, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return each piece's score. Shapes: (B, T, D) and (B, T); returns (B, max_tokens)."""
        line = torch.from_numpy(self.line).to(hidden.device)
        found = torch.zeros((len(hidden), self.encoder.max_tokens), device=hidden.device)
        width = min(hidden.shape[1], self.encoder.max_tokens)
        found[:, :width] = ((hidden * line).sum(dim=-1) * mask)[:, :width]
        return found

    def _logits(
        self, scores: Doubles, places: Sequence[Any], spans: Sequence[Span], shift: int
    ) -> Doubles:
        whole = scores.mean() + self.bias
        found = [whole]
        for span in spans:
            inside = [
                score
                for score, (start, end) in zip(scores, places, strict=True)
                if start < end and start - shift < span.end and end - shift > span.start
            ]
            found.append(np.mean(inside) + self.bias if inside else whole)
        return np.array(found)


def line_in(folder: Path) -> tuple[Floats, float]:
    """Return the line and the bias of the head in `folder`. Shapes: the line is (D,)."""
    kept = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    return as_floats(load_file(folder / WORDS)["line"]), float(kept["bias"])


def lexicon_of(use: str, texts: Sequence[str], languages: Sequence[str]) -> Doubles:
    """Return what the lexicon of a use says, in [-1, 1]; 0 where it has nothing to say."""
    if use == "sentiment":
        return sentiments(texts, languages).astype(np.float64)
    return np.array([1.0 - 2.0 * safety_of(text) for text in texts], dtype=np.float64)
