"""Every recording of the real firmware, played to the simulated board."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.simulator.transcript import FOLDER, Player, Transcript, load

OF_A_CARD = ("08-sd", "15-sd-single", "17-sd-abort")
"""How long their prints take depends on files that were not recorded."""
NAMES = sorted({path.stem for path in FOLDER.glob("*.txt")} - set(OF_A_CARD))

# What may differ, per recording, beyond temperatures, powers, build strings and the checksum of
# the settings:
# A quick stop leaves the head where it was at that millisecond.
STOPPED = {"05-motion"}
# While the wire fills the queue and the first short moves start, the free buffers that an ok
# counts depend on the millisecond.
PACED = {"11-burst-big"}
# Past the ring bytes are lost, and which ones depends on the microsecond: from the burst of 64
# lines on only the kinds of answers are compared.
LOSSY = {"10-burst-avr-rx-drop"}
LOSSY_FROM = "64 numbered lines G1 in one write (1.6 kB)"


def normal(text: str) -> str:
    """A line without what differs from one board to the next."""
    text = re.sub(r"-?\d+\.\d\d /(?=\d)", "# /", text)
    text = re.sub(r"@(\d?):\d+", r"@\1:#", text)
    text = re.sub(r"Marlin bugfix-2\.0\.x \([^)]*\)", "Marlin (BUILD)", text)
    text = re.sub(r"echo:Compiled: .*", "echo:Compiled: DATE", text)
    return re.sub(r"crc \d+", "crc #", text)


def played(name: str, split: int = 0) -> tuple[list[str], list[str]]:
    """What the real board said, and what the simulated one says."""
    transcript = load(name)
    player = Player(transcript, split)
    player.play()
    wanted = [normal(text) for step in transcript.steps for _, text in step.answers]
    return wanted, [normal(text) for _, text in player.said]


@pytest.mark.parametrize("name", NAMES)
def test_answers_as_recorded(name: str) -> None:
    wanted, said = played(name)
    if name not in LOSSY:
        _check_pace(name)
    if name in LOSSY:
        place = _lossy_from(name)
        assert said[:place] == wanted[:place]
        _check_lossy(said[place:])
        return
    if name in STOPPED:
        wanted, said = _rounded(wanted), _rounded(said)
    if name in PACED:
        wanted, said = _without_late_buffers(wanted), _without_late_buffers(said)
    assert said == wanted


def _check_pace(name: str) -> None:
    """Times may differ, but nothing comes a second sooner or later than it did really."""
    player = Player(load(name))
    player.play()
    theirs = [at for step in player.transcript.steps for at, _ in step.answers]
    ours = [at for at, _ in player.said]
    for index in range(1, min(len(theirs), len(ours))):
        if "MAXTEMP triggered" in player.said[index][1]:
            continue  # when the sensor was shorted was not recorded
        real, simulated = theirs[index] - theirs[index - 1], ours[index] - ours[index - 1]
        assert simulated == pytest.approx(real, abs=1.0, rel=0.03), player.said[index]


def _lossy_from(name: str) -> int:
    place = 0
    for step in load(name).steps:
        if step.comment == LOSSY_FROM:
            break
        place += len(step.answers)
    return place


# An error and its resend, a fragment that is no command, a fragment that is one.
_LOSSY = re.compile(
    r"(Error:(No Checksum with line number|Line Number is not Last Line Number\+1|"
    r"checksum mismatch), Last Line: 13\n"
    r"Resend: 14\nok\n|echo:Unknown command: \"[^\"\n]*\"\nok P\d+ B[0-3]\n|ok P\d+ B[0-3]\n)+"
)


def _check_lossy(lines: list[str]) -> None:
    end = next(i for i, line in enumerate(lines) if line.startswith("ok T0"))
    assert _LOSSY.fullmatch("\n".join(lines[:end]) + "\n")
    assert sum(line.startswith("Error:") for line in lines) >= 10
    assert lines[end + 1] == "ok P15 B3"
    assert re.match(r"X:\d\.\d0 Y:\d\.\d0 Z:0\.00 E:0\.00 Count X:\d+ Y:\d+ Z:0", lines[end + 2])
    assert lines[end + 3 :] == ["ok P15 B3"]


def _rounded(lines: list[str]) -> list[str]:
    """Positions after a quick stop to 1 mm: they were reached at a random millisecond."""
    return [
        re.sub(
            r"X:(18\d|17\d)\.\d\d (.*) Count X:(\d+)",
            lambda found: f"X:{round(float(found[1]) / 5) * 5} {found[2]} Count",
            line,
        )
        for line in lines
    ]


def _without_late_buffers(lines: list[str]) -> list[str]:
    return [re.sub(r"(ok N1[6-9] P0) B\d+", r"\1 B#", line) for line in lines]


@pytest.mark.parametrize("name", ["02-ok-and-errors", "12-plain-wait", "16-prompts2"])
def test_split_at_every_byte(name: str) -> None:
    assert played(name, 1)[1] == played(name)[1]


def _before_a_print(name: str) -> Transcript:
    """What was recorded until the first file was started, without where commands go after it."""
    transcript = load(name)
    started = next(i for i, step in enumerate(transcript.steps) if step.data == b"M24\n")
    return replace(transcript, steps=transcript.steps[:started])


@pytest.mark.parametrize("name", OF_A_CARD)
def test_a_card_is_listed_and_opened_as_recorded(name: str) -> None:
    transcript = _before_a_print(name)
    player = Player(transcript)
    player.play()
    wanted = [text for step in transcript.steps for _, text in step.answers]
    assert [text for _, text in player.said] == wanted


def test_a_file_is_written_and_deleted_as_recorded() -> None:
    transcript = load("15-sd-single")
    begin = next(i for i, step in enumerate(transcript.steps) if step.comment.startswith("write: "))
    end = next(i for i, step in enumerate(transcript.steps) if step.data.startswith(b"M33"))
    steps = transcript.steps[begin:end]
    player = Player(replace(transcript, steps=steps))
    player.board.tick(1.0)
    player.board.data_to_send()
    player.play()
    wanted = [text for step in steps for _, text in step.answers]
    assert [text for _, text in player.said] == wanted
