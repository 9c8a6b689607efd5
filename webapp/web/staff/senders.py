"""The senders: from which addresses letters may come, and which of them rest because a carrier said so."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, Form, IntegerField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, OperatorError, StaffError
from webapp.mail.actions.sender_keys import make_sender_key, start_signing, stop_signing
from webapp.mail.actions.senders import NAME_LIMIT, SenderDetails, add_sender, change_sender
from webapp.mail.domain.limits import MOST_PER_DAY, MOST_PER_MINUTE
from webapp.mail.esp.smtp_url import read_smtp_url
from webapp.mail.models.sender import Sender
from webapp.mail.queries.limits import limits_of
from webapp.mail.queries.sender_keys import find_sender_keys
from webapp.mail.queries.sender_list import usable_senders
from webapp.programme.queries.events import find_events
from webapp.web.forms.choices import read_id
from webapp.web.forms.places import offer_places, read_place, write_place
from webapp.web.forms.select import SelectField
from webapp.web.staff.access import current_scope
from webapp.web.staff.admin_base import PostroomModelView
from webapp.web.staff.limits_words import REST_WORDS, limit_words
from webapp.web.staff.place_names import PlaceNames
from webapp.web.theme import when_html

TYPED = {"autocomplete": "off", "inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}


class SenderForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What an administrator says of a sender."""

    address = StringField(
        "Address",
        [InputRequired("Write the address."), Length(max=400)],
        description="Stands in From; bounces come back to it. Its domain must allow this mail server (SPF, DKIM).",
        render_kw=TYPED,
    )
    display_name = StringField(
        "Name",
        [Length(max=NAME_LIMIT)],
        description="What people see beside the subject, for example “Django Girls Kraków”.",
    )
    reply_to = StringField(
        "Answers go to",
        [Length(max=400)],
        description="Another address for answers; empty: the one above.",
        render_kw=TYPED,
    )
    own_account = StringField(
        "Mail account of its own",
        [Length(max=1000)],
        description="smtps://user:password@host:465, where letters from this address must go by their own server;"
        " stored encrypted and never shown again. Empty: what is stored stays.",
        render_kw={"autocomplete": "off", "spellcheck": "false", "type": "password"},
    )
    drops_account = BooleanField(
        "Forget its own account", description="Letters go by the common server again."
    )
    place = SelectField("Who may use it", [InputRequired("Choose who may use it.")])
    rate_per_minute = IntegerField(
        "Letters a minute, at most",
        [Optional()],
        description="All workers together keep to it. Empty: as fast as the mail server takes them.",
        render_kw={"min": 1, "max": MOST_PER_MINUTE},
    )
    daily_quota = IntegerField(
        "Letters a day, at most",
        [Optional()],
        description="Tests and decisions count, too, but never wait. Empty: as many as there are.",
        render_kw={"min": 1, "max": MOST_PER_DAY},
    )
    window_from = TimeField(
        "Bulk letters go out from",
        [Optional()],
        description="Tests, decisions and the like go out at any time. Empty: all day and night.",
    )
    window_to = TimeField(
        "Bulk letters go out until",
        [Optional()],
        description="A time before the first one is on the next morning.",
    )
    window_zone = SelectField(
        "On the clocks of",
        default="UTC",
        validate_choice=False,
        description="For these times, and for when a day of letters begins.",
    )
    is_active = BooleanField(
        "Can be chosen",
        default=True,
        description="One that is switched off stays where it was used; new letters cannot choose it.",
    )

    def validate_own_account(self, field: StringField) -> None:
        """Refuse what no mail server can be reached by; the sentence quotes nothing of it."""
        url = (field.data or "").strip()
        if not url:
            return
        try:
            is_smtp = urlsplit(url).scheme in {"smtp", "smtps"}
        except ValueError:
            is_smtp = False
        if not is_smtp:
            raise ValidationError("Write it as smtps://user:password@host:465; percent-encode the password.")
        try:
            read_smtp_url(url)
        except OperatorError as error:
            raise ValidationError(error.message) from error


def _show_place(view: Any, context: Any, row: Sender, name: str) -> str:
    """Write who may use a sender."""
    return PlaceNames([(row.programme_id, row.event_id)]).of(row.programme_id, row.event_id) or "Everybody"


def _show_rest(view: Any, context: Any, row: Sender, name: str) -> Any:
    """Write until when a sender rests, and why; the shoots that use it wait meanwhile."""
    if row.paused_until is None or row.paused_until <= now():
        if row.bulk_rest_until is None or row.bulk_rest_until <= now():
            return "–"
        why = REST_WORDS.get(row.bulk_rest_reason or "", "")
        return Markup("{} <span class='quiet'>{}</span>").format(when_html(row.bulk_rest_until), why)
    return Markup("{} <span class='quiet'>{}</span>").format(
        when_html(row.paused_until), row.pause_reason or ""
    )


class SenderView(PostroomModelView):
    """Senders that the person may use; administrators write."""

    one, many = "sender", "senders"
    lead = "From which addresses letters may come, and who may choose them."
    empty_text = "Add the first address from which letters may come."
    column_list = ("address", "display_name", "reply_to", "place", "is_active", "paused_until")
    column_details_list = (*column_list, "limits", "created_at")
    column_labels = {
        "display_name": "Name",
        "reply_to": "Answers go to",
        "place": "Who may use it",
        "is_active": "Can be chosen",
        "paused_until": "Rests until",
        "limits": "Limits",
        "created_at": "Added",
    }
    column_formatters = column_formatters_detail = {
        "place": _show_place,
        "paused_until": _show_rest,
        "limits": lambda view, context, row, name: limit_words(limits_of(row)) or "None",
        "reply_to": lambda view, context, row, name: row.reply_to or "–",
        "display_name": lambda view, context, row, name: row.display_name or "–",
    }
    column_searchable_list = ("address", "display_name")
    column_sortable_list = ("address", "display_name", "is_active", "created_at")
    column_default_sort = "address"
    form = SenderForm
    details_template = "staff/senders/show.html"
    can_create = can_edit = True
    can_delete = False  # shoots name their sender for ever; one that is done with is switched off

    def scoped(self, query: Any) -> Any:
        """Narrow the list to what the person may write from."""
        scope = current_scope()
        return query.where(usable_senders(scope, {event.programme_id for event in find_events(scope)}))

    def create_form(self, obj: Any = None) -> Form:
        """Return the empty form with the places to choose from."""
        return self._with_places(super().create_form(obj))

    def edit_form(self, obj: Any = None) -> Form:
        """Return a sender's form with the places to choose from."""
        form = self._with_places(super().edit_form(obj))
        if not form.is_submitted():
            form.place.data = write_place(obj.programme_id, obj.event_id)
        return form

    def render(self, template: str, **given: Any) -> Any:
        """Show a page; one sender's has its keys for those who may change it."""
        if template == self.details_template:
            given["keys"] = find_sender_keys(given["model"].id) if self.can("edit") else None
            given["now"] = now()
        return super().render(template, **given)

    # -- the keys by which its letters are signed ---------------------------------------------------------

    @expose("/make-key/", methods=("POST",))  # type: ignore[untyped-decorator]
    def make_key_view(self) -> ResponseReturnValue:
        """Make a key, which signs nothing yet."""
        sender = self._posted_sender()
        said = "The key was made. Publish its record, then start signing."
        return self._try(sender, said, make_sender_key)

    @expose("/start-signing/", methods=("POST",))  # type: ignore[untyped-decorator]
    def start_signing_view(self) -> ResponseReturnValue:
        """Sign letters with a key from a few minutes on."""
        key_id = read_id(request.form.get("key", "")) or 0
        return self._try(
            self._posted_sender(), "Letters are signed five minutes from now.", start_signing, key_id=key_id
        )

    @expose("/stop-signing/", methods=("POST",))  # type: ignore[untyped-decorator]
    def stop_signing_view(self) -> ResponseReturnValue:
        """Stop signing with a key, or remove one that never signed, after having asked."""
        sender, key_id = self._posted_sender(), read_id(request.form.get("key", "")) or 0
        if "confirmed" not in request.form:
            back = self.get_url(".details_view", id=sender.id)
            return self._ask("Do without this key", "Letters are no longer signed with it.", back)
        return self._try(
            sender, "Letters are not signed with this key any more.", stop_signing, key_id=key_id
        )

    def _posted_sender(self) -> Sender:
        """Return the sender that a form is about, for those who may change it."""
        self._require("edit")
        sender: Sender = self.get_one(request.form.get("id", ""))
        return sender

    def _try(self, sender: Sender, said: str, act: Any, **given: Any) -> ResponseReturnValue:
        """Do something to a sender's keys and lead back to its page; a refusal is said there."""
        try:
            act(scope=current_scope(), sender_id=sender.id, **given)
        except (ConflictError, StaffError) as error:
            flash(error.message, "error")
        else:
            flash(said, "success")
        return redirect(self.get_url(".details_view", id=sender.id))

    @staticmethod
    def _with_places(form: Any) -> Any:
        form.place.choices = offer_places(current_scope(), ("Everybody", "Everybody who writes letters"))
        form.window_zone.choices = sorted(available_timezones())
        return form

    def perform_create(self, form: Any) -> Sender:
        """Add the sender."""
        return db.session.get_one(Sender, add_sender(scope=current_scope(), details=_details(form)))

    def perform_update(self, form: Any, model: Sender) -> None:
        """Change the sender."""
        change_sender(scope=current_scope(), sender_id=model.id, details=_details(form))


def _details(form: Any) -> SenderDetails:
    """Return what was typed."""
    programme_id, event_id = read_place(current_scope(), form.place.data)
    return SenderDetails(
        address=form.address.data,
        display_name=form.display_name.data or "",
        reply_to=form.reply_to.data or "",
        programme_id=programme_id,
        event_id=event_id,
        is_active=bool(form.is_active.data),
        account="" if form.drops_account.data else (form.own_account.data or "").strip() or None,
        rate_per_minute=form.rate_per_minute.data,
        daily_quota=form.daily_quota.data,
        window_from=form.window_from.data,
        window_to=form.window_to.data,
        window_zone=form.window_zone.data or "UTC",
    )


def admin_views() -> list[SenderView]:
    """Return the views for Flask-Admin."""
    return [SenderView(Sender, db, name="Senders", category="Settings")]
