"""Programs that talk to an OctoPrint, at a host that answers as one: gbterm's own client, and
octoprint-cli and octorest from PyPI."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.model import Phase
from tests.backends.kinds import entered, until
from tests.endtoend.house import GENEROUS_S, House
from tests.octoprint.live import ROOT
from tests.server.octoprint.asking import Client
from tests.server.octoprint.test_job import LONG, SHORT

BIN = ROOT / ".venv-octoprint-clients/bin"


def ran(house: House, *words: str) -> str:
    """What a program of theirs prints, once it has ended well."""
    home = os.environ | {"HOME": str(house.root), "XDG_CONFIG_HOME": str(house.root / "theirs")}
    home.pop("PYTHONPATH", None)
    done = subprocess.run(
        words, env=home, cwd=house.root, capture_output=True, text=True, timeout=GENEROUS_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def key(house: House, name: str) -> str:
    return house.plain("key", "create", name, "--scope", "files", "operate").stdout.strip()


async def test_our_own_client_prints_and_pauses(client: Client, tmp_path: Path) -> None:
    part = tmp_path / "part.gcode"
    part.write_text(LONG)
    backend = OctoPrintBackend(f"http://{client.address}")
    await backend.connect()
    try:
        await entered(backend, Phase.READY)
        await backend.set_temperature(bed=40.0)
        await until(lambda: backend.state.bed.target == 40.0)
        file = await backend.upload(part)
        assert [one.name for one in await backend.files()] == ["part.gcode"]
        await backend.print_file(file.id)
        await entered(backend, Phase.EXECUTING)
        await backend.pause()
        await entered(backend, Phase.PAUSED)
        await backend.cancel()
        await entered(backend, Phase.READY)
        assert backend.state.job is not None
        assert backend.state.job.outcome == "cancelled"
    finally:
        await backend.close()


OCTOREST = """
import sys, time
from octorest import OctoRest
url, key, path = sys.argv[1:]
client = OctoRest(url=url, apikey=key)
assert client.version["text"].startswith("OctoPrint")
assert client.state() == "Operational"
assert client.upload(path)["done"]
client.bed_target(40)
client.home()
client.jog(x=5)
client.gcode("M117 octorest")
client.select("part.gcode", print=True)
while client.job_info()["progress"]["completion"] != 100.0 or client.state() != "Operational":
    time.sleep(0.1)
assert client.printer()["temperature"]["bed"]["target"] == 40
assert [one["name"] for one in client.files()["files"]] == ["part.gcode"]
client.delete("part.gcode")
assert client.files()["files"] == []
print("done")
"""


def test_octorest_drives_it(client: Client, house: House) -> None:
    part = house.root / "part.gcode"
    part.write_text(SHORT)
    url = f"http://{client.address}"
    said = ran(house, str(BIN / "python"), "-c", OCTOREST, url, key(house, "octorest"), str(part))
    assert said == "done\n"


def test_octoprint_cli_drives_it(client: Client, house: House) -> None:
    (house.root / "part.gcode").write_text(SHORT)
    config = house.root / "cli.ini"
    config.write_text(
        f"[server]\nServerAddress = http://{client.address}\nApiKey = {key(house, 'cli')}\n"
        "[preferences]\nUpdateCheck = false\n"
    )

    def cli(*words: str) -> str:
        return ran(house, str(BIN / "octoprint-cli"), "-c", str(config), *words)

    assert "OctoPrint" in cli("version")
    cli("files", "upload", "part.gcode")
    assert "part.gcode" in cli("files", "list")
    cli("print", "select", "part.gcode")
    assert "part.gcode" in cli("print", "status")
    cli("print", "start")
    house.finish()
    cli("temp", "bed", "40")
    assert client.get("/api/printer/bed")["bed"]["target"] == 40
