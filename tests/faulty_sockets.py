"""Ports that fail as a network does: cut after so many bytes, or silent."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def cutting(port: int, after_bytes: int) -> Iterator[int]:
    """A port that leads to another one, and drops the connection after so many bytes of answers."""
    with _listening(lambda client: _lead(client, port, after_bytes)) as own:
        yield own


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    ended = threading.Event()
    with _listening(lambda client: ended.wait(60.0)) as own:
        yield own
        ended.set()


@contextmanager
def _listening(serve: Callable[[socket.socket], object]) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=lambda c=client: (serve(c), c.close()), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10.0)


def _lead(client: socket.socket, port: int, after_bytes: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as server:
        there = threading.Thread(target=lambda: _copy(client, server), daemon=True)
        there.start()
        _copy(server, client, after_bytes)


def _copy(one: socket.socket, other: socket.socket, at_most: int | None = None) -> None:
    left = at_most
    while left is None or left > 0:
        try:
            some = one.recv(65536 if left is None else min(65536, left))
            if not some:
                break
            other.sendall(some)
        except OSError:
            break
        left = None if left is None else left - len(some)
    for end in (one, other):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
