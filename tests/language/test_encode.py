import copy
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InvalidError
from language.default import DEFAULT_ENCODER, DEFAULT_REVISION, DIMENSIONS
from language.encode import Encoder
from language.forward import Network, by_length, by_shape
from language.packed import four_bit, open_packed
from language.quick import SPACE, encode_sentence
from language.weights import unpack_default

ROOT = Path(__file__).parents[2]
TEXTS = [
    "I loved the acting, but the plot was slow.",
    "我喜欢演员的表演，但是情节太慢了。",
    "The hotel room was dirty and noisy.",
    "Full width ＡＢＣ,\ttabs and “quotes”…",
    "A long one: " + "the sea, the sea, and nothing but the sea; " * 30,
]


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def encoder(models) -> Encoder:
    return Encoder.load(DEFAULT_ENCODER, models=models, device="cpu", max_tokens=512)


def test_four_bit_blocks_unpack_low_halves_first():
    block = np.array([0x00, 0x38, *range(16)], dtype=np.uint8)  # the scale is 0.5 in float16
    block[2] = 0xF0
    weights = four_bit(block)
    assert weights[0] == (0 - 8) * 0.5
    assert weights[1] == (1 - 8) * 0.5
    assert weights[16] == (15 - 8) * 0.5
    assert weights[17] == (0 - 8) * 0.5


def test_a_file_that_is_no_packed_encoder_is_refused(tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"PK\x03\x04" * 8)
    with pytest.raises(InvalidError):
        open_packed(tmp_path / "weights.bin")


def test_batches_run_from_long_to_short_and_hold_each_text_once():
    batches = list(by_length([[0] * size for size in (5, 200, 64, 1)], 2))
    assert [batch.tolist() for batch in batches] == [[1], [2, 0], [3]]


@pytest.mark.model
def test_the_unpacked_encoder_agrees_with_the_wheels_engine(encoder):
    ours = encoder.encode(TEXTS, role="query")
    theirs = np.stack([encode_sentence(text) for text in TEXTS])
    assert ours.shape == theirs.shape == (len(TEXTS), DIMENSIONS)
    assert (ours * theirs).sum(axis=1).min() > 0.999
    assert SPACE == (encoder.name, encoder.revision) == (DEFAULT_ENCODER, DEFAULT_REVISION)


def test_texts_that_share_a_shape_do_so_whatever_stands_beside_them():
    sizes = (5, 16, 17, 300, 16)
    batches = [batch.tolist() for batch in by_shape([[0] * size for size in sizes])]
    assert batches == [[3], [2], [0, 1, 4]]


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


MANY = [f"{text} {place}" for place in range(2) for text in (*TEXTS[:4], "Ja.", "的")] + TEXTS[4:]


@pytest.mark.model
@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_a_vector_is_the_same_to_the_bit_in_any_company(encoder, threads, kind, is_packed):
    network = Network(
        copy.deepcopy(encoder.network.model).to(kind),
        device=encoder.network.device,
        filler=encoder.network.filler,
    )
    network.is_packed = is_packed
    own = replace(encoder, network=network)
    torch.set_num_threads(1)
    whole = own.encode(MANY)
    rng = np.random.default_rng(3)
    for count in (1, 2):
        torch.set_num_threads(count)
        for batch_size in (1, 7, 32, 100):
            order = rng.permutation(len(MANY))
            found = own.encode([MANY[place] for place in order], batch_size=batch_size)
            assert np.array_equal(found, whole[order]), (count, batch_size)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1.0, atol=1e-5)


@pytest.mark.model
def test_leaving_the_padding_out_changes_no_bit(encoder):
    padded = Network(
        encoder.network.model, device=encoder.network.device, filler=encoder.network.filler
    )
    padded.is_packed = False
    assert encoder.network.is_packed
    assert np.array_equal(encoder.encode(MANY), replace(encoder, network=padded).encode(MANY))


@pytest.mark.model
def test_twins_in_two_languages_are_closer_than_strangers(encoder):
    english, chinese, other, *_ = encoder.encode(TEXTS)
    assert english @ chinese > max(english @ other, chinese @ other) + 0.02


@pytest.mark.model
def test_no_texts_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, DIMENSIONS)


@pytest.mark.model
def test_two_unpackers_at_once_leave_one_whole_folder(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(unpack_default, [tmp_path, tmp_path])
    assert one == two == tmp_path / DEFAULT_ENCODER
    assert [path.name for path in tmp_path.iterdir()] == [DEFAULT_ENCODER]
    before = (one / "model.safetensors").stat().st_mtime_ns
    unpack_default(tmp_path)
    assert (one / "model.safetensors").stat().st_mtime_ns == before


@pytest.mark.model
def test_a_model_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidError):
        Encoder.load(str(tmp_path / "nothing"), models=tmp_path)


def test_the_quick_encoder_needs_no_torch():
    code = (
        "import sys; from language.quick import encode_sentence; "
        "print(encode_sentence('a slow film').shape, {'torch', 'transformers'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "platform")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "(384,) set()"
