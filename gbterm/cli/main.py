"""`gbterm`: data goes to standard output, what went wrong to standard error in one sentence."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from gbterm import paths
from gbterm.cli import completions, options
from gbterm.cli.exits import ExitCode, exit_code
from gbterm.errors import GbtermError
from gbterm.text import scrub

SENTENCE_MAX = 800
"""Characters."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv`; returns the exit code."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Unicode gets a question mark instead of a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        if completions.ASKED in os.environ:
            options.complete()
        args = options.parse(sys.argv[1:] if argv is None else argv)
        code = args.run(args)
        sys.stdout.flush()
    except GbtermError as error:
        _say(str(error))
        return exit_code(error)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return ExitCode.FAILED_INSIDE
    except OSError as error:
        _say(_refusal(error))
        _drop_output()
        return ExitCode.FAILED_INSIDE
    except Exception as error:  # noqa: BLE001 - the last door: no traceback in front of a person
        noted = "".join(f" {note}" for note in getattr(error, "__notes__", ()))
        _say(f"gbterm failed inside ({type(error).__name__}: {error}){_kept()}.{noted}")
        return ExitCode.FAILED_INSIDE
    return int(code)


def _open_streams() -> None:
    """Who closed one wants nothing of it; no file that is opened later may take its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _drop_output() -> None:
    """What can't be written: python would complain once more while it ends."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str) -> None:
    said = scrub(sentence)
    if len(said) > SENTENCE_MAX:  # it repeats what was written, of any length
        said = f"{said[: SENTENCE_MAX // 2]} ... {said[-SENTENCE_MAX // 4 :]}"
    print(f"gbterm: {said}", file=sys.stderr)


def _refusal(error: OSError) -> str:
    """What the system refused: mostly a directory that isn't ours, or a full disk."""
    if error.filename is None:
        return f"The system refused: {error}{_kept()}."
    return f"{error.filename}: {error.strerror}; check its permissions and the space on its disk."


def _kept() -> str:
    """Keep the traceback for whoever mends this; where it went, in words."""
    import traceback

    log: Path = paths.state_dir() / "failed.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.write_text(traceback.format_exc(), encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return f"; the details are in {log}"
