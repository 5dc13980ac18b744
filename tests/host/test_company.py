"""Since when nobody is connected, on an injected clock."""

from __future__ import annotations

from gbterm.host.company import STAY_S, Company


def seen(company: Company, since: float, until: float, *, somebody: bool) -> None:
    for now in range(int(since), int(until) + 1):
        company.see(now, somebody=somebody)


def test_nobody_came_since_the_start() -> None:
    company = Company(100.0)
    seen(company, 100, 500, somebody=False)
    assert company.alone_since() == 100


def test_while_somebody_is_there_and_once_they_left() -> None:
    company = Company(100.0)
    seen(company, 200, 300, somebody=True)
    assert company.alone_since() is None
    seen(company, 301, 400, somebody=False)
    assert company.alone_since() == 301


def test_who_only_looks_in_changes_nothing() -> None:
    company = Company(100.0)
    for visit in range(200, 4000, 60):
        seen(company, visit, visit + STAY_S / 2, somebody=True)
        company.see(visit + STAY_S / 2 + 1, somebody=False)
        assert company.alone_since() == 100
