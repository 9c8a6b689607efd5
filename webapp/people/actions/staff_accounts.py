"""What administrators do with the accounts of staff, and what everybody does with their own."""

from uuid import uuid4

from webapp.core.audit import record
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.people.actions.persons import LONGEST_NAME
from webapp.people.actions.staff import create_staff
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.locale_names import check_zone
from webapp.people.domain.scope import Scope
from webapp.people.models.user import OF_AN_EVENT, Role
from webapp.people.queries.memberships import find_programme_of_event, has_programme
from webapp.people.queries.scope import find_user
from webapp.people.queries.staff import get_account, get_grant, has_other_administrator, hold_administrators

THEMES = ("auto", "light", "dark")
LAST_ADMINISTRATOR = "Nobody else is an administrator. Make somebody else one first."


def open_account(
    *,
    scope: Scope,
    email: str,
    name: str,
    password_hash: str,
    role: Role,
    programme_id: int | None = None,
    event_id: int | None = None,
    may_send: bool = False,
) -> int:
    """Make somebody a member of staff who is none yet. Arguments as for ``create_staff``.

    Raises:
        StaffError: the address is wrong or has an account, the role lacks its place, or there is no such place.
        ForbiddenError: the person who asks is no administrator.
    """
    _require_administrator(scope)
    address = normalise_address(email)
    there = StaffError(
        "They are staff already. Open their account to give them a further role.", field="email"
    )
    _require_place(role, programme_id, event_id)
    with transaction():
        if find_user(address) is not None:
            raise there
        just_known = StaffError("Somebody has just written this person down. Save again.", field="email")
        with refusing("uq_people_email", just_known), refusing("uq_users_email", there):
            return create_staff(
                scope=scope,
                email=address,
                name=name,
                password_hash=password_hash,
                role=role,
                programme_id=programme_id,
                event_id=event_id,
                may_send=may_send,
            )


def give_role(
    *,
    scope: Scope,
    user_id: int,
    role: Role,
    programme_id: int | None = None,
    event_id: int | None = None,
    may_send: bool = False,
) -> None:
    """Give a member of staff a further role, or change whether they may send in one that they have.

    Raises:
        StaffError: the role lacks its place, or there is no such place.
        NotFoundError: there is no such member of staff.
        ForbiddenError: the person who asks is no administrator.
    """
    _require_administrator(scope)
    _require_place(role, programme_id, event_id)
    with transaction():
        user = get_account(user_id)
        create_staff(
            scope=scope,
            email=user.email,
            name="",
            password_hash=None,
            role=role,
            programme_id=programme_id,
            event_id=event_id,
            may_send=may_send,
        )


def take_role(*, scope: Scope, user_id: int, grant_id: int) -> None:
    """Take a role away; what they did with it stays.

    Raises:
        StaffError: it would leave nobody to give roles.
        NotFoundError: they have no such role.
        ForbiddenError: the person who asks is no administrator.
    """
    _require_administrator(scope)
    with transaction() as session:
        hold_administrators()
        grant = get_grant(user_id, grant_id)
        if grant.role == Role.ADMINISTRATOR and not has_other_administrator(user_id):
            raise StaffError(LAST_ADMINISTRATOR)
        record(
            "staff.role_taken",
            "user",
            user_id,
            actor_id=scope.user_id,
            programme_id=grant.programme_id,
            event_id=grant.event_id,
            role=grant.role,
        )
        session.delete(grant)


def switch_account(*, scope: Scope, user_id: int, is_active: bool) -> None:
    """Let a member of staff sign in, or no more; whoever is switched off is signed out everywhere at once.

    Raises:
        StaffError: it is their own account, or it would leave nobody to give roles.
        NotFoundError: there is no such member of staff.
        ForbiddenError: the person who asks is no administrator.
    """
    _require_administrator(scope)
    with transaction():
        hold_administrators()
        user = get_account(user_id)
        if user.active == is_active:
            return
        if not is_active:
            if user_id == scope.user_id:
                raise StaffError("You cannot switch yourself off. Another administrator can.")
            is_administrator = any(grant.role == Role.ADMINISTRATOR for grant in user.grants)
            if is_administrator and not has_other_administrator(user_id):
                raise StaffError(LAST_ADMINISTRATOR)
            user.fs_uniquifier = uuid4().hex
        user.active = is_active
        verb = "staff.switched_on" if is_active else "staff.switched_off"
        record(verb, "user", user_id, actor_id=scope.user_id)


def reset_password(*, scope: Scope, user_id: int, password_hash: str) -> None:
    """Give a member of staff a new password; they are signed out everywhere.

    Raises:
        NotFoundError: there is no such member of staff.
        ForbiddenError: the person who asks is no administrator.
    """
    _require_administrator(scope)
    with transaction():
        user = get_account(user_id)
        user.password = password_hash
        user.fs_uniquifier = uuid4().hex
        record("staff.password_reset", "user", user_id, actor_id=scope.user_id)


def change_profile(*, scope: Scope, name: str, timezone: str, theme: str) -> None:
    """Change what somebody says of themselves: their name, and how they see Postroom.

    Args:
        scope: who it is.
        name: by which colleagues know them.
        timezone: in which times are shown; empty: the browser's.
        theme: one of ``THEMES``.

    Raises:
        StaffError: something is wrong with what was typed.
        NotFoundError: the one who acts is no member of staff.
    """
    called = normalise_name(name)
    if not called:
        raise StaffError("Write your name; colleagues see it beside your letters.", field="name")
    if len(called) > LONGEST_NAME:
        raise StaffError(f"At most {LONGEST_NAME} characters, please.", field="name")
    if theme not in THEMES:
        raise StaffError("Choose light, dark or automatic.", field="theme")
    zone = check_zone(timezone) if timezone else ""
    if scope.user_id is None:
        raise NotFoundError("Only a member of staff has a profile.")
    with transaction():
        user = get_account(scope.user_id)
        user.person.name, user.timezone, user.theme = called, zone, theme
        record("staff.profile_changed", "user", user.id, actor_id=scope.user_id)


def _require_administrator(scope: Scope) -> None:
    """Refuse everybody but administrators."""
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may do this.")


def _require_place(role: Role, programme_id: int | None, event_id: int | None) -> None:
    """Refuse a role without its place, or in a place that there is not."""
    if role == Role.SUPPORT and (programme_id is None or not has_programme(programme_id)):
        raise StaffError("A supporter needs a programme. Choose one.", field="programme")
    if role in OF_AN_EVENT and (event_id is None or find_programme_of_event(event_id) is None):
        who = "A reviewer" if role == Role.REVIEWER else "An organizer"
        raise StaffError(f"{who} needs an event. Choose one.", field="event")
