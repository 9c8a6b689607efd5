"""Everything about one person: what they applied for, answered, were sent, do not want, and why they got it or not."""

from dataclasses import dataclass

from flask import abort, render_template, request, url_for

from webapp.core.clock import now
from webapp.mail.domain.held_back import held_back
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.why import Why, explain_letter
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.mail.queries.person_letters import (
    PersonLetter,
    find_letters_to,
    find_opt_outs_of,
    find_suppression_of,
)
from webapp.people.queries.persons import find_account, find_imports_of, find_memberships_of, get_person
from webapp.programme.domain.person_words import describe_attend, describe_host
from webapp.programme.queries.person_facts import (
    HostLine,
    find_attend_of,
    find_hosts_of,
    find_numbers_of,
    find_subscriptions_of,
)
from webapp.web.forms.choices import read_id
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_listing import LARGEST_ID
from webapp.web.staff.newsletters import DEEDS
from webapp.web.staff.newsletters import STATES as SUBSCRIPTION_STATES
from webapp.web.staff.person_why import SOURCE_WORDS, SUPPRESSED_WORDS, view_why, write_when
from webapp.web.staff.place_names import PlaceNames
from webapp.web.staff.stop_all import stop_in_force
from webapp.web.theme import has_endpoint

PAGE = 20  # letters
EXPLAINED = 5  # letters that are answered for in sentences
IMPORT_WORDS = {"completed": "done", "cancelled": "called off"}

blueprint = StaffBlueprint("person_page", __name__, url_prefix="/people")


@dataclass(frozen=True, slots=True)
class Line:
    """One letter to somebody, as the page shows it."""

    letter: PersonLetter
    place: str
    cause: str
    why: Why
    href: str | None


@blueprint.get("/<int:person_id>")
def show(person_id: int) -> str:
    """Show one person, narrowed to what the person at the screen may see of them."""
    if person_id > LARGEST_ID:
        abort(404)
    scope = current_scope()
    person = get_person(scope, person_id)
    before = read_id(request.args.get("before", ""))
    letters = find_letters_to(scope, person_id, before=before, limit=PAGE + 1)
    memberships = find_memberships_of(scope, [person_id])[person_id]
    opt_outs = find_opt_outs_of(scope, person_id)
    attending = find_attend_of(scope, person_id, now())
    names = PlaceNames(
        [
            *((letter.programme_id, letter.event_id) for letter in letters),
            *((row.programme_id, row.event_id) for row in memberships),
            *((row.programme_id, row.event_id) for row in opt_outs),
        ]
    )
    more = letters[PAGE - 1].shoot_id if len(letters) > PAGE else None
    return render_template(
        "staff/people/person.html",
        person=person,
        account=find_account(person_id) if scope.is_administrator else None,
        memberships=[(row, names.of_membership(row)) for row in memberships],
        lines=[_line(letter, names) for letter in letters[:PAGE]],
        explained=EXPLAINED if before is None else 0,
        before=before,
        older_url=url_for(".show", person_id=person_id, before=more) if more else None,
        opt_outs=[(row, _describe_wish(row, names), SOURCE_WORDS.get(row.source, "")) for row in opt_outs],
        why=view_why(scope, person, memberships, attending),
        write_when=write_when,
        attending=[(line, describe_attend(line.facts, write_when)) for line in attending],
        hosting=[(line, _describe_host(line)) for line in find_hosts_of(scope, person_id)],
        numbers=find_numbers_of(scope, person_id),
        subscriptions=find_subscriptions_of(scope, person_id),
        subscription_states=SUBSCRIPTION_STATES,
        deeds=DEEDS,
        suppression=find_suppression_of(person.email),
        suppressed_words=SUPPRESSED_WORDS,
        imports=find_imports_of(scope, person_id),
        import_words=IMPORT_WORDS,
    )


def _line(letter: PersonLetter, names: PlaceNames) -> Line:
    """Return a letter with its answer and its own page."""
    held = held_back(letter.seq, letter.open_to, is_stopped=stop_in_force() is not None)
    return Line(
        letter=letter,
        place=names.of(letter.programme_id, letter.event_id),
        cause=LETTER_ROLES.get(letter.cause).label if letter.cause and letter.cause in LETTER_ROLES else "",
        why=explain_letter(letter.state, letter.reason, letter.detail, letter.shoot_state, held),
        href=url_for("log.show", shoot_id=letter.shoot_id, seq=letter.seq)
        if has_endpoint("log.show")
        else None,
    )


def _describe_host(line: HostLine) -> str:
    """Return how an application to host stands."""
    return describe_host(line.state, line.state_at, line.undo_until, now(), write_when)


def _describe_wish(row: OptOut, names: PlaceNames) -> str:
    """Return in words what somebody does not want."""
    if row.scope == OptOutScope.ALL:
        return "Nothing but essential letters"
    return f"No letters of {names.of(row.programme_id, row.event_id) or 'a place of theirs'}"
