"""Fixtures: Testshire, the council of the tests of ingestion."""

from tests.ingestion.conftest import council as council
