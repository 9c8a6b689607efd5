"""How a letter is named to the world outside: references from (shoot, seq) that nobody can guess or swap."""

import struct

from webapp.core.tokens import Sealer, TokenKeys

OPT_OUT = "opt-out"
MESSAGE_ID = "message-id"
_FORM = struct.Struct(">QI")


class ReferenceMaker:
    """Makes the references of one shoot's letters quickly: the keys are derived once.

    Args:
        keys: the installation's keys.
        purpose: ``OPT_OUT`` or ``MESSAGE_ID``.
        shoot_id: the shoot.
    """

    def __init__(self, keys: TokenKeys, purpose: str, shoot_id: int) -> None:
        self._seal = Sealer(keys.key(purpose)).seal
        self._shoot_id = shoot_id

    def make(self, seq: int) -> str:
        """Return the reference of one letter, 32 URL-safe characters."""
        return self._seal(_FORM.pack(self._shoot_id, seq))


def read_reference(keys: TokenKeys, purpose: str, token: str) -> tuple[int, int] | None:
    """Return (shoot, seq) of a reference, or None when it was not made here for this purpose."""
    payload = keys.read(purpose, token)
    if payload is None or len(payload) != _FORM.size:
        return None
    shoot_id, seq = _FORM.unpack(payload)
    return shoot_id, seq
