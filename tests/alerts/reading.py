"""A mail or page as it is read: its text in order, its headings, and whether its words are plain."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from expectations.rules.common_rules import ONE_SPELLING

JARGON = re.compile(
    r"\b(null|boolean|schema|pipeline|dataset|ingest\w*|parse\w*|dbt|airflow|duckdb|parquet|json|csv|yaml|regex|exception_info|threshold|payload|ETL"
    r"|\w+_\w+|marts?\.\w+|break\w* the contract|figures that lack)\b",
    re.I,
)
LONGEST_SENTENCE = 30  # words; the GOV.UK style asks for 25 and allows for names
# A block that is one text, with everything in it that is bold or a link.
BLOCKS = ("p", "li", "h1", "h2", "h3", "td", "th", "caption", "dt", "dd")
SILENT = ("style", "title", "script", "svg")


class Reader(HTMLParser):
    """The text of a page in the order in which it is read, each block one text, and its headings."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.texts: list[str] = []
        self.headings: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        if tag in BLOCKS:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass
        if tag in ("h1", "h2"):
            self.headings.append(self.blocks[-1].strip())

    def handle_data(self, data: str) -> None:
        if data.strip() and not set(SILENT) & set(self._open):
            self.texts.append(" ".join(data.split()))
            if self.blocks:
                self.blocks[-1] = f"{self.blocks[-1]} {' '.join(data.split())}".strip()


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def not_plain(texts: list[str]) -> list[str]:
    """Words that only readers with our vocabulary know, and sentences that are too long."""
    found = [
        word if isinstance(word, str) else word[0] for text in map(_for_readers, texts) for word in JARGON.findall(_without_links(text))
    ]
    for text in map(_for_readers, texts):
        for sentence in re.split(r"(?<=[.:;?!]) ", text):
            if len(sentence.split()) > LONGEST_SENTENCE:
                found.append(sentence)
    return found


def _without_links(text: str) -> str:
    return re.sub(r"https?://\S+", "", text)


def _for_readers(text: str) -> str:
    """A text without the one passage for the engineer whom HR asks. That passage names the key to write."""
    return text.replace(ONE_SPELLING, "")
