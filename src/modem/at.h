/* SPDX-License-Identifier: Apache-2.0 */
/*
 * at.h - AT command engine: bytes in, bytes out, one command at a time.
 *
 * Knows V.250 framing and result codes, prompts for a payload, replies that
 * carry counted binary data, and unsolicited lines (URCs).  It does not know
 * any maker's commands: what is special about a command stands in struct
 * at_command.
 *
 * One command is in flight, with an identity and a deadline.  A command that
 * is not answered in time ends with ERR_AT_TIMEOUT, and the engine makes sure
 * of the line before it takes another: it gives the modem the payload bytes
 * that it may still wait for, probes with ATE0 and then with AT+CFUN?
 * (27.007 8.2), and throws away all that arrives until the probe's own reply,
 * which no late reply of another command can be taken for.
 *
 * Both ends of the line may change their speed (V.250 6.2.10).  The engine says
 * which one it wants, the owner sets its UART and confirms.  A modem that is
 * mute is looked for at every speed; one above the usual 115200 counts only
 * after four exchanges in a row.  (An echo of payload that would fill the line
 * does not exist: no command returns what it was given.)
 *
 * The result is the same however the bytes are cut into pieces, both ways.
 */
#ifndef TERN_MODEM_AT_H
#define TERN_MODEM_AT_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_LINE_SIZE    192   /* longest line received that is looked at */
#define AT_COMMAND_SIZE 272   /* longest command with its carriage return */
#define AT_BAUD         115200u   /* where a modem begins */

struct at_config {
	uint16_t entry_max;      /* bytes, the largest payload a prompt of this modem can ask for */
	uint32_t dead_ms;        /* a line that stays silent so long, at each speed, is reported dead */
	uint32_t baud;           /* the host's UART is set to this; less than AT_BAUD stands for it */
	uint32_t baud_max;       /* and can be set up to this; 0: it stays as it is */
	bool     flow_control;   /* the host drives RTS; false: a silent modem is told not to wait for it */
};

/* Which lines are a command's information. */
enum at_answer {
	AT_NOTHING,
	AT_NAMED,        /* those that begin with its name: AT+CSQ is answered by +CSQ: 20,99 */
	AT_ANYTHING      /* all that do not begin with '+' */
};

/* How one command is answered.  All pointers are borrowed until its DONE. */
struct at_command {
	enum at_answer answer;
	uint32_t timeout_ms;       /* for the result, counted from the payload's prompt if there is one */

	const uint8_t *payload;    /* sent after the prompt "> ", NULL = the command has none */
	size_t payload_len;
	uint32_t prompt_ms;        /* for the prompt */
	const char *done;          /* result that confirms the payload, "SEND OK" */
	const char *full;          /* result that asks to send it again later, "SEND FAIL" */

	uint8_t *data;             /* "<name>: <n>" announces n bytes, put here; NULL = no data */
	size_t data_size;
};

enum at_event_type {
	AT_EV_LINE,      /* an information line of the command in flight */
	AT_EV_URC,       /* any other line */
	AT_EV_DONE,      /* the command in flight has its result */
	AT_EV_SYNCED,    /* the line is in order (again): a command may be started */
	AT_EV_DEAD       /* no answer for dead_ms: said once, the engine goes on trying */
};

struct at_event {
	enum at_event_type type;
	struct bytes line;     /* LINE, URC: without its line end; borrowed until the next at_feed() */
	uint8_t  name_len;     /* LINE of AT_NAMED: so much of it is the name with its colon */
	/* DONE: ERR_OK; ERR_AT_ERROR; ERR_AT_CME; ERR_FULL (the command's FULL word);
	 * ERR_AT_NO_PROMPT and ERR_AT_TIMEOUT (AT_EV_SYNCED or AT_EV_DEAD follows);
	 * ERR_AT_PROTOCOL (answered, but its data cannot be trusted). */
	enum err result;
	uint16_t id;           /* DONE: as at_start() gave it */
	uint16_t cme;          /* DONE with ERR_AT_CME: the number, AT_CME_TEXT if it came in words */
	uint16_t cfun;         /* SYNCED: what +CFUN: said, 1 = radio on; AT_CFUN_UNKNOWN */
	bool     echoed;       /* SYNCED: ATE0, said before, was forgotten: the modem has restarted */
	bool     prompted;     /* DONE: the modem had asked for the payload */
	size_t   data_len;     /* DONE: bytes put at the command's DATA */
};

#define AT_CME_TEXT     0xffffu
#define AT_CFUN_UNKNOWN 0xffffu

struct at_counters {
	uint16_t timeouts;     /* commands without an answer */
	uint16_t unanswered;   /* of these, and of probes: in a row until now */
	uint16_t overlong;     /* lines dropped since longer than AT_LINE_SIZE */
	uint16_t strays;       /* result codes that belonged to no command */
};

/* One more, up to the maximum. */
void at_count(uint16_t *counter);

/* What arrives next. */
enum at_rx {
	AT_RX_LINE,
	AT_RX_CR,        /* a line has ended with CR, its LF may follow */
	AT_RX_DATA,      /* counted bytes */
	AT_RX_DATA_CR,   /* the CR after them */
	AT_RX_DATA_LF
};

/* What the engine is doing. */
enum at_state {
	AT_IDLE,
	AT_REPLY,        /* command sent, its result is awaited */
	AT_PROMPT,       /* command sent, its prompt is awaited */
	AT_PAYLOAD,      /* prompt seen, payload under way or sent, its result is awaited */
	AT_PROBE,        /* the line is uncertain: working through the table of probes */
	AT_CONFIRM       /* probe answered: +CFUN: is awaited */
};

/* What is used most comes first: it costs the shortest instructions. */
struct at {
	enum at_state state;
	enum at_rx rx;
	bool event_waits;
	bool prompted;
	bool line_overlong;
	bool data_seen;                  /* the header of counted bytes has come */
	bool data_broken;                /* more than asked for, or not followed by CR LF */
	uint8_t name_len;                /* of the command: "+QIRD" */
	uint8_t speed;                   /* wanted: 0 to 3 for 115200, 230400, 460800, 921600 */
	uint8_t line_speed;              /* as the owner has set it */
	uint8_t speeds;                  /* how many of them the owner can set */
	uint8_t sync_step;               /* index into the probe's table */
	uint8_t sync_round;
	uint8_t sync_errors;             /* refusals of AT+CFUN? */
	uint8_t sync_prompts;
	uint8_t sync_needs;              /* exchanges until the line counts as sure */
	bool sync_matched, sync_dead, sync_echoed;
	bool synced;                     /* it was, once: echo is off */
	uint16_t line_len;
	uint16_t id;
	uint16_t sync_cfun;

	uint32_t now_ms;                 /* as told last */
	uint32_t deadline_ms;
	uint32_t sync_since_ms;
	const uint8_t *tx;               /* what the UART has not taken yet */
	size_t tx_len;
	size_t filler_left;              /* CRs to send after tx, for a modem that waits for a payload */
	size_t owed;                     /* payload bytes that the modem may wait for */
	size_t data_left;                /* counted bytes still to come */
	size_t data_len;                 /* counted bytes stored */
	struct at_command command;
	struct text text;                /* the command being composed or in flight */
	struct at_event event;
	struct at_config config;
	struct at_counters counters;
	char text_buf[AT_COMMAND_SIZE];
	char line[AT_LINE_SIZE];
};

/* Prepare AT; the line is uncertain and is made sure of first: AT_EV_SYNCED
 * tells when.  Works on a modem that echoes, waits for a payload or is in
 * transparent data mode, and waits for one that is still starting. */
void at_init(struct at *at, const struct at_config *config, uint32_t now_ms);

/* Drop the command in flight without a DONE, distrust the line, make sure of
 * it: what to do when the modem has restarted. */
void at_sync(struct at *at, uint32_t now_ms);

/* The same, and the modem was told to speak at BAUD from now on.  After
 * AT_EV_SYNCED at_baud() tells which speed held. */
void at_switch(struct at *at, uint32_t baud, uint32_t now_ms);

/* The speed that the line is to have.  When it changes: set it, and tell whether
 * it could be set; nothing is sent before. */
uint32_t at_baud(const struct at *at);
void at_baud_set(struct at *at, bool could);

/* The fastest speed up to MAX that both ends may agree on, at least AT_BAUD. */
uint32_t at_baud_up_to(uint32_t max);

/* True when at_start() is allowed: idle, and no event waits. */
bool at_ready(const struct at *at);

/* The next command.  Its text is begun with "AT": add to it, without a carriage
 * return.  How it is answered is all zero: fill it in, then at_start().  Only when
 * at_ready(). */
struct text *at_compose(struct at *at);
struct at_command *at_command(struct at *at);

/* Send what was composed.
 *   ERR_STATE  not at_ready()      ERR_TOO_LONG  the text does not fit */
MUST_CHECK enum err at_start(struct at *at, uint32_t now_ms);

/* The identity of the command last started: 1, 2, ... 65535, 1. */
uint16_t at_id(const struct at *at);

/* End the command in flight at AT_MS if it has not ended by then. */
void at_hurry(struct at *at, uint32_t at_ms);

/* Take bytes from the modem; returns how many.  Fewer than LEN: an event
 * waits.  Read it with at_next(), then feed the rest. */
size_t at_feed(struct at *at, const uint8_t *data, size_t len, uint32_t now_ms);

bool at_next(struct at *at, struct at_event *event);

/* Bytes for the modem: NULL and *LEN = 0 if none.  Report what was taken,
 * 0 < N <= *LEN. */
const uint8_t *at_tx_peek(const struct at *at, size_t *len);
void at_tx_done(struct at *at, size_t n);

/* Deadlines.  Call at the latest when at_deadline() is reached. */
void at_step(struct at *at, uint32_t now_ms);
bool at_deadline(const struct at *at, uint32_t *at_ms);

/*
 * The fields of a line, one after the other:
 *   +COPS: 0,0,"AT&T 4G",8
 */
struct at_fields {
	const uint8_t *p, *end;   /* what is left; P is behind END when nothing is */
	const uint8_t *line;      /* where it begins */
	bool quoted;              /* the last field was in quotes */
};

/* The fields of LINE from OFFSET on. */
struct at_fields at_fields_from(struct bytes line, size_t offset);

/* Which of NAMES is the part of LINE before its colon, or all of it (at_word());
 * F are the fields behind the colon. */
int at_name(struct at_fields *f, struct bytes line, const char *names);

/* The next field, without quotes and surrounding spaces.  False when there is
 * none left. */
bool at_field(struct at_fields *f, struct bytes *field);

/* The next fields as FORMAT has them, a letter each; false at the first that is
 * not so, and it is passed over.
 *   n  a number up to 65535     w  up to 2^32 - 1     to NUMBERS, one after the other
 *   t  anything, to TEXTS                             -  anything, passed over */
bool at_scan(struct at_fields *f, const char *format, uint32_t *numbers, struct bytes *texts);

/* Which of WORDS is TEXT: 0, 1, ...; -1 if none.  WORDS are written one behind the
 * other, each with a zero behind it: "OK\0" "ERROR\0". */
int at_word(struct bytes text, const char *words);

#endif
