"""Shells of people: bash, zsh and fish on a terminal, and what Tab makes of a line there."""

from __future__ import annotations

import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress

from tests.cli.conftest import Shell as Gbterm

WITHIN_S = 90.0
TAB, TELL, FORGET = "\t", "\x14", "\x15"
PROMPT = b"type: "

# TELL has a shell write the line that is typed to a file.
_SETTINGS = {
    "bash": """
PS1='type: '
bind 'set enable-bracketed-paste off'
. {script}
tell() {{ printf '%s\\n' "$READLINE_LINE" >{line}; }}
bind -x '"\\C-t": tell'
""",
    "zsh": """
autoload -Uz compinit && compinit -D
PS1='type: '
. {script}
tell() {{ print -r -- "$BUFFER" >{line} }}
zle -N tell
bindkey '^T' tell
""",
    "fish": """
function fish_prompt; echo -n 'type: '; end
function fish_greeting; end
source {script}
bind \\ct 'commandline >{line}'
""",
}


class TypingShell:
    """A `kind` of shell with gbterm's completions and with gbterm and its launchers on its PATH."""

    def __init__(self, kind: str, gbterm: Gbterm) -> None:
        home = self._home = gbterm.home
        self._line = home / "line"
        (home / "bin").mkdir()
        program = home / "bin" / "gbterm"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gbterm "$@"\n')
        program.chmod(0o755)
        path = f"{home / 'bin'}:{os.environ['PATH']}"
        self._env = gbterm.env | {"PATH": path, "TERM": "xterm", "ZDOTDIR": str(home)}
        self.run(str(program), "links", str(home / "bin"))
        script = home / "completions"
        script.write_text(self.run(str(program), "completions", kind))
        settings = home / ".zshrc"
        settings.write_text(_SETTINGS[kind].format(script=script, line=self._line))
        argv = {
            "bash": ["bash", "--noprofile", "--rcfile", str(settings), "-i"],
            "zsh": ["zsh", "-d", "-i"],
            "fish": ["fish", "--no-config", "-i", "-C", f"source {settings}"],
        }[kind]
        self._seen = b""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(home)
            os.execvpe(argv[0], argv, self._env)
        self._read_until(lambda: PROMPT in self._seen)

    def run(self, *argv: str) -> str:
        done = subprocess.run(
            argv, env=self._env, cwd=self._home, capture_output=True, text=True, check=True
        )
        return done.stdout

    def completed(self, line: str) -> str:
        """What Tab makes of `line`, the blank behind it left out."""
        self._line.unlink(missing_ok=True)
        os.write(self._terminal, (line + TAB + TELL + FORGET).encode())
        self._read_until(lambda: self._line.exists() and self._line.read_bytes().endswith(b"\n"))
        return self._line.read_text().rstrip()

    def close(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def _read_until(self, holds: object) -> None:
        assert callable(holds)
        deadline = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < deadline, self._seen[-2000:]
            if select.select([self._terminal], [], [], 0.05)[0]:
                with suppress(OSError):
                    self._seen += os.read(self._terminal, 65536)
