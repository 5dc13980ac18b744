"""Which keys macros may have: those that mean nothing else by the user's own key map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm import config_file, keymap
from gbterm.config import Config
from gbterm.errors import ConfigError


@pytest.fixture(autouse=True)
def _as_built() -> Iterator[None]:
    yield
    keymap.choose(Config())


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return config_file.load([path])


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("Enter", "can't be Enter: it chooses, and sends what is typed"),
        ("Esc", "can't be Esc: it leaves dialogs, and nothing else"),
        ("Tab", "can't be Tab: it moves from one field to the next"),
        ("PgDn", "can't be PgDn: it moves in lists and lines"),
        ("Ctrl+M", "can't be Ctrl+M: terminals send it for Enter"),
        ("F2", "is F2, which is dashboard everywhere: give it another key"),
        ("Ctrl+U", "is Ctrl+U, which is stop_selected on the Printers screen: give it another"),
        ("f", "is f, which is "),
        ("Hyper+L", 'is no key: \'Hyper+L\'; write as "Ctrl+L" or "F5"'),
    ],
)
def test_a_key_that_something_needs_is_refused_with_its_line(
    tmp_path: Path, key: str, why: str
) -> None:
    lines = f'[printer.a]\nport = "/dev/x"\n[printer.a.macro.m]\ngcode = "G28"\nkey = "{key}"\n'
    found = config(tmp_path, lines)
    sentence = f"{tmp_path}/config.toml, line 5: printer.a.macro.m.key {why}"
    for refused in (keymap.judge, keymap.choose):
        with pytest.raises(ConfigError, match=f"^{re.escape(sentence)}"):
            refused(found)


def test_it_is_judged_by_the_keys_that_the_user_chose(tmp_path: Path) -> None:
    macro = '[macro.m]\ngcode = "G28"\nkey = "{0}"\n'
    chosen = '[keys]\nhelp = "Ctrl+L"\n'
    keymap.choose(config(tmp_path, macro.format("Ctrl+L")))
    with pytest.raises(ConfigError, match=r"line 5: macro\.m\.key is Ctrl\+L, which is help every"):
        keymap.choose(config(tmp_path, chosen + macro.format("Ctrl+L")))
    with pytest.raises(ConfigError, match="is F1, which is help everywhere"):
        keymap.choose(config(tmp_path, macro.format("F1")))
    keymap.choose(config(tmp_path, chosen + macro.format("F1")))
    assert keymap.refusal("F1") == ""
    assert "which is help" in keymap.refusal("Ctrl+L")


def test_a_key_that_another_file_replaced_is_nobodys(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text('[macro.m]\ngcode = "G28"\nkey = "Enter"\n')
    second.write_text('[macro.m]\ngcode = "G28"\n')
    keymap.choose(config_file.load([first, second]))
