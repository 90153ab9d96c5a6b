"""The command, and its messages if it cannot do what is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from samples import generate
from samples.__main__ import main
from samples.calibrate import Figures
from samples.council import play
from samples.generate import CONFIGURATION
from samples.layouts import layout_of
from samples.published_figures import CARRIED
from samples.truth import Council

AUTHORITIES = Path(__file__).parent / "published_authorities.csv"


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["generate", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert said.out == ""
    return said.err


def test_an_unknown_authority_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "--published", CARRIED, "--la-code", "1234", "--out", tmp_path)
    assert "no authority with the code 1234" in said and "old_la_code" in said
    assert not list(tmp_path.iterdir())


def test_a_year_without_figures_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "--published", CARRIED, "--la-code", "874", "--years", 2025, 2026, "--out", tmp_path)
    assert "Peterborough (874) has no figures for 2026" in said and "from 2022 to 2025" in said


def test_years_with_a_gap_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "must be consecutive" in refused(capsys, "--published", CARRIED, "--la-code", "874", "--years", 2023, 2025, "--out", tmp_path)


def test_an_authority_that_published_nothing_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "--published", AUTHORITIES, "--la-code", "207", "--years", 2025, "--out", tmp_path)
    assert "Kensington and Chelsea: staff in post were not published for 2025" in said


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "--published", tmp_path / "none.csv", "--la-code", "874", "--out", tmp_path)
    assert "none.csv: cannot be read" in said and "--published FILE" in said


def test_a_file_of_something_else_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("geographic_level,name\nLocal authority,Testshire\n")
    said = refused(capsys, "--published", tmp_path / "other.csv", "--la-code", "874", "--out", tmp_path / "out")
    assert "other.csv: the columns" in said and "inpost_fte" in said


def test_a_code_without_a_file_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--la-code needs --published" in refused(capsys, "--la-code", "874", "--out", tmp_path)


def test_a_configuration_of_somebody_elses_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "targets.csv").write_text("mine")
    said = refused(capsys, "--published", CARRIED, "--la-code", "874", "--years", 2025, "--out", tmp_path)
    assert "was not written by the samples" in said
    assert (tmp_path / "config" / "targets.csv").read_text() == "mine"


def test_real_extracts_are_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    real = tmp_path / "inbox" / "la874" / "agency" / "real.csv"
    real.parent.mkdir(parents=True)
    real.write_text("real")
    said = refused(capsys, "--published", CARRIED, "--la-code", "874", "--years", 2025, "--out", tmp_path)
    assert "has files that the samples did not write" in said
    assert real.read_text() == "real"


def test_the_projects_own_configuration_is_never_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    assert "project's own folder" in refused(capsys, "--published", CARRIED, "--la-code", "874", "--out", CONFIGURATION.parent)


def test_a_joint_authority_has_one_folder(tmp_path: Path) -> None:
    assert main(["generate", "--published", str(AUTHORITIES), "--la-code", "940 / 941", "--years", "2025", "--out", str(tmp_path)]) == 0
    settings = yaml.safe_load((tmp_path / "config/organisations/la940_941/organisation.yaml").read_text())
    assert settings["la_code"] == "940 / 941"
    assert settings["new_la_code"] == "E06000061 / E06000062"
    assert settings["name"] == "North Northamptonshire / West Northamptonshire"
    assert settings["first_month"] == "2024-09"
    assert (tmp_path / "inbox" / "la940_941" / "hr_assignments").is_dir()


@pytest.mark.parametrize(
    ("la_code", "kind"), [("873", "unit4"), ("855", "oracle"), ("874", "itrent"), ("330", "unit4"), ("202", "oracle"), ("926", "itrent")]
)
def test_the_code_picks_the_layout(la_code: str, kind: str) -> None:
    assert layout_of(la_code).kind == kind


def test_people_who_cannot_have_the_figures_are_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def play_the_second(opening: Figures, years: list[Figures], seed: str, late: list[int]) -> Council:
        asked.append(seed)
        if len(asked) == 1:
            raise ValueError("nobody's FTE adds up")
        return play(opening, years, seed, late)

    monkeypatch.setattr(generate, "play", play_the_second)
    assert main(["generate", "--published", str(CARRIED), "--la-code", "874", "--years", "2025", "--out", str(tmp_path)]) == 0
    assert asked == ["7:874", "7:874:1"]


def test_figures_that_nobody_can_have_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play_nobody(*_: object) -> Council:
        raise ValueError("nobody's FTE adds up")

    monkeypatch.setattr(generate, "play", play_nobody)
    said = refused(capsys, "--published", CARRIED, "--la-code", "874", "--years", 2025, "--out", tmp_path)
    assert "Peterborough (874): no workforce can have the published figures: nobody's FTE adds up" in said
