"""The letter of the bench: 10 kB of HTML with fifteen links and five merge fields, and a text part of 3 kB."""

_PARAGRAPH = (
    '<p style="margin:0 0 16px">We are glad that you will be there, {field}. Doors open at nine — coffee, żurek and '
    'pierogi are ready by then. <a href="https://example.org/programme/{n}?ref=letter">What happens in hour {n}</a> '
    "stands on the page; bring a laptop, a charger and a question that you always wanted to ask about programming."
    "{filler}</p>\n"
)
_FILLER = " The tables are numbered; yours is near the window, beside the people who came last year." * 3
FIELDS = (
    '{{ person.name | default("friend") }}',
    '{{ person.greeting | default("you") }}',
    '{{ registration.ticket | default("guest") }}',
    '{{ registration.table | default("any table") }}',
    '{{ registration.city | default("your town") }}',
)
SUBJECT = 'Zażółć! {{ person.greeting | default("You") }}, see you in Kraków'


def make_html() -> str:
    """Return the letter's body; about 10 kB once it stands in its layout."""
    parts = ["<h1>Code Circle Kraków</h1>\n"]
    for n in range(15):
        field = FIELDS[n] if n < len(FIELDS) else "dear reader"
        parts.append(_PARAGRAPH.format(field=field, n=n, filler=_FILLER if n % 2 else ""))
    return "".join(parts)


def make_text() -> str:
    """Return the text part, about 3 kB."""
    line = "We are glad that you will be there. Doors open at nine; the programme is at https://example.org/programme.\n"
    return 'Hello {{ person.name | default("friend") }},\n\n' + line * 26
