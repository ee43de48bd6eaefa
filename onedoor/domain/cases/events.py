"""Facts the cases room publishes, in streams of kind `case` named by the case id.

`data` never holds what a person wrote or who they are: that lies in the dossier, and `data["dossier"]` names its
version, kind and salted SM3.
"""

from .engine.terms import KIND_NAMES, Kind

STREAM = "case"

__all__ = ["KIND_NAMES", "STREAM", "Kind"]
