"""The web process never loads a model library: not at its start, and not later."""

import json

from tests.architecture.interpreter import answer_of
from tests.architecture.sources import ROOT, all_modules, imports_of, name_of

BARRED = {"torch", "transformers"}
# What a web process loads by name or by import: all else it reaches from these.
DOORS = {"wsgi", "urls", "api", "pages", "admin", "models", "apps", "settings", "middleware"}
DOORS |= {"health", "templatetags"}

# Starting is not enough: every address is looked up too, and its view's module with it.
LOADED = """
import json, sys
import likeness.wsgi
from django.urls import get_resolver
def views(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns)
        else:
            yield pattern.callback
count = len(list(views(get_resolver().url_patterns)))
print(json.dumps([count, sorted({"torch", "transformers"} & set(sys.modules))]))
"""


def test_serving_loads_no_model_library():
    count, loaded = json.loads(answer_of(LOADED))
    assert count > 20
    assert loaded == []


def test_no_module_that_serving_reaches_imports_a_model_library_even_later():
    modules = {name_of(path): path for path in all_modules()}
    doors = {name for name in modules if DOORS & set(name.split("."))}
    reached: set[str] = set()
    waiting = sorted(doors)
    while waiting:
        name = waiting.pop()
        if name in reached or name not in modules:
            continue
        reached.add(name)
        for imported in imports_of(modules[name]):
            assert imported.split(".")[0] not in BARRED, f"{name}, which serves, imports {imported}"
            waiting.append(imported)
        waiting.append(name.rpartition(".")[0])
    assert {"likeness.urls", "profiles.api.urls", "profiles.services.corrections"} <= reached


READ = """
import json, sys
import django
django.setup()
import recommendations.queries.lessons
print(json.dumps(sorted({"lightgbm", "optuna"} & set(sys.modules))))
"""


def test_reading_what_can_be_learnt_loads_nothing_that_learns():
    assert json.loads(answer_of(READ)) == []


def test_the_guard_would_see_a_model_library():
    encode = ROOT / "platform" / "language" / "encode.py"
    assert BARRED & {name.split(".")[0] for name in imports_of(encode)}
