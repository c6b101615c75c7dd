"""The network that is fine-tuned to tell one thing from a text: an encoder, pooled, and a line."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModel, AutoTokenizer

from core.arrays import Floats, as_floats
from language.encode import ENCODER_NOTE


class Classifier(nn.Module):
    """An encoder whose tokens are averaged and laid on one line: a logit per text."""

    def __init__(self, encoder: Any, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.line = nn.Linear(encoder.config.hidden_size, 1)
        nn.init.zeros_(self.line.weight)
        nn.init.zeros_(self.line.bias)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        labels: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """Return the logits and, where there are labels in [0, 1], the loss.

        Shapes: input_ids and attention_mask (B, T); labels and logits (B,).
        """
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state.float()
        weight = attention_mask.unsqueeze(-1).float()
        pooled = (hidden * weight).sum(dim=1) / weight.sum(dim=1)
        with torch.autocast(pooled.device.type, enabled=False):
            logits = self.line(self.dropout(pooled)).squeeze(-1)
        if labels is None:
            return {"logits": logits}
        loss = binary_cross_entropy_with_logits(logits, labels.float())
        return {"loss": loss, "logits": logits}

    def freeze(self, layers: int) -> None:
        """Let the word embeddings and the first `layers` layers stay as they are."""
        kept = [self.encoder.embeddings, *self.encoder.encoder.layer[:layers]]
        for part in kept:
            part.requires_grad_(False)  # noqa: FBT003 -- torch's own signature

    def save(self, folder: Path, tokenizer: Any) -> None:
        """Write the encoder and its tokenizer into `folder`, as safetensors and JSON.

        In bfloat16: half the disk, and what it is run in where that is faster.
        """
        (folder / ENCODER_NOTE).write_text(json.dumps({"prefix": False}), encoding="utf-8")
        self.encoder.to(torch.bfloat16).save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def start_on(self, weight: Floats, bias: float) -> None:
        """Begin with the line of an earlier head. Shapes: weight (D,)."""
        with torch.no_grad():
            self.line.weight.copy_(torch.from_numpy(weight)[None, :])
            self.line.bias.fill_(bias)

    def on_the_line(self) -> tuple[Floats, float]:
        """Return the line's weights and its bias. Shapes: the weights are (D,)."""
        weight = self.line.weight.detach().float().flatten().cpu().numpy()
        return as_floats(weight), float(self.line.bias.detach())


def open_base(place: str) -> tuple[Classifier, Any]:
    """Return a classifier on the encoder at `place`, in float32, and its tokenizer."""
    encoder = AutoModel.from_pretrained(place, dtype=torch.float32, add_pooling_layer=False)
    return Classifier(encoder), AutoTokenizer.from_pretrained(place)


def groups_of(model: Classifier, *, rate: float, decay: float) -> list[dict[str, Any]]:
    """Return parameter groups for the optimizer: each layer learns `decay` times the one above.

    The line, which starts from nothing, learns ten times faster than the uppermost layer.
    """
    layers = list(model.encoder.encoder.layer)
    groups = [{"params": list(model.line.parameters()), "lr": rate * 10, "weight_decay": 0.0}]
    for depth, layer in enumerate(reversed(layers)):
        chosen = [one for one in layer.parameters() if one.requires_grad]
        if chosen:
            groups.append({"params": chosen, "lr": rate * decay**depth, "weight_decay": 0.01})
    return groups
