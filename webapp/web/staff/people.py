"""Everybody who may be written to, as a list, with the form that changes what is known of one."""

from typing import Any

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla.filters import DateTimeGreaterFilter, DateTimeSmallerFilter, FilterEqual
from wtforms import Form

from webapp.core.database import db
from webapp.people.actions.persons import add_person, change_person
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.people.queries.persons import find_memberships_of, is_shared, matching_people, visible_people
from webapp.web.formats import language
from webapp.web.forms.choices import locale_choices, zone_choices
from webapp.web.forms.people import PersonForm
from webapp.web.staff.access import current_scope
from webapp.web.staff.admin_base import PostroomModelView
from webapp.web.staff.place_filter import PlaceFilter, belongs_to
from webapp.web.staff.place_names import PlaceNames
from webapp.web.theme import ago_html

FIXED_ADDRESS = "Only an administrator can change this address: it is used elsewhere, too."


class PeoplePlaceFilter(PlaceFilter):
    """Narrows people to those who belong to a place."""

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Return the query for people of the place."""
        members = db.select(Membership.person_id).where(belongs_to(value))
        return query.filter(Person.id.in_(members))


class LanguageFilter(FilterEqual):  # type: ignore[misc]  # Flask-Admin is followed without types
    """Narrows people to those who read a language, however its country is joined to it: ``pt-BR`` or ``pt_BR``."""

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Return the query for people of the language."""
        return query.filter(db.func.replace(Person.locale, "-", "_") == value)


def _show_name(view: Any, context: Any, person: Person, name: str) -> str:
    """Write somebody's name, or that nobody knows it."""
    return person.name or person.email or f"Person {person.id}"


def _show_places(view: Any, context: Any, person: Person, name: str) -> str:
    """Write where somebody belongs."""
    memberships, names = g.places_of_people
    return names.of_memberships(memberships[person.id]) or "–"


def _show_since(view: Any, context: Any, person: Person, name: str) -> Any:
    """Write for how long somebody has been known."""
    return ago_html(person.created_at)


def _show_language(view: Any, context: Any, person: Person, name: str) -> str:
    """Write which language letters are in."""
    return language(person.locale) if person.locale else "Not known"


class PersonView(PostroomModelView):
    """People: administrators see all, others those of their places and imports."""

    one, many = "person", "people"
    lead = "Everybody who can be written to. One address is one person, wherever they belong."
    empty_text = "Import a list, or add somebody to an event."
    column_list = ("name", "email", "places", "locale", "created_at")
    column_narrow = ("email", "places")
    column_labels = {
        "email": "Address",
        "places": "Belongs to",
        "locale": "Language",
        "created_at": "Known since",
    }
    column_formatters = {
        "name": _show_name,
        "places": _show_places,
        "locale": _show_language,
        "created_at": _show_since,
    }
    column_sortable_list = ("name", "email", "created_at")
    column_default_sort = ("id", True)
    column_searchable_list = ("name", "email")
    column_filters = (
        PeoplePlaceFilter(Person.id, "Belongs to"),
        LanguageFilter(Person.locale, "Language", options=locale_choices(None)),
        DateTimeGreaterFilter(Person.created_at, "Known since"),
        DateTimeSmallerFilter(Person.created_at, "Known since"),
    )
    list_template = "staff/people/people.html"
    form = PersonForm
    can_create = can_edit = True
    action_disallowed_list = ("delete",)

    def scoped(self, query: Any) -> Any:
        """Narrow a query to people who may be seen."""
        return query.filter(visible_people(current_scope()))

    def may_write(self, what: str, scope: Scope) -> bool:
        """Say who may: whoever sees somebody may correct them; people without a place are added by administrators."""
        return what == "edit" or scope.is_administrator

    def _apply_search(
        self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str
    ) -> tuple[Any, Any, Any, Any]:
        """Search as the trigram index wants it."""
        found = matching_people(search)
        return query.filter(found), count_query.filter(found), joins, count_joins

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Return one page, having read where its people belong."""
        count, rows = super().get_list(*args, **kwargs)
        found = find_memberships_of(current_scope(), [row.id for row in rows])
        places = PlaceNames((m.programme_id, m.event_id) for rows_ in found.values() for m in rows_)
        g.places_of_people = (found, places)
        return count, rows

    def row_url(self, row: Person, return_url: str) -> str:
        """Return the address of somebody's own page."""
        return url_for("person_page.show", person_id=row.id)

    @expose("/details/")  # type: ignore[untyped-decorator]
    def details_view(self) -> ResponseReturnValue:
        """Lead to somebody's own page."""
        person = self.get_one(request.args.get("id", ""))
        return redirect(url_for("person_page.show", person_id=person.id))

    def create_form(self, obj: Any = None) -> Form:
        """Return the empty form."""
        return _offer(super().create_form(obj), None)

    def edit_form(self, obj: Any = None) -> Form:
        """Return somebody's form; where the address is not theirs to change, the form says so."""
        form = _offer(super().edit_form(obj), obj)
        if is_shared(current_scope(), obj.id):
            form.email.render_kw = {"readonly": True}
            form.email.description = FIXED_ADDRESS
        return form

    def perform_create(self, form: Any) -> Person | None:
        """Make somebody known."""
        return db.session.get(Person, add_person(scope=current_scope(), details=form.details()))

    def perform_update(self, form: Any, model: Person) -> None:
        """Change what is known of somebody."""
        change_person(scope=current_scope(), person_id=model.id, details=form.details())


def _offer(form: Any, person: Person | None) -> Form:
    """Fill in what can be chosen."""
    form.locale.choices = locale_choices(person.locale if person else "", empty="Not known")
    form.timezone.choices = zone_choices(person.timezone if person else "", empty="Not known")
    return form


def admin_views() -> list[PostroomModelView]:
    """Return the list of people."""
    return [PersonView(Person, db, name="People", endpoint="person", url="/people")]
