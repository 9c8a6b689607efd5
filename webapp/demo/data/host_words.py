"""What applicants of the demo wrote: everyday answers, and some that are far too long."""

LONGEST = 9_000  # characters of the longest answer of the demo

_ABOUT = (
    "We are friends who met at a workshop four years ago and have taught at six of them since. Two of us are"
    " developers, one runs a bakery and knows how to feed sixty people on time."
)
_WHY = (
    "Every month people in {city} ask us where they could begin, and there is nothing within three hours by"
    " train. We know at least forty who would come, and most of them have never met a programmer."
)
_DIVERSITY = (
    "Childcare in the next room, a quiet corner, step-free access, and travel money for those who need it."
    " We write in three languages and ask old hands to bring somebody who is not like them."
)
_LONG = (
    "In the first week we met at the library and wrote down who could bring what.",
    "The room holds ninety people, has four sockets to a table and a door that opens without steps.",
    "For breakfast there is phở from the stall across the street, also without meat.",
    "Our coaches have taught at school, at the university, and in one case on a ship.",
    "Each table gets three learners and a coach; two coaches walk about and help where it burns.",
    "We have a list of sponsors with names, telephone numbers and what each has promised.",
    "If it rains we open the second door, because the first one leads across the yard.",
    "Nobody pays anything; laptops are lent by a shop that wants them back on Monday.",
    "After the workshop there is a meetup every second Thursday, so that it does not end there.",
    "The plan for the day has long breaks, because people learn most while they talk.",
)


def answers_for(city: str, venue: str, *, coaches: str = "", tools: str = "") -> dict[str, str]:
    """Return the answers of an ordinary team.

    Args:
        city: as they write it.
        venue: where it could be; "" for something remote.
        coaches, tools: what they say of these; "" is what most say, or nothing.
    """
    answers = {
        "about": _ABOUT,
        "why": _WHY.format(city=city),
        "involvement": "Coaches, and once in the team of another city.",
        "sponsorship": "Three companies pay for lunch; we have two letters that say so.",
        "coaches": coaches or "From the local Python meetup; eight have said yes, we need twelve.",
        "diversity": _DIVERSITY,
    }
    if venue:
        answers["venue"] = f"We have {venue}; the owner has seen our plan and keeps the day for us."
    if tools:
        answers["tools"] = tools
    return answers


def _write_at_length() -> str:
    """Return an answer that is nearly as long as an answer may be."""
    text, day = "", 1
    while len(text) < LONGEST:
        first = _LONG[day % len(_LONG)]
        text += f"Day {day}. {first} {_LONG[(day * 3 + 1) % len(_LONG)]}\n\n"
        day += 1
    return text[:LONGEST].strip()


LONG_ANSWERS = {
    **answers_for("Hà Nội", "a hall of the old post office"),
    "experience": _write_at_length(),
    "additional": "https://example.org/" + "a-very-long-address-without-any-place-to-break" * 3,
}
