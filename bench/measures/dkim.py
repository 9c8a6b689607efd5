"""Measurement: the same shoot from a sender whose letters are signed (DKIM) and from one whose are not."""

from sqlalchemy import text

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.send import Ids
from bench.shoot import Plan, shoot
from webapp.core.transaction import transaction
from webapp.mail.actions.sender_keys import make_sender_key
from webapp.people.domain.scope import SYSTEM

# A new key signs some minutes after it was published; here it always did.
_PUBLISHED = text("UPDATE sender_keys SET signs_from = now() - interval '1 day' WHERE id = :key")


def sign_letters(ids: Ids) -> None:
    """Give the sender a key by which its letters are signed from now on."""
    key_id = make_sender_key(scope=SYSTEM, sender_id=ids[2])
    with transaction() as session:
        session.execute(_PUBLISHED, {"key": key_id})


@MEASURES.register("dkim")
def measure_dkim(run: Run) -> Figures:
    """Return letters a second with a signature over those without, and what one costs."""
    plain = shoot(run, Plan(run.letters, event="plain"))
    signed = shoot(run, Plan(run.letters, event="signed", prepare=sign_letters))
    return {
        "letters": run.letters,
        "plain_per_second": round(plain.rate),
        "signed_per_second": round(signed.rate),
        "ratio_signed": round(signed.rate / plain.rate, 3),
        "plain_cpu_us_per_letter": round(plain.cpu_us, 1),
        "signed_cpu_us_per_letter": round(signed.cpu_us, 1),
        "signature_cpu_us": round(signed.cpu_us - plain.cpu_us, 1),
        "signature_bytes": signed.size - plain.size,
    }
