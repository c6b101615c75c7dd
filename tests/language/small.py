"""A network of a few numbers with the real tokenizer: real training in a second."""

from pathlib import Path

import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from language.training.labelled import Labelled

GOOD = ["lovely", "wonderful", "brilliant", "moving", "喜欢", "精彩"]
BAD = ["dull", "awful", "boring", "clumsy", "无聊", "糟糕"]


def make_small_encoder(folder: Path, models: Path, *, name: str = "small", seed: int = 0) -> str:
    """Write an untrained encoder of two layers; its tokenizer is the packaged one's."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(models / "multilingual-e5-small")
    torch.manual_seed(seed)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(
        vocab_size=len(tokenizer),
        intermediate_size=32,
        pad_token_id=tokenizer.pad_token_id,
        max_position_embeddings=512,
        initializer_range=0.3,  # so large that a few steps show
        **sizes,
    )
    place = folder / name
    BertModel(config, add_pooling_layer=False).save_pretrained(place)
    tokenizer.save_pretrained(place)
    return str(place)


def opinions(count: int, *, start: int = 0) -> list[Labelled]:
    """Texts that one word makes good or bad, half and half, no two alike."""
    rows = []
    for number in range(start, start + count):
        is_good = number % 2 == 0
        word = (GOOD if is_good else BAD)[number // 2 % 6]
        if word.isascii():
            text, language = f"Number {number * 7919}: what a {word} story it was.", "en"
        else:
            text, language = f"第{number * 7919}号，这个故事真{word}。", "zh"
        rows.append(Labelled(text, language, float(is_good), "made up", f"writer {number}"))
    return rows
