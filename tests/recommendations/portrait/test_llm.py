import gzip
import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from core.errors import InvalidError
from recommendations.evaluation.portrait.llm import against_written
from recommendations.evaluation.portrait.vectors import file_of, vectors_of
from recommendations.evaluation.portrait.written import is_written, read_written
from tests.recommendations.portrait.worlds import TAGS, write

USERS, ITEMS = 60, 45


def zipped(path, text):
    path.write_bytes(gzip.compress(text.encode()))


def profiles_folder(parent):
    """Three tastes; each user's profile names the taste, and so does each item's."""
    rng = np.random.default_rng(3)
    origin, folder = parent / "lastfm", parent / "written"
    for one in (origin, folder):
        one.mkdir(parents=True)
    write(origin, "items", [{"id": f"i{i}", "tags": [TAGS[i % 3]]} for i in range(ITEMS)])
    write(origin, "users", [{"id": f"u{u}"} for u in range(USERS)])
    write(origin, "interactions", [{"user": "u0", "item": "i0", "kind": "listen"}])
    drawn = [rng.permutation([i for i in range(ITEMS) if i % 3 == u % 3]) for u in range(USERS)]
    for part, piece in (("train", slice(0, 9)), ("test", slice(9, 12))):
        lines = [f"{u} {' '.join(map(str, drawn[u][piece]))}\n" for u in range(USERS)]
        zipped(folder / f"{part}.txt.gz", "".join(lines))
    zipped(folder / "user_map.txt.gz", "".join(f"u{u} {u}\n" for u in range(USERS)))
    zipped(folder / "item_map.txt.gz", "".join(f"i{i} {i}\n" for i in range(ITEMS)))
    for name, count in (("user", USERS), ("item", ITEMS)):
        said = {str(one): f"{name} {one} is all about {TAGS[one % 3]}" for one in range(count)}
        zipped(folder / f"llm_response_{name}.json.gz", json.dumps(said))
    return folder


def keep_vectors(texts, folder, *, is_told):
    """Keep vectors that point to the taste in the text, or anywhere."""
    rng = np.random.default_rng(0)
    found = rng.normal(size=(len(texts), 8)).astype(np.float32) * (0.05 if is_told else 1.0)
    if is_told:
        found[:, :3] += np.array([[tag in text for tag in TAGS] for text in texts])
    folder.mkdir(parents=True, exist_ok=True)
    np.save(file_of(texts, folder), found)


@pytest.fixture
def folder(tmp_path):
    return profiles_folder(tmp_path)


def measured(folder, place, *, is_told):
    written = read_written(folder)
    for texts in (written.users, written.items):
        keep_vectors(texts, place, is_told=is_told)
    return against_written(written, vectors=place)


def test_the_folder_is_known_by_its_profiles(folder):
    assert is_written(folder)
    assert not is_written(folder.parent / "lastfm")


def test_it_is_cut_as_it_came(folder):
    written = read_written(folder)
    assert len(written.split.test) == USERS * 3
    assert len(written.split.train) + len(written.split.validation) == USERS * 9
    assert len(written.split.validation) == USERS
    assert written.users[4] == "user 4 is all about opera"
    assert written.data.tags[[5]].indices.tolist() == [written.data.tag_names.index(TAGS[5 % 3])]


def test_profiles_that_say_nothing_are_beaten_and_those_that_tell_are_not(folder, tmp_path):
    silent = measured(folder, tmp_path / "silent", is_told=False)
    assert silent["raw"]["ours_minus_theirs"]["low"] > 0
    told = measured(folder, tmp_path / "told", is_told=True)
    assert told["raw"]["theirs"]["value"] > silent["raw"]["theirs"]["value"]
    assert told["tuned"]["ours_over_theirs"]["value"] == pytest.approx(1.0, abs=0.25)
    assert told["shuffled"]["value"] < told["tuned"]["ours"]["value"]
    assert told["users_a_second"]["value"] > 0


def test_ours_are_the_statements_in_use_with_words_by_meaning_and_wider_ones_stand_beside(
    folder, tmp_path
):
    def one_place(texts, *, role):
        asked.update(texts)
        return np.tile(np.eye(8, dtype=np.float32)[:1], (len(texts), 1))

    asked = set()
    written = read_written(folder)
    for texts in (written.users, written.items):
        keep_vectors(texts, tmp_path, is_told=True)
    found = against_written(written, vectors=tmp_path, encode=one_place)
    assert found["words_by"] == "meaning"
    assert asked >= set(TAGS)
    rows = [found[name]["theirs"]["value"] for name in ("tuned", "proposed")]
    assert len(set(rows)) == 1
    assert found["statements_a_user"] <= 32
    assert found["choices"]["fineness"] >= 0


def test_what_the_items_are_must_lie_beside_it(folder):
    (folder.parent / "lastfm" / "items.jsonl.gz").unlink()
    with pytest.raises(InvalidError, match="lastfm"):
        read_written(folder)


def test_vectors_are_kept_and_not_made_again(tmp_path):
    texts = ["one", "two"]
    keep_vectors(texts, tmp_path, is_told=False)
    first = vectors_of(texts, tmp_path)
    assert first.shape == (2, 8)
    assert (vectors_of(texts, tmp_path) == first).all()


def test_the_command_measures_such_a_folder(folder, settings):
    settings.VAR = folder.parent / "var"
    written = read_written(folder)
    for texts in (written.users, written.items):
        keep_vectors(texts, settings.VAR / "vectors", is_told=True)
    path, shown = folder / "report.json", StringIO()
    call_command("evaluate", folder, "--portrait", "--no-encoder", json=path, stdout=shown)
    found = json.loads(path.read_text())
    assert found["data"]["split"] == "fixed"
    assert found["portrait"]["against_llm_profiles"]["test_users"] == USERS
    assert found["portrait"]["against_llm_profiles"]["words_by"] == "spelling"
    assert found["portrait"]["psr@20"]["why"]
    assert "over LLM-written profiles" in shown.getvalue()
