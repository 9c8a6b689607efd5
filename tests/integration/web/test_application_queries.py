"""However many apply, the pages about them ask the database equally often."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import apply_many, count_letters, make_desk, score
from tests.integration.web.visiting import Visitor
from tests.statements import counted
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.people.models.user import Role
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import WaveEntry

FEW, MANY = 3, 48


def statements_by_page(app: Flask, number: int) -> dict[str, list[str]]:
    """Let so many apply for an event, and return what each page asked of the database."""
    event, form = make_desk()
    rows = apply_many(form, number)
    for row in rows:
        score(row, factories.make_staff(), 4)
    visitor = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    here, waves = f"/events/{event.id}/applications", f"/events/{event.id}/waves"
    token = visitor.get(here).text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    ids = ",".join(str(row.id) for row in rows)
    visitor.get(f"{waves}/new")  # whatever is kept between requests is kept now
    asked = {}
    for page, address, form_data in (
        ("list", here, None),
        ("list by mean", f"{here}?sort=mean&down=1", None),
        ("csv", f"{here}/export", {"format": "csv"}),
        ("look at deciding", f"{here}/decide", {"ids": ids, "decision": "accepted"}),
        ("decide", f"{here}/decide", {"ids": ids, "decision": "accepted", "confirmed": "1"}),
        ("tag", f"{here}/tag", {"ids": ids, "tag_word": "round 2"}),
        ("look at the wave", f"{waves}/new", None),
        ("announce", waves, {"shown_count": str(number)}),
        ("announcements", waves, None),
    ):
        with counted() as statements:
            answer = (
                visitor.get(address)
                if form_data is None
                else visitor.post(address, {**form_data, "csrf_token": token})
            )
            assert answer.status_code in {200, 303}, f"{page}: {answer.status_code} {answer.text}"
            assert answer.data is not None
        asked[page] = statements
    return asked


@pytest.mark.slow
def test_no_page_asks_once_for_each_application(app: Flask, database: Session) -> None:
    few = statements_by_page(app, FEW)
    many = statements_by_page(app, MANY)
    grown = {
        page: f"{len(few[page])} for {FEW}, {len(many[page])} for {MANY}; the last: {many[page][-1][:200]}"
        for page in few
        if len(many[page]) > len(few[page])
    }
    assert not grown, f"ask for all rows by one statement: {grown}"
    assert max(len(statements) for statements in many.values()) < 60, {k: len(v) for k, v in many.items()}
    # Few statements, and yet each one has its history, its entry in the audit trail and its letter.
    both = FEW + MANY
    for verb in ("application.decided", "application.announced"):
        for table in (Activity, AuditEntry):
            rows = db.session.scalar(select(func.count()).select_from(table).where(table.verb == verb))
            assert rows == both, f"{verb} in {table.__tablename__}"
    entry = db.session.scalars(select(Activity).where(Activity.verb == "application.announced")).first()
    assert entry is not None
    assert (entry.before, entry.after, "wave" in entry.data) == ("undecided", "accepted", True)
    assert db.session.scalar(select(func.count()).select_from(WaveEntry)) == both
    assert count_letters() == {"pending": both}
