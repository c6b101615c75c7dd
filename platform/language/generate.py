"""What writes on from a prompt: the shape that every generator has. Loads no model library."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import LikenessError

TEMPLATE = "template"  # no generator: the sentences of `language.write` as they are
DEFAULT_GENERATOR = "smollm2-135m"


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator wrote on from a prompt.

    Units: tokens read and written, as the model counts them; an endpoint that does not tell is
    charged one for every four bytes.
    """

    text: str
    tokens: int


class Generator(Protocol):
    """A language model that writes on from prompts, always in the same words for the same one.

    `languages` are those it writes well enough to be asked, as ISO 639-1 codes.
    """

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    @property
    def languages(self) -> frozenset[str]: ...

    def complete(
        self, prompts: Sequence[str], *, max_tokens: int, stop: str = "\n"
    ) -> list[Completion]:
        """Return one completion a prompt, in order, each cut before `stop` and stripped.

        A completion does not depend on the prompts beside it. The tokens are added to
        `language.meter.METER`. Raises GeneratorAwayError where the model cannot be reached.
        """
        ...


class GeneratorAwayError(LikenessError):
    """The generator cannot be reached, or does not answer as its protocol says."""

    code = "generator_away"
    status = 503


def trimmed(text: str, stop: str) -> str:
    """Return what was written before `stop`, leaving out blank lines that it began with."""
    return text.strip().split(stop, 1)[0].strip()
