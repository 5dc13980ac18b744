"""A target that is turned by a held key is sent once, where it came to rest."""

from __future__ import annotations

from gbterm.settling import SETTLE_S, SHOWN_S, Settling


def test_only_the_last_of_many_is_sent_and_once() -> None:
    settling = Settling()
    for step in range(100):
        settling.wish("bed", 60.0 + step, step / 30)
        assert settling.due(step / 30) == {}
    rest = 99 / 30 + SETTLE_S
    assert settling.due(rest - 0.01) == {}
    assert settling.due(rest) == {"bed": 159.0}
    assert settling.due(rest + 1) == {}


def test_each_heater_comes_to_rest_by_itself() -> None:
    settling = Settling()
    settling.wish("bed", 60.0, 0.0)
    settling.wish("nozzle1", 210.0, 0.5)
    assert settling.due(SETTLE_S) == {"bed": 60.0}
    assert settling.due(SETTLE_S + 0.5) == {"nozzle1": 210.0}


def test_what_was_sent_counts_until_the_printer_tells_it() -> None:
    settling = Settling()
    settling.wish("bed", 60.0, 0.0)
    settling.told("bed", 60.0)
    assert settling.wished("bed") == 60.0
    settling.due(1.0)
    settling.told("bed", 0.0)
    assert settling.wished("bed") == 60.0
    settling.told("bed", 60.0)
    assert settling.wished("bed") is None
    assert not settling


def test_what_the_printer_never_tells_is_let_go() -> None:
    settling = Settling()
    settling.wish("bed", 60.0, 0.0)
    settling.due(1.0)
    settling.due(1.0 + SHOWN_S)
    assert settling.wished("bed") is None


def test_turning_on_while_the_last_is_under_way_sends_that_too() -> None:
    settling = Settling()
    settling.wish("bed", 60.0, 0.0)
    assert settling.due(1.0) == {"bed": 60.0}
    settling.wish("bed", 61.0, 1.1)
    settling.told("bed", 60.0)
    assert settling.wished("bed") == 61.0
    assert settling.due(2.0) == {"bed": 61.0}
    settling.forget("bed")
    assert settling.wished("bed") is None
