"""The three councils' layouts, and which of them any other authority uses."""

from __future__ import annotations

from samples.layout import Layout
from samples.layout_itrent import ITRENT
from samples.layout_oracle import ORACLE
from samples.layout_unit4 import UNIT4

COUNCILS = {"873": ("cambridgeshire", "CCC"), "855": ("leicestershire", "LCC"), "874": ("peterborough", "PCC")}
OWN = {"873": UNIT4, "855": ORACLE, "874": ITRENT}
TEMPLATES = {UNIT4.kind: "cambridgeshire", ORACLE.kind: "leicestershire", ITRENT.kind: "peterborough"}
LAYOUTS = (UNIT4, ORACLE, ITRENT)


def layout_of(la_code: str) -> Layout:
    """The layout of an authority: the remainder of its (first) code by three picks Unit4, Oracle HCM or iTrent."""
    return OWN.get(la_code) or LAYOUTS[int(la_code.split("/")[0]) % len(LAYOUTS)]
