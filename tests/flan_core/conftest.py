"""Property tests: no deadline (the first example may compile a loop), the same every time."""

from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("house")
