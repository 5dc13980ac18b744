"""What Marlin's commands are for, in a line each, as help while one is typed.

Codes, parameters and units are those of Marlin 2.1's documentation (marlinfw.org/meta/gcode);
which of them a board knows depends on its build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A command: its name, as `M104`, its parameters with their units, and what it does."""

    name: str
    parameters: str
    help: str


_TABLE = """
G0 X<mm> Y<mm> Z<mm> E<mm> F<mm/min> | Travel in a straight line
G1 X<mm> Y<mm> Z<mm> E<mm> F<mm/min> | Move in a straight line
G2 X<mm> Y<mm> I<mm> J<mm> R<mm> E<mm> | Arc clockwise
G3 X<mm> Y<mm> I<mm> J<mm> R<mm> E<mm> | Arc counter-clockwise
G4 S<s> P<ms> | Let the head rest for a time
G5 X<mm> Y<mm> I<mm> J<mm> P<mm> Q<mm> E<mm> | Bezier curve
G6 I<page> R<steps/s> S<steps> X Y Z | Move by ready-made stepper pages
G10 S<1: for a tool change> | Retract by the firmware's length
G11 | Undo the retraction of G10
G12 P<pattern> S<strokes> R<mm> T<triangles> X Y Z | Wipe the nozzle clean
G17 | Draw arcs in the XY plane
G18 | Draw arcs in the ZX plane
G19 | Draw arcs in the YZ plane
G20 | Read lengths in inches from here on
G21 | Read lengths in mm from here on
G26 B<°C> H<°C> F<mm> L<mm> R<circles> X Y<mm> | Print a pattern over the mesh
G27 P<0 raise, 1 to height, 2 up by height> | Park the head
G28 X Y Z O<if needed> R<mm up> L | Home the named axes, or all
G29 S P A V<0-4> ... | Measure the bed; parameters depend on the levelling
G30 X<mm> Y<mm> C<0|1> E<0|1> | Probe the bed at one point
G31 | Dock the probe's sled
G32 | Take the probe's sled from its dock
G33 P<points> T C<mm> F<n> V<0-3> | Calibrate a delta printer
G34 I<iterations> T<mm> A<factor> E | Level the gantry by its Z motors
G35 S<thread: 30 31 40 41 50 51> | Measure by which turns to level the bed
G38.2 X<mm> Y<mm> Z<mm> F<mm/min> | Probe towards a workpiece, else error
G38.3 X<mm> Y<mm> Z<mm> F<mm/min> | Probe towards a workpiece
G38.4 X<mm> Y<mm> Z<mm> F<mm/min> | Probe away from a workpiece, else error
G38.5 X<mm> Y<mm> Z<mm> F<mm/min> | Probe away from a workpiece
G42 I<column> J<row> F<mm/min> | Move to a point of the mesh
G53 | Read this line's positions in machine coordinates
G54 | Work in coordinate system 1
G55 | Work in coordinate system 2
G56 | Work in coordinate system 3
G57 | Work in coordinate system 4
G58 | Work in coordinate system 5
G59 | Work in coordinate system 6; G59.1 to G59.3 are 7 to 9
G60 S<slot> | Remember this position
G61 S<slot> F<mm/min> X<mm> Y<mm> Z<mm> E<mm> | Go back to a remembered one
G76 B P | Calibrate the probe for temperature
G80 | End the motion mode that bare coordinates go on with
G90 | Read positions as absolute
G91 | Read positions as relative to where the head is
G92 X<mm> Y<mm> Z<mm> E<mm> | Call the present position this, without moving
G425 B T<tool> V U<mm> | Calibrate by touching a cube
M0 P<ms> S<s> <text> | Wait for the user
M1 P<ms> S<s> <text> | Wait for the user
M3 S<power> O<0-255> I | Spindle clockwise, or laser, on
M4 S<power> O<0-255> I | Spindle counter-clockwise, or laser, on
M5 | Spindle or laser off
M7 | Mist coolant on
M8 | Flood coolant on, or air assist
M9 | Coolant and air assist off
M10 | Vacuum on
M11 | Vacuum off
M16 <name> | Halt unless the printer has this name
M17 X Y Z E | Let motors hold
M18 X Y Z E S<s idle> | Free motors, which then lose their place
M20 F L T | List the files of the printer's card
M21 | Begin to use the printer's card
M22 | Let go of the printer's card
M23 <file> | Choose a file of the printer's card
M24 S<byte> T<s> | Start or go on with the file of the printer's card
M25 | Pause the print from the printer's card
M26 S<byte> | Go to a place in the file of the printer's card
M27 S<s> C | Tell how far the print from the card is, also every so often
M28 <file> | Begin to write what follows to the printer's card
M29 | End writing to the printer's card
M30 <file> | Delete a file of the printer's card
M31 | Tell how long the print has taken
M32 S<byte> P <!file#> | Choose a file of the printer's card and start it
M33 <file> | Tell the long name of a file of the card
M34 S<0|1> F<-1|0|1> | Sort the card's files
M42 P<pin> S<0-255> T<0-3> I | Set a pin of the board
M43 P<pin> W E<0|1> S T | Tell, watch or test the pins of the board
M48 P<times> X<mm> Y<mm> E L<legs> V<0-4> | Measure how well the probe repeats
M73 P<%> R<min left> | Tell the display how far the print is
M75 | Start the print timer
M76 | Pause the print timer
M77 | Stop the print timer
M78 | Tell the statistics of all prints
M80 S | Power supply on; S only tells its state
M81 D S | Power supply off
M82 | Read E as absolute
M83 | Read E as relative
M84 X Y Z E S<s idle> | Free motors, which then lose their place
M85 S<s> | Halt after so long without a move
M92 X Y Z E<steps/mm> T<tool> | Set or tell the steps per mm
M100 D F I C<n> | Look at the board's free memory
M104 S<°C> T<tool> I<preset> | Set a nozzle's target and go on
M105 T<tool> R | Tell the temperatures
M106 P<fan> S<0-255> I<preset> T<mode> | Set a fan's speed
M107 P<fan> | Turn a fan off
M108 | End a wait for a heater or for the user
M109 S<°C> R<°C> T<tool> | Set a nozzle's target and wait; R also cools down
M110 N<line> | Set the line number
M111 S<sum of 1 2 4 8 16 32> | Set what the firmware logs
M112 | Emergency stop
M113 S<s> | How often a busy board says so
M114 D E R | Tell the position; D in detail, R as it is just now
M115 | Tell what firmware this is and what it can do
M117 <text> | Show a text on the printer's display
M118 E1 A1 P<port> <text> | Let the printer say a text
M119 | Tell the state of every endstop
M120 | Endstops stop moves from here on
M121 | Endstops stop no moves, except in homing
M122 X Y Z E I V S<0|1> P<ms> | Tell how the motor drivers are
M123 S<s> | Tell the speeds of fans, also every so often
M125 L<mm> X<mm> Y<mm> Z<mm> P<0|1> | Retract and park the head
M126 S<0-255> | Open the valve of an air extruder
M127 | Close the valve of an air extruder
M128 S<0-255> | Set the pressure of an air extruder
M129 | Let the pressure of an air extruder go
M140 S<°C> I<preset> | Set the bed's target and go on
M141 S<°C> | Set the chamber's target and go on
M143 S<°C> | Set the laser cooler's target
M145 S<slot> H<°C> B<°C> F<0-255> | Set a preset: nozzle, bed, fan
M149 C F K | Tell temperatures in Celsius, Fahrenheit or kelvins
M150 R<0-255> U<green> B W P<brightness> I<n> | Set the lights' colour
M154 S<s> | Tell the position every so often; 0 ends it
M155 S<s> | Tell the temperatures every so often; 0 ends it
M163 S<component> P<share> | Set one share of a mix of filaments
M164 S<tool> | Keep the mix as a tool
M165 A B C D H I<share> | Set all shares of a mix of filaments
M166 A<mm> Z<mm> I<tool> J<tool> S<0|1> | Change the mix with the height
M190 S<°C> R<°C> I<preset> | Set the bed's target and wait
M191 S<°C> R<°C> | Set the chamber's target and wait
M192 S<°C> R<°C> | Wait for the probe's temperature
M193 S<°C> | Set the laser cooler's target and wait
M200 D<mm> T<tool> S<0|1> L<mm3/s> | Filament's diameter; S1 reads E as volume
M201 X Y Z E<mm/s2> T<tool> | Set the greatest acceleration
M203 X Y Z E<mm/s> T<tool> | Set the greatest feed rate
M204 P<mm/s2> R<mm/s2> T<mm/s2> | Acceleration: printing, retracting, travel
M205 X Y Z E<mm/s> J<mm> B<us> S T | Jerk, junction deviation, least speeds
M206 X<mm> Y<mm> Z<mm> | Shift the home position
M207 S<mm> F<mm/min> Z<mm> W<mm> | How G10 retracts
M208 S<mm> F<mm/min> W<mm> R<mm/min> | How G11 recovers
M209 S<0|1> | Take plain retractions for G10 and G11
M211 S<0|1> | Soft endstops on or off
M217 S<mm> E<mm> P<mm/min> R<mm/min> Z<mm> | How tools are changed
M218 T<tool> X<mm> Y<mm> Z<mm> | Where a nozzle is beside the first
M220 S<%> B R | Set the speed of all moves; B keeps it aside, R brings it back
M221 S<%> T<tool> | Set the flow
M226 P<pin> S<-1|0|1> | Wait for a pin's state
M240 A<mm> B<mm> F<mm/min> I<mm> J<mm> R<mm> | Release the camera's shutter
M250 C<0-63> | Set the display's contrast
M255 S<min> | How long the display stays lit
M256 B<0-255> | Set the display's brightness
M260 A<address> B<byte> R S | Send bytes on the I2C bus
M261 A<address> B<count> S<format> | Ask for bytes from the I2C bus
M280 P<servo> S<degrees> T<ms> | Turn a servo
M281 P<servo> L<degrees> U<degrees> | Set where a servo deploys and stows
M282 P<servo> | Let a servo go
M290 X<mm> Y<mm> Z<mm> P<0|1> | Babystep: shift the print a little
M300 S<Hz> P<ms> | Beep
M301 E<tool> P I D C L | Set or tell a nozzle's PID values
M302 S<°C> P<0|1> | From which temperature on the extruder may turn
M303 E<tool, -1 bed> S<°C> C<cycles> U<1: use> D | Find PID values
M304 P I D | Set or tell the bed's PID values
M305 P<sensor> R<ohm> T<ohm> B<beta> C | Describe a thermistor
M306 T E<tool> A C F H<units> P<W> R | Set or find a heater's model (MPC)
M309 P I D | Set or tell the chamber's PID values
M350 X Y Z E B<1/n step> S | Set the microsteps
M351 S<1|2> X Y Z E B<0|1> | Set the pins of the microsteps
M355 S<0|1> P<0-255> | Light of the case
M360 | SCARA: go to theta 0
M361 | SCARA: go to theta 90
M362 | SCARA: go to psi 0
M363 | SCARA: go to psi 90
M364 | SCARA: go to where theta and psi differ by 90
M380 S<n> | Switch a solenoid on
M381 S<n> | Switch solenoids off
M400 | Answer once all moves are done
M401 S<0|1> H R | Put the probe out
M402 R | Put the probe away
M403 E<tool> F<0 plain, 1 flexible, 2 PVA> | Tell the MMU what filament this is
M404 W<mm> | Filament's nominal width, for its sensor
M405 D<cm> | Flow follows the measured width of the filament
M406 | Flow follows the measured width no more
M407 | Tell the measured width of the filament
M410 | Stop all moves at once; positions are lost
M412 S<0|1> D<mm> H<0|1> R | Runout sensor
M413 S<0|1> | Keep the place in a card's print for when the power goes
M414 S<language> | Set the display's language
M420 S<0|1> L<slot> Z<mm> V T<format> C | Levelling on or off; V tells the mesh
M421 X<mm> Y<mm> I<column> J<row> Z<mm> Q<mm> | Set or shift a mesh point
M422 S<motor> W<screw> X<mm> Y<mm> R | Points for G34
M423 X<index> Z<mm> A<mm> I<mm> R | Correct the twist of the X axis
M425 F<0-1> X<mm> Y<mm> Z<mm> S<mm> | Correct backlash
M428 | Shift the home position so that here is home
M430 I<0|1> V<0|1> W<0|1> | Tell current, voltage and power
M486 T<count> S<object> P<object> U<object> C | Cancel one object of several
M493 S<mode> P<0|1> A<Hz> B<Hz> ... | Fixed-time motion and its shaping
M500 | Store the settings in the board
M501 | Load the stored settings
M502 | Reset the settings to the factory's
M503 S<0|1> C | Tell the settings
M504 | Check the stored settings
M510 | Lock the printer
M511 P<code> | Unlock the printer
M512 P<code> S<new> | Set the code of the lock
M524 | End the print from the printer's card
M540 S<0|1> | Endstops end a print from the card
M552 S<0|1> P<address> | Network on or off
M553 P<mask> | Set or tell the network's mask
M554 P<address> | Set or tell the network's gateway
M569 S<0|1> X Y Z E | Motors quiet (1) or strong (0)
M575 P<port> B<baud> | Change the baud rate
M592 A B C S<0|1> | Correct what the extruder loses at speed
M593 F<Hz> D<0-1> X Y | Input shaping against ringing
M600 X<mm> Y<mm> Z<mm> U<mm> L<mm> R<°C> T<tool> | Change the filament
M603 T<tool> U<mm> L<mm> | Lengths for a change of filament
M605 S<0-3> X<mm> R<°C> | How two carriages work together
M665 L<mm> R<mm> H<mm> S X Y Z | Measures of a delta or SCARA printer
M666 X<mm> Y<mm> Z<mm> | Shift the endstops of a delta or of twin motors
M672 S<0-255> R | Sensitivity of a Duet Smart Effector
M701 L<mm> Z<mm> T<tool> | Load filament
M702 U<mm> Z<mm> T<tool> | Unload filament
M710 S<0-255> I<0-255> A<0|1> D<s> R | Fan of the board
M808 L<times> | Repeat a stretch of a card's file
M810 <commands> | Define or run macro 0; M811 to M819 are the others
M820 | Tell the macros M810 to M819
M851 X<mm> Y<mm> Z<mm> | Where the probe is beside the nozzle
M852 I J K S<factor> | Correct skewed axes
M871 V<mm> I<index> B P R | Correct the probe for temperature
M876 P<0|1> S<choice> | Answer a question of the firmware
M900 K<factor> T<tool> S L | Linear advance
M906 X Y Z E<mA> I<motor> T<tool> | Set the motors' current
M907 X Y Z E B S<current> | Set the motors' current by the board's trimmer
M908 P<address> S<value> | Set a digital trimmer
M909 | Tell the values of the digital trimmer
M910 | Store the values of the digital trimmer
M911 | Tell which motor drivers were too hot
M912 X Y Z E | Forget that motor drivers were too hot
M913 X Y Z E<mm/s> | From which speed on motors are strong, not quiet
M914 X Y Z<sensitivity> | Sensitivity of homing without endstops
M919 O P S X Y Z E | Set the choppers of motor drivers
M928 <file> | Log all commands to the printer's card
M951 L R I J H D<mm> | How a magnetic tool is parked
M993 | Copy the display's flash memory to the card
M994 | Copy the display's flash memory back from the card
M995 | Calibrate the touch screen
M997 | Update the firmware
M999 S<0|1> | Go on after a halt
T <tool> | Take another nozzle; T0 is the first
"""


def _read(table: str) -> dict[str, Code]:
    codes = {}
    for line in table.strip().splitlines():
        command, _, about = line.partition(" | ")
        name, _, parameters = command.partition(" ")
        codes[name] = Code(name, parameters, about)
    return codes


CODES = _read(_TABLE)
"""By name, in the order of their letters and numbers."""

_NAME = re.compile(r" *([GMT]) *0*(\d+(?:\.\d+)?)?", re.IGNORECASE)


def code_of(text: str) -> Code | None:
    """The command that the line `text` begins with, once its number is complete."""
    name = _NAME.match(text)
    if name is None or not name[2]:
        return None
    letter = name[1].upper()
    return CODES.get("T" if letter == "T" else letter + name[2])


def candidates(text: str) -> tuple[Code, ...]:
    """What the start of a line, `M10`, may become; for a word, `fan`, what tells of it."""
    start = text.strip().upper()
    if not start:
        return ()
    by_name = tuple(code for name, code in CODES.items() if name.startswith(start))
    if by_name or len(start) < 3:
        return by_name
    return tuple(code for code in CODES.values() if start in code.help.upper())
