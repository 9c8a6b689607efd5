"""In which language a page answers: that of its event, form or reader, else what the browser asks for."""

from collections.abc import Iterable

from babel import Locale
from flask import Response, after_this_request, g, request
from flask_babel import refresh

from webapp.core.words import LANGUAGES, Said, find_language, translate


def chosen_language() -> str:
    """Return the language of this request as flask-babel wants it; staff's pages are English."""
    return str(g.get("page_language", "en")).replace("-", "_")


def speak(*locales: str) -> None:
    """Answer this request in the first of these that the pages are translated into; else leave it as it is.

    Args:
        locales: those of the reader, their application, the event; empty ones are passed over.
    """
    language = next((known for locale in locales if (known := find_language(locale))), None)
    if language is not None:
        g.page_language = language
        refresh()  # dates and forms ask flask-babel


def hear_browser() -> None:
    """Answer in the language that the browser asks for; for ``before_request`` of public pages."""
    speak(_ask_browser(LANGUAGES))

    @after_this_request
    def tell_caches(response: Response) -> Response:
        response.vary.add("Accept-Language")
        return response


def speak_among(own: str, others: Iterable[str]) -> None:
    """Answer in what the browser asks for where the place has it, else in the place's own.

    Args:
        own: the locale of a programme or newsletter.
        others: further locales in which it lives.
    """
    known = [language for locale in (own, *others) if (language := find_language(locale))]
    speak(_ask_browser(known), own)


def page_language() -> str:
    """Return the language of the page as HTML names it."""
    return str(g.get("page_language", "en"))


def page_direction() -> str:
    """Return ``rtl`` or ``ltr``."""
    return str(Locale.parse(chosen_language()).text_direction)


def in_words(text: str) -> str:
    """Return a sentence in the page's language; a template's filter ``said``."""
    return translate(text, page_language())


def say_in_template(msgid: str) -> str:
    """Return the words of a template's ``_()`` in the page's language."""
    return str(translate(Said(msgid), page_language()))


def _ask_browser(offered: Iterable[str]) -> str:
    """Return what the browser asks for most of what is offered, "" for none of it."""
    offered = list(offered)
    for wanted, _quality in request.accept_languages:
        language = find_language(wanted)
        if language in offered:
            return str(language)
    return ""
