"""``python -m pipelines.cli`` is ``flan``."""

from pipelines.cli import main

main()
