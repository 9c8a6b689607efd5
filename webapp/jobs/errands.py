"""What the ticker does for visitors and subscribers every few seconds: letters that could not be written before."""

from datetime import datetime

from webapp.programme.actions.contact import forward_waiting
from webapp.programme.actions.newsletter import ask_pending, obey_opt_outs

EVERY = 15  # seconds; what cannot be done is not tried every second


def run_errands(now: datetime) -> None:
    """Pass on messages that wait, ask subscribers who were not asked, obey opt-outs; twice at once is harmless.

    Args:
        now: the time; all but one second in fifteen are left out.
    """
    if int(now.timestamp()) % EVERY:
        return
    forward_waiting(now)
    ask_pending(now)
    obey_opt_outs(now)
