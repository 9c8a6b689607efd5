"""The rule of forms that what is typed as an address is one."""

from wtforms import Field
from wtforms.validators import ValidationError

from webapp.core.errors import StaffError
from webapp.people.domain.addresses import normalise_address


def refuse_no_address(field: Field) -> None:
    """Refuse what is no address, in the words of whoever stores it.

    Raises:
        ValidationError: it is none.
    """
    try:
        normalise_address(field.data or "")
    except StaffError as error:
        raise ValidationError(error.message) from error
