"""Programmes as a list, with the forms that begin one and change what its letters say."""

from typing import Any

from flask import g, url_for
from markupsafe import Markup
from wtforms import Form

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.people.domain.scope import Scope
from webapp.people.queries.memberships import count_subscribers
from webapp.people.queries.scope import within
from webapp.programme.actions.programmes import change_programme, create_programme
from webapp.programme.domain.slugs import propose_slug
from webapp.programme.models.programme import Programme
from webapp.programme.queries.places import count_events
from webapp.web.formats import language
from webapp.web.forms.choices import locale_choices, zone_choices
from webapp.web.forms.programme import NewProgrammeForm, ProgrammeForm
from webapp.web.staff.access import current_scope
from webapp.web.staff.admin_base import PostroomModelView


def propose(form: Any) -> None:
    """Put a proposal into a slug field that was left empty, and ask for a look at it.

    Raises:
        StaffError: always when the field was empty and a proposal can be made.
    """
    if (form.slug.data or "").strip():
        return
    proposal = propose_slug(form.name.data or "")
    if proposal:
        form.slug.data = proposal
        raise StaffError(
            "This is proposed from the name. It never changes, so look at it and save again.", field="slug"
        )


def _show_events(view: Any, context: Any, programme: Programme, name: str) -> int:
    """Return how many events a programme has."""
    return int(g.programme_counts[0].get(programme.id, 0))


def _show_subscribers(view: Any, context: Any, programme: Programme, name: str) -> int:
    """Return how many people get its newsletter."""
    return int(g.programme_counts[1].get(programme.id, 0))


def _show_postal(view: Any, context: Any, programme: Programme, name: str) -> Any:
    """Write the postal address line by line, or what its lack means."""
    if not programme.postal_address:
        return "None: letters to many cannot be sent"
    return Markup("<br>").join(programme.postal_address.splitlines())


def _show_hosting(view: Any, context: Any, programme: Programme, name: str) -> Any:
    """Write whether anybody may apply to host, with the page."""
    if not programme.is_hosting_open:
        return "Closed"
    address = url_for("host.start", programme_slug=programme.slug)
    return Markup('<a href="{}">Open</a>').format(address)


def _show_language(view: Any, context: Any, programme: Programme, name: str) -> str:
    """Write which language letters are in."""
    return language(programme.locale) if programme.locale else "Not known"


class ProgrammeView(PostroomModelView):
    """Programmes: those seen whole."""

    one = "programme"
    lead = "A series of events under one name, with the address that stands at the foot of its letters."
    empty_text = "A programme holds events and a newsletter. Begin with one."
    column_list = ("name", "slug", "events", "subscribers", "support_email", "postal_address")
    column_narrow = ("events", "subscribers", "support_email")
    column_labels = {
        "slug": "Short address",
        "subscribers": "Newsletter",
        "support_email": "Support address",
        "postal_address": "Postal address",
        "timezone": "Time zone",
        "locale": "Language",
        "created_at": "Since",
        "is_hosting_open": "Applications to host",
        "undo_minutes": "Minutes to undo",
        "rsvp_days": "Days to answer",
        "mail_domain": "Mailboxes at",
    }
    column_details_list = (
        *("name", "slug", "events", "subscribers", "support_email", "postal_address", "locale", "timezone"),
        *("is_hosting_open", "undo_minutes", "rsvp_days", "mail_domain", "created_at"),
    )
    column_formatters = {
        "events": _show_events,
        "subscribers": _show_subscribers,
        "postal_address": _show_postal,
        "is_hosting_open": _show_hosting,
        "locale": _show_language,
    }
    column_formatters_detail = column_formatters
    column_numeric = ("events", "subscribers")
    column_sortable_list = ("name", "slug")
    column_default_sort = "name"
    column_searchable_list = ("name", "slug")
    details_template = "staff/people/programme.html"
    form = ProgrammeForm
    form_create_rules = NewProgrammeForm.field_order
    can_create = can_edit = True
    action_disallowed_list = ("delete",)

    def is_allowed(self, scope: Scope) -> bool:
        """Say that organizers of single events have no business here."""
        return scope.is_administrator or bool(scope.programme_ids)

    def scoped(self, query: Any) -> Any:
        """Narrow a query to programmes seen whole."""
        return query.filter(within(current_scope(), Programme.id))

    def may_write(self, what: str, scope: Scope) -> bool:
        """Say who may: support changes its own, administrators begin new ones."""
        return what == "edit" or scope.is_administrator

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Return one page, having counted what belongs to its programmes."""
        count, rows = super().get_list(*args, **kwargs)
        _count([row.id for row in rows])
        return count, rows

    def get_one(self, id: str) -> Any:
        """Return a programme, having counted what belongs to it."""
        row = super().get_one(id)
        _count([row.id])
        return row

    def get_create_form(self) -> type[Form]:
        """Return the form of a new programme, which asks for its slug."""
        return NewProgrammeForm

    def create_form(self, obj: Any = None) -> Form:
        """Return the empty form."""
        return _offer(super().create_form(obj), None)

    def edit_form(self, obj: Any = None) -> Form:
        """Return a programme's form."""
        return _offer(super().edit_form(obj), obj)

    def perform_create(self, form: Any) -> Programme | None:
        """Begin a programme."""
        propose(form)
        key = create_programme(scope=current_scope(), slug=form.slug.data or "", details=form.details())
        return db.session.get(Programme, key)

    def perform_update(self, form: Any, model: Programme) -> None:
        """Change a programme."""
        change_programme(scope=current_scope(), programme_id=model.id, details=form.details())


def _count(programme_ids: list[int]) -> None:
    """Count for the page what belongs to programmes."""
    g.programme_counts = (count_events(programme_ids), count_subscribers(programme_ids))


def _offer(form: Any, programme: Programme | None) -> Form:
    """Fill in what can be chosen."""
    form.locale.choices = locale_choices(programme.locale if programme else "en")
    form.timezone.choices = zone_choices(programme.timezone if programme else "UTC")
    if programme is None and form.locale.data is None:
        form.locale.data = "en"
    return form


def admin_views() -> list[PostroomModelView]:
    """Return the list of programmes."""
    return [ProgrammeView(Programme, db, name="Programmes", endpoint="programme", url="/programmes")]
