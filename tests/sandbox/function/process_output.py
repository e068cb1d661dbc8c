"""What a process writes to its stdout and stderr, in lines, read without ever waiting."""

import os
from typing import IO


class ProcessOutput:
    """Collects a pipe's lines. Whoever owns it says when to read, so that nothing is read on a thread of its own."""

    def __init__(self, pipe: IO[bytes]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._pipe = pipe
        self._unread = bytearray()
        self.ended = False
        """Nothing more will come: every process that held the other end has closed it."""

    def fileno(self) -> int:
        """Lets a selector wait for output."""
        return self._pipe.fileno()

    def read(self) -> None:
        """Take what has been written until now."""
        while not self.ended:
            try:
                chunk = os.read(self.fileno(), 65536)
            except BlockingIOError:
                return
            self._unread += chunk
            self.ended = not chunk

    def take_lines(self) -> tuple[str, ...]:
        """Hand over the lines that are complete, and the last one as it is; empty ones are left out."""
        self.read()
        text = self._unread.decode(errors="replace")
        self._unread.clear()
        return tuple(line for line in text.split("\n") if line.strip())

    def close(self) -> None:
        """Let go of the pipe."""
        self._pipe.close()
