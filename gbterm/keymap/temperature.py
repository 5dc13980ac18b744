"""What the Temperature screen does."""

from __future__ import annotations

from gbterm.keymap.action import Action

ACTIONS: tuple[Action, ...] = ()
