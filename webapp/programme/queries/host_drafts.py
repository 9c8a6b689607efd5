"""Questions about applications to host that are still being typed, and where one can apply."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from webapp.core.database import db
from webapp.core.words import read_said
from webapp.programme.domain.event_states import EventState
from webapp.programme.domain.host_steps import HostStep, steps_for
from webapp.programme.models.host_application import HostApplication, HostDraft
from webapp.programme.models.programme import Event, Programme

KEPT_FOR = timedelta(days=30)  # after the last change of a draft
DONE, REFUSALS = "done", "refusals"  # kept beside the words of the steps
HELD = (EventState.OPEN, EventState.CLOSED, EventState.ARCHIVED)


def hash_of(token: str) -> str:
    """Return what is stored of a browser's token: nobody who reads the table can open a draft."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """What was typed so far.

    Args:
        programme_id: to whom it is to go.
        submission_token: of this filling-in; sent twice it is one application.
        locale: in which it was begun.
        words: what was typed, by step.
        done: the steps that were filled in well.
        refusals: why it was refused when it was sent, by field.
        application_id: what became of it, None before it was sent.
    """

    programme_id: int
    submission_token: str
    locale: str
    words: Mapping[str, dict[str, Any]]
    done: frozenset[str]
    refusals: Mapping[str, str]
    application_id: int | None

    @property
    def is_returning(self) -> bool:
        """Say whether they have organized before."""
        return self.words.get(HostStep.RETURNING, {}).get("is_returning") == "yes"

    @property
    def steps(self) -> tuple[HostStep, ...]:
        """Return the steps of this team."""
        return steps_for(is_returning=self.is_returning)


def find_draft(token: str, programme_id: int, now: datetime) -> KeptDraft | None:
    """Return the draft of a browser's token for a programme, None for any other token and for an old draft."""
    row = db.session.scalar(
        select(HostDraft)
        .where(
            HostDraft.token == hash_of(token),
            HostDraft.programme_id == programme_id,
            HostDraft.updated_at > now - KEPT_FOR,
        )
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    return KeptDraft(
        programme_id=row.programme_id,
        submission_token=row.token,
        locale=row.locale,
        words={step.value: row.answers.get(step, {}) for step in HostStep},
        done=frozenset(row.answers.get(DONE, [])),
        refusals={field: read_said(why) for field, why in row.answers.get(REFUSALS, {}).items()},
        application_id=row.application_id,
    )


def find_hosting_programmes() -> list[Programme]:
    """Return the programmes to which anybody may apply, by name."""
    return list(
        db.session.scalars(
            select(Programme).where(Programme.is_hosting_open).order_by(Programme.name, Programme.id)
        )
    )


def find_hosting_programme(slug: str) -> Programme | None:
    """Return the programme of a slug if anybody may apply there now."""
    return db.session.scalar(select(Programme).where(Programme.slug == slug, Programme.is_hosting_open))


def find_held_events(programme_id: int, today: date) -> list[Event]:
    """Return the events of a programme that have begun before a day, the latest first."""
    return list(
        db.session.scalars(
            select(Event)
            .where(Event.programme_id == programme_id, Event.state.in_(HELD), Event.starts_on <= today)
            .order_by(Event.starts_on.desc(), Event.id.desc())
        )
    )


def find_host_reference(application_id: int) -> str | None:
    """Return what people call an application by."""
    return db.session.scalar(select(HostApplication.reference).where(HostApplication.id == application_id))
