"""What the keys of the console do, on each screen and everywhere."""

from functools import partial

from gbterm.keymap import ACTIONS, SCREENS, keys


def on_screen(screen):
    """The actions of one screen."""
    return table(action for action in ACTIONS if action.screen == screen)


def everywhere():
    """Those that every screen has, but for the screens themselves."""
    return table(action for action in ACTIONS if not (action.screen or action.letter))


def screens():
    """The ways to each screen."""
    yield from ("| key | also | name | shows |", "|---|---|---|---|")
    for action in SCREENS:
        way = f"Ctrl+G, then {action.letter}"
        yield f"| {_spelt(action)} | {way} | `{action.name}` | {action.help} |"


def table(actions):
    """Keys, name and meaning of each."""
    yield from ("| key | name | does |", "|---|---|---|")
    for action in actions:
        yield f"| {_spelt(action)} | `{action.name}` | {action.help} |"


def _spelt(action):
    signs = (keys.spelt(key) for key in action.keys.split(","))
    return ", ".join(f"`{sign}`".replace("|", "\\|") for sign in signs)


PLACES = {
    "screens": screens,
    "everywhere": everywhere,
    **{screen.name: partial(on_screen, screen.name) for screen in SCREENS},
}
