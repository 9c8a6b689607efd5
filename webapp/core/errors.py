"""Errors named by who has to do something about them; one place in web/ turns each into a page or JSON."""


class PostroomError(Exception):
    """Something that Postroom knows by name.

    Args:
        message: one plain sentence that says what is wrong and what to do next.
        field: the form field, column or option that it belongs to, if one does.
    """

    status = 500

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class StaffError(PostroomError):
    """The person at the screen or the command line can put it right."""

    status = 422


class NotFoundError(PostroomError):
    """It is not there, or not for this person: the two are never told apart."""

    status = 404


class ForbiddenError(PostroomError):
    """The person may see it but not do this to it."""

    status = 403


class ConflictError(PostroomError):
    """Somebody else was first: what was asked for rests on a state that is gone."""

    status = 409


class OperatorError(PostroomError):
    """Whoever runs Postroom has to put it right: a setting, a service, a disk."""

    status = 503
