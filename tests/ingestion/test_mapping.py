"""A mapping is checked before any extract is read. Messages give the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import contract
from foundation.configuration import ConfigurationError
from ingestion.mapping import Mapping, read_mapping
from tests.ingestion.testshire import STAFF_MAPPING, SendingCouncil, staff_row


def mapping_of(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "hr_assignments.yaml"
    path.write_text(text)
    return read_mapping(path, contract("hr_assignments"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("source: hr_assignments", "source: payroll", "`source` must be hr_assignments"),
        ("ignore:", "ignored:", "`ignored` is not known here; known are source, file"),
        ("format: csv", "format: csv, pages: A", "`file.pages` is not known here"),
        ("format: csv", "format: pdf", "`file.format` must be one of csv, xlsx"),
        ("encoding: utf-8", "encoding: latin", "`file.encoding` must be one of utf-8"),
        ("format: csv", "format: csv, sheet: A", "`file.sheet` means nothing for csv"),
        ("format: csv, encoding: utf-8", "format: xlsx, encoding: utf-8", "`file.encoding` means nothing for xlsx"),
        ("encoding: utf-8", "delimiter: ';;'", "`file.delimiter` must be one character"),
        ("encoding: utf-8", "header: 3", "`file.header` must be find"),
        ("encoding: utf-8", "as_at: {title: 'at .*'}", "`file.as_at.title` needs the group (?P<date>...)"),
        ("encoding: utf-8", "totals: {column: Employee}", "`file.totals.equals` must be a text"),
        ("(?P<period>", "(", "`file.pattern` needs the group (?P<period>...)"),
        ("(?P<period>", "(?P<period", "`file.pattern` is not a regular expression"),
        ("post_id: Post", "post: Post", "`columns.post` is no column of hr_assignments; it has person_id"),
        ("post_id: Post,", "", "`columns.post_id` is missing; hr_assignments needs it: The position"),
        ("yes: [Y]", "constants: {job_role: iro}\nyes: [Y]", "`constants.job_role` is mapped in `columns` as well"),
        ("contract_type: Contract,", "", "`columns.contract_type` is missing"),
        ("PERM: permanent", "PERM: for ever", "`codes.contract_type.PERM` is 'for ever'; it must be one of permanent, fixed_term"),
        ("codes: {", "codes: {leaving_reason: {A: retired}, ", "`codes.leaving_reason` is not mapped in `columns`"),
        ("codes: {", "codes: {start_date: {A: retired}, ", "`codes.start_date` is a date and cannot have codes"),
        ("codes: {", "codes: {team_id: {}, ", "`codes.team_id` lists no code"),
        ("yes: [Y]", "", "`yes` and `no` are needed; registered_social_worker is yes or no"),
        ("codes: {", "new_codes_hold_from: {job_role: 0}\ncodes: {", "`new_codes_hold_from.job_role` must be a number of rows"),
        ("codes: {", "new_codes_hold_from: {fte: 5}\ncodes: {", "`new_codes_hold_from.fte` has no list of codes"),
        ("codes: {", "new_codes_hold_from: {job: 5}\ncodes: {", "`new_codes_hold_from.job` is no column of hr_assignments"),
        ('dates: "%d/%m/%Y"', "", "`dates` is missing; date_of_birth is a date"),
        ("ignore: [Location]", "ignore: [FTE]", "`ignore` names a header that is mapped: FTE"),
        ("ignore: [Location]", "ignore: Location", "`ignore` must be a list of texts"),
        ("no: [N]", "yes: [J]", "not readable as YAML: the key yes appears twice"),
        ("source: hr_assignments", "source: [", "not readable as YAML"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_with_file_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in STAFF_MAPPING
    with pytest.raises(ConfigurationError) as error:
        mapping_of(tmp_path, STAFF_MAPPING.replace(old, new, 1))
    assert str(error.value).startswith(str(tmp_path / "hr_assignments.yaml"))
    assert says in str(error.value)


def test_everything_in_a_mapping_is_text_as_it_is_written(tmp_path: Path) -> None:
    text = STAFF_MAPPING.replace("yes: [Y]", "yes: [Yes, 01]").replace("no: [N]", "no: [No, off]")
    text = text.replace("SW: social_worker", "007: social_worker")
    mapping = mapping_of(tmp_path, text)
    assert (mapping.yes, mapping.no) == (("Yes", "01"), ("No", "off"))
    assert mapping.codes["job_role"]["007"] == "social_worker"


def test_a_wrong_mapping_stops_before_anything_is_read(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("post_id: Post,", ""))
    council.staff("staff_2024-09.csv", staff_row())
    with pytest.raises(ConfigurationError):
        council.land()
    assert not (council.home / "landing").exists()


def test_a_source_without_a_mapping_says_which_file_to_write(council: SendingCouncil) -> None:
    with pytest.raises(ConfigurationError, match=r"agency\.yaml: there is no such mapping. Write it"):
        council.land("agency")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source: hr_assignments\n? [a, b]\n: c\n", "a key of the table from line 1 on is no text"),
        ("source: [hr_assignments]\n", "`source` must be hr_assignments"),
        (STAFF_MAPPING.replace("post_id: Post", "post_id: {join: [Post, Team], with: [a]}"), "`columns.post_id.with` must be a text"),
    ],
)
def test_what_is_no_text_where_one_is_meant_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        mapping_of(tmp_path, text)
    assert says in str(error.value)


def test_a_folder_in_place_of_a_mapping_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read as a file \(IsADirectoryError\)\. Name the mapping file itself"):
        read_mapping(tmp_path, contract("hr_assignments"))
