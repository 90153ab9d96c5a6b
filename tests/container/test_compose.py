"""Rules for every service of docker-compose.yml, and for the Dockerfile. No test here needs containers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
ONCE = {"make-secrets", "airflow-init", "first-run", "cli", "restore"}
OF_AIRFLOW = {"late", "airflow-init", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "cli", "first-run"}
SECRET = re.compile("PASSWORD|SECRET|_KEY|_CONN|BROKER_URL|RESULT_BACKEND")
TAGGED = re.compile(r":[\w.${}:-]*\d[\w.]*")

each = pytest.mark.parametrize("name", SERVICES)


def settings(service: dict[str, Any]) -> dict[str, str]:
    written = service.get("environment") or {}
    assert isinstance(written, dict)
    return {name: str(value) for name, value in written.items()}


def test_every_service_that_was_asked_for_is_there() -> None:
    asked = {"postgres", "redis", "worker", "sftp", "mail", "published", "backup", "restore", "make-secrets"} | OF_AIRFLOW
    assert set(SERVICES) == asked
    optional = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert optional == {"redis": ["celery"], "worker": ["celery"], "mail": ["mail"], "cli": ["cli"], "restore": ["restore"]}


@each
def test_a_service_says_how_it_is_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    check = service.get("healthcheck") or {}
    is_checked = bool(check.get("test")) and not check.get("disable")
    assert is_checked != (name in ONCE)
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    if is_checked:
        assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@each
def test_a_service_has_limits_of_memory_and_of_its_log(name: str) -> None:
    assert re.search(r"\d+[mg]\}?$", str(SERVICES[name]["mem_limit"]))
    assert SERVICES[name]["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


@each
def test_an_image_is_pinned_by_its_tag_and_by_no_digest(name: str) -> None:
    image = str(SERVICES[name]["image"])
    assert TAGGED.search(image), image
    assert "latest" not in image and "@sha256" not in image


@each
def test_a_service_has_a_user_and_no_right_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    users = {"postgres": "999:999", "redis": "999:999", "sftp": "0:0"}
    assert service["user"] == users.get(name, "50000:0")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert ("cap_add" in service) == (name == "sftp")


@each
def test_a_service_waits_until_another_is_healthy_or_done(name: str) -> None:
    for other, how in (SERVICES[name].get("depends_on") or {}).items():
        assert how["condition"] == ("service_completed_successfully" if other in ONCE else "service_healthy")


@each
def test_no_secret_stands_in_a_setting(name: str) -> None:
    secret = [setting for setting in settings(SERVICES[name]) if SECRET.search(setting)]
    assert [setting for setting in secret if not setting.endswith(("_FILE", "_CMD"))] == []


@each
def test_a_port_is_open_to_this_server_alone_unless_a_setting_says_otherwise(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert re.match(r"\$\{\w+:-127\.0\.0\.1\}:\$\{\w+:-\d+\}:\d+$", port)


@pytest.mark.parametrize("name", sorted(OF_AIRFLOW))
def test_a_part_of_airflow_finds_the_api_by_its_name_and_its_secrets_in_files(name: str) -> None:
    own = settings(SERVICES[name])
    assert own["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://api-server:8080/execution/"
    assert own["AIRFLOW__CORE__EXECUTOR"] == "${AIRFLOW_EXECUTOR:-LocalExecutor}"
    for setting in ("CORE__FERNET_KEY", "API_AUTH__JWT_SECRET", "API__SECRET_KEY", "DATABASE__SQL_ALCHEMY_CONN", "CELERY__BROKER_URL"):
        assert own[f"AIRFLOW__{setting}_CMD"]


def test_the_key_of_the_pseudonyms_reaches_only_what_lands_extracts() -> None:
    has_it = {name for name, service in SERVICES.items() if any(str(volume).startswith("keys:") for volume in service.get("volumes", ()))}
    assert has_it == {"make-secrets", "scheduler", "worker", "cli"}


def test_readers_and_the_backup_can_change_nothing() -> None:
    for name in ("published", "backup"):
        data = [volume for volume in SERVICES[name]["volumes"] if "_FOLDER:-data}" in volume or "_FOLDER:-published}" in volume]
        assert data and all(volume.endswith(":ro") for volume in data)


def test_every_volume_and_network_that_is_named_is_declared() -> None:
    named = {
        re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())
    }
    assert {name for name in named if not name.startswith(".")} == set(COMPOSE["volumes"])
    networks = {network for service in SERVICES.values() for network in service.get("networks", ())}
    assert networks == set(COMPOSE["networks"])


def test_the_example_of_settings_names_every_setting_with_its_default() -> None:
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")))
    assert dict(re.findall(r"^#? ?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)) == used | {"COMPOSE_PROFILES": "celery"}


def test_the_image_installs_from_the_lock_as_a_user_without_rights() -> None:
    assert "requirements.lock" in DOCKERFILE
    assert DOCKERFILE.count("--require-hashes") == 2
    assert re.search(r"^USER 50000:0$", DOCKERFILE, re.MULTILINE)
    assert "latest" not in DOCKERFILE
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == [
        "${BASE_IMAGE}${BASE_DIGEST}",
        "${BASE_IMAGE}${BASE_DIGEST}",
        "${SFTP_BASE_IMAGE}${SFTP_BASE_DIGEST}",
    ]


def test_nothing_but_what_a_service_needs_goes_into_the_image() -> None:
    lines = [line for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:].split("/")[0] for line in lines if line.startswith("!")}
    assert not let_in & {"data", "tests", ".git", ".env", ".venv", ".airflow"}
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests"}
    assert packages <= let_in
