"""Write the catalogue as one HTML page: cluster, dataset, template, each with a rendered example.

In: the catalogue and, where given, a folder of rows as fetch writes it. Out: one file that needs
no network: tree, search, light and dark, print.
"""

from pathlib import Path

from flan_core.gallery.view import clusters_in_page
from flan_core.page import fill
from flan_core.schemas import whole

_HERE = Path(__file__).parent


def gallery(page: Path, rows: Path | None = None) -> Path:
    """Write the page and return its path.

    Args:
        page: the file to write (``.html``), or a folder, which gets ``index.html``.
        rows: a folder that fetch wrote, whose first rows become the examples; without it, and for
            tasks that it lacks, the catalogue's invented samples do.

    Raises:
        BadInput: ``rows`` holds a file that is not of this version's fetch.
    """
    target = page if page.suffix == ".html" else page / "index.html"
    clusters = clusters_in_page(rows)
    text = fill(_HERE, "gallery.html", clusters=clusters, real_rows=rows is not None)
    with whole(target) as draft:
        draft.write_text(text, encoding="utf-8")
    return target
