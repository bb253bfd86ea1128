"""Renders a finished run: one self-contained page, a Markdown summary, JUnit XML."""

from shortlist_reports.junit import render_junit
from shortlist_reports.markdown import render_markdown
from shortlist_reports.page import render_html

__all__ = ["render_html", "render_junit", "render_markdown"]
