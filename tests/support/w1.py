"""The policy of W1, the benchmark's work, as it comes with the software."""

from pathlib import Path
from typing import Final

from schemas.policy import load_policy
from streams import local

POLICY: Final = load_policy((Path(local.__file__).parent / "policies" / "w1.yaml").read_bytes())
