"""Addresses with numbers that no database can hold: what they name is not there, and nothing breaks."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.visiting import Visitor

ABSURD = "9" * 20


@pytest.mark.parametrize(
    "path",
    [
        "/shoots/{}",
        "/log/{}/0",
        "/log/1/{}",
        "/letters/{}",
        "/letters/{}/preview/",
        "/imports/{}",
        "/opt-outs/{}/undo",
        "/people/details/?id={}",
        "/events/edit/?id={}",
        "/admin/sender/details/?id={}",
        "/demo/inbox/{}",
    ],
)
def test_what_an_absurd_number_names_is_not_there(app: Flask, database: Session, path: str) -> None:
    visitor = Visitor(app).sign_in(factories.make_staff().email)
    answer = visitor.get(path.format(ABSURD))
    assert answer.status_code == 404, answer.text[:2000]
