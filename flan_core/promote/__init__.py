"""Promote: a challenger becomes champion only if a gate finds no reason against it.

    challenger ──▶ gate ──▶ registry/<name>/versions/<version>/  ──▶ champion.json
                    │                                                (moved only if still as read)
                    └─▶ decision: every reason, promoted or not

In: rows, mixture, checkpoint, scores. Out: the decision, and the registry in a folder or on S3.
"""

from flan_core.promote.registry import rollback
from flan_core.promote.step import promote

__all__ = ["promote", "rollback"]
