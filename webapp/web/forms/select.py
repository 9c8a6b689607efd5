"""A field to choose from many: WTForms' own, whose six hundred time zones would cost a page 30 ms."""

import wtforms
from markupsafe import Markup, escape
from wtforms.fields.choices import Choice
from wtforms.widgets import Select


class QuickSelect(Select):  # type: ignore[misc]  # published without types
    """Writes the options that have nothing but a value and a label, which nearly all are, in one go."""

    @classmethod
    def render_option(cls, choice: Choice, **kwargs: object) -> Markup:
        """Return one option."""
        if choice.render_kw or kwargs:
            return Markup(super().render_option(choice, **kwargs))  # noqa: S704  # the library's markup
        value, label = escape(choice.value), escape(choice.label or choice.value)
        option = "option selected" if choice.selected else "option"
        return Markup(f'<{option} value="{value}">{label}</option>')  # noqa: S704  # both are escaped above


class SelectField(wtforms.SelectField):  # type: ignore[misc]  # published without types
    """WTForms' field with options that are quickly written."""

    widget = QuickSelect()
