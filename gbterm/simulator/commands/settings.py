"""Settings: what M92, M201 … change and M503 lists."""

from __future__ import annotations

from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine
from gbterm.simulator.settings import Settings


def _axes(values: list[float], letters: str = "XYZE") -> str:
    return " ".join(f"{a}{v:.2f}" for a, v in zip(letters, values, strict=True))


def _assign(values: list[float], letters: str, command: Command) -> bool:
    changed = False
    for index, letter in enumerate(letters):
        value = command.value(letter)
        if value is not None:
            values[index] = value
            changed = True
    return changed


def steps(machine: Machine, command: Command) -> None:
    """M92."""
    values = machine.settings.steps
    if not any(command.seen(letter) for letter in "XYZE"):
        machine.say(f"echo: M92 {_axes(values)}")
        return
    before = list(values)
    _assign(values, "XYZE", command)
    if any(value <= 0 for value in values):
        values[:] = before


def feed_limits(machine: Machine, command: Command) -> None:
    """M203."""
    _limit(machine.settings.limits.feed, command)


def acceleration_limits(machine: Machine, command: Command) -> None:
    """M201."""
    _limit(machine.settings.limits.acceleration, command)


def _limit(values: list[float], command: Command) -> None:
    _assign(values, "XYZE", command)
    values[:] = [max(value, 0.01) for value in values]


def accelerations(machine: Machine, command: Command) -> None:
    """M204."""
    limits = machine.settings.limits
    both = command.number("S", 0)
    for letters, name in (
        ("SP", "print_acceleration"),
        ("R", "retract_acceleration"),
        ("ST", "travel_acceleration"),
    ):
        for letter in letters:
            value = command.value(letter)
            if value is not None and value > 0:
                setattr(limits, name, both if letter == "S" else value)


def advanced(machine: Machine, command: Command) -> None:
    """M205."""
    settings = machine.settings
    settings.limits.min_segment_time = (
        max(command.number("B", settings.limits.min_segment_time * 1e6), 0.0) / 1e6
    )
    _assign(settings.min_feed, "ST", command)
    settings.junction = command.number("J", settings.junction)


def pid(machine: Machine, command: Command) -> None:
    """M301, without a letter for the tool, as its list has none."""
    _assign(machine.settings.pid, "PID", command)
    machine.take(machine.settings)
    p, i, d = machine.settings.pid
    machine.say(f"echo: p:{p:.2f} i:{i:.2f} d:{d:.2f}")


def bed_pid(machine: Machine, command: Command) -> None:
    """M304, which only a build with PIDTEMPBED knows."""
    if not machine.variant.bed_pid:
        machine.say(f'echo:Unknown command: "{command.source}"')
        return
    _assign(machine.settings.bed_pid, "PID", command)
    machine.take(machine.settings)
    p, i, d = machine.settings.bed_pid
    machine.say(f"echo: p:{p:.2f} i:{i:.2f} d:{d:.2f}")


def validate(machine: Machine, _command: Command) -> None:
    """M504."""
    if machine.eeprom.damage is None:
        machine.say("echo:EEPROM OK")
    else:
        machine.say(machine.eeprom.damage.value)


def home_offset(machine: Machine, command: Command) -> None:
    """M206."""
    _assign(machine.settings.home_offset, "XYZ", command)


def tool_offset(machine: Machine, command: Command) -> None:
    """M218."""
    _assign(machine.settings.tool_offset, "XYZ", command)


def store(machine: Machine, _command: Command) -> None:
    """M500."""
    machine.say(*machine.eeprom.store(machine))


def retrieve(machine: Machine, command: Command) -> None:
    """M501, with the list, which EEPROM_BOOT_SILENT leaves out at the boot."""
    machine.say(*machine.eeprom.load(machine))
    listing(machine, command)


def defaults(machine: Machine, _command: Command) -> None:
    """M502."""
    machine.take(Settings())
    machine.say("echo:Hardcoded Default Settings Loaded")


def listing(machine: Machine, command: Command) -> None:
    """M503; S0 leaves the headings and the `echo:` out."""
    bare = command.seen("S") and not command.flag("S")
    for heading, *lines in _sections(machine):
        if heading and not bare:
            machine.say(f"echo:; {heading}")
        for line in lines:
            if not line:
                machine.say("")
            elif bare:
                # The recorded build puts one blank less in front of these two with `echo:`.
                machine.say(" " + line if line.startswith(" M92") else line)
            else:
                machine.say(f"echo:{line}")


def _sections(machine: Machine) -> list[list[str]]:
    """Heading first; an empty one has none."""
    s, full = machine.settings, machine.variant.extruders > 1
    x, y, z = s.tool_offset
    limits = s.limits
    sections = [
        ["", "  G21    ; Units in mm (mm)", ""],
        ["Filament settings: Disabled", *_filaments(machine)],
        ["Steps per unit:", f" M92 {_axes(s.steps)}"],
        ["Maximum feedrates (units/s):", f"  M203 {_axes(limits.feed)}"],
        ["Maximum Acceleration (units/s2):", f"  M201 {_axes(limits.acceleration)}"],
        [
            "Acceleration (units/s2): P<print_accel> R<retract_accel> T<travel_accel>",
            f"  M204 P{limits.print_acceleration:.2f} R{limits.retract_acceleration:.2f}"
            f" T{limits.travel_acceleration:.2f}",
        ],
        [
            "Advanced: B<min_segment_time_us> S<min_feedrate> T<min_travel_feedrate> J<junc_dev>",
            f"  M205 B{limits.min_segment_time * 1e6:.2f} S{s.min_feed[0]:.2f}"
            f" T{s.min_feed[1]:.2f} J{s.junction:.2f}",
        ],
        *_probe(machine),
        ["Home offset:", f"  M206 {_axes(s.home_offset, 'XYZ')}"],
    ]
    if full:
        sections += [
            ["Hotend offsets:", f"  M218 T1 X{x:.2f} Y{y:.2f} Z{z:.3f}"],
            ["Mesh Bed Leveling:", f"  M420 S0 Z{s.fade_height:.2f}"],
        ]
    p, i, d = s.pid
    pid = f"  M301 P{p:.2f} I{i:.2f} D{d:.2f}"
    sections.append(["PID settings:", *[pid] * machine.variant.extruders])
    if machine.variant.bed_pid:
        p, i, d = s.bed_pid
        sections[-1].append(f"  M304 P{p:.2f} I{i:.2f} D{d:.2f}")
    if full:
        sections += [
            ["Filament load/unload lengths:", "  M603 T0 L0.00 U100.00", "  M603 T1 L0.00 U100.00"],
            ["Tool-changing:", " Z2.00"],
        ]
    return sections


def _probe(machine: Machine) -> list[list[str]]:
    if machine.bed.kind == "mbl":
        return []
    x, y, z = machine.settings.probe_offset
    return [["Z-Probe Offset (mm):", f"  M851 X{x:.2f} Y{y:.2f} Z{z:.2f}"]]


def _filaments(machine: Machine) -> list[str]:
    if machine.variant.extruders == 1:
        return ["  M200 S0 D1.75"]
    return ["  M200 T0 D1.75", "  M200 T1 D1.75", "  M200 S0"]


COMMANDS = {
    "M92": Handler(steps),
    "M201": Handler(acceleration_limits),
    "M203": Handler(feed_limits),
    "M204": Handler(accelerations),
    "M205": Handler(advanced),
    "M206": Handler(home_offset),
    "M218": Handler(tool_offset),
    "M301": Handler(pid),
    "M304": Handler(bed_pid),
    "M500": Handler(store),
    "M501": Handler(retrieve),
    "M502": Handler(defaults),
    "M503": Handler(listing),
    "M504": Handler(validate),
}
