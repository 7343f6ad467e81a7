"""Fine-tune a decoder-only model on packs, sharded over any number of processes.

    packs ─▶ batches.py ─▶ loop.py ──────────────────▶ export.py ─▶ checkpoint/
             (a thread)     │ model/ (attention, loss)     Hugging Face folder
                            │ shard.py (ranks)
                            │ optimise.py, adafactor.py
                            └ checkpoint.py ─▶ checkpoint/state/   continues after a kill

``python -m flan_core.train`` runs it in each process that torchrun starts, or in one process alone.
"""
