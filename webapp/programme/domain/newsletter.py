"""What a newsletter's links say, how often an address may be asked, and what a file with proof of consent holds."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from webapp.core.errors import StaffError
from webapp.core.tokens import TokenKeys
from webapp.people.domain.addresses import normalise_address, normalise_name

CONFIRM, PREFERENCES = "newsletter.confirm", "newsletter.preferences"  # purposes of links
LETTERS_A_DAY = 3  # to one address, whoever fills in forms with it
DAY = timedelta(days=1)
COLUMNS = ("address", "name", "consented_at", "source")
MOST_ROWS = 20_000
_CONFIRM, _PREFERENCES = struct.Struct(">QI"), struct.Struct(">QQ")


class Deed(StrEnum):
    """What an entry of the ledger says."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    WITHDRAWN = "withdrawn"


def make_confirm_token(keys: TokenKeys, subscription_id: int, version: int) -> str:
    """Return the reference by which the owner of an address says yes; worth nothing once they have said no."""
    return keys.make(CONFIRM, _CONFIRM.pack(subscription_id, version))


def read_confirm_token(keys: TokenKeys, token: str) -> tuple[int, int] | None:
    """Return (subscription, version) of a reference, None for anything else."""
    payload = keys.read(CONFIRM, token)
    return _CONFIRM.unpack(payload) if payload is not None and len(payload) == _CONFIRM.size else None


def make_preferences_token(keys: TokenKeys, person_id: int, programme_id: int) -> str:
    """Return the reference of a person's preference page; valid for ever."""
    return keys.make(PREFERENCES, _PREFERENCES.pack(person_id, programme_id))


def preferences_link(keys: TokenKeys, public_url: str, person_id: int, programme_id: int) -> str:
    """Return the address of the page on which a person chooses newsletters of a programme."""
    return f"{public_url}/newsletter/choose/{make_preferences_token(keys, person_id, programme_id)}"


def read_preferences_token(keys: TokenKeys, token: str) -> tuple[int, int] | None:
    """Return (person, programme) of a reference, None for anything else."""
    payload = keys.read(PREFERENCES, token)
    return _PREFERENCES.unpack(payload) if payload is not None and len(payload) == _PREFERENCES.size else None


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of a file: somebody and the proof that they agreed."""

    number: int
    address: str
    name: str
    consented_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that cannot be taken, and why."""

    number: int
    sentence: str


def read_proofs(rows: Iterable[tuple[int, list[str]]], now: datetime) -> tuple[list[Proof], list[Fault]]:
    """Return what a table with proof of consent holds: what can be taken, and what cannot.

    Args:
        rows: (number, cells), the heading first: ``address,name,consented_at,source`` in any order.
        now: nobody has agreed later than that.

    Raises:
        StaffError: a column is missing, or there are too many rows.
    """
    table = iter(rows)
    heading = [cell.strip().lower() for cell in next(table, (1, []))[1]]
    missing = [column for column in COLUMNS if column not in heading and column != "name"]
    if missing:
        raise StaffError(f"The first row must name the columns; missing: {', '.join(missing)}.", field="file")
    proofs: list[Proof] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for count, (number, cells) in enumerate(table, start=1):
        if count > MOST_ROWS:
            raise StaffError(f"More than {MOST_ROWS:,} rows. Split the file.", field="file")
        row = dict(zip(heading, cells, strict=False))
        try:
            proof = _read_proof(number, row, now)
        except StaffError as error:
            faults.append(Fault(number, error.message))
            continue
        if proof.address in seen:
            faults.append(Fault(number, "This address stands in an earlier row."))
            continue
        seen.add(proof.address)
        proofs.append(proof)
    return proofs, faults


def _read_proof(number: int, row: dict[str, str], now: datetime) -> Proof:
    address = normalise_address(row.get("address", ""))
    source = normalise_name(row.get("source", ""))
    text = row.get("consented_at", "").strip()
    if not source:
        raise StaffError("The source is missing: where did they agree?")
    if not text:
        raise StaffError("consented_at is missing: when did they agree?")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise StaffError("consented_at is no date like 2026-03-31 or 2026-03-31T18:00+02:00.") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now:
        raise StaffError("consented_at lies in the future.")
    return Proof(number, address, normalise_name(row.get("name", ""))[:200], moment, source[:300])
