"""The Debian package as far as that shows without building it: `make test-deb` installs it."""

from __future__ import annotations

import re
import subprocess
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

import gbterm
from gbterm import config_file
from gbterm.config.table import ConfigFile

DEB = Path(__file__).parents[1] / "packaging/deb"
SCRIPTS = ("postinst", "prerm", "postrm")


@pytest.fixture(scope="module")
def control() -> Message:
    done = subprocess.run([DEB / "build", "control"], capture_output=True, text=True, check=True)
    return message_from_string(done.stdout)


def test_it_says_all_that_dpkg_wants(control: Message) -> None:
    for field in ("Package", "Architecture", "Maintainer", "Installed-Size", "Depends"):
        assert control[field], field
    assert not re.search(r"@[A-Z]+@", str(control))
    summary, *more = control["Description"].splitlines()
    assert len(summary) <= 80
    assert all(line.startswith(" ") and len(line) <= 80 for line in more)


def test_it_has_the_version_of_gbterm(control: Message) -> None:
    assert control["Version"] == gbterm.__version__


def test_it_wants_the_python_that_it_is_built_for(control: Message) -> None:
    assert re.search(r", python3\.\d+,", control["Depends"])


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_maintainer_scripts_are_valid(shell: str, script: str) -> None:
    text = (DEB / script).read_text()
    assert text.startswith("#!/bin/sh\n")
    assert re.search(r"^set -e$", text, re.MULTILINE)
    done = subprocess.run([shell, "-n", DEB / script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_they_refuse_what_dpkg_never_asks(script: str) -> None:
    # Sourcing debconf needs a system that has it; what comes after it needs none.
    text = re.sub(r"^\. /usr/share/debconf.*", "", (DEB / script).read_text(), flags=re.MULTILINE)
    done = subprocess.run(
        ["sh", "-s", "surprise"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        1,
        f"{script} called with an unknown argument: surprise\n",
    )


@pytest.mark.parametrize("script", ["prerm", "postrm"])
def test_debconf_gets_the_words_of_dpkg(script: str) -> None:
    # It runs the script once more with what "$@" is where it is sourced: in a function, nothing.
    text = (DEB / script).read_text()
    assert text.index(". /usr/share/debconf/confmodule\n") < text.index("() {")


def test_every_question_that_is_asked_is_there() -> None:
    templates = set(re.findall(r"^Template: (\S+)$", (DEB / "templates").read_text(), re.MULTILINE))
    asked = {
        name
        for script in SCRIPTS
        for name in re.findall(r"db_(?:input \w+|get) (\S+)", (DEB / script).read_text())
    }
    assert asked == templates
    assert "Default: true" not in (DEB / "templates").read_text()


def test_the_configuration_that_it_brings_is_read() -> None:
    path = DEB / "root/etc/gbterm/config.toml"
    assert config_file.load([path]).serving.loopback == "key"
    # So is what stands in it as an example.
    example = re.sub(r"^# (?=\S*[\[=]|\w+ = )", "", path.read_text(), flags=re.MULTILINE)
    (printer,) = config_file.read([ConfigFile(path, example)]).printers.values()
    assert (printer.name, printer.baud, printer.limits.nozzle_max) == ("ender", 115200, 260)


def test_needrestart_leaves_the_printer_process_alone() -> None:
    perl = """
        our %nrconf = (override_rc => {});
        defined(do $ARGV[0]) or die $@;
        for my $unit (@ARGV[1 .. $#ARGV]) {
            my ($re) = grep { $unit =~ /$_/ } keys %{$nrconf{override_rc}};
            print "$unit ", defined $re ? $nrconf{override_rc}{$re} : "restart", "\\n";
        }
    """
    units = ("gbterm-printer@ender.service", "gbterm-server@ender.service")
    path = DEB / "root/etc/needrestart/conf.d/gbterm.conf"
    done = subprocess.run(
        ["perl", "-e", perl, path, *units], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"{units[0]} 0", f"{units[1]} restart"]
