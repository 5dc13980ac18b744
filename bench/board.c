/*
 * The benchmark's board: the timing of a Marlin 2.0.9 on a pty, and nothing else.
 *
 * It checks number and checksum of every line, and models the wire (baud rate, and a latency
 * towards the host like that of an FTDI chip), the receive ring (with or without loss), the command
 * queue and the planner. It shares nothing with gbterm's own simulator, so a benchmark can't be
 * quick because of a misunderstanding that both share. On SIGTERM it prints what it saw as JSON; the
 * first --skip moves are left out of the times, so that every sender is measured in its stride.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CMD_SIZE = 96, MOST_QUEUE = 64, MOST_BLOCKS = 64, MOST_RING = 4096, WIRE = 1 << 16, PACKET = 62 };

typedef int64_t ns;

static struct {
    const char *link;
    long baud, latency_us, move_us, bufsize, ring, blocks, skip;
    int lossy, advanced_ok;
} options = {NULL, 0, 0, 0, 4, 128, 16, 0, 0, 0};

static struct {
    long lines, moves, refused, unnumbered, lost_bytes, most_in_ring, most_in_queue;
    ns first_move, last_move, dry;
} seen;

static struct { unsigned char byte[WIRE]; ns at[WIRE]; size_t head, tail; ns free_at; } wire_in;
static struct { unsigned char byte[WIRE]; ns at[WIRE]; size_t head, tail; ns free_at; } wire_out;
/* The USB chip at the host's end of the wire: `arrived` is how far it has heard. */
static struct { size_t arrived; ns next_timer; } chip;
static struct { unsigned char byte[MOST_RING]; size_t head, tail; } ring;
static struct { char text[MOST_QUEUE][MAX_CMD_SIZE]; long number[MOST_QUEUE]; size_t head, tail; } queue;
static struct { ns end[MOST_BLOCKS]; size_t head, tail; ns last_end; } planner;

static char line[MAX_CMD_SIZE];
static size_t line_length;
static long last_number;
static double position[4];
static int absolute = 1, absolute_e = 1;
static ns report_every, next_report, next_busy;
static volatile sig_atomic_t ending;
static int port;

static ns now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (ns)t.tv_sec * 1000000000 + t.tv_nsec;
}

static ns byte_time(void) { return options.baud ? 10000000000LL / options.baud : 0; }

static void say(const char *text) {
    ns t = now();
    for (; *text; text++) {
        if (wire_out.free_at < t) wire_out.free_at = t;
        wire_out.free_at += byte_time();
        wire_out.byte[wire_out.tail % WIRE] = (unsigned char)*text;
        wire_out.at[wire_out.tail++ % WIRE] = wire_out.free_at;
    }
}

static void hand_over(void) {
    static unsigned char data[WIRE];
    size_t count = 0;
    while (wire_out.head != chip.arrived) data[count++] = wire_out.byte[wire_out.head++ % WIRE];
    for (size_t done = 0; done < count;) {
        ssize_t written = write(port, data + done, count - done);
        if (written < 0 && errno != EAGAIN && errno != EINTR) return;
        if (written > 0) done += (size_t)written;
    }
}

/*
 * What an FTDI chip has heard goes to the host when its latency timer runs out, or at once when a
 * packet of 62 bytes is full, which starts the timer anew (FTDI AN232B-04).
 */
static void flush_out(ns t) {
    ns latency = options.latency_us * 1000;
    for (;;) {
        int comes = chip.arrived != wire_out.tail;
        ns next_byte = comes ? wire_out.at[chip.arrived % WIRE] : t + 1;
        if (latency && chip.next_timer <= t && chip.next_timer <= next_byte) {
            hand_over();
            chip.next_timer += latency;
        } else if (next_byte <= t) {
            chip.arrived++;
            if (latency && chip.arrived - wire_out.head < PACKET) continue;
            if (latency) hand_over();
            chip.next_timer = next_byte + latency;
        } else {
            break;
        }
    }
    if (!latency) hand_over();
}

/* Bytes leave the pty at once and travel; backpressure is what does not fit on the wire. */
static int read_port(ns t) {
    unsigned char data[4096];
    size_t room = WIRE - (wire_in.tail - wire_in.head);
    ssize_t count = read(port, data, room < sizeof data ? room : sizeof data);
    for (ssize_t i = 0; i < count; i++) {
        if (wire_in.free_at < t) wire_in.free_at = t;
        wire_in.free_at += byte_time();
        wire_in.byte[wire_in.tail % WIRE] = data[i];
        wire_in.at[wire_in.tail++ % WIRE] = wire_in.free_at;
    }
    return count > 0;
}

static void fill_ring(ns t) {
    while (wire_in.head != wire_in.tail && wire_in.at[wire_in.head % WIRE] <= t) {
        size_t held = ring.tail - ring.head;
        if (held >= (size_t)options.ring - 1) {
            if (!options.lossy) return;
            wire_in.head++;
            seen.lost_bytes++;
            continue;
        }
        ring.byte[ring.tail++ % MOST_RING] = wire_in.byte[wire_in.head++ % WIRE];
        if ((long)held + 1 > seen.most_in_ring) seen.most_in_ring = (long)held + 1;
    }
}

static void refuse(const char *why) {
    char text[160];
    seen.refused++;
    snprintf(text, sizeof text, "Error:%s, Last Line: %ld\nResend: %ld\nok\n", why, last_number,
             last_number + 1);
    say(text);
    ring.head = ring.tail;
    line_length = 0;
}

static void accept(void) {
    char *text = line;
    long number = -1;
    while (*text == ' ') text++;
    if (!*text || *text == ';') return;
    if (*text == 'N') {
        char *star = strrchr(text, '*');
        int sum = 0;
        number = strtol(text + 1, NULL, 10);
        if (number != last_number + 1 && !strstr(text, "M110"))
            return refuse("Line Number is not Last Line Number+1");
        if (!star) return refuse("No Checksum with line number");
        for (char *c = text; c < star; c++) sum ^= *c;
        if ((sum & 255) != strtol(star + 1, NULL, 10)) return refuse("checksum mismatch");
        *star = 0;
        last_number = number;
        for (text++; *text == '-' || (*text >= '0' && *text <= '9'); text++) {}
        while (*text == ' ') text++;
    } else {
        seen.unnumbered++;
    }
    if (!strncmp(text, "M112", 4)) {
        say("echo:M112 Shutdown\nError:Printer halted. kill() called!\n");
        return;
    }
    strcpy(queue.text[queue.tail % MOST_QUEUE], text);
    queue.number[queue.tail++ % MOST_QUEUE] = number;
    if ((long)(queue.tail - queue.head) > seen.most_in_queue)
        seen.most_in_queue = (long)(queue.tail - queue.head);
}

static void read_lines(void) {
    while ((long)(queue.tail - queue.head) < options.bufsize && ring.head != ring.tail) {
        char c = (char)ring.byte[ring.head++ % MOST_RING];
        if (c == '\n' || c == '\r') {
            line[line_length] = 0;
            line_length = 0;
            accept();
        } else if (line_length < MAX_CMD_SIZE - 1) {
            line[line_length++] = c;
        }
    }
}

/* Like Marlin's value_float: an E ends the number and is no exponent. */
static double number_at(const char *text) {
    char digits[24];
    size_t length = strspn(text, "+-.0123456789");
    if (length >= sizeof digits) length = sizeof digits - 1;
    memcpy(digits, text, length);
    digits[length] = 0;
    return strtod(digits, NULL);
}

static void move_to(const char *text, int relative, int relative_e) {
    static const char axes[] = "XYZE";
    for (const char *c = text; *c; c++) {
        const char *axis = strchr(axes, *c);
        if (!axis) continue;
        int i = (int)(axis - axes);
        double value = number_at(c + 1);
        position[i] = (i == 3 ? relative_e : relative) ? position[i] + value : value;
    }
}

static void retire_blocks(ns t) {
    while (planner.head != planner.tail && planner.end[planner.head % MOST_BLOCKS] <= t)
        planner.last_end = planner.end[planner.head++ % MOST_BLOCKS];
}

static int plan(ns t) {
    if ((long)(planner.tail - planner.head) >= options.blocks - 1) return 0;
    ns start = t;
    if (planner.head != planner.tail) start = planner.end[(planner.tail - 1) % MOST_BLOCKS];
    else if (seen.moves > options.skip) seen.dry += t - planner.last_end;
    planner.end[planner.tail++ % MOST_BLOCKS] = start + options.move_us * 1000;
    if (seen.moves++ == options.skip) seen.first_move = t;
    seen.last_move = t;
    retire_blocks(t);
    return 1;
}

static void say_ok(long number) {
    char text[64];
    if (!options.advanced_ok) {
        say("ok\n");
        return;
    }
    long free_blocks = options.blocks - 1 - (long)(planner.tail - planner.head);
    long free_queue = options.bufsize - (long)(queue.tail - queue.head);
    if (number >= 0) snprintf(text, sizeof text, "ok N%ld P%ld B%ld\n", number, free_blocks, free_queue);
    else snprintf(text, sizeof text, "ok P%ld B%ld\n", free_blocks, free_queue);
    say(text);
}

static void say_position(void) {
    char text[128];
    snprintf(text, sizeof text, "X:%.2f Y:%.2f Z:%.2f E:%.2f Count X:0 Y:0 Z:0\n", position[0],
             position[1], position[2], position[3]);
    say(text);
}

static void identify(void) {
    say("FIRMWARE_NAME:Marlin 2.0.9 (bench) PROTOCOL_VERSION:1.0 MACHINE_TYPE:Bench "
        "EXTRUDER_COUNT:1\nCap:AUTOREPORT_TEMP:1\nCap:EMERGENCY_PARSER:1\n");
}

/* Whether the command at the head of the queue was executed. */
static int execute(const char *text, long number, ns t) {
    char letter = text[0];
    long code = strtol(text + 1, NULL, 10);
    if (letter == 'G' && code <= 1) {
        if (!plan(t)) return 0;
        move_to(text + 2, !absolute, !absolute_e);
    } else if ((letter == 'M' && code == 400) || (letter == 'G' && (code == 4 || code == 28))) {
        if (planner.head != planner.tail) return 0;
        if (code == 28) memset(position, 0, 3 * sizeof *position);
    } else if (letter == 'G' && code == 92) {
        move_to(text + 3, 0, 0);
    } else if (letter == 'G' && (code == 90 || code == 91)) {
        absolute = absolute_e = code == 90;
    } else if (letter == 'M' && (code == 82 || code == 83)) {
        absolute_e = code == 82;
    } else if (letter == 'M' && code == 105) {
        say("ok T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0\n");
        return 1;
    } else if (letter == 'M' && code == 110) {
        const char *n = strchr(text, 'N');
        if (n) last_number = strtol(n + 1, NULL, 10);
    } else if (letter == 'M' && code == 114) {
        say_position();
    } else if (letter == 'M' && code == 115) {
        identify();
    } else if (letter == 'M' && code == 118) {
        const char *word = strstr(text, "E1 ");
        say("echo:");
        say(word ? word + 3 : text + 5);
        say("\n");
    } else if (letter == 'M' && code == 155) {
        const char *s = strchr(text, 'S');
        report_every = s ? strtol(s + 1, NULL, 10) * 1000000000LL : 0;
        next_report = t + report_every;
    }
    say_ok(number);
    return 1;
}

static void run_queue(ns t) {
    while (queue.head != queue.tail) {
        size_t slot = queue.head % MOST_QUEUE;
        /* Marlin gives the slot back once the command is done, and says ok before that. */
        if (!execute(queue.text[slot], queue.number[slot], t)) return;
        seen.lines++;
        queue.head++;
        next_busy = t + 2000000000LL;
        read_lines();
    }
}

static void keep_alive(ns t) {
    if (queue.head == queue.tail) next_busy = t + 2000000000LL;
    if (t >= next_busy) {
        say("echo:busy: processing\n");
        next_busy = t + 2000000000LL;
    }
    if (report_every && t >= next_report) {
        say(" T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0\n");
        next_report += report_every;
    }
}

static ns earliest(void) {
    ns at = next_busy;
    if (report_every && next_report < at) at = next_report;
    if (planner.head != planner.tail && planner.end[planner.head % MOST_BLOCKS] < at)
        at = planner.end[planner.head % MOST_BLOCKS];
    if (chip.arrived != wire_out.tail && wire_out.at[chip.arrived % WIRE] < at)
        at = wire_out.at[chip.arrived % WIRE];
    if (wire_out.head != chip.arrived && chip.next_timer < at) at = chip.next_timer;
    /* A full ring that loses nothing waits for the queue, not for the wire. */
    int takes = options.lossy || (long)(ring.tail - ring.head) < options.ring - 1;
    if (takes && wire_in.head != wire_in.tail && wire_in.at[wire_in.head % WIRE] < at)
        at = wire_in.at[wire_in.head % WIRE];
    return at;
}

static void serve(void) {
    next_busy = now() + 2000000000LL;
    chip.next_timer = now();
    while (!ending) {
        ns t = now();
        retire_blocks(t);
        fill_ring(t);
        read_lines();
        run_queue(t);
        fill_ring(t);
        keep_alive(t);
        flush_out(now());
        t = now();
        ns wait = earliest() - t;
        struct timespec timeout = {0, 0};
        if (wait > 0) {
            timeout.tv_sec = wait / 1000000000;
            timeout.tv_nsec = wait % 1000000000;
        }
        struct pollfd waiting = {port, POLLIN, 0};
        if (WIRE - (wire_in.tail - wire_in.head) < 256) waiting.events = 0;
        if (ppoll(&waiting, 1, &timeout, NULL) > 0 && waiting.revents & POLLIN) read_port(now());
    }
}

static void on_signal(int number) { (void)number; ending = 1; }

static long number_of(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || value < 0) {
        fprintf(stderr, "board: %s is no number\n", text);
        exit(2);
    }
    return value;
}

static void read_options(int count, char **words) {
    struct { const char *name; long *value; } numbers[] = {
        {"--baud", &options.baud}, {"--latency-us", &options.latency_us},
        {"--move-us", &options.move_us}, {"--bufsize", &options.bufsize},
        {"--ring", &options.ring}, {"--blocks", &options.blocks},
        {"--skip", &options.skip},
    };
    for (int i = 1; i < count; i++) {
        int known = 0;
        if (!strcmp(words[i], "--lossy")) options.lossy = known = 1;
        else if (!strcmp(words[i], "--advanced-ok")) options.advanced_ok = known = 1;
        else if (!strcmp(words[i], "--link") && i + 1 < count) options.link = words[++i], known = 1;
        for (size_t n = 0; !known && i + 1 < count && n < sizeof numbers / sizeof *numbers; n++)
            if (!strcmp(words[i], numbers[n].name)) *numbers[n].value = number_of(words[++i]), known = 1;
        if (!known) {
            fprintf(stderr, "board: %s is not known\n", words[i]);
            exit(2);
        }
    }
    if (!options.link) {
        fprintf(stderr, "board: --link PATH says where the port goes\n");
        exit(2);
    }
}

static void open_port(void) {
    struct termios raw;
    port = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (port < 0 || grantpt(port) || unlockpt(port)) {
        perror("board");
        exit(1);
    }
    /* Held open, so that the port stays when a host closes it. */
    int other = open(ptsname(port), O_RDWR | O_NOCTTY);
    tcgetattr(other, &raw);
    cfmakeraw(&raw);
    tcsetattr(other, TCSANOW, &raw);
    unlink(options.link);
    if (symlink(ptsname(port), options.link)) {
        perror("board");
        exit(1);
    }
}

int main(int count, char **words) {
    read_options(count, words);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    prctl(PR_SET_TIMERSLACK, 1UL);
    open_port();
    printf("READY\n");
    fflush(stdout);
    serve();
    unlink(options.link);
    double seconds = (double)(seen.last_move - seen.first_move) / 1e9;
    printf("{\"lines\": %ld, \"moves\": %ld, \"refused\": %ld, \"unnumbered\": %ld, "
           "\"lost_bytes\": %ld, \"most_in_ring\": %ld, \"most_in_queue\": %ld, "
           "\"seconds\": %.6f, \"dry_seconds\": %.6f}\n",
           seen.lines, seen.moves, seen.refused, seen.unnumbered, seen.lost_bytes,
           seen.most_in_ring, seen.most_in_queue, seconds, (double)seen.dry / 1e9);
    return 0;
}
