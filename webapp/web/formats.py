"""Numbers, times and lengths of time in the words that a page uses; pure, so that tests need no app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

THIN_SPACE = "\u202f"  # narrow no-break space: groups digits without ever breaking a number over two lines
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def number(value: float | None) -> str:
    """Write a count exactly, in groups of three: ``1 234 567``.

    Args:
        value: a whole number, a fraction (shown with one decimal) or None (shown as a dash).
    """
    if value is None:
        return "–"
    if not float(value).is_integer():
        return f"{value:,.1f}".replace(",", THIN_SPACE)
    return f"{int(value):,}".replace(",", THIN_SPACE)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: ``1 letter``, ``2 letters``, ``3 people``.

    Args:
        count: how many.
        one: the noun in the singular.
        many: the noun in the plural; by default the singular with an s.
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def duration(length: float | timedelta | None) -> str:
    """Write a length of time in its two largest units: ``2 min 5 s``, ``3 h 10 min``, ``2 d 4 h``.

    Args:
        length: seconds or a timedelta; None is shown as a dash.
    """
    if length is None:
        return "–"
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if 0 < seconds < 1:
        return "under 1 s"
    whole = max(0, round(seconds))
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
    for index, (size, name) in enumerate(units):
        if whole >= size:
            first, rest = divmod(whole, size)
            words = [f"{first} {name}"]
            if index + 1 < len(units):
                smaller, smaller_name = units[index + 1]
                if rest // smaller:
                    words.append(f"{rest // smaller} {smaller_name}")
            return " ".join(words)
    return "0 s"


def ago(then: datetime, now: datetime) -> str:
    """Write how far an instant lies from now: ``3 minutes ago``, ``in 2 hours``, ``just now``.

    Args:
        then: an aware instant.
        now: the present, aware.
    """
    seconds = (now - then).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now" if seconds >= 0 else "in a moment"
    for size, word, limit in ((_MINUTE, "minute", _HOUR), (_HOUR, "hour", _DAY), (_DAY, "day", 60 * _DAY)):
        if distance < limit or word == "day":
            phrase = plural(max(1, round(distance / size)), word)
            return f"{phrase} ago" if seconds >= 0 else f"in {phrase}"
    raise AssertionError("the last unit has no limit")


def language(locale: str) -> str:
    """Return what a locale's language is called in English: ``Portuguese (Brazil)`` for ``pt-BR``.

    Args:
        locale: its name, with a hyphen or an underscore; what is no locale's name is returned as it is.
    """
    try:
        return Locale.parse(locale.replace("-", "_")).get_display_name("en") or locale
    except (UnknownLocaleError, ValueError, TypeError):
        return locale


def zone_name(local: datetime) -> str:
    """Return what a zone is called at that instant: ``CET``, or ``UTC+3`` where it has no letters."""
    name = local.strftime("%Z")
    if name and name[0] not in "+-":
        return name
    sign, hours, minutes = name[:1], name[1:3], name[3:5]
    return f"UTC{sign}{int(hours)}{':' + minutes if minutes not in {'', '00'} else ''}" if name else "UTC"


def instant(when: datetime, zone: ZoneInfo) -> str:
    """Write an instant in a zone and name the zone: ``Sat 21 Nov 2026, 09:31 CET``.

    Args:
        when: an aware instant; a naive one is taken as UTC.
        zone: the reader's zone.
    """
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    local = aware.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone_name(local)}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the balanced bar, in percent of its width."""

    key: str
    label: str
    count: int
    href: str | None
    x: float
    width: float
    note: str | None = None


def bar_segments(parts: Sequence[dict[str, object]], floor: float = 0.8) -> list[Segment]:
    """Lay the parts of a sum side by side.

    A part that is not nothing is never narrower than ``floor``, else one failure in a hundred thousand
    letters could not be seen; the wide ones give up what the narrow ones take.

    Args:
        parts: ``{"key", "label", "count"}`` and perhaps ``"href"`` and ``"note"``, in order.
        floor: least width of a part with anything in it, percent.

    Returns:
        all parts; the widths of a sum above zero add up to 100.
    """
    counts = [max(0, int(str(part["count"]))) for part in parts]
    total = sum(counts)
    raised = (
        [max(100 * count / total, floor) if count else 0.0 for count in counts]
        if total
        else [0.0] * len(counts)
    )
    spare = sum(width - floor for width in raised if width > floor)
    excess = sum(raised) - 100 if total else 0.0
    segments, x = [], 0.0
    for part, count, width in zip(parts, counts, raised, strict=True):
        if width > floor and spare > 0:
            width -= excess * (width - floor) / spare
        href, note = part.get("href"), part.get("note")
        segments.append(
            Segment(
                key=str(part["key"]),
                label=str(part["label"]),
                count=count,
                href=str(href) if href else None,
                x=round(x, 3),
                width=round(width, 3),
                note=str(note) if note else None,
            )
        )
        x += width
    return segments


def spark_points(values: Sequence[float], width: int = 120, height: int = 28) -> str:
    """Return the points of a small line chart, as an SVG polyline wants them.

    Args:
        values: equally spaced in time, oldest first.
        width: of the drawing, in its own units.
        height: of the drawing; two units at either edge stay free for the line's thickness.
    """
    if not values:
        return ""
    top = max(*values, 1e-9)
    step = width / max(1, len(values) - 1)
    return " ".join(f"{i * step:.1f},{height - 2 - (height - 4) * v / top:.1f}" for i, v in enumerate(values))
