"""Every example of the documentation is of a kind that somebody tries: here those of few lines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from gbterm import octocmd
from gbterm.config import HOOK_EVENTS
from gbterm.server.occasions import Occasion
from tests.docs.pages import DOCS, PAGES, ROOT, Block, blocks, named, spans
from tests.docs.test_examples import SHELLS

PICTURES = ("text",)
TRIED_ELSEWHERE = ("json", "toml", "plain", "sh run", "python run")
HERE = ("yaml", "udev", "ini", "python")
MADE = re.compile(r"make ([a-z][\w-]*)")
METRIC = re.compile(r"\bgbterm_([a-z_]+)")
SERVED = re.compile(r'_(?:gauge|counter|heaters)\("(\w+)"|\("(job_layers?)"')
RULE = re.compile(r'[A-Z_]+(?:\{\w+\})?(?:==|!=|\+=|=)"[^"]*"')


def test_every_block_is_of_a_kind_that_is_tried() -> None:
    known = {*SHELLS, *PICTURES, *TRIED_ELSEWHERE, *HERE}
    assert [str(block) for block in blocks(*known)] == [str(block) for block in blocks()]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_example_hides_without_a_fence(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r"(?<=\n\n) {4}\[.*", text) == []


@pytest.mark.parametrize("block", blocks(*SHELLS), ids=str)
def test_a_shell_reads_it(block: Block) -> None:
    done = subprocess.run(
        ["sh", "-n"], input=block.text, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_made_can_be_made() -> None:
    targets = {*re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)}
    shown = [block.text for block in blocks(*SHELLS)]
    said = [span for page in PAGES for span in spans(page)]
    wanted = {match[1] for text in (*shown, *said) if (match := MADE.match(text))}
    assert {"demo", "test", "deb"} <= wanted <= targets


def test_a_configuration_to_begin_with_is_made_once(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("") if "config example >" in block.text]
    program = tmp_path / "gbterm"
    program.write_text(f'#!/bin/sh\nexec env PYTHONPATH="{ROOT}" {sys.executable} -m gbterm "$@"\n')
    program.chmod(0o755)
    paths = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.defpath}"}
    made = tmp_path / ".config/gbterm/config.toml"
    for known in ("", "# mine\n"):
        if known:
            made.write_text(known)
        done = subprocess.run(
            ["sh", "-eu", "-c", block.text],
            env=paths,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert made.read_text() == (known or (ROOT / "gbterm/config/example.toml").read_text())


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_a_module_of_python_can_be_imported(block: Block) -> None:
    module: dict[str, object] = {}
    exec(compile(block.text, str(block), "exec"), module)
    assert "printer" in module


@pytest.mark.parametrize("block", blocks("udev"), ids=str)
def test_a_rule_of_udev_is_one(block: Block) -> None:
    for line in block.text.splitlines():
        assert all(RULE.fullmatch(part) for part in line.split(", ")), line


@pytest.mark.parametrize("block", blocks("ini"), ids=str)
def test_a_setting_of_the_pi_is_one(block: Block) -> None:
    assert all(re.fullmatch(r"\w+=\S+", line) for line in block.text.splitlines())


def test_the_metrics_that_are_named_are_told() -> None:
    page = DOCS / "watching.md"
    source = (ROOT / "gbterm/server/metrics.py").read_text()
    shown = "\n".join((*spans(page), *(block.text for block in blocks("yaml"))))
    assert {*METRIC.findall(shown)} == {one or other for one, other in SERVED.findall(source)}


def test_octocmds_configuration_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [block for block in blocks("json") if octocmd.URL in block.text]
    monkeypatch.setenv("HOME", str(tmp_path))
    octocmd.files()[0].write_text(block.text)
    loaded = octocmd.load()
    assert loaded is not None
    assert loaded[0] == json.loads(block.text)[octocmd.URL]


def test_a_hook_is_told_what_its_page_says(tmp_path: Path) -> None:
    page = (DOCS / "hooks.md").read_text()
    facts = [f"GBTERM_{fact.name.upper()}" for fact in fields(Occasion)]
    assert re.findall(r"`(GBTERM_\w+)`", page) == [facts[0], "GBTERM_PRINTER", *facts[1:]]
    events = page.partition("| event | when |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"`(\w+)`", re.sub(r"\|[^|]*\|$", "", events, flags=re.M))) == sorted(
        HOOK_EVENTS
    )
    (block,) = [block for block in blocks("sh") if "GBTERM_" in block.text]
    script, curl = tmp_path / "tell-my-phone", tmp_path / "curl"
    script.write_text(block.text)
    curl.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    for program in (script, curl):
        program.chmod(0o755)
    told = {"GBTERM_PRINTER": "ender", "GBTERM_EVENT": "failed", "GBTERM_JOB": "a b.gcode"}
    done = subprocess.run(
        [script],
        env={"PATH": f"{tmp_path}:{os.defpath}", **told, "GBTERM_REASON": "$(false)"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "text=ender: failed a b.gcode $(false)" in done.stdout.splitlines()
