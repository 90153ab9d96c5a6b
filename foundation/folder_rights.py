"""Who besides the owner may enter a folder: `folders.yaml` of the configuration gives the inbox and each audience of publications a mode and a group.

Without the file the inbox is the owner's alone, `inside/` can be read by the owner's group, and `public/` by every account.
"""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from foundation.configuration import configuration_folder
from foundation.configuration_yaml import read_yaml
from foundation.errors import ConfigurationError

SETTINGS = "folders.yaml"
INBOX, INSIDE, PUBLIC = "inbox", "inside", "public"
AUDIENCES = (INSIDE, PUBLIC)
DEFAULTS = {INBOX: 0o700, INSIDE: 0o750, PUBLIC: 0o755}
# What nobody may be given: an inbox that others can enter, a publication that others than the owner can write.
NEVER = {INBOX: 0o007, INSIDE: 0o022, PUBLIC: 0o022}
WHY_NEVER = {
    INBOX: "accounts outside the group may have no right to it: extracts hold personal data",
    INSIDE: "nobody but the owner may write there",
    PUBLIC: "nobody but the owner may write there",
}
OWNER, SET_GROUP, ENTER = 0o700, 0o2000, 0o111
MODE = re.compile(r"0?2?[0-7]{3}")


@dataclass(frozen=True)
class Rights:
    """The mode of a folder, and the group that it belongs to. None: the group of the account that writes it."""

    mode: int
    group: int | None = None

    @property
    def of_files(self) -> int:
        """The mode of a file in the folder: the same without the right to enter."""
        return self.mode & ~ENTER & ~SET_GROUP

    def of(self, path: Path) -> int:
        """The mode of a folder, or of a file in it."""
        return self.mode if path.is_dir() else self.of_files

    def give(self, path: Path) -> None:
        """Give a folder or file its group and mode. Raises ConfigurationError if this account may not give it to the group."""
        if self.group is not None and path.stat().st_gid != self.group:
            try:
                os.chown(path, -1, self.group)
            except PermissionError:
                raise ConfigurationError(
                    f"{configuration_folder() / SETTINGS}: this account (user {os.geteuid()}) may not give {path} to the group {self.group}. "
                    "Make it a member of the group"
                ) from None
        path.chmod(self.of(path))

    def wrong_with(self, path: Path) -> str | None:
        """How a folder or file differs from this, in words. None if it does not."""
        found = path.stat()
        mode = found.st_mode & 0o7777
        if mode != self.of(path):
            return f"has the rights {mode:o} instead of {self.of(path):o}"
        if self.group is not None and found.st_gid != self.group:
            return f"belongs to the group {found.st_gid} instead of {self.group}"
        return None


def folder_rights() -> dict[str, Rights]:
    """The rights of the inbox and of each audience's folder. Raises ConfigurationError naming file, key and what was expected."""
    path = configuration_folder() / SETTINGS
    try:
        written = (read_yaml(path) or {}) if path.exists() else {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict) or set(written) - set(DEFAULTS):
        raise ConfigurationError(f"{path}: may contain only {', '.join(DEFAULTS)}, each with mode and group")
    return {name: _rights(path, name, written.get(name)) for name in DEFAULTS}


def _rights(path: Path, name: str, written: object) -> Rights:
    told = {} if written is None else written
    if not isinstance(told, dict) or set(told) - {"mode", "group"}:
        raise ConfigurationError(f'{path}: {name}: may contain only mode and group, such as {{mode: "0750", group: readers}}')
    mode = told.get("mode", f"{DEFAULTS[name]:04o}")
    if not isinstance(mode, str) or not MODE.fullmatch(mode):
        raise ConfigurationError(f'{path}: {name}: mode: write three or four digits from 0 to 7 in quotes, such as "{DEFAULTS[name]:04o}"')
    number = int(mode, 8)
    if number & NEVER[name] or number & OWNER != OWNER:
        raise ConfigurationError(f'{path}: {name}: mode: "{mode}" cannot be used: the owner needs all rights, and {WHY_NEVER[name]}')
    return Rights(number, _group(path, name, told.get("group")))


def _group(path: Path, name: str, group: object) -> int | None:
    if group is None:
        return None
    try:
        return grp.getgrgid(group).gr_gid if isinstance(group, int) else grp.getgrnam(str(group)).gr_gid
    except (KeyError, OverflowError):
        # In a container groups of the server have no name.
        if isinstance(group, int) and 0 <= group < 1 << 31:
            return group
        raise ConfigurationError(f"{path}: {name}: group: this machine has no such group. Write one that it has, or its number") from None


def give_audiences(publication: Path) -> None:
    """Give each audience's folder of a publication, and everything in it, its rights. First the folder, so that nobody enters meanwhile."""
    rights = folder_rights()
    for audience in AUDIENCES:
        folder = publication / audience
        for path in (folder, *sorted(folder.rglob("*"))) if folder.is_dir() else ():
            rights[audience].give(path)


def give_inbox(inbox: Path) -> None:
    """Make the inbox with its rights. Folders of councils and sources in it that this account owns get them too, so that its group can write there."""
    rights = folder_rights()[INBOX]
    inbox.mkdir(mode=OWNER, parents=True, exist_ok=True)
    for folder in (inbox, *(path for pattern in ("*", "*/*") for path in inbox.glob(pattern) if path.is_dir() and not path.is_symlink())):
        if folder.stat().st_uid == os.geteuid() and rights.wrong_with(folder):
            rights.give(folder)


def wrong_rights(inbox: Path, publications: Path) -> Iterator[tuple[Path, str, Rights]]:
    """The inbox, and the audiences' folders and files of publications, that have other rights than they should: the first one of each folder."""
    rights = folder_rights()
    if inbox.is_dir() and (wrong := rights[INBOX].wrong_with(inbox)):
        yield inbox, wrong, rights[INBOX]
    for audience in AUDIENCES:
        for folder in sorted(publications.glob(f"[0-9]*/[!.]*/{audience}")):
            below = (path for path in (folder, *sorted(folder.rglob("*"))) if not path.is_symlink())
            found = next(((path, wrong) for path in below if (wrong := rights[audience].wrong_with(path))), None)
            if found:
                yield *found, rights[audience]
