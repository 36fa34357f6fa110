/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quectel_internal.h - what the files of the Quectel driver share:
 *
 *   quectel.c          the loop: events of the engine, who may send next
 *   quectel_op.c       commands: their text, their values, what comes of them
 *   quectel_script.c   from an answering modem to an active data connection
 *   quectel_socket.c   the links
 *   quectel_chores.c   questions for the status, asked when nothing else is to do
 *   quectel_urc.c      what the modem says unasked
 *   quectel_power.c    the modem's switch and speed
 *   quectel_evidence.c what was seen, for the diagnosis; why the network refused
 */
#ifndef TERN_MODEM_QUECTEL_INTERNAL_H
#define TERN_MODEM_QUECTEL_INTERNAL_H

#include "modem/quectel.h"

/* The maker's maxima, alike in all models (TCP/IP application notes); seconds. */
enum {
	QUECTEL_SHORT    = 5,      /* a command that only asks or sets */
	QUECTEL_CFUN     = 15,
	QUECTEL_ACT      = 150,
	QUECTEL_DEACT    = 40,
	QUECTEL_OPEN     = 15,     /* to the OK of AT+QIOPEN, which comes before the connection */
	QUECTEL_CLOSE    = 12,     /* 3 of which it is told to wait */
	QUECTEL_SEND     = 120,
	QUECTEL_READ     = 10
};
#define QUECTEL_OPENED_MS 150000u   /* to +QIOPEN: */
#define QUECTEL_PROMPT_MS  10000u
#define QUECTEL_NTP_MS    125000u

enum { QUECTEL_SOCKETS = 12 };      /* connection ids are 0 to this - 1 */

/* When a command of a table is needed: quectel_needs().  The first four are bits
 * of todo, what the next pass of the script does besides. */
enum quectel_when {
	QUECTEL_TO_DEACTIVATE, QUECTEL_RADIO_OFF, QUECTEL_TO_RESTART, QUECTEL_TO_SWITCH,
	QUECTEL_ALWAYS, QUECTEL_AT_OTHER_SPEED, QUECTEL_IF_DIFFERENT, QUECTEL_RADIO_ON, QUECTEL_PIN_ASKED,
	QUECTEL_UNREGISTERED, QUECTEL_ACTIVE, QUECTEL_INACTIVE, QUECTEL_NOT_DIALLED,
	QUECTEL_NO_IMEI, QUECTEL_NO_ICCID, QUECTEL_NO_TIME, QUECTEL_IN_UP, QUECTEL_IN_SEARCH,
	QUECTEL_PIN_REFUSED, QUECTEL_DENIED, QUECTEL_HAS_SLEPT
};
enum {
	QUECTEL_TODO_DEACTIVATE = 1 << QUECTEL_TO_DEACTIVATE, QUECTEL_TODO_RADIO = 1 << QUECTEL_RADIO_OFF,
	QUECTEL_TODO_RESTART = 1 << QUECTEL_TO_RESTART, QUECTEL_TODO_SWITCH = 1 << QUECTEL_TO_SWITCH
};

/* Properties of a command. */
enum {
	QUECTEL_OPTIONAL = 1,       /* its failure is no news */
	QUECTEL_SECRET   = 2,       /* nothing after its '=' may be kept */
	QUECTEL_BARE     = 4,       /* its information does not begin with its name */
	QUECTEL_ONCE     = 8        /* of the script: a failure is judged at once, not tried again */
};

/* Who takes its information lines: LIST(name, function). */
#define QUECTEL_LINES(X)                                                                                    \
	X(STATUS, quectel_on_status)     X(TIME, quectel_on_time)      X(CONTEXT, quectel_on_context)      \
	X(LISTED, quectel_on_listed)     X(STATE, quectel_on_state)    X(COUNT, quectel_on_count)          \
	X(CODE, quectel_on_code)         X(IDENTITY, quectel_on_identity) X(IFC, quectel_on_ifc)           \
	X(URC_PORT, quectel_on_urc_port) X(APN, quectel_on_apn)        X(SIGNAL, quectel_on_signal)        \
	X(IMEI, quectel_on_imei)         X(ICCID, quectel_on_iccid)    X(PIN_LEFT, quectel_on_pin_left)    \
	X(CAUSE, quectel_on_cause)

/* F are the fields, behind the command's name; S as in quectel_run(). */
#define QUECTEL_LINE_ENUM(name, take) QUECTEL_##name,
#define QUECTEL_LINE_TAKE(name, take) void take(struct quectel *q, struct quectel_socket *s, struct at_fields *f);
enum quectel_line { QUECTEL_NO_LINES, QUECTEL_LINES(QUECTEL_LINE_ENUM) QUECTEL_LINE_COUNT };
QUECTEL_LINES(QUECTEL_LINE_TAKE)

/* One command of the driver.  Many lie in tables: eight bytes each. */
struct quectel_op {
	/* What follows "AT", with %x where a value belongs:
	 *   %b speed     %c context   %f flow control     %i connection id    %o id to be closed
	 *   %k seconds or minutes of the keepalive        %l bytes to send    %m bytes to read
	 *   %a APN       %u ,user,password,3 or nothing   %h host   %p port   %n time server
	 *   %s the PIN, which counts as tried */
	const char *text;
	uint32_t seconds    : 8;    /* for the result */
	uint32_t line       : 5;    /* enum quectel_line */
	uint32_t properties : 4;
	uint32_t when       : 5;    /* enum quectel_when; of tables only */
	uint32_t judge      : 4;    /* of the script only, see there */
};
_Static_assert((int)QUECTEL_LINE_COUNT <= 32, "fits its bits");

/* What the information lines of the last command held. */
enum {
	QUECTEL_SEEN_LINE = 1,       /* any */
	QUECTEL_SEEN_DIFFERENT = 2,  /* a setting is not as wanted */
	QUECTEL_SEEN_NAME = 4,       /* ATI: a name */
	QUECTEL_SEEN_KNOWN = 8,      /* ATI: of a modem that is driven here */
	QUECTEL_SEEN_CONTEXT = 16    /* AT+QIACT?: ours is active */
};

/* ---- quectel_op.c ---- */

/* Send OP, for S or NULL; DONE (or NULL) gets its result.  Only when the engine is
 * ready and no other op is in flight. */
void quectel_run(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
		 void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev));
/* The same in two steps, for a payload or data. */
struct at_command *quectel_prepare(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
				   void (*done)(struct quectel *q, struct quectel_socket *s,
						const struct at_event *ev));
void quectel_start(struct quectel *q);
void quectel_op_line(struct quectel *q, const struct at_event *ev);
void quectel_op_done(struct quectel *q, const struct at_event *ev);

/* ---- quectel.c ---- */

/* FAULT happened, for the reason ERR: the ladder decides, links are lost as
 * needed, and the script begins anew when its wait is over. */
void quectel_fail(struct quectel *q, enum recovery_fault fault, enum err err);

/* Not up for the reason ERR; the script begins anew after WAIT_MS. */
void quectel_pause(struct quectel *q, enum err err, uint32_t wait_ms);

/* The modem has restarted, or is about to switch off. */
void quectel_rebooted(struct quectel *q);
/* What a restart takes with it. */
void quectel_forget(struct quectel *q);

/* The modem may speak at BAUD now, in any state. */
void quectel_sync(struct quectel *q, uint32_t baud);

void quectel_lose_all(struct quectel *q, enum err err);
void quectel_tell_down(struct quectel *q, enum err err);
void quectel_tell_time(struct quectel *q, enum quectel_time_source source, int64_t unix_s);
void quectel_tell(struct quectel *q, enum quectel_event_type type, enum err err);

/* May S, or NULL, stand in quotes in a command?  No character below LEAST. */
bool quectel_is_plain(const char *s, char least);

void quectel_stage(struct quectel *q, enum quectel_stage stage);
uint8_t quectel_context(const struct quectel *q);

/* ---- quectel_script.c ---- */

void quectel_script_begin(struct quectel *q);
void quectel_script_run(struct quectel *q);
void quectel_search_run(struct quectel *q);
bool quectel_needs(const struct quectel *q, unsigned condition);   /* enum quectel_when */

/* The data connection is gone. */
void quectel_context_lost(struct quectel *q, enum err err);

/* AT+QIACT? is answered: is ours active?  */
void quectel_context_told(struct quectel *q);

/* AT+QIACT?  AT+QISTATE?  AT+QIGETERROR  AT+QIDEACT=<ctx> */
extern const struct quectel_op quectel_op_context, quectel_op_list, quectel_op_code, quectel_op_deactivate;


/* ---- quectel_socket.c ---- */

void quectel_sockets_init(struct quectel *q);
bool quectel_sockets_run(struct quectel *q);    /* false: nothing to do */
void quectel_sockets_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);
void quectel_sockets_lose(struct quectel *q, enum err why);
void quectel_sockets_close(struct quectel *q);
/* AT+QICLOSE of one of to_close, which must not be empty. */
void quectel_close_one(struct quectel *q);
/* The modem leaves one question after the other unanswered: who waits for it waits no longer. */
void quectel_sockets_hung(struct quectel *q);
/* After AT+QISTATE?: which of ours live, and which are not ours. */
void quectel_sockets_compare(struct quectel *q);

void quectel_socket_opened(struct quectel *q, uint32_t id, uint32_t code);   /* +QIOPEN: */
void quectel_socket_readable(struct quectel *q, uint32_t id);                                /* "recv" */
void quectel_socket_ended(struct quectel *q, uint32_t id);                  /* "closed" */

/* ---- quectel_chores.c ---- */

bool quectel_chores_run(struct quectel *q);
void quectel_chores_begin(struct quectel *q);
void quectel_on_ntp(struct quectel *q, struct at_fields *f);
void quectel_ntp_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);

/* ---- quectel_urc.c ---- */

void quectel_on_urc(struct quectel *q, struct bytes line);
/* RDY and the like: these count wherever they turn up.  True: it was one. */
bool quectel_on_boot_word(struct quectel *q, struct bytes line);

/* ---- quectel_power.c ---- */

/* The line is sure, at whatever speed. */
void quectel_on_answer(struct quectel *q, bool restarted);
/* Let the switch act; a modem that is mute is switched on when it may be. */
void quectel_power_run(struct quectel *q);
/* While stopping: true as long as the modem is on its way off, if that is wanted.
 * LATE: commands have had their time. */
bool quectel_switch_off(struct quectel *q, bool late);
/* Off and on again; TOLD: AT+QPOWD was accepted. */
void quectel_power_cycle(struct quectel *q, bool told);

#endif
