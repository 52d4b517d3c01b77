"""A line between two programs that can be cut, slowed and silenced: a small TCP proxy.

A connection that lost bytes never carries any again, also when the line is healed: what
follows a gap makes no sense. The client has to give it up and to connect anew.
"""

import socket
import struct
import time
from contextlib import suppress
from threading import Lock, Thread

HOST = "127.0.0.1"
CHUNK = 64 * 1024
# A close with this option is a reset: nothing more is sent, and nothing is waited for.
AT_ONCE = struct.pack("ii", 1, 0)


class Link:
    """One client's connection and its continuation."""

    def __init__(self, client: socket.socket, target: socket.socket) -> None:
        self.client = client
        self.target = target
        self.has_gap = False

    def close(self) -> None:
        for end in (self.client, self.target):
            end.close()

    def reset(self) -> None:
        """Both ends fall silent at once; who still reads is woken, and closes."""
        with suppress(OSError):
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.client.shutdown(socket.SHUT_RD)
        with suppress(OSError):
            self.target.shutdown(socket.SHUT_RDWR)


class Proxy:
    """Passes what comes to its port on to another, until it is told otherwise."""

    def __init__(self) -> None:
        # Held as long as the proxy lives, so that nobody else is given the port meanwhile.
        self._place = _bound(0)
        self.port: int = self._place.getsockname()[1]
        self._target = 0
        self._listener: socket.socket | None = None
        self._links: set[Link] = set()
        self._lock = Lock()
        self._delay = 0.0
        self._drops_requests = False
        self._drops_answers = False

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def lead_to(self, target: int) -> None:
        """Starts to pass everything on to that port of this machine."""
        self._target = target
        self._listen()

    def refuse(self) -> None:
        """Nobody gets through, and everybody knows at once."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.reset()

    def hole(self) -> None:
        """Everything is taken and nothing arrives; connections stay open."""
        self._drops_requests = self._drops_answers = True

    def swallow_answers(self) -> None:
        """Whatever is asked arrives, and nobody hears of it."""
        self._drops_answers = True

    def delay(self, seconds: float) -> None:
        """Every piece arrives so much later."""
        self._delay = seconds

    def reset(self) -> None:
        """Breaks the connections that there are; new ones may be made."""
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            link.reset()

    def heal(self) -> None:
        """New connections pass again."""
        self._drops_requests = self._drops_answers = False
        self._delay = 0.0
        if self._listener is None:
            self._listen()

    def close(self) -> None:
        self.refuse()
        self._place.close()

    def _listen(self) -> None:
        self._listener = _bound(self.port)
        self._listener.listen(128)
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        # Ends with an OSError when the listener is closed.
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            target = socket.create_connection((HOST, self._target), timeout=5)
        except OSError:
            client.close()
            return
        target.settimeout(None)
        for end in (client, target):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(client, target)
        with self._lock:
            self._links.add(link)
        Thread(target=self._carry_answers, args=(link,), daemon=True).start()
        self._carry_requests(link)

    def _carry_requests(self, link: Link) -> None:
        with suppress(OSError):
            while data := link.client.recv(CHUNK):
                self._pass(data, link, link.target, self._drops_requests)
        self._end(link)

    def _carry_answers(self, link: Link) -> None:
        with suppress(OSError):
            while data := link.target.recv(CHUNK):
                self._pass(data, link, link.client, self._drops_answers)
        if not link.has_gap:
            self._end(link)

    def _pass(self, data: bytes, link: Link, to: socket.socket, drop: bool) -> None:
        link.has_gap = link.has_gap or drop
        if not link.has_gap:
            time.sleep(self._delay)
            to.sendall(data)

    def _end(self, link: Link) -> None:
        with self._lock:
            self._links.discard(link)
        link.reset()
        link.close()


def _bound(port: int) -> socket.socket:
    place = socket.socket()
    # Two sockets of one program may have the port: one that holds it, one that listens.
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind((HOST, port))
    return place
