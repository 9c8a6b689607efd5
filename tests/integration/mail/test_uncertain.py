"""Uncertain letters: the worklist, what is known of each, and decisions that are taken once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.frozen import STRANGER, frozen_shoot, organizer_of
from tests.integration.mail.outcomes import fill_with_rows, give_outcomes, put_in_state
from tests.statements import counted
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.opt_out import Source, opt_out
from webapp.mail.actions.schedule_steering import resend_letters, resend_uncertain
from webapp.mail.actions.uncertain import count_as_sent, leave_letters, resolve_by_evidence
from webapp.mail.domain.evidence import Standing, Weight, weigh
from webapp.mail.domain.report_log import Key, LogFilter
from webapp.mail.domain.states import EmailState
from webapp.mail.domain.uncertain import Chosen, Deciding, Decision
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.evidence import find_evidence
from webapp.mail.queries.report import get_summary
from webapp.mail.queries.report_log import page_letters
from webapp.mail.queries.uncertain import find_doubtful, find_doubtful_shoots
from webapp.mail.queries.uncertain_plan import find_plan
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.programme.models.contact import ContactMessage

LOST = ("uncertain", None, "The connection was lost after the letter was handed over.")
UNCERTAIN = EmailState.UNCERTAIN.value


def doubtful_shoot(people: int = 5, doubtful: int = 4) -> int:
    """Make an ended shoot whose first letters are uncertain; the others were taken in the same second."""
    shoot_id = frozen_shoot(people)
    give_outcomes(shoot_id, {seq: LOST if seq < doubtful else ("sent", None, None) for seq in range(people)})
    with transaction() as session:
        # a minute ago, as whoever looks does not look in the same second
        session.execute(
            text("UPDATE email_logs SET handed_at = date_trunc('second', now() - interval '1 minute')")
        )
    put_in_state(shoot_id, "completed")
    return shoot_id


def of(shoot_id: int, *seqs: int) -> Deciding:
    """Return a decision about letters of a shoot, all of them where none is named."""
    keys = tuple(Key(shoot_id, seq) for seq in seqs)
    return Deciding(Chosen(keys=keys) if keys else Chosen(shoot_id=shoot_id))


def fates(shoot_id: int) -> list[tuple[str, str | None]]:
    """Return state and reason of the letters, in order; the tallies must say the same."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.state, EmailLog.reason).where(EmailLog.shoot_id == shoot_id).order_by(EmailLog.seq)
    )
    found = [(row.state, row.reason) for row in rows]
    summary = get_summary(SYSTEM, shoot_id)
    assert summary.is_balanced
    for state in set(EmailState):
        assert summary.count(state) == sum(one == state for one, _ in found), state
    assert summary.undecided == found.count((UNCERTAIN, None))
    return found


def test_evidence_is_matched_from_rows(database: Session) -> None:
    shoot_id = doubtful_shoot()
    foreign = doubtful_shoot()
    opt_out(shoot_id=shoot_id, seq=1, source=Source.ONE_CLICK)
    address = database.scalar(
        select(EmailLog.address).where(EmailLog.shoot_id == shoot_id, EmailLog.seq == 2)
    )
    shoot = database.get_one(Shoot, shoot_id)
    with transaction() as session:
        session.add(EmailEvent(shoot_id=shoot_id, seq=3, type="bounced", detail="550"))
        for kind, event_id in (("event", shoot.event_id), ("support", None)):
            session.add(
                ContactMessage(
                    programme_id=shoot.programme_id,
                    event_id=event_id,
                    kind=kind,
                    name="",
                    address=address,
                    body="Hello",
                    submission_token=f"{kind}-token",
                )
            )

    letters = find_doubtful(SYSTEM, Chosen(shoot_id=shoot_id))
    evidence = find_evidence(letters)

    assert [letter.seq for letter in letters] == [3, 2, 1, 0], "newest first, the one that was taken left out"
    assert [weigh(evidence[letter.key]) for letter in letters] == [
        Standing.CAME_BACK,
        Standing.UNKNOWN,
        Standing.ARRIVED,
        Standing.UNKNOWN,
    ]
    words = {key.seq: [one.words for one in found] for key, found in evidence.items()}
    assert words[1][0] == "The opt-out link of this letter was used."
    assert [one.weight for one in evidence[Key(shoot_id, 2)]] == [Weight.HINT, Weight.HINT]
    assert "wrote to the organizers" in words[2][0]
    assert words[0] == ["Of the 5 letters handed over in the same second 1 were taken and 4 are uncertain."]
    assert all(len(found) == 1 for found in find_evidence(find_doubtful(SYSTEM, of(foreign).chosen)).values())


def test_what_is_not_theirs_is_not_there(database: Session) -> None:
    shoot_id, foreign = doubtful_shoot(), doubtful_shoot()
    own = organizer_of(shoot_id)

    shoots, shoot_count, letter_count = find_doubtful_shoots(own)
    assert ([one.shoot_id for one in shoots], shoot_count, letter_count) == ([shoot_id], 1, 4)
    assert find_doubtful_shoots(STRANGER) == ([], 0, 0)
    assert find_doubtful_shoots(SYSTEM)[1:] == (2, 8)
    for deciding in (of(foreign), of(foreign, 0)):
        with pytest.raises(NotFoundError):
            leave_letters(scope=own, deciding=deciding)
        with pytest.raises(NotFoundError):
            count_as_sent(scope=own, deciding=deciding)
        with pytest.raises(NotFoundError):
            resend_uncertain(scope=own, deciding=deciding)
    mixed = Deciding(Chosen(keys=(Key(shoot_id, 0), Key(foreign, 0))))
    with pytest.raises(NotFoundError):
        leave_letters(scope=own, deciding=mixed)
    with pytest.raises(ForbiddenError):
        resend_uncertain(scope=own, deciding=of(shoot_id))
    assert fates(shoot_id)[:4] == fates(foreign)[:4] == [(UNCERTAIN, None)] * 4


def test_left_letters_stay_uncertain_and_leave_the_list(database: Session) -> None:
    shoot_id = doubtful_shoot()
    shoot = database.get_one(Shoot, shoot_id)
    user = factories.make_staff(Role.ADMINISTRATOR)
    scope = factories.scope_of(user)

    assert leave_letters(scope=scope, deciding=of(shoot_id, 0, 2)) == 2

    assert fates(shoot_id)[:4] == [(UNCERTAIN, "left"), (UNCERTAIN, None)] * 2
    assert [one.seq for one in find_doubtful(SYSTEM, Chosen(shoot_id=shoot_id))] == [3, 1]
    page = page_letters(SYSTEM, LogFilter(state=UNCERTAIN, reason=""))
    assert [line.seq for line in page.lines] == [3, 1]
    told = database.execute(select(EmailEvent.seq, EmailEvent.detail).where(EmailEvent.type == "left")).all()
    assert sorted(told) == [(0, "By Ola Staff."), (2, "By Ola Staff.")]
    entry = database.scalars(select(AuditEntry).where(AuditEntry.verb == "shoot.uncertain_left")).one()
    assert (entry.actor_id, entry.event_id, entry.data) == (user.id, shoot.event_id, {"letters": 2})
    with pytest.raises(StaffError, match="nothing left to decide"):
        leave_letters(scope=scope, deciding=of(shoot_id, 0, 2))
    with pytest.raises(StaffError, match="has become 2 instead of 4"):
        leave_letters(scope=scope, deciding=Deciding(Chosen(shoot_id=shoot_id), shown_count=4))


def test_evidence_counts_letters_as_sent_and_nothing_else_does(database: Session) -> None:
    shoot_id = doubtful_shoot()
    opt_out(shoot_id=shoot_id, seq=1, source=Source.PAGE)
    assert find_plan(SYSTEM, Decision.COUNT_AS_SENT, Chosen(shoot_id=shoot_id)).why.startswith(
        "Nothing tells"
    )

    assert count_as_sent(scope=SYSTEM, deciding=of(shoot_id)) == 1

    assert fates(shoot_id)[:4] == [(UNCERTAIN, None), ("sent", None), (UNCERTAIN, None), (UNCERTAIN, None)]
    said = database.scalar(select(EmailEvent.detail).where(EmailEvent.type == "counted_sent"))
    assert said == "The opt-out link of this letter was used. By whoever runs Postroom."
    with pytest.raises(StaffError):
        count_as_sent(scope=SYSTEM, deciding=of(shoot_id))


def test_a_later_event_resolves_a_letter_once_whatever_was_decided(database: Session) -> None:
    shoot_id = doubtful_shoot()
    leave_letters(scope=SYSTEM, deciding=of(shoot_id, 0))

    assert resolve_by_evidence(shoot_id, 0, words="Their server reports it delivered.")
    assert not resolve_by_evidence(shoot_id, 0, words="Their server reports it delivered.")
    assert resolve_by_evidence(shoot_id, 1, words="550 5.1.1 no such user", state=EmailState.FAILED)
    assert not resolve_by_evidence(shoot_id, 4, words="It came back.", state=EmailState.FAILED)
    assert not resolve_by_evidence(4711, 4, words="Nobody's.")
    with pytest.raises(ValueError, match="nothing else"):
        resolve_by_evidence(shoot_id, 2, words="", state=EmailState.PENDING)

    assert fates(shoot_id) == [
        ("sent", None),
        ("failed", "address"),
        (UNCERTAIN, None),
        (UNCERTAIN, None),
        ("sent", None),
    ]
    detail = database.scalar(select(EmailLog.detail).where(EmailLog.shoot_id == shoot_id, EmailLog.seq == 1))
    assert detail == "550 5.1.1 no such user"


def test_sending_again_spares_what_arrived_and_what_was_decided(database: Session) -> None:
    shoot_id = doubtful_shoot()
    opt_out(shoot_id=shoot_id, seq=1, source=Source.PAGE)
    leave_letters(scope=SYSTEM, deciding=of(shoot_id, 3))

    [(again_id, count)] = resend_uncertain(scope=SYSTEM, deciding=of(shoot_id))

    assert count == 2
    resent = (UNCERTAIN, "resent")
    assert fates(shoot_id)[:4] == [resent, (UNCERTAIN, None), resent, (UNCERTAIN, "left")]
    assert fates(again_id) == [("pending", None)] * 2
    assert database.get_one(Shoot, again_id).resend_of_id == shoot_id
    # on the letter's own page it is still offered; its copy is on the way
    with pytest.raises(StaffError, match="already on its way"):
        resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=0)
    give_outcomes(again_id, {0: ("failed", "address", "550 no")})
    third_id, _ = resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=0)
    assert len(fates(third_id)) == 1
    resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=3)  # one that was left may be sent after all
    assert fates(shoot_id)[3] == resent


@pytest.mark.parametrize("one_by_one", [False, True])
def test_pressing_twice_at_once_sends_once(app: Flask, database: Session, one_by_one: bool) -> None:
    shoot_id = doubtful_shoot(doubtful=1)
    database.rollback()

    def press(number: int) -> str:
        with app.app_context():
            try:
                if one_by_one and number % 2:
                    resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=0)
                else:
                    resend_uncertain(scope=SYSTEM, deciding=of(shoot_id))
            except (ConflictError, StaffError):
                return "refused"
            finally:
                db.session.remove()
            return "sent"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(press, range(4)))

    assert answers == ["refused", "refused", "refused", "sent"]
    assert fates(shoot_id)[0] == (UNCERTAIN, "resent")
    copies = select(func.count()).where(EmailLog.dedupe_key.like(f"resend:{shoot_id}:%"))
    assert database.scalar(copies) == 1


def test_pages_ask_the_same_however_many_letters_there_are(database: Session) -> None:
    few, many = doubtful_shoot(), frozen_shoot(1)
    fill_with_rows(many, 3000)
    with transaction() as session:
        session.execute(
            text("UPDATE email_logs SET state = 'uncertain' WHERE shoot_id = :id AND seq % 10 = 5"),
            {"id": many},
        )

    def statements(shoot_id: int) -> tuple[int, int]:
        with counted() as asked:
            found = find_doubtful(SYSTEM, Chosen(shoot_id=shoot_id))
            find_evidence(found)
        return len(asked), len(found)

    assert statements(few) == (statements(many)[0], 4)
    assert statements(many)[1] == 300
    with counted() as asked:
        assert leave_letters(scope=SYSTEM, deciding=of(many)) == 300
    assert len(asked) < 40, "four chunks, a handful of statements each"
    assert fates(many).count((UNCERTAIN, "left")) == 300
    assert get_summary(SYSTEM, many).created_at > get_summary(SYSTEM, few).created_at - timedelta(days=1)
