"""One process of an evaluation: ``torchrun … -m flan_core.evaluate --config … --prompts … …``.

Exit codes: 0 done, 93 another attempt would fail the same way (then ``scores.json`` is a hole that
says why), 75 another attempt may not.
"""

import argparse
import json
import os
import sys
import traceback
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import record

from flan_core.config import Evaluate
from flan_core.errors import BadInput, FlanError
from flan_core.evaluate import evaluate, leave_hole


@record
def main() -> None:
    """Read the arguments and evaluate."""
    parser = argparse.ArgumentParser(prog="python -m flan_core.evaluate", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file of the settings")
    parser.add_argument("--prompts", type=Path, required=True, help="folder that render wrote")
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder that train wrote")
    parser.add_argument("--scores", type=Path, required=True, help="folder to write to")
    asked = parser.parse_args()
    config = Evaluate.of(json.loads(asked.config.read_text(encoding="utf-8")))
    try:
        evaluate(config, prompts=asked.prompts, checkpoint=asked.checkpoint, scores=asked.scores)
    except BadInput as error:
        leave_hole(config, scores=asked.scores, reason=str(error))
        raise


def run() -> int:
    """Run ``main`` and return the exit code; a failure that we know is told in one line."""
    try:
        main()
    except FlanError as error:
        print(f"evaluate: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except BaseException:  # noqa: BLE001 - told, and turned into an exit code
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    # Other ranks may wait for this one in a barrier that it will never reach: do not join them.
    os._exit(code)
