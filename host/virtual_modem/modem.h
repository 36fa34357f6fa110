/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem.h - a virtual BG96: bytes in, bytes out.
 *
 * The core has no descriptor, no clock and no network.  The caller moves the
 * bytes of the UART, does what modem_next() asks for on its network, reports
 * what became of it, and says what time it is.  Many modems live in one
 * process and share nothing.  The same seed, input and times give the same
 * output, byte for byte.
 *
 *   host UART -> modem_feed()            modem_tx_peek() -> host UART
 *   network   -> modem_socket_*()        modem_next()    -> network
 *
 * Times are milliseconds of a counter that wraps (base/ticks.h); NOW never
 * runs backwards.  Sizes are bytes.  "Up" is from the host to the network.
 * One modem is used from one thread at a time.  Pointers that are passed in
 * are not kept.
 *
 * After every call that may change something: modem_next() until false,
 * modem_tx_peek(), and sleep no longer than modem_deadline().
 */
#ifndef TERN_VIRTUAL_MODEM_MODEM_H
#define TERN_VIRTUAL_MODEM_MODEM_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODEM_SOCKETS   = 12,      /* connection ids 0 to 11 */
	MODEM_BUFFER    = 10240,   /* kept for a socket, in each direction */
	MODEM_SEND_MAX  = 1460,    /* of one AT+QISEND */
	MODEM_READ_MAX  = 1500,    /* of one AT+QIRD */
	MODEM_HOST_MAX  = 200,     /* characters of a host name */
	MODEM_FAULTS    = 32,      /* set at the same time */
};

struct modem;

struct modem_config {
	uint64_t    seed;      /* of every choice left to chance */
	const char *profile;   /* model, as modem_profile_names() lists them; NULL = "bg96" */
	const char *apn;       /* the one APN that the network accepts; NULL = any */
	const char *sim_pin;   /* NULL = the SIM asks for none */
	const char *script;    /* what the network does, see modem_script_help(); NULL = register at home */
	uint32_t    baud;      /* of the UART, and of its pace; 0 = 115200 in name, and no pacing */
	uint32_t    boot_ms;   /* from power-on to RDY, also of later restarts; 0 = 6000 */
	bool        on;        /* true: switched on long ago, silent until spoken to.  false: off until switched on */
};

/* A new modem, or NULL after writing why into WHY: a value of CFG that is not
 * on its list (named), or no memory.  It is one allocation of about 300 KB. */
struct modem *modem_new(const struct modem_config *cfg, uint32_t now_ms, struct text *why);
void modem_free(struct modem *m);

/* ---- the UART ---- */

/* Bytes from the host.  All are taken, as a UART has no way to refuse; what
 * finds the receive queue full is lost and counted (uart_lost). */
void modem_feed(struct modem *m, const uint8_t *data, size_t len, uint32_t now_ms);

/* Bytes for the host that are due now: NULL and *LEN = 0 if none.  Report how
 * many the wire took, N <= *LEN. */
const uint8_t *modem_tx_peek(const struct modem *m, size_t *len);
void modem_tx_done(struct modem *m, size_t n);

/* Let time pass.  Call at the latest when modem_deadline() is reached. */
void modem_step(struct modem *m, uint32_t now_ms);
bool modem_deadline(const struct modem *m, uint32_t *at_ms);   /* false: nothing is due */

/* ---- the network ---- */

enum modem_event_type {
	MODEM_OPEN,      /* connect socket ID to HOST:PORT; answer with modem_socket_opened() or _failed() */
	MODEM_DATA,      /* send DATA; answer with modem_socket_taken() before the next modem_next() */
	MODEM_CLOSE,     /* forget socket ID: finish it, or reset it if ABORT.  Nothing to answer */
	MODEM_RESOLVE,   /* look HOST up; answer with modem_resolved() and this ID */
	MODEM_PING,      /* one echo request to HOST; answer with modem_pinged() and this ID */
	MODEM_NOTE       /* something that a person may want to read: TOPIC and TEXT */
};

struct modem_event {
	enum modem_event_type type;
	int          id;       /* OPEN, DATA, CLOSE: 0 to 11.  RESOLVE, PING: a ticket */
	const char  *host;     /* OPEN, RESOLVE, PING: a name or an address, as the host wrote it */
	uint16_t     port;     /* OPEN */
	bool         abort;    /* CLOSE */
	struct bytes data;     /* DATA: at least one byte */
	const char  *topic;    /* NOTE: "power", "pins", "status", "network", "context", "socket", "fault", ... */
	const char  *text;     /* NOTE */
};

/* The next request or note, or false.  What EV points to stays valid until the
 * next call of any function of this modem. */
bool modem_next(struct modem *m, struct modem_event *ev);

/* Codes of modem_socket_failed(), modem_resolved() and modem_pinged(): those of
 * AT+QIGETERROR, 550 to 574. */
enum {
	MODEM_ERR_UNKNOWN   = 550, MODEM_ERR_PARAMETER = 552, MODEM_ERR_CREATE  = 554,
	MODEM_ERR_SUPPORT   = 555, MODEM_ERR_CONTEXT   = 561, MODEM_ERR_ID_USED = 563,
	MODEM_ERR_DNS_BUSY  = 564, MODEM_ERR_DNS       = 565, MODEM_ERR_CONNECT = 566,
	MODEM_ERR_CLOSED    = 567, MODEM_ERR_TIMEOUT   = 569, MODEM_ERR_PDP     = 570,
	MODEM_ERR_STATE     = 572,
};

/* OPEN worked: the address that was reached and the local port, for QISTATE. */
void modem_socket_opened(struct modem *m, int id, const char *address, uint16_t local_port, uint32_t now_ms);
void modem_socket_failed(struct modem *m, int id, int error, uint32_t now_ms);

/* How many received bytes socket ID can take now.  Leave the rest with the
 * network, so that its window closes. */
size_t modem_socket_room(const struct modem *m, int id);
/* Received bytes, at most modem_socket_room(). */
void modem_socket_data(struct modem *m, int id, const uint8_t *data, size_t len, uint32_t now_ms);
/* The peer ended the connection, or it broke. */
void modem_socket_closed(struct modem *m, int id, uint32_t now_ms);

/* The network took the first N bytes of a DATA event, also 0.  If those were
 * not all, the rest is offered again after modem_socket_writable(). */
void modem_socket_taken(struct modem *m, int id, size_t n, uint32_t now_ms);
void modem_socket_writable(struct modem *m, int id, uint32_t now_ms);
/* How many of the bytes taken the peer has not acknowledged yet (Linux:
 * SIOCOUTQ).  Never told: taken counts as acknowledged. */
void modem_socket_unsent(struct modem *m, int id, size_t n, uint32_t now_ms);

/* Addresses of a name, or COUNT = 0 and an error. */
void modem_resolved(struct modem *m, int ticket, const char *const *addresses, size_t count, int error,
		    uint32_t now_ms);
/* The echo came back after MS from ADDRESS, or ADDRESS is NULL and an error. */
void modem_pinged(struct modem *m, int ticket, const char *address, uint32_t ms, int error, uint32_t now_ms);

/* ---- the world around it ---- */

enum modem_power { MODEM_OFF, MODEM_BOOTING, MODEM_ON, MODEM_GOING_DOWN, MODEM_ASLEEP };
enum modem_switch {
	MODEM_SWITCH_ON,      /* nothing if it is on */
	MODEM_SWITCH_OFF,     /* supply cut: at once, without a word */
	MODEM_SWITCH_KEY,     /* PWRKEY pulse: on if off or asleep, else an orderly POWERED DOWN */
	MODEM_SWITCH_RESET,   /* RESET pin */
	MODEM_SWITCH_SLEEP    /* power saving mode: PSM POWER DOWN */
};
enum modem_power modem_power_state(const struct modem *m);
void modem_power(struct modem *m, enum modem_switch how, uint32_t now_ms);

/* The pins as the host drives them, by their meaning: true = the key is pressed,
 * the modem is held in reset, it is to be awake (DTR: kept, without effect).
 * Pulses have their real lengths: PWRKEY 500 ms to switch on, 650 ms to switch off;
 * RESET as the quirk "reset-ms" has it.  What is shorter is ignored.  While W_DISABLE is on the
 * radio is off, whatever AT+CFUN asks for. */
enum modem_pin { MODEM_PIN_PWRKEY, MODEM_PIN_RESET, MODEM_PIN_DTR, MODEM_PIN_W_DISABLE, MODEM_PINS };
void modem_pin(struct modem *m, enum modem_pin pin, bool on, uint32_t now_ms);
bool modem_pin_is(const struct modem *m, enum modem_pin pin);

/* The STATUS pin: true from four fifths of booting on until it is off.  A note
 * "status", "on" or "off", tells of a change. */
bool modem_status(const struct modem *m);

/* The host's end of the line is set to BAUD; 0: whatever the modem's is.  Where
 * the two differ every byte is another one. */
void modem_set_host_baud(struct modem *m, uint32_t baud, uint32_t now_ms);

/* The time of day that network and NTP servers tell, Unix milliseconds. */
void modem_set_clock(struct modem *m, int64_t unix_ms, uint32_t now_ms);

enum modem_sim { MODEM_SIM_READY, MODEM_SIM_PIN, MODEM_SIM_PUK, MODEM_SIM_ABSENT, MODEM_SIM_FAILURE, MODEM_SIM_BUSY };

/* The radio network as the modem sees it. */
struct modem_network {
	enum modem_sim sim;
	unsigned stat;           /* as in +CEREG: 0 idle, 1 home, 2 searching, 3 denied, 4 unknown, 5 roaming */
	unsigned cause;          /* of a rejection, 3GPP 24.301 annex A; 0 = none */
	unsigned act;            /* 8 LTE-M, 9 NB-IoT, 0 GSM, ... (27.007 7.3) */
	unsigned rssi, ber;      /* +CSQ: 0 to 31, 99; 0 to 7, 99 */
	int      rsrp, rsrq;     /* dBm, dB */
	unsigned sinr;           /* fifths of a dB above -20 dB */
	char     tac[9], cell[9];        /* hexadecimal digits */
	char     operator_name[32], plmn[7];
	int      zone;           /* quarters of an hour east of Greenwich, -48 to 56 */
	bool     nitz;           /* the network tells the time */
	bool     ntp;            /* NTP servers answer */
	int64_t  nitz_s, ntp_s;  /* by which these two tell another time, seconds */
	bool     heard;          /* a signal is measured while no network is had, too */
	unsigned esm;            /* cause with which every activation is refused (24.301 9.9.4.4); 0 = none */
};
struct modem_network modem_network(const struct modem *m);
void modem_set_network(struct modem *m, const struct modem_network *n, uint32_t now_ms);

/* The one APN that the network accepts, NULL: any; with USER and PASSWORD, unless USER is
 * "".  Activation with others is refused with ESM cause 27, 29. */
void modem_set_apn(struct modem *m, const char *apn, const char *user, const char *password);

/* As AT+CFUN=<FUN> does: 0, 1 or 4. */
void modem_set_cfun(struct modem *m, uint32_t fun, uint32_t now_ms);

/* Another card, or the same one changed.  PIN "": it asks for none; else it asks now.
 * TRIES are left of the PIN: 0 locks it until its PUK is given. */
struct modem_card {
	char     pin[9];
	unsigned tries, puk_tries;
	char     iccid[23], imsi[16];
};
struct modem_card modem_card(const struct modem *m);
void modem_set_card(struct modem *m, const struct modem_card *card, uint32_t now_ms);

/* What ATI and its kin say; each shorter than 32 characters. */
void modem_set_identity(struct modem *m, const char *maker, const char *model, const char *revision);

/* Begin SCRIPT now.  False, and why, if it is not of the form that
 * modem_script_help() shows; then nothing changes. */
bool modem_set_script(struct modem *m, const char *script, uint32_t now_ms, struct text *why);
const char *modem_script_help(void);

/* Bytes on the UART as if the modem had said them, at once; or one line by the
 * rules of URCs: CR LF around it, never inside a data phase. */
void modem_inject(struct modem *m, const uint8_t *data, size_t len, uint32_t now_ms);
void modem_inject_urc(struct modem *m, const char *line, uint32_t now_ms);

/* Each execution of COMMAND ("QIRD"; "" = all without a row of their own)
 * takes MIN to MAX ms, evenly spread.  False: no such command, no room, MIN > MAX. */
bool modem_set_latency(struct modem *m, const char *command, uint32_t min_ms, uint32_t max_ms);

/* Ways in which models and firmware versions differ.  VALUE is a number or one
 * of the words of modem_quirk_help(). */
bool modem_set_quirk(struct modem *m, const char *name, const char *value, struct text *why);
void modem_quirk_help(struct text *t);           /* a line a quirk */
void modem_profile_names(struct text *t);        /* "bg96, bg95, ..." */

/* ---- counters ---- */

struct modem_traffic {
	uint64_t up, down;       /* bytes of the TCP stream */
	uint32_t sends, reads;   /* AT+QISEND that took a payload; AT+QIRD that gave data */
	uint32_t turns;          /* changes of direction of the stream */
	uint32_t round_trips;    /* of these: the peer's bytes after the host's */
};

struct modem_counters {
	uint64_t uart_up, uart_down;   /* bytes on the UART */
	uint64_t uart_lost;            /* bytes that found a queue full */
	uint32_t commands;             /* AT command lines executed */
	uint32_t urcs, urcs_lost;
	uint32_t boots;
	struct modem_traffic all;                      /* every socket since the counters were reset */
	struct modem_traffic socket[MODEM_SOCKETS];    /* since its QIOPEN, or the reset */
};
const struct modem_counters *modem_counters(const struct modem *m);
void modem_reset_counters(struct modem *m);

/* ---- faults ---- */

/* Where a fault waits for its occasion. */
#define MODEM_POINTS(X)                                                               \
	X(TIME,     "time",     "when its time window begins, and every every_ms")    \
	X(COMMAND,  "command",  "a command is complete, before it is executed")       \
	X(ANSWER,   "answer",   "a command is executed, before its final result")     \
	X(OPEN,     "open",     "between the OK of QIOPEN and its +QIOPEN")           \
	X(PROMPT,   "prompt",   "at the prompt of QISEND")                            \
	X(PAYLOAD,  "payload",  "after 'bytes' bytes of a QISEND payload")            \
	X(ACCEPTED, "accepted", "the payload is complete, before SEND OK")            \
	X(READ,     "read",     "QIRD, before its header")                            \
	X(DATA,     "data",     "QIRD, between header and data")                      \
	X(CLOSE,    "close",    "QICLOSE, before its OK")                             \
	X(KEY,      "key",      "PWRKEY or RESET was held long enough")               \
	X(BOOT,     "boot",     "booting is over, before RDY")                        \
	X(UP,       "up",       "a byte from the host")                               \
	X(DOWN,     "down",     "a byte to the host")

/* What it does, and the values it takes beside the selectors. */
#define MODEM_EFFECTS(X)                                                                                          \
	X(CLOSED,    "closed",     "the peer ends the socket: +QIURC: \"closed\"")                                \
	X(DEAD,      "dead",       "the socket dies without a URC; every QISEND on it is ERROR ('error', 572)")   \
	X(PDPDEACT,  "pdpdeact",   "the network takes context 'context' (1) away")                                \
	X(REGISTER,  "register",   "registration becomes 'stat' for 'ms' (for good)")                             \
	X(SIM,       "sim",        "the SIM becomes 'sim' for 'ms' (for good)")                                   \
	X(REBOOT,    "reboot",     "the modem restarts by itself; RDY after 'ms' (as booting). boot: RDY comes twice") \
	X(MUTE_AT,   "mute-at",    "no command is answered for 'ms' (until it restarts); sockets live on")        \
	X(MUTE,      "mute",       "nothing is said and nothing heard for 'ms' (until it restarts)")              \
	X(GARBAGE,   "garbage",    "'bytes' (8) bytes of 0x00 and 0xff are sent")                                 \
	X(WRONG_BAUD, "wrong-baud", "every byte, both ways, is another one for 'ms' (for good)")                  \
	X(SLOW_LINE, "slow-line",  "as wrong-baud, while the line is faster than 'baud' (115200)")                \
	X(STATUS_ON, "status-on",  "STATUS says on for 'ms' (for good)")                                          \
	X(STATUS_OFF, "status-off", "STATUS says off for 'ms' (for good)")                                        \
	X(NOISE,     "noise",      "'bytes' (8) bytes by chance are on the line to the host, also while it is off")  \
	X(SAY,       "say",        "'text' or 'hex' is sent, right there")                                        \
	X(ERROR,     "error",      "ERROR, or +QIOPEN, with 'error' (550), or +CME ERROR: 'cme'")                 \
	X(DELAY,     "delay",      "what comes next comes 'ms' later")                                            \
	X(LOST,      "lost",       "what comes next never comes")                                                 \
	X(EARLY,     "early",      "+QIOPEN before OK")                                                           \
	X(GLUED,     "glued",      "+QIOPEN in the same write as OK")                                             \
	X(SPLIT,     "split",      "the prompt's last byte comes 'ms' later")                                     \
	X(FAIL,      "fail",       "SEND FAIL, and nothing is taken")                                             \
	X(DISCARD,   "discard",    "SEND OK, counted as delivered, and never sent")                               \
	X(FREEZE,    "freeze",     "SEND OK, but the socket sends nothing any more: unacked grows")               \
	X(DROP,      "drop",       "'bytes' (1) bytes vanish from the line")                                      \
	X(INSERT,    "insert",     "'bytes' (1) random bytes come before this one")                               \
	X(CORRUPT,   "corrupt",    "one bit of the byte is turned over")                                          \
	X(GARBLE,    "garble",     "the byte is another one: that end of the line has another speed")            \
	X(DUPLICATE, "duplicate",  "the byte comes twice")                                                        \
	X(FRAGMENT,  "fragment",   "a burst comes in pieces of 1 to 'bytes' (1) bytes, 'ms' (1) apart")           \
	X(COALESCE,  "coalesce",   "a burst is held for 'ms' and comes in one piece")

#define MODEM_POINT_ENUM(name, word, help) MODEM_AT_##name,
#define MODEM_EFFECT_ENUM(name, word, help) MODEM_DO_##name,
enum modem_point  { MODEM_POINTS(MODEM_POINT_ENUM) MODEM_POINT_COUNT };
enum modem_effect { MODEM_EFFECTS(MODEM_EFFECT_ENUM) MODEM_EFFECT_COUNT };
#undef MODEM_POINT_ENUM
#undef MODEM_EFFECT_ENUM

#define MODEM_ANY    (-1)
#define MODEM_ALWAYS UINT32_MAX

/*
 * An occasion is: the point is reached, on this socket, in this command, within
 * the time window.  The fault strikes at occasions from the NTH on, each with
 * PROBABILITY, until it struck COUNT times.
 */
struct modem_fault {
	enum modem_effect what;
	enum modem_point  at;
	int      socket;          /* 0 to 11, or MODEM_ANY */
	char     host[64];        /* of the socket, as AT+QIOPEN named it; "" = any */
	uint16_t port;            /* of the socket; 0 = any */
	char     command[20];     /* "QISEND", "ATE" for a basic one; "" = any */
	uint32_t probability;     /* millionths */
	uint32_t nth;             /* from 1 */
	uint32_t count;           /* strikes, or MODEM_ALWAYS */
	uint32_t after_ms, for_ms;   /* window, from when it was set; for_ms may be MODEM_ALWAYS */
	uint32_t every_ms;        /* TIME: between strikes */

	int      error, cme;      /* 550 to 574; 0 to 999 or MODEM_ANY */
	uint32_t context, stat, baud;
	enum modem_sim sim;
	uint32_t ms;              /* MODEM_ALWAYS: for good, or the effect's own default */
	uint32_t bytes;
	uint8_t  text[128];
	size_t   text_len;
};

/* A fault that strikes once, at the first occasion, anywhere, with the values
 * that the effect has by itself. */
struct modem_fault modem_fault_default(enum modem_effect what, enum modem_point at);
/* True if WHAT can happen at AT. */
bool modem_fault_fits(enum modem_effect what, enum modem_point at);

/* Set F; returns its number, from 1, never used twice.  0, and why: WHAT does
 * not fit AT, a value out of range, or MODEM_FAULTS are set already. */
unsigned modem_fault_set(struct modem *m, const struct modem_fault *f, uint32_t now_ms, struct text *why);
/* False: no such fault. */
bool modem_fault_clear(struct modem *m, unsigned number, uint32_t now_ms);
void modem_fault_clear_all(struct modem *m, uint32_t now_ms);
/* The Ith fault that is set; false after the last. */
bool modem_fault_get(const struct modem *m, size_t i, struct modem_fault *f, unsigned *number, uint32_t *strikes);

const char *modem_effect_word(enum modem_effect what);
const char *modem_point_word(enum modem_point at);

#endif
