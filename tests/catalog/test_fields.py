"""Interest fields: where the shipped ones put labelled words."""

from pathlib import Path

import numpy as np
import pytest

from accounts.models import Scenario
from catalog.fields import classify, fields_for
from core.arrays import unit_rows
from language.encode import Encoder

CASES = Path(__file__).with_name("cases") / "fields.tsv"


@pytest.mark.parametrize("scenario", Scenario.values)
def test_every_scenario_has_fields_with_names_in_both_languages(scenario):
    fields = fields_for(scenario)
    assert 10 <= len(fields) < len(fields_for("unheard of"))
    assert all(field.names["en"] and field.names["zh"] and len(field.words) > 8 for field in fields)


def test_a_word_goes_where_its_nearest_words_are_and_nowhere_if_all_are_as_near():
    rng = np.random.default_rng(5)
    centres, elsewhere = np.eye(4, 24, dtype=np.float32), np.eye(24, dtype=np.float32)[10:11]
    members = [
        unit_rows(centre + 0.01 * rng.normal(size=(5, 24)).astype(np.float32)) for centre in centres
    ]
    words = np.concatenate([centres[2:3], elsewhere])
    (place, sureness), (nowhere, doubt) = classify(words, members)
    assert (place, nowhere) == (2, -1)
    assert sureness > 0.9 > 0.5 > doubt


def test_there_is_no_field_for_nothing():
    assert classify(np.zeros((0, 3), dtype=np.float32), [np.eye(3, dtype=np.float32)]) == []
    assert classify(np.eye(3, dtype=np.float32), []) == []


@pytest.mark.model
@pytest.mark.slow
def test_labelled_words_are_filed_right_where_they_are_filed(models):
    rows = [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 140
    fields = fields_for("unheard of")
    encoder = Encoder.load(models=models)
    members = [encoder.encode(list(field.words), role="query") for field in fields]
    places = classify(encoder.encode([word for _, word in rows], role="query"), members)
    filed = [
        fields[place].key == expected
        for (expected, _), (place, _) in zip(rows, places, strict=True)
        if place >= 0
    ]
    assert len(filed) / len(rows) >= 0.45
    assert sum(filed) / len(filed) >= 0.9
