"""The list half of a staff table: whose rows, which filters, and no address that a database chokes on."""

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from flask import flash, request
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import inspect
from sqlalchemy.exc import DataError

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.web.theme import when_html

LARGEST_ID = 2**63 - 1
LAST_PAGE = 100_000


def _show_truth(view: Any, value: bool, name: str) -> str:
    """Write a yes-or-no column."""
    return "Yes" if value else "No"


def _show_instant(view: Any, value: datetime, name: str) -> Any:
    """Write an instant in the reader's zone."""
    return when_html(value)


def _show_nothing(view: Any, value: None, name: str) -> str:
    """Write that there is no value."""
    return "–"


def _show_choice(view: Any, value: Enum, name: str) -> str:
    """Write a choice by its value, in words."""
    return str(value.value).replace("_", " ")


class ListingView(ModelView):  # type: ignore[misc]  # Flask-Admin has no types for mypy
    """A Flask-Admin list, narrowed to what the person may see.

    Args of a subclass, as class attributes, beside Flask-Admin's own:
        one, many: the noun ("person", "people"), for headings, buttons and answers.
        lead: a sentence below the list's heading.
        empty_text: what to do when there is nothing in the list.
        column_numeric: columns whose figures are right-aligned.
        column_narrow: columns that stand below the first one on a phone; none named is all.
    """

    one: ClassVar[str] = "row"
    many: ClassVar[str] = ""
    lead: ClassVar[str] = ""
    empty_text: ClassVar[str] = ""
    column_numeric: ClassVar[tuple[str, ...]] = ()
    column_narrow: ClassVar[tuple[str, ...]] = ()

    can_export = False  # Flask-Admin's export writes raw formulas; ours is elsewhere
    can_view_details = True
    can_set_page_size = False
    page_size = 50
    named_filter_urls = True
    column_type_formatters = {
        bool: _show_truth,
        datetime: _show_instant,
        type(None): _show_nothing,
        Enum: _show_choice,
    }
    column_type_formatters_detail = column_type_formatters

    @property
    def many_name(self) -> str:
        """The noun in the plural."""
        return self.many or f"{self.one}s"

    def scoped(self, query: Any) -> Any:
        """Narrow a query to what the person may see; override it wherever rows belong to somebody."""
        return query

    def get_query(self) -> Any:
        """Return the rows that the person may see."""
        return self.scoped(super().get_query())

    def get_count_query(self) -> Any:
        """Return the number of rows that the person may see."""
        return self.scoped(super().get_count_query())

    def get_one(self, id: str) -> Any:
        """Return a row by the id in an address.

        Raises:
            NotFoundError: there is none, or it is somebody else's; the two are never told apart.
        """
        key = inspect(self.model).primary_key[0]
        try:
            value: Any = key.type.python_type(id)
        except (TypeError, ValueError):
            value = None
        row = None
        if value is not None and not (isinstance(value, int) and abs(value) > LARGEST_ID):
            row = self.get_query().filter(key == value).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no such {self.one}, or it is not yours to see.")
        return row

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Return the count and one page of rows; a filter that the database cannot read finds nothing."""
        try:
            count, rows = super().get_list(*args, **kwargs)
        except DataError:
            db.session.rollback()
            flash("One of the filters cannot be read as a value of its column. Change or clear it.", "error")
            return 0, []
        return count, rows

    def _get_list_extra_args(self) -> Any:
        """Return the list's arguments, with what no database can take made harmless."""
        view_args = super()._get_list_extra_args()
        view_args.page = min(max(view_args.page or 0, 0), LAST_PAGE)
        view_args.search = (view_args.search or "").replace("\x00", "").strip()[:200] or None
        return view_args

    def _get_list_filter_args(self) -> list[tuple[int, str, str]] | None:
        """Return the filters of the address: Flask-Admin's and the form's (``fltop0``, ``fltval0``)."""
        chosen: list[tuple[int, str, str]] | None = super()._get_list_filter_args()
        if chosen is None:
            return None
        for number in range(len(self._filter_groups or ())):
            operation = request.args.get(f"fltop{number}", "")
            value = request.args.get(f"fltval{number}", "").replace("\x00", "").strip()
            if not value or operation not in self._filter_args:
                continue
            index, flt = self._filter_args[operation]
            if flt.validate(value):
                chosen.append((index, str(flt.name), value))
            else:
                flash(f"“{value}” cannot be used for the filter {flt.name}.", "error")
        return chosen

    def row_url(self, row: Any, return_url: str) -> str:
        """Return the address of a row's own page, to which its first column leads."""
        return str(self.get_url(".details_view", id=self.get_pk_value(row), url=return_url))

    def filter_rows(self, active: list[tuple[int, str, str]] | None) -> list[dict[str, Any]]:
        """Return one line for each column that can be filtered, with what is active, for the form."""
        values = {index: value for index, _, value in active or ()}
        rows = []
        for number, (label, operations) in enumerate((self._get_filter_groups() or {}).items()):
            current = next((o for o in operations if o["index"] in values), operations[0])
            rows.append(
                {
                    "number": number,
                    "label": label,
                    "operations": operations,
                    "current": current,
                    "value": values.get(current["index"], ""),
                }
            )
        return rows
