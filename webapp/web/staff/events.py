"""Events as a list, with the forms that begin one and change what is known of it."""

from datetime import date
from typing import Any

from flask import g
from flask_admin.contrib.sqla.filters import DateGreaterFilter, DateSmallerFilter, FilterEqual
from markupsafe import Markup
from wtforms import Form

from webapp.core.clock import now
from webapp.core.database import db
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import MembershipKind
from webapp.people.queries.memberships import count_members
from webapp.people.queries.scope import within
from webapp.programme.actions.events import FIRST_STATES, change_event, create_event, describe_event
from webapp.programme.domain.event_states import EVENT_MACHINE, EventState
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import find_programmes
from webapp.programme.queries.mailboxes import find_mailbox_of_event
from webapp.web.formats import language, number
from webapp.web.forms.choices import locale_choices, read_id, zone_choices
from webapp.web.forms.programme import FORMATS, DescribeEventForm, EventForm, NewEventForm
from webapp.web.staff.access import current_scope
from webapp.web.staff.admin_base import PostroomModelView
from webapp.web.staff.programmes import propose

STATE_WORDS = {
    EventState.PLANNED: "Planned",
    EventState.OPEN: "Open",
    EventState.CLOSED: "Closed",
    EventState.POSTPONED: "Postponed",
    EventState.CANCELLED: "Cancelled",
    EventState.ARCHIVED: "Archived",
}


def write_day(day: date | None) -> str:
    """Write a day as instants are written, without a time."""
    return f"{day:%a} {day.day} {day:%b %Y}".replace(" ", "\u00a0") if day else "–"


def _show_programme(view: Any, context: Any, event: Event, name: str) -> str:
    """Write whose event it is."""
    return event.programme.name


def _show_days(view: Any, context: Any, event: Event, name: str) -> str:
    """Write its day, or its first and last."""
    if event.starts_on is not None and event.date_precision == "month":
        return f"{event.starts_on:%B %Y}"
    if event.ends_on is None or event.ends_on == event.starts_on:
        return write_day(event.starts_on)
    return f"{write_day(event.starts_on)} – {write_day(event.ends_on)}"


def _show_state(view: Any, context: Any, event: Event, name: str) -> str:
    """Write how it stands."""
    return STATE_WORDS[EventState(event.state)]


def _show_city(view: Any, context: Any, event: Event, name: str) -> str:
    """Write where it is."""
    return ", ".join(word for word in (event.city, event.country) if word) or "–"


def _show_members(view: Any, context: Any, event: Event, name: str) -> int:
    """Return how many people are registered, or organize it."""
    kind = MembershipKind.REGISTERED if name == "registered" else MembershipKind.ORGANIZER
    return int(g.event_counts.get((event.id, kind), 0))


def _show_format(view: Any, context: Any, event: Event, name: str) -> str:
    """Write where people meet."""
    return dict(FORMATS).get(event.format, event.format)


def _show_capacity(view: Any, context: Any, event: Event, name: str) -> str:
    """Write how many have a place."""
    return "No limit" if event.capacity is None else number(event.capacity)


def _show_ready(view: Any, context: Any, event: Event, name: str) -> str:
    """Write whether visitors find what they need."""
    return "Yes" if event.is_site_ready else "Not yet"


def _show_url(view: Any, context: Any, event: Event, name: str) -> Any:
    """Write its page as a link."""
    if not event.url:
        return "–"
    return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(event.url)


def _show_language(view: Any, context: Any, event: Event, name: str) -> str:
    """Write which language letters are in."""
    return language(event.locale) if event.locale else "Not known"


class EventView(PostroomModelView):
    """Events: of one's programmes, and those that one organizes."""

    one = "event"
    lead = "What people register for. Letters, people and rights belong to an event or to its programme."
    empty_text = "An event is one edition: a day, a cohort, a course."
    column_list = ("name", "programme", "starts_on", "city", "registered", "organizers", "state")
    column_narrow = ("programme", "starts_on", "city", "registered", "state")
    column_labels = {
        "starts_on": "When",
        "city": "Where",
        "slug": "Short address",
        "timezone": "Time zone",
        "locale": "Language",
        "url": "Web page",
        "format": "Kind",
        "capacity": "Places",
        "is_site_ready": "Its page is ready",
        "created_at": "Since",
    }
    column_details_list = (
        *("name", "programme", "starts_on", "city", "registered", "organizers", "state"),
        *("format", "capacity", "url", "is_site_ready", "timezone", "locale", "created_at"),
    )
    column_formatters = {
        "programme": _show_programme,
        "starts_on": _show_days,
        "city": _show_city,
        "registered": _show_members,
        "organizers": _show_members,
        "state": _show_state,
        "url": _show_url,
        "format": _show_format,
        "capacity": _show_capacity,
        "is_site_ready": _show_ready,
        "locale": _show_language,
    }
    column_formatters_detail = column_formatters
    column_numeric = ("registered", "organizers")
    column_sortable_list = ("name", ("programme", "programme.name"), "starts_on", "city", "state", "slug")
    column_default_sort = ("starts_on", True)
    column_searchable_list = ("name", "city", "slug")
    column_filters = (
        FilterEqual(Event.state, "State", options=[(s.value, w) for s, w in STATE_WORDS.items()]),
        DateGreaterFilter(Event.starts_on, "When"),
        DateSmallerFilter(Event.starts_on, "When"),
    )
    details_template = "staff/people/event.html"
    form = EventForm
    form_create_rules = NewEventForm.field_order
    form_widget_args = {"date_precision": {"is_optional": False}, "format": {"is_optional": False}}
    can_create = can_edit = True
    action_disallowed_list = ("delete",)

    def scoped(self, query: Any) -> Any:
        """Narrow a query to events that may be seen."""
        return query.filter(within(current_scope(), Event.programme_id, Event.id))

    def may_write(self, what: str, scope: Scope) -> bool:
        """Say who may: support begins events of its programmes; organizers change what theirs is called."""
        return what == "edit" or scope.is_administrator or bool(scope.programme_ids)

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Return one page, having counted who belongs to its events."""
        count, rows = super().get_list(*args, **kwargs)
        g.event_counts = count_members([row.id for row in rows])
        return count, rows

    def get_one(self, id: str) -> Any:
        """Return an event, having counted who belongs to it."""
        row = super().get_one(id)
        g.event_counts = count_members([row.id])
        return row

    def render(self, template: str, **given: Any) -> Any:
        """Show a page; one event's leads to its mailbox and to its application, for those who see them."""
        if template == self.details_template:
            event = given["model"]
            is_supporter = current_scope().sees_programme(event.programme_id)
            given["sees_programme"] = is_supporter
            given["mailbox"] = find_mailbox_of_event(event.id) if is_supporter else None
        return super().render(template, **given)

    def get_create_form(self) -> type[Form]:
        """Return the form of a new event, which asks for its programme and slug."""
        return NewEventForm

    def create_form(self, obj: Any = None) -> Form:
        """Return the empty form."""
        form = _offer(super().create_form(obj), None)
        programmes = find_programmes(current_scope())
        form.programme.choices = [(str(programme.id), programme.name) for programme in programmes]
        if programmes and not form.is_submitted():
            form.timezone.data, form.locale.data = programmes[0].timezone, programmes[0].locale
        return form

    def edit_form(self, obj: Any = None) -> Form:
        """Return an event's form: all of it for those who see its programme, its words for its organizers."""
        if not current_scope().sees_programme(obj.programme_id):
            return DescribeEventForm(obj=obj)
        return _offer(super().edit_form(obj), obj)

    def perform_create(self, form: Any) -> Event | None:
        """Begin an event."""
        propose(form)
        key = create_event(
            scope=current_scope(),
            programme_id=read_id(form.programme.data) or 0,
            slug=form.slug.data or "",
            details=form.details(),
            now=now(),
        )
        return db.session.get(Event, key)

    def perform_update(self, form: Any, model: Event) -> None:
        """Change an event."""
        scope = current_scope()
        if isinstance(form, DescribeEventForm):
            describe_event(
                scope=scope,
                event_id=model.id,
                name=form.name.data or "",
                city=form.city.data or "",
                url=form.url.data or "",
            )
        else:
            change_event(scope=scope, event_id=model.id, details=form.details(), now=now())


def _offer(form: Any, event: Event | None) -> Form:
    """Fill in what can be chosen."""
    form.locale.choices = locale_choices(event.locale if event else "en")
    form.timezone.choices = zone_choices(event.timezone if event else "UTC")
    if event is None:
        states: tuple[EventState, ...] = FIRST_STATES
        if form.locale.data is None:
            form.locale.data = "en"
        if form.state.data is None:
            form.state.data = EventState.OPEN.value
    else:
        here = EventState(event.state)
        states = tuple(state for state in EventState if state == here or EVENT_MACHINE.allows(here, state))
    form.state.choices = [(state.value, STATE_WORDS[state]) for state in states]
    return form


def admin_views() -> list[PostroomModelView]:
    """Return the list of events."""
    return [EventView(Event, db, name="Events", endpoint="event", url="/events")]
