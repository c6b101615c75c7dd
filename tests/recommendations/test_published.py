import gzip
import json
from importlib.util import find_spec
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from core.errors import InvalidError
from recommendations.evaluation.published import read_lines, read_sequences, shape_of

SIZE = 20


def write(folder, name, lines, *, is_zipped=False):
    text = "".join(f"{line}\n" for line in lines)
    if is_zipped:
        (folder / f"{name}.txt.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / f"{name}.txt").write_text(text)


def towns_in_lines(folder):
    """Even users like even items and odd like odd; three of each town's are held back."""
    rng = np.random.default_rng(0)
    parts = {"train": [], "validation": [], "test": []}
    for user in range(60):
        items = rng.permutation(np.arange(user % 2, SIZE * 2, 2)).tolist()
        for part, some in zip(parts, (items[:-6], items[-6:-3], items[-3:]), strict=True):
            parts[part].append(" ".join(map(str, [f"u{user}", *some])))
    for part, lines in parts.items():
        write(folder, part, lines, is_zipped=part != "test")
    return folder


def rings_in_sequences(folder):
    """Everybody walks on around the ring of thirty items."""
    lines = [
        " ".join([f"u{user}", *(f"i{(user + step) % 30}" for step in range(6))])
        for user in range(90)
    ]
    write(folder, "sequences", lines)
    words = [f"i{item} ring thing number {item % 3}" for item in range(30)]
    write(folder, "item_text", words, is_zipped=True)
    return folder


def test_the_shape_is_told_by_the_names(tmp_path):
    for name in ("lines", "sequences", "exchange"):
        (tmp_path / name).mkdir()
    (tmp_path / "exchange" / "interactions.jsonl").write_text("")
    assert shape_of(towns_in_lines(tmp_path / "lines")) == "lines"
    assert shape_of(rings_in_sequences(tmp_path / "sequences")) == "sequences"
    assert shape_of(tmp_path / "exchange") == "exchange"


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(InvalidError, match="holds nothing to measure on"):
        shape_of(tmp_path)
    with pytest.raises(InvalidError, match="is not a folder"):
        shape_of(tmp_path / "absent")


def test_lines_are_read_into_three_parts(tmp_path):
    write(tmp_path, "train", ["7 10 2 10", "3 2"], is_zipped=True)
    write(tmp_path, "valid", ["3 10"])
    write(tmp_path, "test", ["9 5"])
    data = read_lines(tmp_path)
    assert data.user_ids == ("3", "7", "9")
    assert data.item_ids == ("2", "5", "10")
    train = data.split.train
    assert list(zip(train.users.tolist(), train.items.tolist(), strict=True)) == [
        (1, 2),
        (1, 0),
        (0, 0),
    ]
    assert data.split.validation.items.tolist() == [2]
    assert data.split.test.users.tolist() == [2]
    assert (train.n_users, train.n_items) == (3, 3)


def test_the_last_of_a_sequence_is_tested_on_and_the_one_before_validated_on(tmp_path):
    write(tmp_path, "sequences", ["a x y z w", "b x y"])
    write(tmp_path, "item_text", ["z last but one", "q of nobody"])
    data = read_sequences(tmp_path)
    names = np.array(data.item_ids)
    assert names[data.split.train.items].tolist() == ["x", "y", "x", "y"]
    assert names[data.split.validation.items].tolist() == ["z"]
    assert names[data.split.test.items].tolist() == ["w"]
    assert data.split.train.times.tolist() == [0, 1, 0, 1]
    assert (data.split.validation.times[0], data.split.test.times[0]) == (2, 3)
    assert data.texts[data.item_ids.index("z")] == "last but one"
    assert data.left_out == {
        "users_with_too_few_items_to_test": 1,
        "texts_of_items_that_nobody_met": 1,
    }


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["1 2", "1 3"], r"train\.txt line 2: user 1 already has line 1"),
        (["1 2", "", "4"], r"train\.txt line 3: user 4 has no items"),
        ([], r"train\.txt is empty"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, lines, said):
    for part in ("train", "validation", "test"):
        write(tmp_path, part, ["1 2"])
    write(tmp_path, "train", lines)
    with pytest.raises(InvalidError, match=said):
        read_lines(tmp_path)


def test_what_is_not_compressed_as_its_name_says_is_named(tmp_path):
    (tmp_path / "sequences.txt.gz").write_text("a x y z\n")
    with pytest.raises(InvalidError, match=r"sequences\.txt\.gz cannot be read after line 0"):
        read_sequences(tmp_path)


def test_a_missing_part_is_named(tmp_path):
    write(tmp_path, "train", ["1 2"])
    with pytest.raises(InvalidError, match=r"has no validation\.txt\(\.gz\)"):
        read_lines(tmp_path)


def measured(folder, **options):
    path = folder / "report.json"
    call_command("evaluate", folder, json=path, stdout=StringIO(), **options)
    return json.loads(path.read_text())


def test_lines_are_fitted_on_train_alone_and_tastes_are_found(tmp_path):
    report = measured(towns_in_lines(tmp_path))
    assert report["data"]["final_fit"] == "train"
    assert report["data"]["masked"] == "items met in train"
    assert set(report["splits"]) == {"published"}
    assert report["differences"]["popular"]["ndcg@20"]["low"] > 0
    assert set(report["differences"]) == set(report["models"]) - {"likeness"}
    # Of the six of their town that users have left, three are wanted: recall@10 is whole.
    assert report["models"]["likeness"]["recall@10"]["value"] == 1.0
    assert report["models"]["likeness-workspace"]["recall@10"]["value"] == 1.0
    weights = report["models"]["likeness"]["choices"]["weights"]
    assert max(weights.values()) > weights["popular"]


def test_sequences_know_what_comes_next(tmp_path):
    report = measured(rings_in_sequences(tmp_path), no_content=True)
    assert report["data"]["final_fit"] == "train"
    assert report["data"]["asked_with"] == "train and validation"
    assert report["models"]["sequential"]["ndcg@10"]["value"] > 0.9
    assert report["models"]["likeness"]["ndcg@10"]["value"] > 0.9
    assert report["models"]["likeness-workspace"]["ndcg@10"]["value"] > 0.9
    assert report["models"]["popular"]["ndcg@10"]["value"] < 0.5
    assert "dates" in report["data"]["ties_within_a_day_shuffled"]


def test_a_transformer_joins_the_blend_where_it_is_asked_for(tmp_path):
    report = measured(rings_in_sequences(tmp_path), no_content=True, no_peers=True, causal=30)
    assert report["models"]["causal-transformer"]["ndcg@10"]["value"] > 0.8
    assert "causal-transformer" in report["models"]["likeness"]["choices"]["weights"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"portrait": True}, "--portrait"),
        ({"cold": True}, "--cold"),
        ({"split": "user", "no_controls": True}, "--split, --no-controls"),
        ({"shuffle_ties": True, "peer_tries": 40}, "--shuffle-ties, --peer-tries"),
    ],
)
def test_what_a_published_split_cannot_do_is_refused(tmp_path, options, names):
    with pytest.raises(InvalidError, match=f"Leave out {names}[.]"):
        measured(towns_in_lines(tmp_path), **options)


def test_figures_are_kept_as_tables_and_pictures(tmp_path):
    folder = towns_in_lines(tmp_path)
    report = measured(folder, markdown=tmp_path / "found.md", plots=tmp_path / "plots")
    text = (tmp_path / "found.md").read_text()
    assert all(f"| {name} |" in text for name in report["models"])
    ndcg = report["models"]["likeness"]["ndcg@20"]["value"]
    assert f"{ndcg:.4f}" in next(line for line in text.splitlines() if "| likeness |" in line)
    drawn = {path.stem.rpartition("-")[2] for path in (tmp_path / "plots").iterdir()}
    assert drawn == {"history", "popularity"}
    history = report["models"]["likeness"]["curves"]["history"]
    assert (history["groups"], history["counts"]) == (["10-19"], [60])
    assert history["values"][0] == pytest.approx(ndcg, abs=1e-4)


def test_another_library_is_measured_where_it_is_installed_and_never_blended(tmp_path):
    report = measured(towns_in_lines(tmp_path))
    libraries = {
        "lenskit": {"lenskit-item-knn", "lenskit-user-knn", "lenskit-als"},
        "rectools": {"rectools-ease", "rectools-pure-svd", "rectools-item-knn"},
    }
    missing = [library for library in libraries if find_spec(library) is None]
    peers = {name for name in report["models"] if name.partition("-")[0] in libraries}
    assert peers == set().union(*(libraries[one] for one in libraries if one not in missing))
    told = " ".join(report["data"]["left_out_peers"])
    assert ("likeness[peers]" in told) == ("lenskit" in missing)
    assert ("RecTools" in told) == ("rectools" in missing)
    weights = report["models"]["likeness"]["choices"]["weights"]
    assert weights
    assert not peers & set(weights)


def test_peers_that_nobody_asked_for_are_not_missed(tmp_path):
    report = measured(towns_in_lines(tmp_path), no_peers=True)
    assert report["data"]["left_out_peers"] == []
    assert not any(name.startswith("lenskit") for name in report["models"])
