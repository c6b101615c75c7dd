"""The mean of fine-tuned heads: one network whose every weight is the mean of theirs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import as_floats
from core.errors import InvalidError
from language.heads.head import HEAD, line_in
from language.training.classifier import Classifier, open_base
from language.training.methods import TUNED

SAME = ("use", "base", "method")


def average(folders: Sequence[Path]) -> tuple[Classifier, Any]:
    """Return the classifier between the fine-tuned heads in `folders`, and its tokenizer.

    Rounds of training from one start end in one valley, where the mean is often better than
    any of them and costs no more to run (Wortsman et al., 2022):

        weight = mean of the heads' weights, for the network and the line alike

    Raises InvalidError where there are fewer than two, or they are not of one use, one base and
    one shape.
    """
    if len(set(folders)) < 2:
        raise InvalidError("An average needs two different heads.")
    kept = [json.loads((folder / HEAD).read_text(encoding="utf-8")) for folder in folders]
    if any(one[name] != kept[0][name] for one in kept for name in SAME) or (
        kept[0]["method"] != TUNED
    ):
        raise InvalidError(
            "Only fine-tuned heads of one use and one base can be averaged.",
            heads=[folder.name for folder in folders],
        )
    model, tokenizer = open_base(str(folders[0]))
    total = {name: each.clone() for name, each in model.encoder.state_dict().items()}
    for folder in folders[1:]:
        other = open_base(str(folder))[0].encoder.state_dict()
        if {name: each.shape for name, each in other.items()} != {
            name: each.shape for name, each in total.items()
        }:
            raise InvalidError("The heads' networks are not of one shape.", head=folder.name)
        for name, each in other.items():
            if torch.is_floating_point(each):
                total[name] += each
    model.encoder.load_state_dict(
        {
            name: each / len(folders) if torch.is_floating_point(each) else each
            for name, each in total.items()
        }
    )
    lines = [line_in(folder) for folder in folders]
    model.start_on(
        as_floats(np.mean([line for line, _ in lines], axis=0, dtype=np.float64)),
        float(np.mean([bias for _, bias in lines])),
    )
    return model.eval(), tokenizer
