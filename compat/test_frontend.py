"""OpenGB's own web page, served by gbterm and used as a person does."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, Page, expect

from compat.conftest import FRONTENDS
from tests.endtoend.house import House, wait_until

PAGE = ("--frontend", str(FRONTENDS / "opengb"))


def gcode(moves: int) -> str:
    lines = (f"G1 X{10 + n % 50} Y{10 + n % 30} F3000\n" for n in range(moves))
    return "G28\nG1 Z1 F600\n" + "".join(lines)


LONG = gcode(999)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def upload(page: Page, text: str) -> None:
    """Upload a file: the page then asks for it again with its content, and shows it."""
    file = {"name": "part.gcode", "mimeType": "text/plain", "buffer": text.encode()}
    page.locator("#uploadFile").set_input_files(file)  # type: ignore[arg-type]
    expect(page.locator("#file-info h2")).to_have_text("part.gcode")


def executed(house: House) -> list[str]:
    return [json.loads(line)["line"] for line in house.executed_log.read_text().splitlines()]


def await_code(house: House, code: str, since: int = 0) -> None:
    """Wait for a command in the board's log, which is written a moment late."""
    wait_until(lambda: any(line.startswith(code) for line in executed(house)[since:]), code)


def opened(house: House, page: Page, where: str = "home", speed: float = 300) -> Page:
    house.board("--heat-speed", "4", speed=speed)
    house.serve(*PAGE)
    page.goto(f"http://{house.listen()}/#!/{where}")
    return page


def test_a_print_from_upload_to_its_end(house: House, page: Page) -> None:
    opened(house, page)
    upload(page, ";Filament used: 1m\n;TIME:60\n" + gcode(30))
    expect(page.locator("#file-meta-data")).to_contain_text("00:01:00")
    button(page, "Print").click()
    wait_until(lambda: executed(house)[-1:] == ["M105"] and "M400" in executed(house), "its end")
    expect(button(page, "Print")).to_be_visible()


def test_a_print_paused_resumed_and_stopped(house: House, page: Page) -> None:
    opened(house, page, speed=1)
    upload(page, LONG)
    button(page, "Print").click()
    button(page, "Pause").click()
    house.wait_for_state("PAUSED")
    button(page, "Resume").click()
    expect(button(page, "Pause")).to_be_visible()
    button(page, "Stop").click()
    button(page, "Confirm").click()
    house.wait_for_state("READY")
    expect(button(page, "Print")).to_be_visible()


def test_the_progress_of_a_print_is_shown(house: House, page: Page) -> None:
    opened(house, page, speed=3)
    upload(page, LONG)
    button(page, "Print").click()
    expect(page.locator("#print-info")).to_contain_text(re.compile("[1-9][0-9]?%"))


def test_files_are_listed_and_deleted(house: House, page: Page) -> None:
    opened(house, page)
    payloads = house.root / "data/gbterm/gcode"
    upload(page, LONG)
    assert len(list(payloads.iterdir())) == 1
    page.reload()
    page.get_by_text("part.gcode").click()
    button(page, "Delete File").click()
    button(page, "Confirm").click()
    wait_until(lambda: not list(payloads.iterdir()), "an empty library")


def test_temperatures_come_and_presets_are_set(house: House, page: Page) -> None:
    opened(house, page)
    bed = page.locator(".temperature-menu", has_text="Heated Bed")
    expect(bed.locator(".current-temp")).to_have_text("OFF")
    bed.get_by_role("button", name="PLA").click()
    await_code(house, "M140 S")
    expect(bed.locator(".current-temp")).not_to_have_text("OFF")


def test_homing_and_jogging_show_where_the_head_is(house: House, page: Page) -> None:
    opened(house, page, "controls")
    button(page, "Home All").click()
    await_code(house, "G28")
    house.wait_for_state("READY")
    x = page.locator(".position-info", has_text="x").locator("span")
    page.locator("#x-up").click(force=True)
    expect(x).to_have_text("10.00")
    page.locator("#x-down").click(force=True)
    expect(x).to_have_text("0.00")


def test_the_motors_are_switched_and_shown(house: House, page: Page) -> None:
    opened(house, page, "controls")
    switch = page.locator(".slide-switch", has_text="motors")
    for code, shown in (("M17", "is-on"), ("M18", "button$"), ("M17", "is-on")):
        before = len(executed(house))
        switch.click()
        expect(switch).to_have_class(re.compile(shown))
        await_code(house, code, before)


def test_the_fan_is_switched_and_shown(house: House, page: Page) -> None:
    opened(house, page, "controls")
    button(page, "expand").click()
    switch = page.locator(".slide-switch", has_text="fans")
    for code, shown in (("M106 P1 S255", "is-on"), ("M106 P1 S0", "button$")):
        before = len(executed(house))
        switch.click()
        expect(switch).to_have_class(re.compile(shown))
        await_code(house, code, before)


def test_the_emergency_stop_stops(house: House, page: Page) -> None:
    opened(house, page, speed=1)
    upload(page, LONG)
    button(page, "Print").click()
    expect(button(page, "Pause")).to_be_visible()
    page.locator(".property-nav.bottom a").click()
    page.locator(".huge-button").click()
    house.wait_for_state("ERROR")


def test_a_page_with_a_key_is_let_in(house: House, page: Page) -> None:
    made = house.plain("key", "create", "page", "--scope", "operate", "--scope", "files")
    assert made.returncode == 0, made.stderr
    key = made.stdout.split()[-1]
    config = house.root / "config/gbterm/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[auth]\nloopback = "key"\n')
    house.board()
    house.serve(*PAGE)
    assert page.goto(f"http://{house.listen()}/").status == 401  # type: ignore[union-attr]
    page.goto(f"http://{house.listen()}/?key={key}")
    assert "key" not in page.url
    page.goto(f"http://{house.listen()}/#!/home")
    upload(page, LONG)
