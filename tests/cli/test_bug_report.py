"""`gbterm report` as a user runs it: what is in the file, and what never is."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote

from gbterm import __version__
from gbterm.cli.exits import ExitCode
from gbterm.host import hosts
from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import start
from tests.cli.test_host import LONG, print_file
from tests.endtoend.house import host_processes, wait_until

KEY = 'k9+/Qe"r7&Zw=31xY'
"""Written otherwise in JSON, in addresses and in base64."""
PASSWORDS = ("hunter2-wifi", "pass-of-hook", "tok-in-path", "bearer-of-lamp", "pw-of-port")
OF_THIS_MACHINE = {"README.txt", "versions.json", "terminal.json", "config.json", "doctor.txt"}
WHOLE = {
    *OF_THIS_MACHINE,
    "host.json",
    *("state.json", "capabilities.json", "stream.json", "firmware.json", "firmware.txt"),
    *("journal.json", "traffic.log", "printer.log", "server.log"),
}


def members(path: Path) -> dict[str, str]:
    """What is in a report, by the names behind its folder."""
    with tarfile.open(path) as tar:
        found = {}
        for member in tar.getmembers():
            file = tar.extractfile(member)
            assert file is not None
            found[member.name.partition("/")[2]] = file.read().decode()
        return found


def forms(secret: str) -> set[bytes]:
    """How a secret may stand in a file, and what of it can't be mistaken for anything else."""
    data = secret.encode()
    shifted = (base64.b64encode(b"x" * n + data)[4:-4] for n in range(3))
    texts = (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), data.hex(), secret[::-1])
    return {
        *(text.encode() for text in texts),
        *(secret.encode(code) for code in ("utf-16-le", "utf-16-be")),
        *shifted,
        data[: len(data) // 2 + 1],
    }


def assert_silent(path: Path, *secrets: str) -> None:
    told = [path.read_bytes(), *(text.encode() for text in members(path).values())]
    for secret in secrets:
        for form in forms(secret):
            assert not any(form in text for text in told), form


def test_all_that_a_living_host_knows_but_no_secret(gbterm: Shell, board: str) -> None:
    (gbterm.home / "key").write_text(f"{KEY}\n")
    gbterm.config.write_text(
        'default = "ender"\n'
        + gbterm.config.read_text()
        + f'[printer.far]\nurl = "http://127.0.0.1:9"\nkey_file = "{gbterm.home}/key"\n'
        + '[printer.net]\nport = "socket://me:pw-of-port@127.0.0.1:9"\n'
        + '[macro.wifi]\ngcode = \'M587 S"home" P"hunter2-wifi"\'\n'
        + '[command.lamp]\nrun = ["/bin/curl", "-H", "bearer-of-lamp", '
        + '"https://u:pass-of-hook@a.example/tok-in-path"]\n'
    )
    service, ready = start(gbterm)
    log = gbterm.run_dir("ender") / "printer.log"
    with log.open("a") as file:
        file.write(f"asked with X-Api-Key: {KEY[:9]}zz and {quote(KEY, safe='')} by \x1b[31m\n")
        file.write(f"basic {base64.b64encode(b'user:' + KEY.encode()).decode()}\n")
    for command in ('M587 S"home" P"hunter2-wifi"', "M117 hello"):
        assert gbterm("gcase", command).returncode == 0
    traffic = gbterm.run_dir("ender") / hosts.TRAFFIC
    wait_until(lambda: b"M117 hello" in traffic.read_bytes(), "what went over the cable is kept")

    done = gbterm("report", "r.tar.gz")
    assert (done.returncode, done.stderr) == (0, "")
    *said, last = done.stdout.splitlines()
    assert last == "The report is in r.tar.gz: look at what it holds before you send it."
    path = gbterm.home / "r.tar.gz"
    found = members(path)
    assert set(found) == WHOLE
    assert {line.split()[0] for line in said} == WHOLE
    assert_silent(path, KEY, *PASSWORDS)
    assert path.stat().st_mode & 0o077 == 0

    assert json.loads(found["versions.json"])["packages"]["aiohttp"]
    assert json.loads(found["state.json"])["phase"] == "READY"
    assert json.loads(found["journal.json"])["entry"]["job"] is None
    assert json.loads(found["stream.json"])["oks"] > 0
    assert "GCODE" in json.loads(found["capabilities.json"])["capabilities"]
    firmware = found["firmware.txt"]
    # What the board tells by itself meanwhile may come between.
    assert "\nFIRMWARE_NAME:Marlin" in firmware.partition("\n> M503\n")[0]
    assert "M92 X" in firmware.partition("\n> M503\n")[2]
    assert re.search(r"^20\d\d-\d\d-\d\d [\d:.]{12} > .*M117 hello", found["traffic.log"], re.M)
    head = rf"gbterm {re.escape(__version__)}, ender, 20\d\d-\d\d-\d\d [\d:]{{8}} UTC\. Keys"
    assert re.match(head, found["README.txt"])
    assert '"run": [\n' in found["config.json"]
    assert "/bin/curl" in found["config.json"]
    assert "\x1b" not in "".join(found.values())

    own = gbterm("key", "create", "panel", "--scope", "operate").stdout.strip()
    elsewhere = gbterm("report", "far.tar.gz", "--url", ready.split()[3], GBTERM_KEY=own)
    assert (elsewhere.returncode, elsewhere.stderr) == (0, "")
    far = members(gbterm.home / "far.tar.gz")
    of_the_host = {"host.json", "journal.json", "printer.log", "server.log"}
    assert set(far) == WHOLE - of_the_host | {"server.json"}
    assert "\nFIRMWARE_NAME:Marlin" in far["firmware.txt"]
    assert "M92 X" in far["firmware.txt"].partition("\n> M503\n")[2]
    assert re.search(r"^20\d\d-\d\d-\d\d [\d:.]{12} > .*M117 hello", far["traffic.log"], re.M)
    assert_silent(gbterm.home / "far.tar.gz", own, KEY, *PASSWORDS)
    service.end()


def test_what_a_host_tells_with_a_silent_server_and_leaves_when_it_is_killed(
    gbterm: Shell, board: str
) -> None:
    service, _ = start(gbterm)
    print_file(gbterm, LONG)
    traffic = gbterm.run_dir("ender") / hosts.TRAFFIC
    wait_until(lambda: b"X100" in traffic.read_bytes(), "its moves are kept")
    server, printer = (host_processes(gbterm.home, role)[0] for role in ("server", "printer"))
    os.kill(server, signal.SIGSTOP)
    try:
        done = gbterm("report", "printing.tar.gz")
    finally:
        for process in (printer, server):  # neither is to start the other again
            os.kill(process, signal.SIGKILL)
    assert (done.returncode, done.stderr) == (0, "")
    found = members(gbterm.home / "printing.tar.gz")
    assert json.loads(found["state.json"])["phase"] == "EXECUTING"
    assert json.loads(found["journal.json"])["entry"]["job"]["name"] == "part.gcode"
    assert json.loads(found["firmware.json"])["name"].startswith("Marlin")
    assert "firmware.txt" not in found
    assert "M115, M503: the printer is EXECUTING, so it was not asked" in found["README.txt"]

    wait_until(lambda: not hosts.is_alive(gbterm.run_dir("ender")), "both are dead")
    done = gbterm("report", "dead.tar.gz")
    assert (done.returncode, done.stderr) == (0, "")
    found = members(gbterm.home / "dead.tar.gz")
    assert re.search(r" > N\d+ ?G1 ?X100\*", found["traffic.log"])
    assert json.loads(found["journal.json"])["entry"]["active"] is True
    assert "missing: server: it does not run\n" in done.stdout
    assert "missing: state and firmware: No host runs for ender" in done.stdout
    service.wait()


def test_without_any_printer_and_with_a_wrong_configuration(gbterm: Shell) -> None:
    done = gbterm("report")
    assert (done.returncode, done.stderr) == (0, "")
    (path,) = gbterm.home.glob("gbterm-report-*.tar.gz")
    assert path.name in done.stdout
    assert set(members(path)) == OF_THIS_MACHINE
    assert "ok       Python: 3." in members(path)["doctor.txt"]
    assert "printer: No printer is configured here" in members(path)["README.txt"]

    gbterm.config.write_text('[printer.x]\nport = "/dev/a"\nbuad = 1\npassword = "hunter2-wifi"\n')
    assert gbterm("report", "wrong.tar.gz").returncode == 0
    wrong = gbterm.home / "wrong.tar.gz"
    assert "printer.x.buad is not known" in members(wrong)["README.txt"]
    assert '"buad": 1' in members(wrong)["config.json"]
    gbterm.config.write_text('key = "hunter2-wifi" =\n')
    assert gbterm("report", "worse.tar.gz").returncode == 0
    assert_silent(gbterm.home / "worse.tar.gz", *PASSWORDS)
    assert_silent(wrong, *PASSWORDS)


def test_a_host_of_somebody_else_is_missing_and_nothing_else(gbterm: Shell) -> None:
    gbterm.config.write_text('[printer.ender]\nport = "/dev/ttyX0"\n')
    run_dir = gbterm.run_dir("ender")
    run_dir.chmod(0)
    # Root may read everything, unless it gave that up.
    ours = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    done = subprocess.run(
        [*(ours if os.geteuid() == 0 else ()), sys.executable, "-m", "gbterm", "report", "r.tgz"],
        env=gbterm.env,
        cwd=gbterm.home,
        capture_output=True,
        text=True,
        check=False,
    )
    run_dir.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    found = members(gbterm.home / "r.tgz")
    assert set(found) == OF_THIS_MACHINE
    assert "run/ender, or you may not read it\n" in found["README.txt"]
    assert "- state and firmware: " in found["README.txt"]


def test_nothing_is_overwritten(gbterm: Shell) -> None:
    (gbterm.home / "mine.tar.gz").write_text("mine")
    done = gbterm("report", "mine.tar.gz")
    assert_refused(done, ExitCode.WRONG_USAGE, "mine.tar.gz is there already")
    assert (gbterm.home / "mine.tar.gz").read_text() == "mine"
    piped = subprocess.run(
        [sys.executable, "-m", "gbterm", "report", "-"],
        env=gbterm.env,
        cwd=gbterm.home,
        capture_output=True,
        check=True,
    )
    (gbterm.home / "piped").write_bytes(piped.stdout)
    assert "versions.json" in members(gbterm.home / "piped")
    assert piped.stderr == b""
    done = gbterm("report", "nowhere/r.tar.gz")
    assert_refused(done, ExitCode.WRONG_USAGE, "nowhere/r.tar.gz can't be written")
    assert_refused(gbterm("--printer", "nosuch", "report"), ExitCode.WRONG_USAGE, "nosuch")
    assert not list(gbterm.home.glob("gbterm-report*"))


JOURNALCTL = """#!/bin/sh
case "$*" in
  *gbterm-server@ender.service*) echo "pi gbterm[7]: password=s3cret-word, pw-of-broker" ;;
esac
echo "$*" >> "$HOME/asked"
"""


def test_the_logs_of_a_service_are_taken_from_the_journal(gbterm: Shell) -> None:
    """As systemd's own command shows them: there is no journal where tests run."""
    bin = gbterm.home / "bin"
    bin.mkdir()
    (bin / "journalctl").write_text(JOURNALCTL)
    (bin / "journalctl").chmod(0o755)
    (gbterm.home / "broker").write_text("pw-of-broker\n")
    gbterm.config.write_text(
        '[printer.ender]\nport = "/dev/ttyX0"\n'
        f'[mqtt]\nhost = "x"\nuser = "u"\npassword_file = "{gbterm.home}/broker"\n'
    )
    gbterm.run_dir("ender")
    done = gbterm("report", "r.tar.gz", PATH=f"{bin}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    found = members(gbterm.home / "r.tar.gz")
    assert found["server.log"].splitlines()[-1].endswith("password=[hidden], [hidden]")
    assert "printer.log: systemd's journal has none" in found["README.txt"].replace("\n", " ")
    assert "--user" in (gbterm.home / "asked").read_text()
