"""Makes the visitors' messages of the demo, in every state, as they came in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.demo.data.past import at_time, delivering
from webapp.demo.data.world import World, make_random
from webapp.people.models.membership import MembershipKind
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.contact import Destination, mark_message, receive_message
from webapp.programme.domain.contact import ContactKind, Written
from webapp.programme.domain.contact_states import ContactState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.contact import ContactMessage
from webapp.programme.queries.strangers import belong_to_programme, know_person

ADMIN, SUPPORT = "admin@demo.test", "support@demo.test"
HOURS_TO_ANSWER = 20
RECEIVED, FORWARDED = ContactState.RECEIVED, ContactState.FORWARDED
ANSWERED, CLOSED, SPAM = ContactState.ANSWERED, ContactState.CLOSED, ContactState.SPAM


@dataclass(frozen=True, slots=True)
class _Plan:
    """One message.

    Args:
        days_ago: when it came.
        state: how far it is.
        name, address, subject, body: what was typed.
        event: slug of the event that was chosen; None is none.
        is_support: it is for support all the same, and no organizer sees it.
        programme: whose.
        locale: the visitor's.
    """

    days_ago: float
    state: ContactState
    name: str
    address: str
    subject: str
    body: str
    event: str | None = None
    is_support: bool = False
    programme: str = "code-circle"
    locale: str = "en"


MESSAGES = (
    _Plan(
        61,
        CLOSED,
        "Björk Sveinsdóttir",
        "bjork@example.com",
        "Will there be another one?",
        "I heard of Reykjavík only now. Is there a next one?",
        "reykjavik-1",
    ),
    _Plan(
        44,
        ANSWERED,
        "王小明",
        "xiaoming.wang@example.org",
        "可以帶電腦嗎？",
        "你好！請問需要自己帶電腦嗎？",
        "taipei-1",
        locale="zh_TW",
    ),
    _Plan(
        38,
        SPAM,
        "Best Rank SEO",
        "offers@example.net",
        "First on every page",
        "Dear webmaster, we bring your site to the first page: http://seo.example http://seo.example/2",
    ),
    _Plan(
        31,
        CLOSED,
        "Ελένη Παπαδοπούλου-Κωνσταντινίδου",
        "eleni.p@example.org",
        "Πιστοποιητικό",
        "Θα πάρουμε βεβαίωση συμμετοχής;",
        "athens-1",
        locale="el",
    ),
    _Plan(
        26,
        ANSWERED,
        "Ola’s neighbour",
        "sasiadka@example.com",
        "A room for the coaches",
        "I have two spare rooms near the brewery for coaches from far away.",
        "krakow-3",
    ),
    _Plan(
        19,
        ANSWERED,
        "Anonymous",
        "somebody.quiet@example.net",
        "About an organizer",
        "One of the organizers in Kraków was rude to my daughter. I do not want them to read this.",
        "krakow-3",
        is_support=True,  # the event says what it is about; nobody of it is told
    ),
    _Plan(
        15,
        CLOSED,
        "Anaïs d’Aubigné",
        "anais@example.org",
        "Facture",
        "Bonjour, pourrais-je avoir une facture pour mon employeur ?",
        None,
        is_support=True,
        programme="northbank",
        locale="fr",
    ),
    _Plan(
        11,
        SPAM,
        "<b>Eve</b> http://evil.example",
        "eve@example.net",
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(2)"> <a href="http://evil.example">Your account is closed</a>',
        "krakow-3",
    ),
    _Plan(
        9,
        ANSWERED,
        "João Brandão",
        "joao.brandao@example.com",
        "Crianças",
        "Posso levar a minha filha de 7 anos? Ela fica quietinha.",
        "sao-paulo-1",
        locale="pt_BR",
    ),
    _Plan(
        7,
        FORWARDED,
        "فاطمة الزهراء بنت عبد الرحمن آل سعيد",
        "fatma.z@example.org",
        "هل يمكنني تغيير البريد الإلكتروني؟",
        "السلام عليكم،\nكتبت بريدي الإلكتروني خطأ في الاستمارة. كيف أصححه؟\nشكرا جزيلا!",
        "cairo-2",
        locale="ar",
    ),
    _Plan(
        5,
        FORWARDED,
        "Grace Kamau",
        "grace.kamau@example.com",
        "",
        "Hello, when can we apply for Nairobi? The page says nothing yet.",
        "nairobi-2",
    ),
    _Plan(
        4,
        FORWARDED,
        '=HYPERLINK("http://evil.example")',
        "formula@example.net",
        "=1+1",
        "@SUM(A1:A9) is how my table begins. Can you help me with tables at the workshop?",
        "krakow-3",
    ),
    _Plan(
        3,
        FORWARDED,
        "Tomasz Żółć",
        "tomasz.zolc@example.org",
        "Sponsoring",
        "Our bookshop would give a book to everybody. Whom do we talk to?",
        None,
        is_support=True,
    ),
    _Plan(
        2,
        FORWARDED,
        "Wheelchair user",
        "kasia.w@example.com",
        "Steps?",
        "Is there a step at the entrance, and how wide is the door?\n\n" + "I ask because of my chair. " * 40,
        "krakow-3",
    ),
    _Plan(
        0.6,
        FORWARDED,
        "Tobi Adewale",
        "tobi@example.com",
        "Cohort 4",
        "Can I move from cohort 3 to cohort 4? My shifts have changed.",
        "lagos-4",
        programme="launchpad",
    ),
    _Plan(
        9 / 86_400,
        RECEIVED,
        "Nino",
        "nino.b@example.org",
        "Tbilisi",
        "Is there a new date for Tbilisi? I can help with the room.",
        None,
        is_support=True,
    ),
    _Plan(
        4 / 86_400,
        RECEIVED,
        "Zofia Dąbrowska",
        "zofia.d@example.org",
        "Lunch",
        "Is there lunch without nuts? I am allergic.",
        "krakow-3",
    ),
)


def make_contact(session: Session, world: World, now: datetime) -> None:
    """Make the messages; those that came in this minute wait for the ticker to pass them on.

    Args:
        session: of the open transaction.
        world: places and staff, with the organizers of the events.
        now: the moment of loading.
    """
    random = make_random("contact")
    with delivering(session):
        for number, plan in enumerate(MESSAGES):
            minutes = random.randint(-300, 300) if plan.days_ago > 1 else 0
            at = now - timedelta(days=plan.days_ago, minutes=minutes)
            with at_time(session, at):
                message_id = _receive(session, world, plan, number)
            if plan.state in {ANSWERED, CLOSED}:
                _settle(session, world, plan, message_id, min(at + timedelta(hours=HOURS_TO_ANSWER), now))


def _settle(session: Session, world: World, plan: _Plan, message_id: int, at: datetime) -> None:
    """Let staff have answered or closed a message."""
    with at_time(session, at):
        who = SUPPORT if plan.programme == "code-circle" else ADMIN
        comment = "Answered from the mailbox." if plan.state is ANSWERED else "Nothing more to do."
        mark_message(
            scope=get_scope(world.users[who]), message_id=message_id, state=plan.state, comment=comment
        )
        session.execute(
            update(ContactMessage)
            .where(ContactMessage.id == message_id)
            .values(handled_at=at)
            .execution_options(synchronize_session=False)
        )


def _receive(session: Session, world: World, plan: _Plan, number: int) -> int:
    """Store one message, and pass it on unless it is spam or has come just now."""
    event = world.events[plan.event] if plan.event else None
    kind = ContactKind.SUPPORT if plan.is_support or event is None else ContactKind.EVENT
    to = Destination(kind, world.programmes[plan.programme].id, event.id if event else None)
    written = Written(plan.name, plan.address, plan.subject, plan.body)
    token = f"demo-contact-{number}"
    if plan.state is not RECEIVED:
        message_id = receive_message(
            to=to,
            written=written,
            submission_token=token,
            locale=plan.locale,
            is_suspect=plan.state is SPAM,
        )
        wanted = SPAM if plan.state is SPAM else FORWARDED
        if session.get_one(ContactMessage, message_id, populate_existing=True).state != wanted:
            raise LookupError(f"The message “{plan.subject}” could not be passed on; the log says why.")
        return message_id
    row = ContactMessage(
        programme_id=to.programme_id,
        event_id=to.event_id,
        kind=kind.value,
        name=plan.name,
        address=plan.address,
        subject=plan.subject,
        body=plan.body,
        locale=plan.locale,
        submission_token=token,
    )
    session.add(row)
    session.flush()
    belong_to_programme(know_person(plan.address, plan.name), to.programme_id, MembershipKind.CONTACT)
    write_activity(
        "contact.received",
        "contact",
        row.id,
        actor_id=None,
        programme_id=row.programme_id,
        event_id=row.event_id if kind is ContactKind.EVENT else None,
    )
    return row.id
