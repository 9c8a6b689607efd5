"""Scripts, styles and icons: asked for once a release, and nobody is asked who they are."""

import re
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.visiting import Visitor
from tests.statements import counted
from webapp.web.assets import digest_folder


def test_browsers_keep_what_has_its_release_in_its_address(app: Flask, database: Session) -> None:
    visitor = Visitor(app)
    found = re.search(r'src="(/static/)(~\w+/)(js/postroom\.js)"', visitor.get("/sign-in").text)
    assert found
    script = visitor.get("".join(found.groups()))
    assert "immutable" in script.headers["Cache-Control"]
    imported = re.search(r'from "\./(times\.js)"', script.text)
    assert imported
    beside = visitor.get(f"/static/{found[2]}js/{imported[1]}")
    assert "immutable" in beside.headers["Cache-Control"], "what it imports lies under the same address"
    assert visitor.get(f"/static/{found[3]}").headers["Cache-Control"] == "no-cache"
    earlier = visitor.get(f"/static/~0123/{found[3]}")
    assert (earlier.status_code, earlier.headers["Cache-Control"]) == (200, "no-cache")
    assert "immutable" not in visitor.get(f"/static/{found[2]}nothing.css").headers.get("Cache-Control", "")


def test_the_address_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "one.js").write_text("one")
    first = digest_folder(tmp_path)
    (tmp_path / "js" / "one.js").write_text("two")
    second = digest_folder(tmp_path)
    (tmp_path / "js" / "one.js").rename(tmp_path / "one.js")
    assert len({first, second, digest_folder(tmp_path)}) == 3


def test_a_script_is_served_without_asking_who_wants_it(app: Flask, database: Session) -> None:
    visitor = Visitor(app).sign_in(factories.make_staff().email)
    with counted() as statements:
        assert visitor.get("/static/js/postroom.js").status_code == 200
    assert statements == []
