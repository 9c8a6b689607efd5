"""What writing letters by role takes beside the database: the roles, the words that ship, the layouts."""

from webapp.core.registry import load_all
from webapp.mail.queries.layouts import install_layouts
from webapp.mail.queries.letter_texts import install_letter_texts
from webapp.settings import CHECKOUT

TEMPLATES = CHECKOUT / "templates" / "mail"


def install_letters(extensions: dict[str, object]) -> None:
    """Read them all, for a process that promises or shows letters; a worker that only sends them does not.

    Args:
        extensions: of the application.

    Raises:
        OperatorError: one of the files is broken.
    """
    load_all("webapp.catalog.letter_roles")
    install_layouts(extensions, TEMPLATES / "layouts")
    install_letter_texts(extensions, TEMPLATES / "letters")
