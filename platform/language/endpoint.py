"""Write on from prompts through an endpoint that speaks OpenAI's protocol: vLLM, Ollama, others."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from language.generate import Completion, GeneratorAwayError, trimmed
from language.meter import METER

BOTH = frozenset({"en", "zh"})
BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})  # worth another try
LONGEST_WAIT = 20.0
BYTES_PER_TOKEN = 4


class Circuit:
    """Whether an endpoint is worth asking: after some failures in a row it rests for a while.

    Units: seconds.
    """

    def __init__(
        self,
        *,
        failures: int = 3,
        rest: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._rest, self._clock = failures, rest, clock
        self._failed = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether nobody is let through for now."""
        return self._failed >= self._most and self._clock() < self._until

    def note(self, *, went_well: bool) -> None:
        """Say how an attempt went."""
        self._failed = 0 if went_well else self._failed + 1
        self._until = self._clock() + self._rest


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model behind one address, such as `http://localhost:11434/v1`.

    Units: timeout in seconds, of one attempt; `pause` is what is waited for before the second
    attempt, doubled before each that follows, unless the endpoint asks for longer.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0
    attempts: int = 3
    pause: float = 0.5
    languages: frozenset[str] = BOTH
    circuit: Circuit = field(default_factory=Circuit)
    sleep: Callable[[float], None] = time.sleep

    @property
    def name(self) -> str:
        return self.model

    @property
    def revision(self) -> str:
        """Whose model it is; an endpoint does not tell the revision of its weights."""
        return httpx.URL(self.url).host

    def complete(
        self, prompts: Sequence[str], *, max_tokens: int, stop: str = "\n"
    ) -> list[Completion]:
        """Return one completion a prompt, as `language.generate.Generator` promises.

        Each prompt is one request, as the user's message of a chat, at temperature 0. What is
        busy or silent is asked again; what refuses, or answers otherwise than the protocol says,
        is not. Raises GeneratorAwayError for all of them, and at once while the circuit rests.
        """
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        with httpx.Client(timeout=self.timeout, headers=headers) as client:
            return [self._complete(client, prompt, max_tokens, stop) for prompt in prompts]

    def _complete(
        self, client: httpx.Client, prompt: str, max_tokens: int, stop: str
    ) -> Completion:
        if self.circuit.is_open:
            raise GeneratorAwayError("The generator's endpoint rests after failures.", url=self.url)
        try:
            answer = self._asked(client, prompt, max_tokens)
            completion = _read(answer, prompt, stop)
        except GeneratorAwayError:
            self.circuit.note(went_well=False)
            raise
        self.circuit.note(went_well=True)
        METER.add(completion.tokens)
        return completion

    def _asked(self, client: httpx.Client, prompt: str, max_tokens: int) -> Any:
        """Return the endpoint's answer as JSON, asking again where that may help."""
        request = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "seed": 0,
            "max_tokens": max_tokens,
            "stream": False,
        }
        failure, wait = "", self.pause
        for attempt in range(self.attempts):
            answer, failure = self._attempt(client, request)
            if answer is not None and answer.is_success:
                return _json_of(answer)
            if answer is not None and answer.status_code not in BUSY:
                break
            if attempt + 1 < self.attempts:
                self.sleep(min(LONGEST_WAIT, max(wait, _asked_to_wait(answer))))
                wait *= 2
        raise GeneratorAwayError(
            f"The generator's endpoint did not help: {failure}.", url=self.url, model=self.model
        )

    def _attempt(
        self, client: httpx.Client, request: dict[str, Any]
    ) -> tuple[httpx.Response | None, str]:
        """Return the answer, or None, and in words what went wrong where something did."""
        try:
            answer = client.post(f"{self.url.rstrip('/')}/chat/completions", json=request)
        except httpx.TimeoutException:
            return None, f"it was silent for {self.timeout:g} seconds"
        except httpx.TransportError as error:
            return None, f"it cannot be reached ({type(error).__name__})"
        return answer, f"it answered {answer.status_code}"


def _json_of(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise GeneratorAwayError(
            "The generator's endpoint did not answer in JSON.", url=str(answer.url)
        ) from None


def _read(answer: Any, prompt: str, stop: str) -> Completion:
    """Return the completion that stands in a chat's answer."""
    try:
        text = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        text = None
    if not isinstance(text, str):
        raise GeneratorAwayError("The generator's endpoint answered without a message.")
    usage = answer.get("usage")
    told = usage.get("total_tokens") if isinstance(usage, dict) else None
    tokens = told if isinstance(told, int) else _estimate(prompt + text)
    return Completion(trimmed(text, stop), tokens)


def _estimate(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def _asked_to_wait(answer: httpx.Response | None) -> float:
    """Return the seconds that the endpoint asks for, 0 where it asks for none or for a date."""
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    return float(asked) if asked.isdigit() else 0.0
