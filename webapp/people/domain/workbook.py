"""A table as a workbook that is written while it is downloaded: however long, it never stands in memory as a whole."""

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from webapp.people.domain.export import neutral

CELL_LIMIT = 32_000  # characters: a workbook takes 32,767
PIECE = 1 << 16  # bytes that are gathered before they leave
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML 1.0 may have them
_BETWEEN = "\x1f"  # stands between cells while a row is escaped; no cell has it left by then

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CELL, _CELL_END = '<c t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"


def _link(to: str, kind: str) -> str:
    """Return the part that leads from the package, or the workbook, to what belongs to it."""
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_LINKS}/{kind}" Target="{to}"/></Relationships>'
    )


def _parts(title: str) -> dict[str, str]:
    """Return the parts of a workbook with one sheet, but for the sheet (ECMA-376 part 1, 12)."""
    name = escape(title, {'"': "&quot;"})
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KINDS}.worksheet+xml"/></Types>',
        "_rels/.rels": _link("xl/workbook.xml", "officeDocument"),
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_LINKS}">'
        f'<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _link("worksheets/sheet1.xml", "worksheet"),
    }


class _Outlet:
    """What the archive is written to: it cannot go back, so what was written may leave at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        """Take bytes."""
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: whoever reads decides when."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces, self.size = [], 0
        return taken


def _row(cells: Sequence[str]) -> str:
    """Return a row as XML; each cell is a text, and none acts as a formula."""
    texts = [neutral(_UNWRITABLE.sub("", cell)[:CELL_LIMIT]) for cell in cells]
    inside = escape(_BETWEEN.join(texts)).replace(_BETWEEN, _CELL_END + _CELL)
    return f"<row>{_CELL}{inside}{_CELL_END}</row>"


def xlsx_pieces(rows: Iterable[Sequence[str]], title: str) -> Iterator[bytes]:
    """Yield a workbook with one sheet, piece by piece (ECMA-376; its texts stand in the cells themselves).

    Args:
        rows: the heading first; each has a cell at least.
        title: of the sheet, at most 31 characters.
    """
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=3) as book:  # type: ignore[call-overload]  # it need not be read
        for name, content in _parts(title).items():
            with book.open(name, "w") as part:
                part.write((_HEAD + content).encode())
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_SHEETS}"><sheetData>'.encode())
            for row in rows:
                sheet.write(_row(row).encode())
                if outlet.size >= PIECE:
                    yield outlet.take()
            sheet.write(b"</sheetData></worksheet>")
    yield outlet.take()
