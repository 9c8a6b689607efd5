"""Makes people who may sign in to what a bench looks at."""

from uuid import uuid4

from flask_security import hash_password

from webapp.core.transaction import transaction
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User

PASSWORD = "of-the-bench-only"  # noqa: S105 -- for a database that is thrown away
ADMINISTRATOR = "administrator@example.org"


def make_staff(email: str, role: Role, programme_id: int | None) -> User:
    """Make somebody who may sign in with ``PASSWORD``."""
    with transaction() as session:
        person = Person(email=email, name=email.partition("@")[0].capitalize())
        session.add(person)
        session.flush()
        user = User(
            person_id=person.id,
            email=email,
            password=hash_password(PASSWORD),
            active=True,
            fs_uniquifier=uuid4().hex,
            login_count=0,
        )
        user.grants.append(Grant(role=role, programme_id=programme_id, may_send=True))
        session.add(user)
    return user
