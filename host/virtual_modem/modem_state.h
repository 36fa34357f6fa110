/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_state.h - what the files of the core share: the one struct, and each
 * file's functions.  Users include modem.h.
 *
 * From the host to the network and back:
 *
 *   modem_uart.c     bytes of the line: pace, line faults, queues
 *   modem_line.c     echo, command lines, payloads, one command at a time
 *   modem_commands.c the table of commands; handlers live with their topic:
 *                    modem_basic.c modem_info.c modem_radio.c modem_clock.c
 *                    modem_context.c modem_cause.c modem_socket.c modem_transfer.c
 *                    modem_power.c
 *   modem_answer.c   information lines, results, unsolicited lines
 *   modem_fault.c    which fault strikes where, and what it does
 */
#ifndef TERN_VIRTUAL_MODEM_STATE_H
#define TERN_VIRTUAL_MODEM_STATE_H

#include "virtual_modem/modem.h"

#include "base/ticks.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum {
	LINE_SIZE     = 2048,    /* longest command line */
	IN_SIZE       = 16384,   /* bytes received and not yet looked at */
	OUT_SIZE      = 32768,   /* bytes said and not yet on the line */
	WIRE_SIZE     = 16384,   /* bytes on the line and not yet taken */
	OUT_RESERVE   = 8192,    /* more than any one answer: commands wait while less is free */
	ARGS          = 16,
	URC_COUNT     = 64, URC_SIZE = 200,
	NOTE_COUNT    = 64, NOTE_SIZE = 160,
	STEP_COUNT    = 64,      /* of a network script */
	CONTEXTS      = 16,
	APN_SIZE      = 64,
	LATENCIES     = 16,
	CONFIG_TEXTS  = 12, CONFIG_TEXT_SIZE = 48,
	ADDRESS_SIZE  = 48,
	ADDRESSES     = 4,       /* of one name, as told to the host */
};

/* ---- modem_ring.c: a queue of bytes in a caller's array ---- */
struct ring {
	uint8_t *data;
	size_t   size, head, len;
};
void modem_ring_init(struct ring *r, uint8_t *data, size_t size);
size_t modem_ring_free(const struct ring *r);
size_t modem_ring_put(struct ring *r, const uint8_t *data, size_t len);   /* returns how many fitted */
const uint8_t *modem_ring_peek(const struct ring *r, size_t *len);        /* the first run without a wrap */
void modem_ring_drop(struct ring *r, size_t n);
size_t modem_ring_get(struct ring *r, uint8_t *buf, size_t size);

/* ---- modem_timer.c: deadlines, each with the function that it calls ---- */
enum timer {
	TIMER_KEY, TIMER_STATUS, TIMER_STATUS_BACK, TIMER_BOOT, TIMER_APP_RDY, TIMER_DOWN_NOTICE, TIMER_DOWN,
	TIMER_SCRIPT, TIMER_SCAN, TIMER_SCAN_END, TIMER_REGISTER_BACK, TIMER_SIM_BACK,
	TIMER_JOB, TIMER_PROMPT, TIMER_PAYLOAD, TIMER_URC,
	TIMER_MUTE, TIMER_MUTE_AT, TIMER_BAUD,
	TIMER_UART_IN, TIMER_UART_OUT, TIMER_PING,
	TIMER_OPEN,                                   /* one a socket */
	TIMER_FAULT = TIMER_OPEN + MODEM_SOCKETS,     /* one a fault */
	TIMER_COUNT = TIMER_FAULT + MODEM_FAULTS
};
struct alarm {
	bool     set;
	uint32_t at_ms;
};
void modem_timer_set(struct modem *m, unsigned timer, uint32_t delay_ms);
void modem_timer_stop(struct modem *m, unsigned timer);
bool modem_timer_earliest(const struct modem *m, unsigned *timer, uint32_t *at_ms);
void modem_timer_run(struct modem *m, unsigned timer);

/* ---- modem_random.c ---- */
uint32_t modem_random(struct modem *m, uint32_t below);   /* 0 to BELOW - 1; BELOW >= 1 */

/* ---- commands ---- */
enum form { FORM_RUN = 1, FORM_READ = 2, FORM_TEST = 4, FORM_SET = 8 };   /* AT+X  AT+X?  AT+X=?  AT+X=... */

struct arg {
	struct bytes text;      /* without the quotes */
	bool         given, quoted;
};

/* What a handler returns: how the command ends. */
enum {
	DONE     = 0,           /* OK */
	FAILED   = -1,          /* ERROR */
	PENDING  = -2,          /* the handler sees to the rest */
	/* 550 to 574: ERROR, and what AT+QIGETERROR says of it */
	CME_BASE = 1000,        /* + n: +CME ERROR: n */
};
#define CME(n) (CME_BASE + (n))

enum cme { CME_NOT_ALLOWED = 3, CME_NO_SIM = 10, CME_PIN = 11, CME_PUK = 12, CME_SIM_FAILURE = 13,
	   CME_SIM_BUSY = 14, CME_PASSWORD = 16, CME_NO_NETWORK = 30, CME_PARAMETER = 50 };

struct call {
	const struct command *command;
	bool       basic;       /* ATE0 rather than AT+NAME */
	enum form  form;
	unsigned   argc;
	struct arg arg[ARGS];
	char       name[20];    /* as a fault names it: "QISEND", "ATE" */
};

enum command_needs {
	NEEDS_SIM     = 1,      /* an unlocked SIM */
	NEEDS_CONTEXT = 2,      /* its first value is a context that is active */
	TCPIP         = 4,      /* its result is what AT+QIGETERROR tells */
};

struct command {
	const char *name;       /* without AT+ */
	uint8_t     forms;      /* of enum form; the test form is always there */
	uint8_t     needs;
	int8_t      socket_arg; /* which value is a connection id; -1 = none */
	int (*handle)(struct modem *m, const struct call *c);
	const char *test;       /* what follows "+NAME: " in the answer to AT+NAME=?; NULL = OK only */
};
const struct command *modem_command_find(struct bytes name);

/* ---- modem_call.c: values of a command ---- */
bool modem_call_parse(struct call *c, struct bytes values);
bool modem_call_number(const struct call *c, unsigned i, uint32_t min, uint32_t max, uint32_t *value);
/* the same; when it is left out, VALUE stays as it is */
bool modem_call_option(const struct call *c, unsigned i, uint32_t min, uint32_t max, uint32_t *value);
bool modem_call_text(const struct call *c, unsigned i, char *text, size_t size);
bool modem_call_is(const struct call *c, unsigned i, const char *word);   /* ignoring case */
int  modem_call_socket(const struct call *c);                             /* or MODEM_ANY */

/* ---- settings ---- */
enum setting {
	SET_ECHO, SET_QUIET, SET_VERBOSE, SET_RESULTS, SET_DCD, SET_DTR, SET_S0, SET_S3, SET_S4, SET_S5, SET_S6, SET_S7,
	SET_S8, SET_S10, SET_CMEE, SET_IFC_IN, SET_IFC_OUT, SET_IPR, SET_CREG, SET_CGREG, SET_CEREG, SET_CTZR,
	SET_CTZU, SET_QISDE, SET_QSCLK, SET_COPS_FORMAT, SET_CPSMS, SET_QSIMSTAT, SET_COUNT
};
void modem_nv_factory(struct modem *m);             /* as it left the factory */
void modem_nv_load(struct modem *m);                /* at power-on, and ATZ */
void modem_nv_reset(struct modem *m);               /* AT&F */
void modem_nv_save(struct modem *m);                /* AT&W */
void modem_nv_set(struct modem *m, enum setting s, uint32_t value);   /* saved now, if it is of that kind */

/* AT+QCFG and AT+QICFG: names with values as text */
int modem_nv_qcfg(struct modem *m, const struct call *c);
int modem_nv_qicfg(struct modem *m, const struct call *c);
void modem_nv_quirk(struct modem *m);
bool modem_nv_recv_length(const struct modem *m);

/* ---- modem_profile.c ---- */
enum quirk {
	QUIRK_CONNECTED, QUIRK_PROMPT, QUIRK_RECV_LENGTH, QUIRK_SUB, QUIRK_QISDE, QUIRK_ERROR_TEXT, QUIRK_CONTEXTS,
	QUIRK_TCPIP_CME, QUIRK_UNREAD, QUIRK_RECV_AGAIN, QUIRK_SEND_TIMEOUT, QUIRK_SCANSEQ, QUIRK_APP_RDY,
	QUIRK_REG_CAUSE, QUIRK_RESET_MS, QUIRK_CFUN, QUIRK_UNTOLD, QUIRK_CEER, QUIRK_ATI, QUIRK_FOREIGN, QUIRK_COUNT
};
enum { PROMPT_SPACE, PROMPT_BARE, PROMPT_LINE };
enum { UNREAD_KEPT, UNREAD_DROPPED };
enum { AGAIN_EMPTY, AGAIN_ZERO };
enum { UNTOLD_EMPTY, UNTOLD_1970, UNTOLD_1980, UNTOLD_2004, UNTOLD_2080 };
enum { CEER_NUMBERS, CEER_WORDS, CEER_NAMES };
enum { ATI_QUECTEL, ATI_ONE_LINE, ATI_LABELLED };
struct profile {
	const char *name, *maker, *model, *revision, *firmware;
	uint32_t    quirk[QUIRK_COUNT];
};
const struct profile *modem_profile_find(const char *name);

/* ---- parts of the struct ---- */
enum stage {
	STAGE_LINE,        /* a command line is being received */
	STAGE_BUSY,        /* a command is being executed */
	STAGE_PAYLOAD      /* what is received is payload */
};

struct job {
	bool     begun;        /* handler was called */
	bool     concluding;   /* only the final result is left */
	int      result;
	void   (*resume)(struct modem *m);   /* TIMER_JOB, while PENDING */
	void   (*after)(struct modem *m);    /* once OK is out */
	int      socket;       /* of the handler that is PENDING, or that left AFTER */
};

struct payload {
	int      socket;
	size_t   want;         /* bytes; 0: until Ctrl-Z */
	size_t   got;
	const char *rest;      /* what a late prompt still has to say */
	uint8_t  data[MODEM_SEND_MAX];
};

enum socket_state {        /* as in +QISTATE */
	SOCKET_INITIAL = 0, SOCKET_OPENING = 1, SOCKET_CONNECTED = 2, SOCKET_CLOSING = 4
};

struct socket {
	enum socket_state state;
	uint32_t context;
	char     host[MODEM_HOST_MAX + 1];
	char     address[ADDRESS_SIZE];
	uint16_t port, local_port;

	bool     want_open, want_close, abort;   /* requests not yet given out */
	bool     known;        /* the network has it: it was asked to open it */
	bool     offered;      /* waits for _taken() or _writable() */
	size_t   offered_len;

	bool     open_lost;    /* no +QIOPEN is to be said */
	bool     open_held;    /* QIOPEN waits for the result before OK */
	bool     open_early;   /* ... and says it before OK */
	uint32_t open_delay_ms;
	int      open_result;  /* to be said by TIMER_OPEN; -1 = not known yet */

	int      dead;         /* error of every QISEND; 0 = alive */
	bool     frozen;       /* sends nothing any more */
	bool     recv_told;    /* +QIURC: "recv" was said and not read empty since */
	bool     closed_due;   /* +QIURC: "closed" waits until the data phase is over */

	uint32_t sent, received, read;           /* totals of QISEND=id,0 and QIRD=id,0 */
	bool     counts_unsent;
	size_t   unsent;       /* with the network, not acknowledged */
	bool     last_up, has_traffic;
	struct ring tx, rx;
	uint8_t  tx_data[MODEM_BUFFER], rx_data[MODEM_BUFFER];
};

enum context_state { CONTEXT_OFF, CONTEXT_ACTIVE, CONTEXT_BROKEN /* by the network: needs QIDEACT */ };
struct context {
	enum context_state state;
	bool     defined;
	uint32_t type, auth;   /* 1 IPv4, 2 IPv6, 3 both; 0 none, 1 PAP, 2 CHAP */
	char     apn[APN_SIZE], user[APN_SIZE], password[APN_SIZE];
	uint32_t extra[4];     /* of +CGDCONT */
	uint8_t  ip[4];
	char     dns[2][ADDRESS_SIZE];
};

/* of a network script: a row of its table of words */
struct step {
	uint32_t at_ms;
	size_t   word;
	char     value[16];
};

struct fault_slot {
	unsigned number;       /* 0 = free */
	uint32_t set_ms;
	uint32_t occasions, strikes;
	struct modem_fault f;
};

enum status_stuck { MODEM_STATUS_FREE, MODEM_STATUS_STUCK_ON, MODEM_STATUS_STUCK_OFF };

struct pace {
	uint64_t credit;       /* bits * 1000 */
	uint32_t at_ms;
};

struct modem {
	struct modem_config   config;
	const struct profile *profile;
	uint32_t quirk[QUIRK_COUNT];
	char     maker[32], model[32], revision[32];
	char     apn[APN_SIZE], apn_user[APN_SIZE], apn_password[APN_SIZE];
	bool     any_apn;
	struct modem_card card;
	uint64_t random;
	uint32_t now_ms;
	bool     pumping;      /* see modem_pump() */
	struct alarm alarm[TIMER_COUNT];
	struct modem_counters counters;

	/* line */
	enum modem_power power;
	uint32_t on_ms;        /* since when it is on */
	bool     spoken;       /* the host has said something since power-on */
	bool     mute, mute_at, wrong_baud;
	bool     pin[MODEM_PINS], key_used;      /* key_used: this press has switched it on */
	uint32_t pin_ms[MODEM_PINS];             /* since when */
	bool     risen, status_told;             /* BOOTING: STATUS is on; as the last note said */
	enum status_stuck status_stuck;
	uint32_t host_baud, baud_limit;          /* 0 = the same as ours; 0 = none */
	struct ring in, out;
	struct pace in_pace, out_pace;
	uint32_t baud;
	uint8_t  in_data[IN_SIZE], out_data[OUT_SIZE], wire[WIRE_SIZE];
	size_t   wire_len;
	bool     burst;        /* OUT holds a burst that has begun */
	bool     held;         /* until TIMER_UART_OUT */
	uint32_t piece, piece_ms;      /* fragmenting: 0 = no */
	size_t   line_drop[2];         /* bytes still to be lost: up, down */

	/* commands */
	enum stage stage;
	char     line[LINE_SIZE];
	size_t   line_len, cursor;
	bool     line_long, line_cr;
	uint32_t line_ms;      /* when its last byte came */
	bool     first_info;   /* no information line of this command yet */
	struct call    call;
	struct job     job;
	struct payload payload;
	int      last_error;   /* AT+QIGETERROR */
	struct { char command[20]; uint32_t min_ms, max_ms; } latency[LATENCIES];
	size_t   latency_count;

	/* settings */
	uint32_t set[SET_COUNT], saved[SET_COUNT];
	char     qcfg[CONFIG_TEXTS][CONFIG_TEXT_SIZE];     /* saved at once */
	char     qicfg[CONFIG_TEXTS][CONFIG_TEXT_SIZE];    /* until power-off */
	char     psm[4][12];

	/* URCs and notes */
	struct { char text[URC_SIZE]; } urc[URC_COUNT];
	size_t   urc_head, urc_len;
	struct { const char *topic; char text[NOTE_SIZE]; } note[NOTE_COUNT];
	size_t   note_head, note_len;
	uint32_t notes_lost;

	/* radio */
	struct modem_network net;
	unsigned world;        /* the registration that the network would grant */
	uint32_t cfun;
	bool     detached;     /* by AT+CGATT=0 or AT+COPS=2 */
	unsigned refused;      /* ESM cause of the last activation; 0 = it worked */
	struct step step[STEP_COUNT];
	size_t   steps, next_step;
	uint32_t script_ms;    /* when it began */
	unsigned stat_back;
	enum modem_sim sim_back;

	/* clock */
	int64_t  unix_ms;      /* of the network, at clock_ms */
	uint32_t clock_ms;
	int64_t  rtc_offset_ms;        /* of the modem's own clock */
	bool     rtc_set, nitz_seen;
	int64_t  nitz_unix_ms;
	char     ntp_server[MODEM_HOST_MAX + 1];

	/* contexts and sockets */
	struct context context[CONTEXTS + 1];              /* [1..16] */
	struct socket  socket[MODEM_SOCKETS];
	int      ticket;
	bool     want_resolve, resolving;
	char     resolve_host[MODEM_HOST_MAX + 1];
	bool     want_ping, pinging;
	uint32_t ping_context, ping_left, ping_sent, ping_got, ping_min, ping_max, ping_sum;
	bool     down_notice;  /* a context was active when the restart began */
	bool     down_restarts;

	struct fault_slot fault[MODEM_FAULTS];
	unsigned last_fault;
};

/* ---- modem.c ---- */
void modem_pump(struct modem *m);
void modem_set_now(struct modem *m, uint32_t now_ms);

/* ---- modem_answer.c ---- */
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
void modem_info(struct modem *m, const char *format, ...) PRINTF(2, 3);   /* one information line */
void modem_result(struct modem *m, int result);                           /* OK, ERROR, +CME ERROR: n */
void modem_result_text(struct modem *m, const char *text);                /* SEND OK and the like */
void modem_urc(struct modem *m, const char *format, ...) PRINTF(2, 3);
void modem_urc_flush(struct modem *m);
void modem_urc_force(struct modem *m);           /* also within a payload */
void modem_urc_clear(struct modem *m);
void modem_note(struct modem *m, const char *topic, const char *format, ...) PRINTF(3, 4);
bool modem_note_next(struct modem *m, struct modem_event *ev);
const char *modem_error_text(int error);

/* ---- modem_uart.c ---- */
void modem_out(struct modem *m, const void *data, size_t len);
void modem_out_text(struct modem *m, const char *text);
void modem_uart_receive(struct modem *m, const uint8_t *data, size_t len);
void modem_uart_release(struct modem *m);        /* from OUT to the wire what is due */
size_t modem_uart_due(struct modem *m);          /* received bytes that may be looked at now */
void modem_uart_consume(struct modem *m, size_t n);
void modem_uart_ignore(struct modem *m);
void modem_uart_clear(struct modem *m);
void modem_uart_noise(struct modem *m, uint32_t bytes);

/* ---- modem_pins.c ---- */
void modem_pins_key(struct modem *m);            /* TIMER_KEY */
void modem_pins_rise(struct modem *m);           /* TIMER_STATUS */
void modem_pins_tell(struct modem *m);
bool modem_pins_garble(const struct modem *m);   /* the two ends of the line do not understand each other */

/* ---- modem_line.c ---- */
bool modem_line_run(struct modem *m);            /* false: nothing was to be done */
void modem_line_reset(struct modem *m);
void modem_line_finish(struct modem *m, int result);      /* ends a PENDING command */
void modem_line_finish_text(struct modem *m, const char *text);
void modem_line_job(struct modem *m);            /* TIMER_JOB */
void modem_line_wait(struct modem *m, uint32_t ms, void (*resume)(struct modem *m));

/* ---- modem_basic.c: V.250 ---- */
int modem_basic_run(struct modem *m, struct bytes line, size_t *used);
bool modem_basic_name(struct bytes line, char name[20]);

/* ---- modem_info.c ---- */
void modem_card_init(struct modem *m);

/* ---- modem_radio.c ---- */
void modem_radio_init(struct modem *m);
void modem_radio_start(struct modem *m);         /* power-on */
void modem_radio_stop(struct modem *m);          /* power-off */
void modem_radio_update(struct modem *m);        /* what the modem has of what the network grants */
void modem_radio_set_stat(struct modem *m, unsigned stat);
void modem_radio_set_sim(struct modem *m, enum modem_sim sim);
void modem_radio_allow(struct modem *m);          /* W_DISABLE has changed */
void modem_radio_script(struct modem *m);        /* TIMER_SCRIPT */
bool modem_radio_registered(const struct modem *m);
int  modem_radio_sim_error(const struct modem *m);        /* DONE if it can be used */
bool modem_radio_load(struct modem *m, const char *script, struct text *why);
void modem_radio_scan(struct modem *m);          /* QCFG="nwscanseq" was written */

/* ---- modem_clock.c ---- */
int64_t modem_clock_network(const struct modem *m);       /* Unix ms */
void modem_clock_nitz(struct modem *m);          /* the network tells the time */

/* ---- modem_context.c ---- */
void modem_context_reset(struct modem *m);       /* power-on */
void modem_context_lose(struct modem *m, uint32_t context, bool tell);    /* by the network */
void modem_context_lose_all(struct modem *m, bool tell);

/* ---- modem_socket.c ---- */
void modem_socket_init(struct modem *m);
void modem_socket_free(struct modem *m, int id, bool abort);
void modem_socket_drop_context(struct modem *m, uint32_t context, bool freed);
void modem_socket_die(struct modem *m, int id, int error);
void modem_socket_end(struct modem *m, int id, bool tell_now);   /* the peer ends it */
void modem_socket_open_due(struct modem *m, int id);             /* TIMER_OPEN */
void modem_socket_tell_closed(struct modem *m);
bool modem_socket_next(struct modem *m, struct modem_event *ev);
bool modem_socket_sendable(const struct modem *m, int id, int *error);

/* ---- modem_transfer.c ---- */
void modem_transfer_byte(struct modem *m, uint8_t byte);         /* one byte of payload */
void modem_transfer_prompt(struct modem *m);                     /* TIMER_PROMPT */
void modem_transfer_timeout(struct modem *m);                    /* TIMER_PAYLOAD */

/* ---- modem_lookup.c ---- */
bool modem_lookup_next(struct modem *m, struct modem_event *ev);
void modem_lookup_reset(struct modem *m);
void modem_lookup_ping(struct modem *m);                         /* TIMER_PING */

/* ---- modem_power.c ---- */
void modem_power_boot(struct modem *m, uint32_t ms);             /* restart: RDY after MS */
void modem_power_ready(struct modem *m);                         /* TIMER_BOOT */
void modem_power_app_ready(struct modem *m);
void modem_power_notice(struct modem *m);
void modem_power_down(struct modem *m);
void modem_power_sleep(struct modem *m);
void modem_power_restart(struct modem *m);                       /* CFUN=1,1 */
void modem_power_off(struct modem *m);                           /* orderly */

/* ---- modem_fault.c ---- */
/* The fault that strikes now: WHAT, at AT, on SOCKET (or MODEM_ANY); or NULL. */
const struct modem_fault *modem_fault_hit(struct modem *m, enum modem_effect what, enum modem_point at, int socket);
/* All faults at AT that are events of their own strike.  False: the modem is
 * not any more in the middle of what it did: it restarted. */
bool modem_fault_point(struct modem *m, enum modem_point at, int socket);
/* The same for a payload, after GOT bytes. */
bool modem_fault_payload(struct modem *m, int socket, size_t got);
uint32_t modem_fault_delay(struct modem *m, enum modem_point at, int socket);
void modem_fault_time(struct modem *m, unsigned slot);           /* TIMER_FAULT */
bool modem_fault_on_line(const struct modem *m, enum modem_point at);

/* ---- handlers, by file ---- */
#define HANDLER(name) int modem_do_##name(struct modem *m, const struct call *c)
HANDLER(cmee); HANDLER(ifc); HANDLER(ipr); HANDLER(cmux); HANDLER(qsclk); HANDLER(accept);   /* modem_basic.c */
HANDLER(identity); HANDLER(sim_identity); HANDLER(qinistat); HANDLER(qsimstat); HANDLER(cpin); HANDLER(qpinc);
HANDLER(registration); HANDLER(csq); HANDLER(qcsq); HANDLER(qnwinfo); HANDLER(cops); HANDLER(qspn);
HANDLER(ceer); HANDLER(cfun); HANDLER(cgatt);
HANDLER(cclk); HANDLER(qlts); HANDLER(ctzu); HANDLER(ctzr); HANDLER(qntp);
HANDLER(qicsgp); HANDLER(cgdcont); HANDLER(qiact); HANDLER(qideact); HANDLER(qidnscfg); HANDLER(cgpaddr);
HANDLER(cgact);
HANDLER(qidnsgip); HANDLER(qping);
HANDLER(qiopen); HANDLER(qiclose); HANDLER(qistate); HANDLER(qigeterror); HANDLER(qiswtmd); HANDLER(qisde);
HANDLER(qisend); HANDLER(qisendex); HANDLER(qird);
HANDLER(qpowd); HANDLER(cpsms); HANDLER(qpsms); HANDLER(cedrxs); HANDLER(cedrxrdp); HANDLER(qpsmcfg);

#endif
