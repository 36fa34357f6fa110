/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h - the way a person, or a script, talks to the device: lines in,
 * lines out.
 *
 * Bytes come from a UART, a terminal or a file and mean the same in whatever
 * pieces they arrive.  PEM is recognised by its own markers, asked for or not.
 * Secrets are neither echoed nor printed.  A refused value is named in one line
 * that begins with "error: ", and nothing has changed.
 *
 * Commands act on the device at once; flash writes and the parsing of a key
 * block for the time they take.
 */
#ifndef TERN_CONSOLE_CONSOLE_H
#define TERN_CONSOLE_CONSOLE_H

#include "base/bytes.h"
#include "console/backlog.h"
#include "console/editor.h"
#include "console/explain.h"
#include "console/out.h"
#include "console/recall.h"
#include "crypto/pem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device;

enum {
	CONSOLE_LINE_MAX    = 672,    /* bytes: the longest connection string fits.  PEM may be longer */
	CONSOLE_ROOM        = 640,    /* no single step of the console writes more */
	CONSOLE_OUTPUT_SIZE = 1024,   /* nearly any diagnosis fits; a longer one comes later */
	CONSOLE_PRINT_MAX   = 410,
	CONSOLE_HOLD_MS     = 50,     /* console_hold(): a pause of the input */
	CONSOLE_TEXT_MS     = 1000,   /* a pause that ends a paste without its markers */
	CONSOLE_QUIET_MS    = 300,    /* and one that ends a paste of which bytes were lost */
	CONSOLE_PASTE_MS    = 10000,  /* a PEM that pauses for longer is given up */
	CONSOLE_ASK_MS      = 120000, /* so is a question without an answer */
	CONSOLE_GUIDE_MS    = 900000  /* and one of "setup", for which somebody may have to go and look */
};

enum console_mode {
	CONSOLE_COMMAND,    /* a command, a connection string or the first line of a PEM */
	CONSOLE_SKIP,       /* the rest of a line that was too long */
	CONSOLE_SEED,       /* 64 hexadecimal digits */
	CONSOLE_CONFIRM,    /* "yes", or anything else */
	CONSOLE_ERASE,      /* "erase" or the device's id, or anything else */
	CONSOLE_GUIDE,      /* the answer to a question of "setup" */
	CONSOLE_CA,         /* certificates, until another command */
	CONSOLE_KEY,        /* a private key, until it has come or another command */
	CONSOLE_PEM,        /* between BEGIN and END */
	CONSOLE_PEM_SKIP    /* the same, of a PEM for which there is no memory */
};

/* A line that is to be acted on as soon as the input pauses. */
enum console_held { CONSOLE_HELD_NONE, CONSOLE_HELD_LINE, CONSOLE_HELD_FULL /* it fills its buffer and goes on */ };

/* What is pasted with a PEM, behind its END, may be more of the same file. */
enum console_behind { CONSOLE_BEHIND_NOTHING, CONSOLE_BEHIND_PEM, CONSOLE_BEHIND_TOLD /* text was met, and said so */ };

struct pem_lint;

struct console {
	struct device    *device;
	const char       *version;
	struct editor     editor;
	struct out        out;
	struct pem        pem;
	enum console_mode mode;
	enum console_mode asked;       /* PEM: the mode in which it began */
	uint8_t  guide;                /* the question of "setup" that is open, from 1; 0: none */
	uint8_t  keys;                 /* private keys in the paste under way, when there are several */
	bool     stored;               /* a key or a seed was, since this was set to false */
	bool     hold;                 /* console_hold() */
	bool     deaf;                 /* console_lost(): until the input pauses */
	bool     dropped;              /* and something was dropped */
	bool     apart;                /* the last byte of the line came after a pause: somebody pressed a key */
	enum console_held held;
	struct backlog backlog;
	struct recall  recall;
	bool (*rows)(struct console *c, unsigned row);   /* output that comes in parts; NULL: none */
	unsigned row;                  /* the next of them */
	bool     rows_later;           /* it has nothing to print yet */
	struct { uint8_t errors, warnings; } found;   /* by "check", so far */
	struct explain explain;
	uint32_t diagnosis_waits;      /* one found no room: why.h; 0: none */
	unsigned pem_count;            /* PEM objects since "ca", or since the last other line */
	size_t   pem_fed;              /* bytes of the line that PEM has taken */
	enum err pem_err;              /* the first damage; what follows of it, up to its END, is for LINT only */
	bool     partial;              /* earlier bytes of the same line were taken already: it is longer than LINE */
	bool     noted;                /* CA, KEY: text outside of PEM was met, and said so */
	enum console_behind behind;
	bool     prompted;             /* the terminal's last line is not ended: the prompt, and what is typed */
	bool     begun;                /* the first prompt was printed */
	bool     reboot;
	uint32_t now_ms;               /* of the call under way */
	uint32_t heard_ms;             /* when the last byte came */
	uint8_t *der;                  /* PEM: what it holds, in the device's arena; else NULL */
	struct pem_lint *lint;         /* what is odd about what is pasted, beside it */
	uint8_t  line[CONSOLE_LINE_MAX];      /* wiped after use */
	uint8_t  output[CONSOLE_OUTPUT_SIZE];
};

/* Prepare C and greet.  DEVICE and VERSION, the firmware's, stay borrowed.  The
 * prompt comes with the first console_step() or console_feed(). */
void console_init(struct console *c, struct device *device, const char *version, uint32_t now_ms);

/* Start the device as "start" does, at power-on: that something is not set yet
 * is a note then, no error. */
void console_start(struct console *c, uint32_t now_ms);

/* ON: the line does not wait until it is read, so nothing that takes long is done
 * while bytes may arrive: a line is acted on when the input pauses, and what was
 * pasted behind it is kept in the device's arena meanwhile.  As long as the device
 * is stopped: a paste of BACKLOG_SIZE bytes is then safe at any speed.
 * OFF: as it is after console_init(), a line is acted on when it ends. */
void console_hold(struct console *c, bool on);

/* A line is still to be acted on: not yet the time to end a program. */
bool console_waits(const struct console *c);

/* Its input has ended: of what was pasted in part, say so.  Nothing may follow. */
void console_end(struct console *c, uint32_t now_ms);

/* The line has lost bytes on their way here.  What is typed or pasted now is
 * given up, and what follows up to a pause: nothing is stored in part. */
void console_lost(struct console *c, uint32_t now_ms);

/* Take keystrokes; returns how many.  Fewer than LEN: the output must drain
 * first, or a line was acted on; feed the rest then. */
size_t console_feed(struct console *c, const uint8_t *data, size_t len, uint32_t now_ms);

/* Bytes for the terminal: NULL and *LEN = 0 if none.  Report what was taken,
 * 0 < N <= *LEN. */
const uint8_t *console_tx_peek(const struct console *c, size_t *len);
void console_tx_done(struct console *c, size_t n);

/* Notice a paste that has stopped half-way. */
void console_step(struct console *c, uint32_t now_ms);
bool console_deadline(const struct console *c, uint32_t *at_ms);

/* Print a line of the program's own, FORMAT as in out.h, above what is being
 * typed.  The prompt comes back with the next answer.  False, and nothing printed,
 * when there is no room now; for more than CONSOLE_PRINT_MAX characters there never is. */
bool console_print(struct console *c, const char *format, ...);
bool console_print_list(struct console *c, const char *format, va_list args);

/* What the device tells: a diagnosis is printed, and with `connect --explain` each
 * step with its time.  Never waits; a diagnosis for which there is no room comes when
 * there is some, out of what the device remembers, or else is lost: 'why'. */
struct device_event;
void console_event(struct console *c, const struct device_event *ev, uint32_t now_ms);

/* True once after "reboot" was typed and its answer has drained. */
bool console_reboot_asked(struct console *c);

/* For the other files of this folder.  The rest of a line and its end, FORMAT as
 * in out.h; and output that comes in parts of at most CONSOLE_ROOM bytes, until
 * ROWS returns false; ROWS says _later when it has nothing to print yet, and is
 * called again with the next step. */
void console_say(struct console *c, const char *format, ...);
void console_rows(struct console *c, bool (*rows)(struct console *c, unsigned row));
void console_rows_later(struct console *c);

/* Around lines of the device's own, above what is being typed: _below() with what
 * _above() said.  Both together take EDITOR_ROW bytes and a prompt. */
bool console_above(struct console *c);
void console_below(struct console *c, bool again);

#endif
