"""What holds back letters of a shoot that is under way: the switch that stops all, or its canary."""


def held_back(seq: int, open_to: int | None, *, is_stopped: bool) -> str:
    """Return what a letter whose turn would come waits for, as a sentence; "" for nothing.

    Args:
        seq: its number in the shoot.
        open_to: letters of the shoot below this number may go; None: all.
        is_stopped: somebody has stopped all letters.
    """
    if is_stopped:
        return "It waits: somebody stopped all letters. It goes on when they are let go again."
    if open_to is not None and seq >= open_to:
        return "It waits until the first letters of the shoot have gone well."
    return ""
