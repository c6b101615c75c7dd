"""Staff read refusals in the language of the page: every reason has words that can be filled in."""

import ast
import re

import pytest
from django.utils import translation

from core.errors import ConflictError, InvalidError, LikenessError
from core.fields import refuse
from core.problems import meanings
from core.refusal_words import reasons_in_words, refusal_in_words
from tests.conftest import ROOT

CHINESE = re.compile("[\u4e00-\u9fff]")
PLACES = re.compile(r"%\((\w+)\)")
OF_REFUSE = {"field", "value"}


def reasons_given() -> dict[str, set[str]]:
    """Return every reason that the sources give, with the details that come with it."""
    found = {}
    for folder in ("platform", "profiles", "recommendations", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(call, ast.Call):
                    continue
                name = call.func.id if isinstance(call.func, ast.Name) else ""
                name = call.func.attr if isinstance(call.func, ast.Attribute) else name
                given = {one.arg: one.value for one in call.keywords}
                reason = given.get("reason")
                if isinstance(reason, ast.Constant) and re.fullmatch(r"refuse|\w+Error", name):
                    extra = OF_REFUSE if name == "refuse" else set()
                    found[reason.value] = {*given, *extra}
    return found


def test_every_reason_has_words_that_its_details_fill_in_and_no_words_are_idle():
    given, words = reasons_given(), reasons_in_words()
    assert len(given) > 20
    assert given.keys() == words.keys()
    assert {key for key in words if not set(PLACES.findall(words[key])) <= given[key]} == set()


@pytest.mark.parametrize("code", [code for code, _ in meanings()])
def test_every_code_has_words(code):
    error = LikenessError("For programs alone.")
    error.code = code
    assert refusal_in_words(error) not in ("", error.message)


def test_a_refusal_is_worded_with_its_details():
    error = ConflictError("…", reason="linked_elsewhere", account="ada")
    assert refusal_in_words(error) == "ada is linked to another user here; unlink that one first."
    with pytest.raises(InvalidError) as caught:
        refuse("arms", [], "give a list of 2 to 10 arms.", reason="arms_count", most=10)
    assert refusal_in_words(caught.value) == "arms: give a list of 2 to 10 arms."


def test_the_chinese_admin_refuses_in_chinese():
    with translation.override("zh-hans"):
        words = [*reasons_in_words().values(), refusal_in_words(ConflictError("Moved on."))]
    assert [one for one in words if not CHINESE.search(PLACES.sub("", one))] == []
