"""What became of an import, in a sentence."""

from collections.abc import Mapping


def describe_import(counts: Mapping[str, int]) -> str:
    """Return what an import did.

    Args:
        counts: ``import`` (its number), ``rows``, ``new``, ``known``, ``changed`` (of the known), ``duplicates``,
            ``refused``.
    """
    rows, new, known, changed = (counts[name] for name in ("rows", "new", "known", "changed"))
    parts = [f"{new:,} new", f"{known:,} known already"]
    if counts["duplicates"]:
        parts.append(f"{counts['duplicates']:,} about somebody named before")
    if counts["refused"]:
        parts.append(f"{counts['refused']:,} refused")
    words = f"Import {counts['import']}: {rows:,} row{'' if rows == 1 else 's'}, {', '.join(parts)}."
    if not new and not changed:
        return f"{words} Nothing has changed."
    if changed:
        words += f" {changed:,} of the known got something that they did not have."
    return words
