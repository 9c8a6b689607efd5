"""Who belongs where, as a list, with the form that enters somebody and the button that takes them out."""

from typing import Any

from flask import g, request, url_for
from flask_admin.contrib.sqla.filters import DateTimeGreaterFilter, DateTimeSmallerFilter, FilterEqual
from sqlalchemy.orm import joinedload
from wtforms import Form

from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.people.actions.memberships import add_member, remove_member
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.queries.memberships import visible_memberships
from webapp.people.queries.persons import matching_people
from webapp.programme.queries.events import get_event
from webapp.web.forms.people import MemberForm
from webapp.web.staff.access import current_scope
from webapp.web.staff.admin_base import PostroomModelView
from webapp.web.staff.place_filter import KIND_WORDS, PlaceFilter, belonging_choices, read_place
from webapp.web.staff.place_names import PlaceNames
from webapp.web.theme import ago_html

_KINDS = [(kind.value, word.capitalize()) for kind, word in KIND_WORDS.items()]


def _show_person(view: Any, context: Any, row: Membership, name: str) -> str:
    """Write who it is."""
    return str(row.person)


def _show_address(view: Any, context: Any, row: Membership, name: str) -> str:
    """Write where letters go."""
    return row.person.email or "–"


def _show_place(view: Any, context: Any, row: Membership, name: str) -> str:
    """Write where they belong."""
    names: PlaceNames = g.membership_places
    return names.of(row.programme_id, row.event_id)


def _show_since(view: Any, context: Any, row: Membership, name: str) -> Any:
    """Write since when they belong there."""
    return ago_html(row.created_at)


class MembershipView(PostroomModelView):
    """Memberships: of the places that the person at the screen sees."""

    one = "membership"
    lead = "Who is registered for an event, organizes one, or gets a newsletter."
    empty_text = "Import a list of people into an event, or add them one by one."
    column_list = ("person", "address", "place", "kind", "created_at")
    column_narrow = ("address", "place", "kind")
    column_labels = {"created_at": "Since", "kind": "As"}
    column_formatters = {
        "person": _show_person,
        "address": _show_address,
        "place": _show_place,
        "created_at": _show_since,
    }
    column_sortable_list = (("person", "person.name"), ("address", "person.email"), "kind", "created_at")
    column_default_sort = ("id", True)
    column_searchable_list = ("kind",)
    column_filters = (
        PlaceFilter(Membership.id, "Place"),
        FilterEqual(Membership.kind, "As", options=_KINDS),
        DateTimeGreaterFilter(Membership.created_at, "Since"),
        DateTimeSmallerFilter(Membership.created_at, "Since"),
    )
    create_template = "staff/people/add_member.html"
    form = MemberForm
    can_create = can_delete = True

    def scoped(self, query: Any) -> Any:
        """Narrow a query to memberships of one's places."""
        return query.filter(visible_memberships(current_scope()))

    def may_write(self, what: str, scope: Scope) -> bool:
        """Say who may: everybody in their places, which the actions ask for."""
        return True

    def get_query(self) -> Any:
        """Return the memberships that may be seen, each with its person."""
        return super().get_query().options(joinedload(Membership.person))

    def _apply_search(
        self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str
    ) -> tuple[Any, Any, Any, Any]:
        """Search by name and address, as the trigram index wants it."""
        found = Membership.person.has(matching_people(search))
        return query.filter(found), count_query.filter(found), joins, count_joins

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Return one page, having read the names of its places."""
        count, rows = super().get_list(*args, **kwargs)
        g.membership_places = PlaceNames((row.programme_id, row.event_id) for row in rows)
        return count, rows

    def row_url(self, row: Membership, return_url: str) -> str:
        """Return the address of the person's page."""
        return url_for("person_page.show", person_id=row.person_id)

    def get_one(self, id: str) -> Any:
        """Return a membership, having read the name of its place."""
        row = super().get_one(id)
        g.membership_places = PlaceNames([(row.programme_id, row.event_id)])
        return row

    def create_form(self, obj: Any = None) -> Form:
        """Return the form, with who or where the link that led here has named."""
        form = super().create_form(obj)
        form.place.choices = [("", "Choose an event or a newsletter"), *belonging_choices()]
        if request.method == "GET":
            form.email.data = request.args.get("email", "")[:320]
            form.place.data = request.args.get("place", "")
        return form

    def perform_create(self, form: Any) -> Membership | None:
        """Enter somebody."""
        scope = current_scope()
        place = read_place(form.place.data)
        if place is None:
            raise StaffError("Choose where they belong.", field="place")
        what, key, kind = place
        if what == "programme":
            entered = add_member(
                scope=scope,
                email=form.email.data,
                name=form.name.data,
                kind=MembershipKind.NEWSLETTER,
                programme_id=key,
            )
        else:
            if kind not in {MembershipKind.REGISTERED, MembershipKind.ORGANIZER}:
                raise NotFoundError("There is no such place.")
            entered = add_member(
                scope=scope,
                email=form.email.data,
                name=form.name.data,
                kind=MembershipKind(kind),
                programme_id=get_event(scope, key).programme_id,
                event_id=key,
            )
        return db.session.get(Membership, entered)

    def delete_question(self, model: Membership) -> str:
        """Return what is asked before somebody is taken out."""
        return (
            f"{model.person} no longer belongs there and is not written to as such."
            " The person stays known, with all that they were sent."
        )

    def perform_delete(self, model: Membership) -> None:
        """Take somebody out."""
        remove_member(scope=current_scope(), membership_id=model.id)


def admin_views() -> list[PostroomModelView]:
    """Return the list of memberships."""
    return [MembershipView(Membership, db, name="Memberships", endpoint="membership", url="/memberships")]
