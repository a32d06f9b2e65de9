"""`equipoise editor`: findings while one types."""

from .terminal import refused


def editor() -> None:
    """Speak with an editor: findings as one types, and the page of each where the pointer rests on it.

    This is a language server over standard input and output. Editors start it; a person has no use for it.
    """
    try:
        from ..language_server import serve
    except ModuleNotFoundError as why:
        if (why.name or "").split(".")[0] not in ("pygls", "lsprotocol"):
            raise
        refused("what speaks with editors is not installed: pip install 'equipoise[editor]'")
    serve()
