"""The lines of the console without a screen: kept, hidden, wrapped, found."""

from __future__ import annotations

from gbterm.console_lines import ConsoleLine, ConsoleLines
from gbterm.widgets.scrollback import MOST, NOTE, SLACK, Scrollback

OK = frozenset({"ok", "busy"})
REPORTS = frozenset({"temperatures", "positions"})


def batch(*texts: str, at: float = 0.0, skipped: int = 0) -> ConsoleLines:
    """`>` lines were sent, all others received."""
    lines = [
        ConsoleLine(at + n, "out", text[1:]) if text[0] == ">" else ConsoleLine(at + n, "in", text)
        for n, text in enumerate(texts)
    ]
    return ConsoleLines(tuple(lines), skipped)


def shown(book: Scrollback) -> list[str]:
    return [row.text for row in book.rows]


def show(
    book: Scrollback,
    hidden: frozenset[str] = frozenset(),
    *,
    is_raw: bool = False,
    width: int = 0,
) -> None:
    book.show(hidden=hidden, is_raw=is_raw, width=width)


def test_what_is_hidden_comes_back_in_its_order() -> None:
    book = Scrollback()
    book.add(batch(">N1G1X1*2", "ok", "T:20.0 /0.0", "echo:busy: processing", "X:1 Y:2 Z:3", "hi"))
    everything = ["G1X1", "ok", "T:20.0 /0.0", "echo:busy: processing", "X:1 Y:2 Z:3", "hi"]
    assert shown(book) == everything
    show(book, OK | REPORTS | {"moves"})
    assert shown(book) == ["hi"]
    show(book, OK)
    assert shown(book) == ["G1X1", "T:20.0 /0.0", "X:1 Y:2 Z:3", "hi"]
    show(book)
    assert shown(book) == everything
    show(book, is_raw=True)
    assert shown(book)[0] == "N1G1X1*2"


def test_what_one_sent_oneself_is_never_hidden() -> None:
    book = Scrollback()
    show(book, OK | REPORTS | {"moves"})
    book.sends("M105")
    book.add(batch("X:1 Y:2 Z:3", ">N7M105*1", "X:1 Y:2 Z:3", "ok T:20.0 /0.0", "T:20.0 /0.0"))
    book.sends("G1 X5")
    book.add(batch(">N8G1 X5*1", "T:20.0 /0.0", "echo:busy: processing", "ok", ">N9G1 X5*1", "ok"))
    assert shown(book) == ["M105", "ok T:20.0 /0.0", "G1 X5", "ok"]
    book.sends("M105")
    book.did_not_send("M105")
    book.add(batch(">N9M105*1", "ok T:20.0 /0.0"))
    assert len(shown(book)) == 4


def test_lines_that_nobody_told_are_counted() -> None:
    book = Scrollback()
    book.add(batch("one", skipped=1234))
    assert shown(book) == ["1234 lines came too quickly to be told", "one"]
    assert book.rows[0].entry.direction == NOTE


def test_who_comes_back_gets_what_came_meanwhile_once() -> None:
    book = Scrollback()
    book.catch_up(batch("one", "two", at=1))
    book.add(batch("three", at=3))
    book.catch_up(batch("two", "three", "four", "five", at=2))
    assert shown(book) == ["one", "two", "three", "four", "five"]
    book.catch_up(batch("two", "three", "four", "five", at=2))
    assert shown(book)[-1:] == ["five"]
    book.catch_up(ConsoleLines())
    book.catch_up(batch("nine", at=9))
    assert shown(book)[-2:] == ["what came before this was not watched", "nine"]


def test_long_lines_are_wrapped_or_not() -> None:
    book = Scrollback()
    book.add(batch("abcdefgh", "日本語", "x"))
    show(book, width=4)
    assert shown(book) == ["abcd", "efgh", "日本", "語", "x"]
    assert [row.part for row in book.rows] == [0, 1, 0, 1, 0]
    book.add(batch("12345"))
    assert shown(book)[-2:] == ["1234", "5"]
    show(book)
    assert shown(book) == ["abcdefgh", "日本語", "x", "12345"]


def test_finding_is_told_of_new_lines_and_of_hidden_ones() -> None:
    book = Scrollback()
    book.add(batch("Alpha", "ok", ">N1M117 alpha*5", "beta"))
    book.find("ALPHA")
    assert book.found == [0, 2]
    book.add(batch("alphabet", "gamma"))
    assert book.found == [0, 2, 4]
    book.find("n1m")
    assert book.found == []
    show(book, is_raw=True)
    assert book.found == [2]
    book.find("ok")
    assert book.found == [1]
    show(book, OK)
    assert book.found == []
    book.find("")
    assert book.found == []


def test_it_stays_bounded_and_places_stay() -> None:
    book = Scrollback()
    book.find("7")
    place = None
    for number in range(0, 3 * MOST, 100):
        book.add(batch(*(f"line {n}" for n in range(number, number + 100)), at=number))
        assert len(book.rows) <= MOST + SLACK + 100
        place = place or book.rows[50].place
        if number == MOST:
            assert book.rows[book.row_of(place)].text == "line 50"
    assert shown(book)[-1] == f"line {3 * MOST - 1}"
    assert [row.entry.number for row in book.rows] == list(
        range(book.rows[0].entry.number, 3 * MOST)
    )
    assert place is not None
    assert book.row_of(place) == 0
    assert book.found[0] >= book.rows[0].entry.number
    assert len(book.shown()) == len(book.rows)


def test_a_time_that_is_none_does_no_harm() -> None:
    book = Scrollback()
    for at in (float("inf"), float("nan"), -1.0, 1e300):
        book.add(ConsoleLines((ConsoleLine(at, "in", "hi"),)))
    assert {row.entry.at for row in book.rows} == {0.0}
