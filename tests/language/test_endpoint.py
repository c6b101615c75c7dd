import pytest

from language.endpoint import Circuit, Endpoint
from language.generate import Completion, GeneratorAwayError
from language.meter import METER
from tests.language.protocol import Served, chat, in_turn, serving

BUSY = (429, {"Retry-After": "3"}, b"{}")
BROKEN = (500, {}, b"oops")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


class Naps(list[float]):
    """Stands in for sleep, and remembers for how long."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def endpoint(served: Served, naps: Naps | None = None, **changes) -> Endpoint:
    return Endpoint(url=served.url, model="tiny", sleep=Naps() if naps is None else naps, **changes)


def test_each_prompt_is_one_chat_at_temperature_0_and_tokens_are_counted():
    before = METER.tokens
    with serving(lambda asked: chat(f"echo {asked['messages'][0]['content']}")) as served:
        made = endpoint(served, key="secret").complete(["one", "two"], max_tokens=9)
    assert made == [Completion("echo one", 7), Completion("echo two", 7)]
    assert METER.tokens - before == 14
    assert served.paths == ["/v1/chat/completions"] * 2
    assert served.keys == ["Bearer secret"] * 2
    first = served.requests[0]
    assert (first["model"], first["temperature"], first["max_tokens"]) == ("tiny", 0, 9)
    assert first["messages"] == [{"role": "user", "content": "one"}]


def test_what_is_written_behind_the_stop_is_cut_and_blank_lines_before_it_are_not():
    with serving(in_turn(chat("\n\n They love noir. \nMore."))) as served:
        (made,) = endpoint(served).complete(["x"], max_tokens=9)
    assert made.text == "They love noir."


def test_without_a_usage_four_bytes_are_one_token():
    with serving(in_turn(chat("abcde", tokens=None))) as served:
        (made,) = endpoint(served).complete(["xyz"], max_tokens=9)
    assert made.tokens == 2  # eight bytes


def test_without_a_key_none_is_sent_and_a_key_is_not_shown():
    with serving(in_turn(chat("yes"))) as served:
        endpoint(served).complete(["x"], max_tokens=9)
        assert "secret" not in repr(endpoint(served, key="secret"))
    assert served.keys == [None]


def test_a_busy_endpoint_is_asked_again_after_as_long_as_it_wants():
    naps = Naps()
    with serving(in_turn(BUSY, BROKEN, chat("at last"))) as served:
        (made,) = endpoint(served, naps).complete(["x"], max_tokens=9)
    assert made.text == "at last"
    assert naps == [3.0, 1.0]  # what 429 asked for, then twice the half second


def test_after_three_attempts_it_is_given_up_with_what_went_wrong():
    with (
        serving(in_turn(BROKEN)) as served,
        pytest.raises(GeneratorAwayError, match="it answered 500") as caught,
    ):
        endpoint(served, key="secret").complete(["x"], max_tokens=9)
    assert len(served.requests) == 3
    assert "secret" not in f"{caught.value.message}{caught.value.details}"


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_not_asked_again(status):
    with (
        serving(in_turn((status, {}, b"no"))) as served,
        pytest.raises(GeneratorAwayError, match=f"it answered {status}"),
    ):
        endpoint(served).complete(["x"], max_tokens=9)
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    "body",
    [b"not json", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": 5}}]}'],
)
def test_an_answer_that_is_not_as_the_protocol_says_is_refused(body):
    with (
        serving(in_turn((200, {}, body))) as served,
        pytest.raises(GeneratorAwayError, match=r"JSON|without a message"),
    ):
        endpoint(served).complete(["x"], max_tokens=9)


def test_a_silent_endpoint_is_given_up():
    with (
        serving(in_turn(chat("too late")), delay=0.5) as served,
        pytest.raises(GeneratorAwayError, match=r"silent for 0\.05 seconds"),
    ):
        endpoint(served, timeout=0.05, attempts=2).complete(["x"], max_tokens=9)


def test_where_nobody_listens_it_is_away():
    with serving(in_turn(chat("gone"))) as served:
        pass
    with pytest.raises(GeneratorAwayError, match="cannot be reached"):
        endpoint(served).complete(["x"], max_tokens=9)


def test_after_failures_in_a_row_it_rests_and_is_then_tried_once_more():
    now = [0.0]
    circuit = Circuit(failures=2, rest=60.0, clock=lambda: now[0])
    with serving(in_turn(BROKEN, BROKEN, chat("well again"))) as served:
        asked = endpoint(served, attempts=1, circuit=circuit)
        for _ in range(2):
            with pytest.raises(GeneratorAwayError, match="500"):
                asked.complete(["x"], max_tokens=9)
        with pytest.raises(GeneratorAwayError, match="rests"):
            asked.complete(["x"], max_tokens=9)
        assert len(served.requests) == 2
        now[0] = 61.0
        assert asked.complete(["x"], max_tokens=9)[0].text == "well again"
        assert not circuit.is_open
