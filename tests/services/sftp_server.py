"""A real SFTP server on this machine, which may misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from tests.ingestion.testshire import STAFF_HEADER, staff_row

NAME = "staff_2024-09.csv"
CONTENT = "\n".join([STAFF_HEADER, staff_row()]) + "\n"
RECEIVED = 1_728_712_800  # 12 October 2024, 06:00 UTC


@dataclass
class Server:
    """An SFTP server on this machine: its files are under `root`. It records every request other than reading.

    `grows` is added to each file that is opened. The server sends `endless` files without an end, says that each of them has
    `states` bytes, and `stops` before the first. It `drops` the connection once it has sent so many bytes of a file.
    """

    root: Path
    host_key: str = ""
    port: int = 0
    written: list[str] = field(default_factory=list)
    extra_names: list[str] = field(default_factory=list)
    grows: str = ""
    endless: bool = False
    stops: bool = False
    states: int | None = None
    drops: int | None = None

    def connection(self, **extra: object) -> str:
        login = {"conn_type": "sftp", "host": "127.0.0.1", "port": self.port, "login": "warehouse", "password": "for a test"}
        return json.dumps({**login, "extra": {"host_key": self.host_key, "look_for_keys": False, **extra}})

    def leave(self, name: str = NAME, text: str = CONTENT) -> Path:
        path = self.root / "outgoing" / name
        path.write_text(text)
        os.utime(path, (RECEIVED, RECEIVED))
        return path


def _files(server: Server) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
            self._channel = channel
            super().__init__(channel, chroot=str(server.root).encode())

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags != asyncssh.FXF_READ:
                server.written.append("open")
            if server.grows:
                with (server.root / path.decode().lstrip("/")).open("a") as still_written:
                    still_written.write(server.grows)
            return super().open(path, pflags, attrs)

        def remove(self, *_: object) -> None:
            server.written.append("remove")

        def rename(self, *_: object) -> None:
            server.written.append("rename")

        def setstat(self, *_: object) -> None:
            server.written.append("setstat")

        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            if server.stops:
                await asyncio.sleep(3600)
            if server.drops is not None:
                if offset >= server.drops:
                    self._channel.get_connection().abort()
                size = min(size, server.drops - offset)
            return b"1" * size if server.endless else super().read(file_obj, offset, size)

        async def scandir(self, path: bytes):  # type: ignore[no-untyped-def]
            async for entry in super().scandir(path):
                if server.states is not None and entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR:
                    entry.attrs.size = server.states
                yield entry
            for name in server.extra_names:
                attrs = asyncssh.SFTPAttrs(size=5, permissions=stat.S_IFREG | 0o644, atime=RECEIVED, mtime=RECEIVED)
                yield asyncssh.SFTPName(name.encode(), attrs=attrs)

    return Files


class _Login(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("warehouse", "for a test")


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """A server with an empty folder /outgoing."""
    running = Server(root)
    (running.root / "outgoing").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    running.host_key = key.export_public_key().decode().strip()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    options = {"server_host_keys": [key], "sftp_factory": _files(running), "server_factory": _Login}

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen("127.0.0.1", 0, **options)

    listener = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    running.port = listener.get_port()
    try:
        yield running
    finally:
        _end(listener, loop, thread)


def _end(listener: asyncssh.SSHAcceptor, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    async def stop() -> None:
        listener.close()
        await listener.wait_closed()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()
