"""The model: how it is loaded, how packed rows stay apart in it, where its loss is computed.

    tokens ──▶ decoder (packed.py: no attention across documents) ──▶ hidden states
                                                                          │ target positions only
                                                       head.py: logits ──▶ loss

Goes in: a folder, a hub id or the name of a model made from a config. Comes out: a module that
turns one batch of packs into a loss, proven at start (proof.py) to keep documents apart.
"""
