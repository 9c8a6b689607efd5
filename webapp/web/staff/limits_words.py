"""Limits of speed in words, as several pages write them."""

from webapp.mail.queries.limits import SenderLimits
from webapp.web.formats import number

REST_WORDS = {
    "hours": "Bulk letters only: its hours of sending are over.",
    "quota": "Bulk letters only: the day’s letters have gone.",
}


def limit_words(limits: SenderLimits) -> str:
    """Return the limits of a sender in a line; empty where there are none."""
    words = []
    if limits.rate_per_minute is not None:
        words.append(f"at most {number(limits.rate_per_minute)} letters a minute")
    if limits.daily_quota is not None:
        words.append(f"at most {number(limits.daily_quota)} a day")
    if limits.hours is not None:
        words.append(f"bulk letters from {limits.hours}")
    line = ", ".join(words)
    return line[:1].upper() + line[1:]
