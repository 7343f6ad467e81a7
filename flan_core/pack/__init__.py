"""Pack: a mixture becomes rows of tokens of one length, to be mapped into memory and trained on.

    mixture ─▶ draws ─▶ text ─▶ ids ─▶ best-fit plan ─▶ balanced order ─▶ packs/
               drawing.py  shots.py     planning.py      balancing.py      writing.py

``achieved.py`` reports the mixture that came out; ``dev.py`` says what the dev packs are made of.
"""

from flan_core.pack.writing import pack

__all__ = ["pack"]
