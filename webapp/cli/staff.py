"""``flask staff``: the first administrator, and everybody after."""

import sys

import click
from flask_security import hash_password

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.people.actions.api_tokens import make_api_token, revoke_api_tokens
from webapp.people.actions.staff import create_staff
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.people.queries.scope import find_user
from webapp.programme.queries.events import find_programmes, get_event_by_slug

group = AnsweringGroup("staff", help="Members of staff.")
SHORTEST = 10  # characters of a password


@group.command("create")
@click.argument("email")
@click.option("--name", default="", help="Their name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.ADMINISTRATOR.value)
@click.option("--programme", "programme_slug", help="Of a supporter.")
@click.option("--event", "event_slug", help="Of an organizer or reviewer.")
@click.option("--may-send", is_flag=True, help="May send letters there, not only write them.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)
@answering
def create(
    email: str,
    name: str,
    role: str,
    programme_slug: str | None,
    event_slug: str | None,
    may_send: bool,
    password_stdin: bool,
) -> Answer:
    """Create a member of staff, or give one a further role."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < SHORTEST:
        raise StaffError(f"The password needs at least {SHORTEST} characters.", field="password")
    event = get_event_by_slug(SYSTEM, event_slug) if event_slug else None
    programmes = {p.slug: p.id for p in find_programmes(SYSTEM)}
    if programme_slug and programme_slug not in programmes:
        known = ", ".join(programmes) or "none"
        raise StaffError(f"There is no programme “{programme_slug}”. There are: {known}.", field="programme")
    user_id = create_staff(
        scope=SYSTEM,
        email=email,
        name=name,
        password_hash=hash_password(password),
        role=Role(role),
        programme_id=programmes[programme_slug] if programme_slug else None,
        event_id=event.id if event else None,
        may_send=may_send,
    )
    return f"{email} is {role} now.", {"id": user_id, "email": email, "role": role}


@group.command("api-token")
@click.argument("email")
@click.option("--days", default=90, show_default=True, help="How long it lives.")
@answering
def api_token(email: str, days: int) -> Answer:
    """Make a token by which somebody of support uses the API; it is shown once and stored nowhere."""
    token = make_api_token(scope=SYSTEM, user_id=_account_of(email), days=days, now=now())
    return token, {"token": token, "days": days}


@group.command("revoke-tokens")
@click.argument("email")
@answering
def revoke_tokens(email: str) -> Answer:
    """Take all tokens of somebody back; they are signed out everywhere, too."""
    revoke_api_tokens(scope=SYSTEM, user_id=_account_of(email))
    return f"The tokens of {email} open nothing any more.", {"email": email}


def _account_of(email: str) -> int:
    user = find_user(email.strip().lower())
    if user is None:
        raise NotFoundError(f"There is no member of staff {email}.", field="email")
    return user.id
