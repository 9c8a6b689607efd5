"""Where somebody who applies to host is: their programme, their draft, and the page of a step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, Form

from webapp.core.clock import now
from webapp.core.errors import NotFoundError
from webapp.core.words import say
from webapp.programme.actions.host_submit import MOST_ORGANIZERS, limits_of
from webapp.programme.domain.host_rules import read_partial_date, refuse_date
from webapp.programme.domain.host_steps import STEP_TITLES, HostStep, first_undone, step_of, steps_for
from webapp.programme.models.programme import Programme
from webapp.programme.queries.host_drafts import (
    KEPT_FOR,
    KeptDraft,
    find_draft,
    find_held_events,
    find_hosting_programme,
)
from webapp.programme.queries.languages import find_event_locales
from webapp.web.forms.host import find_field, make_form, wrong_fields
from webapp.web.language import chosen_language, in_words, speak, speak_among
from webapp.web.public.form_guard import make_stamp, read_stamp

COOKIE = "host-draft"
STAMP = "host-form"


@dataclass(frozen=True, slots=True)
class Desk:
    """The programme of the address and the draft of the browser.

    Args:
        programme: to which they apply.
        token: of the browser, "" without a draft.
        draft: what was typed so far, None before anything was.
    """

    programme: Programme
    token: str
    draft: KeptDraft | None

    @property
    def first(self) -> HostStep:
        """Return the first step that is still to be done."""
        return first_undone(self.draft.steps, self.draft.done) if self.draft else HostStep.RETURNING

    @property
    def is_sent(self) -> bool:
        """Say whether the draft was sent."""
        return self.draft is not None and self.draft.application_id is not None

    def url(self, step: HostStep) -> str:
        """Return the address of a step."""
        return url_for("host.show", programme_slug=self.programme.slug, step=step.value)

    def to(self, step: HostStep) -> ResponseReturnValue:
        """Return the way to a step."""
        return redirect(self.url(step), 303)

    def thanks(self) -> ResponseReturnValue:
        """Return the way to the thanks."""
        return redirect(url_for("host.thanks", programme_slug=self.programme.slug), 303)


def open_programme(slug: str) -> Programme:
    """Return the programme of an address.

    Raises:
        NotFoundError: there is none, or nobody can apply there now.
    """
    programme = find_hosting_programme(slug)
    if programme is None:
        raise NotFoundError("There is no such page, or nobody can apply here now.")
    speak_among(programme.locale, find_event_locales(programme.id))
    return programme


def find_desk(slug: str) -> Desk:
    """Return the programme of the address and the draft of the browser.

    Raises:
        NotFoundError: nobody can apply there now.
    """
    programme, token = open_programme(slug), request.cookies.get(COOKIE, "")
    draft = find_draft(token, programme.id, now()) if token else None
    if draft is not None:
        speak(draft.locale)
    return Desk(programme, token, draft)


def with_cookie(answer: ResponseReturnValue, slug: str, token: str) -> Response:
    """Return an answer with the draft's token, for this programme's pages alone and for no script."""
    response: Response = current_app.make_response(answer)
    response.set_cookie(
        COOKIE,
        token,
        max_age=KEPT_FOR,
        path=url_for("host.start", programme_slug=slug),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def form_of(desk: Desk, step: HostStep, words: Mapping[str, Any]) -> Form:
    """Return the form of a step with what was typed."""
    events = []
    if step is HostStep.RETURNING:
        found = find_held_events(desk.programme.id, now().date())
        events = [(str(event.id), event.name) for event in found]
    months = get_month_names("wide", "stand-alone", locale=chosen_language())
    return make_form(step, words, events, [months[number] for number in range(1, 13)])


def is_good(desk: Desk, step: HostStep, form: Form) -> bool:
    """Say whether a step is filled in well; what is wrong is then at its field."""
    if not form.validate():
        return False
    if step is HostStep.PLACE:
        proposed = read_partial_date(form.date_year.data, form.date_month.data, form.date_day.data)
        today = now().astimezone(ZoneInfo(desk.programme.timezone)).date()
        refusal = refuse_date(proposed, today, limits_of(desk.programme))
        if refusal is not None:
            form.date_month.errors = [refusal.sentence]
            return False
    return True


def step_page(
    desk: Desk, step: HostStep, words: Mapping[str, Any], *, form: Form | None = None, notice: str = ""
) -> str:
    """Return the page of a step.

    Args:
        desk: where they are.
        step: which.
        words: what was typed, by field.
        form: the form when it was looked at already; else what it was refused for when it was sent is shown.
        notice: one sentence above the form.
    """
    if step is HostStep.CHECK and desk.draft is not None:
        return _check_page(desk, desk.draft, notice)
    if form is None:
        form = form_of(desk, step, words)
        for name, why in (desk.draft.refusals if desk.draft else {}).items():
            field = find_field(form, name)
            if field is not None:
                field.errors = [*field.errors, why]
    return render_template(
        f"public/host/{step.value}.html",
        form=form,
        wrong=[(_label(field), f"#{_anchor(field)}", "") for field in wrong_fields(form)],
        most_organizers=MOST_ORGANIZERS,
        **_about(desk, step, notice),
    )


def _check_page(desk: Desk, draft: KeptDraft, notice: str) -> str:
    """Return the page that shows everything once more; a token that was sent once stays."""
    parts, wrong = [], []
    for step in draft.steps[:-1]:
        form = form_of(desk, step, draft.words[step])
        parts.append((STEP_TITLES[step], desk.url(step), _rows(form)))
        for name, why in draft.refusals.items():
            field = find_field(form, name) if step_of(name) is step else None
            if field is not None:
                wrong.append((_label(field), f"{desk.url(step)}#{_anchor(field)}", why))
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    others = [why for name, why in draft.refusals.items() if step_of(name) is HostStep.CHECK]
    return render_template(
        "public/host/check.html",
        parts=parts,
        wrong=wrong,
        token=stamp.token if stamp else make_stamp(STAMP, now()),
        **_about(desk, HostStep.CHECK, " ".join(in_words(one) for one in (notice, *others) if one)),
    )


def _about(desk: Desk, step: HostStep, notice: str) -> dict[str, object]:
    """Return what every step says."""
    steps = desk.draft.steps if desk.draft else steps_for(is_returning=False)
    public_url = current_app.extensions["settings"].public_url
    link = url_for("host.resume", programme_slug=desk.programme.slug, draft_token=desk.token or "-")
    return {
        "programme": desk.programme,
        "step": step.value,
        "title": in_words(STEP_TITLES[step]),
        "steps": [(in_words(STEP_TITLES[one]), desk.url(one)) for one in steps],
        "place": steps.index(step) + 1 if step in steps else 1,
        "notice": notice,
        "resume_link": f"{public_url}{link}" if desk.draft else "",
        "kept_days": KEPT_FOR.days,
    }


def _anchor(field: Field) -> str:
    """Return the id of what to look at: of a choice its first button."""
    return f"{field.id}-0" if field.type == "RadioField" else str(field.id)


def _label(field: Field) -> str:
    """Return what a field is called, with the organizer it is about."""
    parts = field.name.split("-")
    if parts[0] == "organizers" and len(parts) == 3:
        return say("Organizer %(n)s: %(field)s", n=int(parts[1]) + 1, field=field.label.text)
    label: str = field.label.text
    return label


def _rows(form: Form) -> list[tuple[str, str]]:
    """Return (label, words) of what was filled in on a step."""
    rows: list[tuple[str, str]] = []
    for field in form:
        if field.name in {"date_day", "date_year"}:
            continue
        if field.name == "date_month":
            month = dict(field.choices).get(field.data, "") if field.data else ""
            when = " ".join(part for part in (form.date_day.data, month, form.date_year.data) if part)
            rows.append((say("When, as far as you know?"), when))
            continue
        if field.type == "FieldList":
            rows += [
                (say("Organizer %(n)s", n=n), f"{row.form['name'].data} <{row.form.email.data}>")
                for n, row in enumerate(field.entries, 1)
            ]
        elif field.data:
            shown = dict(field.choices).get(field.data, "") if hasattr(field, "choices") else field.data
            rows.append((field.label.text, shown))
    return rows
