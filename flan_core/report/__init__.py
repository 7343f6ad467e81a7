"""Report: everything that a run made, on one page that needs no network.

In: rows, mixture, packs, checkpoint, scores. Out: the page (which holds the same for machines), a
summary in Markdown, the numbers that runs are compared by.
"""

from flan_core.report.step import report

__all__ = ["report"]
