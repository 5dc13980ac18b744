"""How much may be under way to the board: the flow credit.

A line is under way from when it is sent until its ok. A board holds so many lines in its command
queue and so many bytes in its receive ring; past that an AVR loses bytes without a word, and
executes what is left of the lines. So the window starts at one line and grows on evidence only:
by one after each `GROW_AFTER` lines that were answered without trouble.

Without ADVANCED_OK every line under way counts as in the ring, and four lines are the most: that
many were run against the real Marlin with AVR-like loss, and no byte was lost. With it, the `B` of
an ok says how many lines have moved on to the queue, and these leave the ring's count.
"""

from __future__ import annotations

RING_BYTES = 127
"""Marlin's receive ring holds RX_BUFFER_SIZE (128) less one."""
PLAIN_LINES = 4
"""Marlin's BUFSIZE, which no board has less of."""
PLANNER_MOVES = 16
"""BLOCK_BUFFER_SIZE, where the board tells of no more."""
GROW_AFTER = 200
TROUBLES_BEYOND_AT_MOST = 2
"""So often trouble may come with more lines under way than `PLAIN_LINES` before `B` is doubted."""


class Window:
    """Starts at one line, up to `most_lines`; `ring_bytes` is what the board's ring holds."""

    def __init__(self, most_lines: int = 0, ring_bytes: int = RING_BYTES) -> None:
        self.ring_bytes = ring_bytes
        self._most_lines = most_lines
        self.restart()

    def restart(self) -> None:
        """A board of which nothing is known yet."""
        self.lines = 1
        self.queued = 0
        """Of the lines under way, the oldest so many are known to be in the command queue."""
        self.queue_free: int | None = None
        """Free slots of the command queue, as the last ok told."""
        self.planner_free: int | None = None
        self.planner_size = 0
        """Blocks of the planner, as far as oks have told."""
        self._answered = 0
        self.queue_size = 0
        """Slots of the command queue, as its oks prove; 0 where they don't tell."""
        self._free_before: int | None = None
        self._doubted = False
        self._troubles_beyond = 0

    def room(self, lines: int, in_ring: int) -> int:
        """How many bytes of another line may follow while `lines` lines are under way, `in_ring`
        bytes of them perhaps still in the board's ring."""
        return max(0, self.ring_bytes - in_ring) if lines < self.lines else 0

    @property
    def most_held(self) -> int:
        """How many moves the board may not have made: its planner's and its queue's."""
        return max(PLANNER_MOVES, self.planner_size + 1) + max(PLAIN_LINES, self.queue_size)

    @property
    def counts_queue(self) -> bool:
        """Whether lines known to be in the queue may leave the ring's count."""
        return self.lines > PLAIN_LINES

    def answered(self, landed: int) -> None:
        """`landed` lines got their oks as they should."""
        self.queued = max(0, self.queued - landed)
        self._answered += landed
        if self._answered >= GROW_AFTER:
            self._answered = 0
            self.lines = min(self.lines + 1, self.most)

    def told(self, planner_free: int, queue_free: int, under_way: int) -> None:
        """An ok said `P<planner_free> B<queue_free>`; `under_way` lines came after its own.

        B counts the line of the ok itself as still in the queue (queue.cpp, `ok_to_send`). A board
        that speaks of more lines than were sent is fed by somebody else too, or errs. A size is
        what two oks in a row say: one digit that was damaged must not make it larger for ever.
        """
        if queue_free == self._free_before:
            self.queue_size = max(self.queue_size, queue_free + 1)
        if planner_free == self.planner_free and planner_free > self.planner_size:
            self.planner_size = planner_free
        self._free_before = queue_free
        self.planner_free, self.queue_free = planner_free, queue_free
        queued = self.queue_size - queue_free - 1
        if queued > under_way:
            self._doubted = True
            self.lines = min(self.lines, self.most)
        self.queued = max(self.queued, min(queued, under_way))

    @property
    def most(self) -> int:
        """So many lines it may grow to."""
        most = PLAIN_LINES if self._doubted else PLAIN_LINES + self.queue_size
        return min(most, self._most_lines) if self._most_lines else most

    @property
    def why_most(self) -> str:
        """How that was found, in words."""
        if self._most_lines == self.most:
            return "no more are configured"
        if self._doubted:
            return "there was trouble with more"
        if self.queue_size:
            return f"the board tells of a queue of {self.queue_size} (ADVANCED_OK)"
        return "the board does not tell of its queue"

    def emptied(self) -> None:
        """Nothing is under way any more, and nothing known to be in the queue."""
        self.queued = 0

    def fall_back(self) -> bool:
        """There was trouble: one line at a time again. Whether it was more before."""
        before = self.lines
        if before > PLAIN_LINES:
            self._troubles_beyond += 1
            self._doubted = self._doubted or self._troubles_beyond >= TROUBLES_BEYOND_AT_MOST
        self.begin_again()
        return before > 1

    def begin_again(self) -> None:
        """One line at a time again, through no fault of a wider window."""
        self.lines, self._answered = 1, 0
