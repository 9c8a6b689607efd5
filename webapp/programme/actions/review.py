"""Score applications, tag them, and keep views of their list."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, any_, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.people.domain.addresses import normalise_name
from webapp.people.domain.scope import Scope
from webapp.programme.domain.reviewing import HIGHEST, LONGEST_COMMENT, LONGEST_TAG, LOWEST
from webapp.programme.models.activity import write_activity
from webapp.programme.models.application import Application, Review
from webapp.programme.models.form import SavedView
from webapp.programme.queries.review_list import get_reviewed_event
from webapp.programme.queries.review_one import get_application
from webapp.programme.queries.wave_many import among

MOST_VIEWS = 30


def score_application(
    *, scope: Scope, event_id: int, application_id: int, score: int | None, comment: str = ""
) -> None:
    """Write down, or change, what one reviewer thinks of an application.

    Args:
        scope: who acts; reviewers may.
        event_id, application_id: which.
        score: 1 to 5; None abstains.
        comment: for the others who decide.

    Raises:
        NotFoundError: it is not for this member of staff.
        StaffError: the score is none, or the comment is too long.
    """
    application = get_application(scope, event_id, application_id)
    if scope.user_id is None:
        raise ForbiddenError("Only somebody with an account can score.")
    if score is not None and not LOWEST <= score <= HIGHEST:
        raise StaffError(f"A score is {LOWEST} to {HIGHEST}.", field="score")
    if len(comment) > LONGEST_COMMENT:
        raise StaffError(f"At most {LONGEST_COMMENT} characters, please.", field="comment")
    if application.withdrawn_at is not None:
        raise StaffError("This application was withdrawn; there is nothing to score any more.", field="score")
    words = comment.replace("\0", "").strip()
    with transaction() as session:
        statement = insert(Review).values(
            application_id=application.id, user_id=scope.user_id, score=score, comment=words
        )
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["application_id", "user_id"],
                set_={"score": score, "comment": words, "updated_at": func.now()},
            )
        )
        # What they think stays between them and the sheet: the history is read by those who have not scored yet.
        write_activity(
            "application.scored",
            "application",
            application.id,
            actor_id=scope.user_id,
            programme_id=application.programme_id,
            event_id=event_id,
        )


def tag_applications(
    *, scope: Scope, event_id: int, application_ids: Collection[int], add: str = "", remove: str = ""
) -> int:
    """Put a tag on applications, or take one away.

    Returns:
        How many were changed.

    Raises:
        NotFoundError: one is not of this event, or it is not for this member of staff.
        StaffError: the tag is empty or too long.
    """
    event = get_reviewed_event(scope, event_id)
    if not scope.sees(event.programme_id, event.id):
        raise ForbiddenError("Reviewers score; tagging is for the organizers.")
    tag, gone = normalise_name(add), normalise_name(remove)
    if not (tag or gone) or len(tag) > LONGEST_TAG:
        raise StaffError(f"Write a tag of at most {LONGEST_TAG} characters.", field="tag")
    with transaction() as session:
        mine = (Application.event_id == event_id, among(Application.id.expression, application_ids))
        held = select(Application.id).where(*mine).order_by(Application.id).with_for_update()
        if len(session.scalars(held).all()) != len(set(application_ids)):
            raise NotFoundError("There is no such application.")
        tags: ColumnElement[list[str]] = Application.tags.expression
        if gone:
            tags = func.array_remove(tags, gone)
        if tag:
            tags = case((literal(tag) == any_(tags), tags), else_=func.array_append(tags, tag))
        changed = session.scalars(
            update(Application)
            .where(*mine, tags != Application.tags)
            .values(tags=tags)
            .returning(Application.id)
            .execution_options(synchronize_session=False)
        ).all()
        session.expire_all()
        return len(changed)


def save_view(*, scope: Scope, event_id: int, name: str, query: str) -> None:
    """Keep a list's filters under a name of one's own.

    Raises:
        StaffError: it has no name, or there are too many.
    """
    get_reviewed_event(scope, event_id)
    label = normalise_name(name)
    if not label or len(label) > LONGEST_TAG:
        raise StaffError(f"Name the view, in at most {LONGEST_TAG} characters.", field="name")
    with transaction() as session:
        mine = select(func.count()).select_from(SavedView).where(SavedView.user_id == scope.user_id)
        if (session.scalar(mine) or 0) >= MOST_VIEWS:
            raise StaffError(f"You have {MOST_VIEWS} views already. Remove one first.", field="name")
        session.add(
            SavedView(
                user_id=scope.user_id, page="applications", event_id=event_id, name=label, query=query[:500]
            )
        )


def drop_view(*, scope: Scope, event_id: int, view_id: int) -> None:
    """Forget a view of one's own; nothing happens where it is gone, or somebody else's.

    Raises:
        NotFoundError: the event is not for this member of staff.
    """
    get_reviewed_event(scope, event_id)
    with transaction() as session:
        view = session.get(SavedView, view_id)
        if view is not None and view.user_id == scope.user_id and view.event_id == event_id:
            session.delete(view)
