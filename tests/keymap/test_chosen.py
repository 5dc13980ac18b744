"""The key map of the configuration: what a user may write, and the sentence that a mistake gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.keys import _character_to_key

from gbterm import config_file, keymap
from gbterm.config import Config, ConfigFile, KeyChoice
from gbterm.errors import ConfigError
from gbterm.keymap import ACTIONS, BY_NAME, keys
from gbterm.keymap.chosen import shared, with_keys

FILE = ConfigFile(Path("/c.toml"))


@pytest.fixture(autouse=True)
def _afterwards_as_before() -> Iterator[None]:
    yield
    keymap.choose(Config())


def chosen(**wanted: str | tuple[str, ...]) -> list[KeyChoice]:
    return [
        KeyChoice(name, (given,) if isinstance(given, str) else given, FILE)
        for name, given in wanted.items()
    ]


def test_the_file_gives_a_key_or_several(tmp_path: Path) -> None:
    system, user = tmp_path / "system.toml", tmp_path / "user.toml"
    system.write_text('[keys]\npause = "x"\nresume = "y"\n')
    user.write_text('[keys]\npause = ["Space", "F5"]\n')
    found = {c.action: (c.keys, c.file.path) for c in config_file.load([system, user]).keys}
    assert found == {"pause": (("Space", "F5"), user), "resume": (("y",), system)}


@pytest.mark.parametrize("value", ["1", "true", "[1]", "{a = 1}"])
def test_what_is_no_text_is_refused(tmp_path: Path, value: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f"[keys]\npause = {value}\n")
    with pytest.raises(ConfigError, match=r"c\.toml, line 2: keys\.pause must be a key or a list"):
        config_file.load([file])


@pytest.mark.parametrize(
    ("written", "name", "shown"),
    [
        ("Ctrl+R", "ctrl+r", "^r"),
        ("^\\", "ctrl+backslash", "^\\"),
        ("?", "question_mark", "?"),
        ("question_mark", "question_mark", "?"),
        ("Page Up", "pageup", "PgUp"),
        ("PgDn", "pagedown", "PgDn"),
        ("f5", "f5", "F5"),
        ("N", "N", "N"),
        ("n", "n", "n"),
        ("space", "space", "Space"),
        ("left", "left", "←"),
        ("alt+x", "", ""),
        ("ctrl+pageup", "", ""),
        ("ctrl+shift+x", "", ""),
        ("nonsense", "", ""),
        ("é", "", ""),
        ("", "", ""),
    ],
)
def test_keys_are_written_as_people_do(written: str, name: str, shown: str) -> None:
    assert keys.read(written) == name
    assert keys.shown(name) == shown


@pytest.mark.parametrize("sign", keys.NAMES)
def test_a_sign_is_called_as_textual_calls_it(sign: str) -> None:
    assert keys.read(sign) == _character_to_key(sign)
    assert keys.shown(keys.read(sign)) == sign


def test_the_table_tells_the_truth_and_gives_no_key_two_meanings() -> None:
    for action in ACTIONS:
        assert list(shared(action, ACTIONS)) == []
        assert action.shown in ("", keys.shown(action.keys.split(",")[0]))


def test_chosen_keys_take_the_place_of_the_others() -> None:
    table = with_keys(ACTIONS, chosen(pause="Space", resume=("p", "y")))
    assert (table["pause"].keys, table["pause"].shown) == ("space", "Space")
    assert (table["resume"].keys, table["resume"].shown) == ("p,y", "p")
    assert table["cancel"] is BY_NAME["cancel"]


def test_keys_can_be_exchanged() -> None:
    table = with_keys(ACTIONS, chosen(pause="r", resume="p"))
    assert (table["pause"].keys, table["resume"].keys) == ("r", "p")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (chosen(pauze="x"), "keys.pauze is no action of the console; the nearest is pause."),
        (chosen(qqqqq="x"), "keys.qqqqq is no action of the console; the Settings screen"),
        (chosen(pause="Hyper+X"), "keys.pause has no key 'Hyper+X'; write as"),
        (chosen(pause=()), "keys.pause needs a key at least"),
        (chosen(pause="r"), "keys.pause is r, which is resume on the Job screen"),
        (chosen(pause="Ctrl+Q"), "keys.pause is ^q, which is quit everywhere"),
        (chosen(help="p"), "keys.help is p, which is "),
        (chosen(pause="F10"), "keys.pause can't be F10: terminals keep it"),
        (chosen(pause="Esc"), "keys.pause can't be Esc: it leaves dialogs"),
        (chosen(pause="Ctrl+M"), "keys.pause can't be ^m: terminals send it for Enter"),
        (chosen(pause="Ctrl+1"), "keys.pause has no key 'Ctrl+1'"),
        (chosen(estop=()), "keys.estop needs a key at least"),
        (chosen(estop="s"), "keys.estop must be a key with Ctrl or an F-key"),
        (chosen(estop=("Ctrl+B", "Enter")), "keys.estop must be a key with Ctrl or an F-key"),
        (chosen(estop="Ctrl+C"), "keys.estop can't be ^c"),
        (chosen(estop="Ctrl+X"), "keys.estop can't be ^x, which never stops a print"),
        (chosen(cancel="Ctrl+X"), "keys.cancel can't be ^x, which never stops a print"),
        (chosen(stop_selected="s"), "keys.stop_selected must be a key with Ctrl or an F-key"),
        (chosen(stop_selected="Ctrl+X"), "keys.stop_selected can't be ^x, which never stops"),
        (chosen(stop_selected="Ctrl+T"), "keys.stop_selected is ^t, which is hide_temperatures"),
        (chosen(pause="Ctrl+U"), "keys.pause is ^u, which is stop_selected on the Printers"),
        (chosen(quit="q"), "keys.quit must be a key with Ctrl or an F-key"),
    ],
)
def test_what_makes_no_sense_is_refused_with_file_and_key(
    wanted: list[KeyChoice], sentence: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        keymap.choose(Config(keys=tuple(wanted)))
    assert str(refusal.value).startswith(f"/c.toml: {sentence}")
    assert all(BY_NAME[action.name] is action for action in ACTIONS)
