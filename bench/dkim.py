"""Measures what a DKIM signature costs for each letter, against building the letter alone; prints one JSON object."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

from bench.letter import FIELDS, SUBJECT, make_html, make_text
from webapp.mail.domain.compiled import AssembledLetter, compile_letter
from webapp.mail.domain.dkim import DkimKey, DkimSigner
from webapp.mail.domain.dkim_keys import make_ed25519_key, make_rsa_key
from webapp.mail.domain.merge_fields import OPT_OUT_LINK, FieldKind, MergeField
from webapp.mail.domain.mime import LetterBuilder, SenderLine

LETTERS = 500  # in each of the runs
RUNS = 5
NOW = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
LINK = "https://post.example.org/opt-out/AbCdEf0123456789"


def make_builder() -> LetterBuilder:
    """Return a builder of the bench's letter."""
    names = [field.split()[1] for field in FIELDS]
    fields = {name: MergeField(name, name, FieldKind.TEXT, "x") for name in names}
    html = f"<html><body>{make_html()}</body></html>"
    letter = AssembledLetter(SUBJECT, html, make_text())
    return LetterBuilder(
        compile_letter(letter, {**fields, OPT_OUT_LINK.name: OPT_OUT_LINK}, {}),
        sender=SenderLine("desk@example.org", "Zoë’s Desk", "answers@example.org"),
        domain="example.org",
        list_id="news.example.org",
        is_bulk=True,
    )


def build(builder: LetterBuilder, number: int) -> bytes:
    """Build one recipient's letter."""
    return builder.build(
        address=f"person{number}@example.net",
        name=f"Żaneta Nowak {number}",
        values=[f"Żaneta Nowak {number}", "Żaneta", f"T-{number}", str(number), "Łódź"],
        date=NOW,
        message_id=f"m{number}@example.org",
        opt_out_link=LINK,
        one_click_link=f"{LINK}/one-click",
    )


def microseconds(deed: Callable[[int], object]) -> float:
    """Return the CPU that a letter takes, the median of several runs."""
    deed(0)
    figures = []
    for _ in range(RUNS):
        began = time.process_time()
        for number in range(LETTERS):
            deed(number)
        figures.append((time.process_time() - began) / LETTERS * 1e6)
    return median(figures)


def measure() -> dict[str, float | int]:
    """Return microseconds of CPU for each letter, and the ratio to building alone."""
    builder = make_builder()
    letters = [build(builder, number) for number in range(LETTERS)]
    alone = microseconds(lambda number: build(builder, number))
    figures: dict[str, float | int] = {"letter_bytes": len(letters[0]), "build_us": round(alone, 1)}
    for name, pem in (("rsa_2048", make_rsa_key()), ("ed25519", make_ed25519_key())):
        began = time.process_time()
        signer = DkimSigner(DkimKey("example.org", "bench", pem, NOW))
        opened = (time.process_time() - began) * 1e3

        def sign(number: int, signer: DkimSigner = signer) -> bytes:
            return signer.sign(letters[number], NOW)

        signing = microseconds(sign)
        figures[f"{name}_sign_us"] = round(signing, 1)
        figures[f"{name}_open_once_ms"] = round(opened, 2)
        figures[f"{name}_ratio"] = round((alone + signing) / alone, 2)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
