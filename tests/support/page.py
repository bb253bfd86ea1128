"""A report's page, taken apart."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "wbr", "br", "input", "rect", "line", "circle"}


class Page(HTMLParser):
    """Every element with its attributes, every text, and the text of each table row."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.rows: list[str] = []
        self.scripts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            self.scripts.append(data)
            return
        self.texts.append(data)
        if "tr" in self._open:
            self.rows[-1] += f"{data} "

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def row(self, start: str) -> str:
        found = [" ".join(row.split()) for row in self.rows if " ".join(row.split()).startswith(start)]
        assert found, f"no row starts with {start!r}"
        return found[0]
