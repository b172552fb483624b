"""Dense HTML tables: the first column names the thing and links to it, Tab walks the links, long text is cut and whole on hover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from markupsafe import Markup

from dashboards.components.markup import joined, show

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its title, what a cell shows, and whether it is a number (right-aligned), long text that may break (`cut`), or the wide
    one that takes what is left."""

    title: str
    cell: Callable[[Row], str | Markup]
    number: bool = False
    wide: bool = False
    cut: bool = False

    @property
    def style(self) -> str:
        """The CSS class of its cells."""
        return "number" if self.number else "wide" if self.wide else "cut" if self.cut else ""


def table(
    rows: Sequence[Row], columns: Sequence[Column[Row]], *, caption: str | Markup, empty: str | Markup
) -> None:
    """Draw `rows`; `caption` heads them (and tells a screen reader what they are), `empty` says what would make one appear."""
    if not rows:
        show(Markup("<h3>{}</h3><p class='empty'>{}</p>").format(caption, empty))
        return
    head = joined(
        (Markup("<th scope='col' class='{}'>{}</th>").format(c.style, c.title) for c in columns), ""
    )
    body = joined((_row(row, columns) for row in rows), "")
    show(
        Markup(
            "<h3>{}</h3><div class='scroll'><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(caption, head, body)
    )


def _row(row: Row, columns: Sequence[Column[Row]]) -> Markup:
    return Markup("<tr>{}</tr>").format(joined((_cell(row, column) for column in columns), ""))


def _cell(row: Row, column: Column[Row]) -> Markup:
    value = column.cell(row)
    if column.wide and not isinstance(value, Markup):
        return Markup("<td class='wide' title='{0}'><div>{0}</div></td>").format(value)
    return Markup("<td class='{}'>{}</td>").format(column.style, value)
