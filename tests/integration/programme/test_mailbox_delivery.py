"""Mailboxes with a real ticker, workers and mail server: what waited for one goes out, and its event writes from it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host
from tests.factories_mailboxes import DOMAIN, make_programme_with_mailboxes
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.actions.host_undo import release_host_letters
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import letter_constants


def states() -> dict[str, tuple[str, str]]:
    """Return how each mailbox stands, and the letters that name it, by the first word of its address."""
    db.session.rollback()
    rows = db.session.execute(
        select(Mailbox.address, Mailbox.state, Shoot.state)
        .join(Event, Event.id == Mailbox.event_id)
        .join(Shoot, Shoot.batch == func.format("host:%s:1", Event.host_application_id))
        .where(Shoot.cause == "host.accepted")
    )
    return {row[0].partition("@")[0]: (row[1], row[2]) for row in rows}


def thank(email: str, programme_id: int, event_id: int | None) -> None:
    """Promise somebody a letter of an event."""
    reader = factories.make_person(email)
    errand = Errand(
        role="organizer.thank_you",
        programme_id=programme_id,
        event_id=event_id,
        constants=lambda locale: letter_constants(programme_id, event_id, locale),
    )
    with transaction():
        post_letters(errand, [Addressee(reader.id, "thanks")])


def test_letters_that_name_a_mailbox_go_out_when_it_is_there_and_without_it_when_told(
    database: Session, machinery: Machinery
) -> None:
    programme = make_programme_with_mailboxes(undo_minutes=0)
    krakow, mumbai = (apply_to_host(programme, city=city) for city in ("Kraków", "Mumbai"))
    made = {}
    for sent, slug in ((krakow, "krakow"), (mumbai, "mumbai")):  # the demo's service refuses the latter
        done = triage_host(
            scope=SYSTEM, application_id=sent.application_id, action="accept", slug=slug, now=now()
        )
        made[slug] = done.event_id
    machinery.start_sink()
    for lane in ("urgent", "bulk"):
        machinery.start_worker(lane)
    machinery.start_ticker()
    wait_until(
        lambda: states() == {"krakow": ("active", "completed"), "mumbai": ("failed", "held")},
        seconds=60,
        what=f"the mailboxes\n{states()}\n{machinery.logs()}",
    )
    release_host_letters(scope=SYSTEM, application_id=mumbai.application_id)
    wait_until(
        lambda: states()["mumbai"] == ("failed", "completed"), seconds=60, what="what is sent without it"
    )
    thank("reader@example.org", programme.id, made["krakow"])
    wait_until(lambda: machinery.inbox.page(recipient="reader@example.org"), seconds=30, what="the thanks")
    (thanks,) = machinery.inbox.page(recipient="reader@example.org")
    assert f"<krakow@{DOMAIN}>" in thanks.from_header
    good_news = machinery.inbox.page(text="You will host", limit=20)
    assert len(good_news) == 4
    for line in good_news:
        found = machinery.inbox.letter(line.id)
        assert found is not None
        assert (f"krakow@{DOMAIN}".encode() in found[1]) is ("Kraków" in line.subject), line.subject
        assert b"mumbai@" not in found[1]
