/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_modem.h - a driver and a small obedient modem under virtual time.
 *
 * The modem does what the manual says; RULES make single answers differ: the
 * nth time a command comes, it gets another reply, later or never.  Every
 * command is written to a log, every event of the driver, too.
 */
#ifndef TERN_TESTS_SCRIPT_MODEM_H
#define TERN_TESTS_SCRIPT_MODEM_H

#include "modem/quectel.h"

/* First match wins among the rules that are not used up. */
struct rule {
	const char *command;     /* what the line begins with, "AT" included */
	const char *reply;       /* lines parted by '|', "" = silence, "=" = what it would have said */
	unsigned skip, times;    /* let so many pass, then so many differ; 0 times = for ever */
	uint32_t delay_ms;
	bool after_payload;      /* QISEND: prompt as usual, REPLY takes the place of SEND OK */
	bool no_effect;          /* the modem does not do it either */
};

#define RULES    8
#define OUTPUTS  64

struct output {
	uint32_t at_ms;
	size_t len;
	char text[1600];
};

struct script_socket {
	bool open, closing;
	uint8_t up[200000];      /* what the driver sent */
	size_t up_len;
	uint8_t down[200000];    /* what the driver may read */
	size_t down_len, down_off;
	uint32_t unacked;
};

struct script_modem {
	struct quectel q;
	struct quectel_socket sockets[2];
	uint32_t now, start;

	struct rule rules[RULES];
	unsigned seen[RULES];
	bool echo, active, silent, registered;
	const char *apn;
	uint16_t code;           /* for QIGETERROR */
	uint32_t busy_ms;
	char line[2048];
	size_t line_len;
	unsigned entry_id;
	size_t entry_left;       /* payload bytes awaited */
	struct script_socket socket[12];
	struct output out[OUTPUTS];
	unsigned out_first, out_count;
	size_t out_off;

	size_t rx_piece, tx_piece;   /* bytes moved at once */
	unsigned commands;
	uint32_t first_ms[20];       /* when the last twenty commands came: no more than 20 a second */
	unsigned fastest_20_ms;
	char log[65536];             /* commands, one a line */
	size_t log_len;
	char events[4096];           /* "UP DOWN(210) TIME ..." */
	size_t events_len;
	int64_t time_s;
	unsigned ups, downs;
};

/* All zero but for a driver that is about to start; CONFIG may be NULL. */
void script_start(struct script_modem *m, const struct quectel_config *config);

/* Add a rule (before the run, or in its middle). */
void script_rule(struct script_modem *m, struct rule rule);

/* Say TEXT, lines parted by '|', after DELAY. */
void script_say(struct script_modem *m, uint32_t delay_ms, const char *text);
void script_say_raw(struct script_modem *m, uint32_t delay_ms, const void *data, size_t len);

/* Let virtual time pass: MS, or until the predicate holds (false: it did not). */
void script_run(struct script_modem *m, uint32_t ms);
bool script_until(struct script_modem *m, bool (*done)(struct script_modem *m), uint32_t ms);

/* The peer sends bytes on connection ID. */
void script_peer(struct script_modem *m, unsigned id, const void *data, size_t len);

/* How often TEXT stands in the log of commands, at the beginning of a line. */
unsigned script_count(const struct script_modem *m, const char *text);

bool script_is_up(struct script_modem *m);
bool script_is_open(struct script_modem *m);   /* link 0 */
bool script_is_lost(struct script_modem *m);

/* Start, come up, open link 0. */
void script_open(struct script_modem *m);

#endif
