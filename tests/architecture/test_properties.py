"""Properties are tried on the same examples in every run."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.profiles.test_supersession import HONEST


def test_no_property_draws_other_examples_each_run():
    assert settings().derandomize
    assert settings().deadline is None
    assert HONEST.derandomize


def test_the_examples_of_two_runs_are_the_same():
    def met() -> list[str]:
        texts: list[str] = []

        @settings(max_examples=20)
        @given(st.text())
        def note(text: str) -> None:
            texts.append(text)

        note()
        return texts

    assert met() == met()
