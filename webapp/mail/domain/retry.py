"""When a letter that was put off is tried again, and when it is given up."""

import hashlib

# Seconds after the first, second … try. Greylisting opens after minutes; a full mailbox after hours.
DELAYS = (60, 300, 1200, 3600, 10_800, 28_800)
MAX_ATTEMPTS = len(DELAYS) + 1
PAUSES = (5, 10, 20, 40, 60)  # seconds that a sender rests when its carrier is down, growing in a row


def retry_delay(shoot_id: int, seq: int, attempt: int, asked: float = 0.0) -> float | None:
    """Return how long a letter rests after its ``attempt``-th try, or None when it is given up.

    The rest differs by up to a quarter from letter to letter, so that those put off together do not come
    back together; it is derived, not drawn, so that it can be tested.

    Args:
        shoot_id: the shoot.
        seq: the letter's number in it.
        attempt: tries so far, at least one.
        asked: seconds that the other side asked us to wait; it is never shorter than that.

    Returns:
        Seconds.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    digest = hashlib.blake2b(f"{shoot_id}:{seq}:{attempt}".encode(), digest_size=2).digest()
    share = int.from_bytes(digest, "big") / 65_535
    return max(DELAYS[attempt - 1] * (0.875 + share / 4), asked * (1 + share / 4))


def carrier_pause(pauses_before: int) -> float:
    """Return the seconds that a sender rests when its carrier is down, after so many pauses in a row."""
    return float(PAUSES[min(pauses_before, len(PAUSES) - 1)])
