"""Mix: prompts become a mixture, an index that says what draw i is.

    weight of a task = min(rows, max_rate) ^ (1 / temperature)      the paper's and seqio's rule
                       0 for a held-out cluster and its kin
                       as written where the settings name the task, its dataset or its cluster
                       divided by its mean length where tokens are shared out, not examples

``weighing`` has the rule, ``writing`` is the step, ``preview`` the table of a dry run.
"""

from flan_core.mix.preview import dry_run
from flan_core.mix.weighing import rate
from flan_core.mix.writing import mix

__all__ = ["dry_run", "mix", "rate"]
