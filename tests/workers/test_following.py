"""Whoever waits for the stages asks again for what was lost, and gives up only after that."""

from workers.following import LEAST_ASKED, PATIENCE_SECONDS, RESEND_SECONDS, Quiet

DUE = [(1, 1)]


class Clock:
    """A clock that the tests turn."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_look_that_took_longer_than_all_patience_asks_again_and_does_not_give_up():
    clock = Clock()
    quiet = Quiet(clock)
    assert not quiet.is_hopeless(DUE)
    quiet.end()  # somebody held the rows at the last look, and died since
    for _ in range(LEAST_ASKED):
        clock.now += 3 * PATIENCE_SECONDS
        assert not quiet.is_hopeless(DUE)
        assert quiet.is_time_to_resend()
    assert quiet.is_hopeless(DUE)


def test_quick_looks_ask_every_few_seconds_until_patience_ends():
    clock = Clock()
    quiet = Quiet(clock)
    asked = 0
    while not quiet.is_hopeless(DUE):
        asked += quiet.is_time_to_resend()
        clock.now += 0.5
    assert clock.now - 1000.0 == PATIENCE_SECONDS + 0.5
    assert asked == PATIENCE_SECONDS // RESEND_SECONDS


def test_whatever_moves_begins_the_waiting_anew():
    clock = Clock()
    quiet = Quiet(clock)
    for moved in range(2 * LEAST_ASKED):
        clock.now += 2 * PATIENCE_SECONDS
        assert not quiet.is_hopeless([(moved, 1)])
        clock.now += RESEND_SECONDS
        assert quiet.is_time_to_resend()
