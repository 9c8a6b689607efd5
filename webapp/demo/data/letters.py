"""The demo's letters, and what is to have become of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoLetter:
    """A letter of the demo.

    Args:
        event: slug of its event.
        author: sign-in of who wrote it.
        subject: with tags.
        html: its words.
        fate: draft, ready, sending, completed, cancelled, missed, skipped, halted, paused or scheduled.
        days_ago: when it was sent; negative is in the future.
        audience: name of a segment.
        locale: its language.
    """

    event: str
    author: str
    subject: str
    html: str
    fate: str
    days_ago: float = 0
    audience: str = "applicants"
    locale: str = "en"


_HELLO = '<p>Hello {{ person.greeting | default("there") }},</p>'

LETTERS = (
    DemoLetter(
        "lodz-2",
        "support@demo.test",
        "Łódź #2: thank you, and the photos",
        _HELLO
        + "<p>thank you for a wonderful day in <strong>{{ event.city }}</strong>! The photos are on the"
        ' <a href="https://code-circle.example/lodz-2/photos">event page</a>. What should we do better?</p>',
        "completed",
        93,
        "registered",
    ),
    DemoLetter(
        "athens-1",
        "support@demo.test",
        "Athens #1: everything you need for Saturday",
        _HELLO
        + "<p>doors open at 9:00. Bring a laptop, its charger, and lunch money for the bakery next door.</p>"
        '{% if registration.ticket == "Coach" %}<p><strong>Coaches</strong> meet at 8:30 for coffee.</p>{% endif %}',
        "completed",
        20,
        "registered",
    ),
    DemoLetter(
        "taipei-1",
        "support@demo.test",
        '{{ person.greeting | default("Hello") }}, see you tomorrow in 台北',
        _HELLO + '<p>your place is at table {{ registration.table | default("1") }}. See you tomorrow!</p>',
        "completed",
        2,
        "registered",
    ),
    DemoLetter(
        "krakow-3",
        "ola@krakow.test",
        "Kraków #3: you are registered",
        _HELLO
        + "<p>we have kept a place for you on {{ event.date }}. Everything else follows two weeks before.</p>",
        "completed",
        6,
        "registered",
    ),
    DemoLetter(
        "krakow-3",
        "ola@krakow.test",
        "Kraków #3: programme and venue",
        _HELLO + "<p>the programme of <strong>{{ event.name }}</strong> is ready."
        " We begin at 9:00 in the old brewery.</p>"
        '<p><a href="{{ event.url }}">See the programme</a></p>',
        "scheduled",
        -3,
        "registered",
    ),
    DemoLetter(
        "cairo-2",
        "support@demo.test",
        "القاهرة: نقرأ طلباتكم",
        '<p>مرحبا {{ person.greeting | default("بك") }}،</p>'
        "<p>أُغلق التسجيل في <strong>{{ event.name }}</strong>، ونحن نقرأ طلباتكم الآن. سنكتب إليكم قريبا.</p>",
        "completed",
        3,
        locale="ar",
    ),
    DemoLetter(
        "cairo-2",
        "omar@cairo.test",
        "القاهرة: المكان والبرنامج",
        '<p>مرحبا {{ person.greeting | default("بك") }}،</p><p>نلتقي يوم {{ event.date }}.</p>',
        "draft",
        locale="ar",
    ),
    DemoLetter(
        "reykjavik-1",
        "support@demo.test",
        "Reykjavík #1 is cancelled, and what happens now",
        _HELLO
        + "<p>we are very sorry: the workshop in Reykjavík cannot take place. Your registration stays valid"
        " for the next one.</p>",
        "completed",
        12,
    ),
    DemoLetter(
        "nairobi-2",
        "support@demo.test",
        "Nairobi #2: registration is open",
        _HELLO + "<p>you can register from today.</p>",
        "skipped",
        4,
    ),
    DemoLetter(
        "data-basics",
        "support@demo.test",
        "Data Basics: bring your own spreadsheet",
        _HELLO + "<p>the first evening is on {{ event.date }}. Bring a spreadsheet that annoys you.</p>",
        "cancelled",
        2,
        "registered",
    ),
    DemoLetter(
        "bases-du-web",
        "support@demo.test",
        "Bases du web : on commence bientôt",
        '<p>Bonjour {{ person.greeting | default("à vous") }},</p><p>le cours commence le {{ event.date }}.</p>',
        "paused",
        0.1,
        locale="fr",
    ),
    DemoLetter(
        "sao-paulo-1",
        "support@demo.test",
        "São Paulo: novidades",
        '<p>Olá {{ person.greeting | default("você") }},</p><p>já temos o local: Rua Augusta, 100.</p>',
        "missed",
        1,
        locale="pt_BR",
    ),
    DemoLetter(
        "valencia-ve-1",
        "yajaira@valencia-ve.test",
        "Valencia (VE): la llamada de prueba es el martes",
        '<p>Hola {{ person.greeting | default("a todas") }}:</p><p>el martes a las 18:00 probamos juntas el'
        " micrófono y la cámara. No hace falta preparar nada.</p>",
        "sending",
        0.01,
        locale="es",
    ),
    DemoLetter(
        "tbilisi-1",
        "support@demo.test",
        "Tbilisi is postponed",
        _HELLO + "<p>we are looking for a new date and write as soon as we have one.</p>",
        "halted",
        3,
    ),
    DemoLetter(
        "krakow-3",
        "admin@demo.test",
        "Code Circle news: autumn",
        _HELLO + "<h2>Five cities this autumn</h2><p>Kraków, Cairo, São Paulo, Nairobi and Valencia are next."
        " Tell a friend.</p>",
        "ready",
        audience="newsletter",
    ),
)
