"""Fetch: from a source to ``rows/<task>/{train,dev,test}.parquet``, the source's columns untouched.

In     the invented samples, a folder, an S3 prefix, or the hub
Out    ``rows/`` with one Parquet file a split, ``rows.json`` (what came from where, with SHA-256)
       and ``rows.lock`` (the commit of every repository, to pin the next run)

The only step that talks to a hub. The same source gives the same bytes.
"""

from flan_core.fetch.step import fetch

__all__ = ["fetch"]
