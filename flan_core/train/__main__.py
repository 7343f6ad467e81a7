"""One process of a training job.

    torchrun … -m flan_core.train --config train.json --packs packs --checkpoint checkpoint

Exit codes: 0 done, 93 another attempt would fail the same way, 75 another attempt may not.
"""

import argparse
import json
import os
import sys
import traceback
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import record

from flan_core.config import Train
from flan_core.errors import FlanError
from flan_core.train.run import train


@record
def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(prog="python -m flan_core.train", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file of train's settings")
    parser.add_argument("--packs", type=Path, required=True, help="folder that pack wrote")
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder to write to")
    arguments = parser.parse_args()
    config = Train.of(json.loads(arguments.config.read_text(encoding="utf-8")))
    train(config, packs=arguments.packs, checkpoint=arguments.checkpoint)


def run() -> int:
    """Run ``main`` and return the exit code; a failure that we know is told in one line."""
    try:
        main()
    except FlanError as error:
        print(f"train: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except BaseException:  # noqa: BLE001 - told, and turned into an exit code
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that still write or wait for dead ranks must not hold up the exit.
    os._exit(code)
