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
 */
#ifndef TERN_MODEM_QUECTEL_INTERNAL_H
#define TERN_MODEM_QUECTEL_INTERNAL_H

#include "modem/quectel.h"

/* The maker's maxima, alike in all models (TCP/IP application notes); tenths of
 * a second. */
enum {
	QUECTEL_SHORT    = 50,      /* a command that only asks or sets */
	QUECTEL_CFUN     = 150,
	QUECTEL_ACT      = 1500,
	QUECTEL_DEACT    = 400,
	QUECTEL_OPEN     = 150,     /* to the OK of AT+QIOPEN, which comes before the connection */
	QUECTEL_CLOSE    = 120,     /* of the 3 s that it is told to wait, and slack */
	QUECTEL_SEND     = 1200,
	QUECTEL_READ     = 100
};
#define QUECTEL_OPENED_MS 150000u   /* to +QIOPEN: */
#define QUECTEL_PROMPT_MS  10000u
#define QUECTEL_NTP_MS    125000u

enum { QUECTEL_SOCKETS = 12 };      /* connection ids are 0 to this - 1 */

/* When a command of a table is needed: quectel_needs(). */
enum quectel_when {
	QUECTEL_ALWAYS, QUECTEL_TO_SWITCH, QUECTEL_TO_RESTART, QUECTEL_AT_OTHER_SPEED, QUECTEL_IF_DIFFERENT,
	QUECTEL_RADIO_OFF, QUECTEL_RADIO_ON, QUECTEL_PIN_ASKED, QUECTEL_UNREGISTERED,
	QUECTEL_ACTIVE, QUECTEL_ACTIVE_BY_APN, QUECTEL_INACTIVE, QUECTEL_TO_DEACTIVATE, QUECTEL_NOT_DIALLED,
	QUECTEL_NO_IMEI, QUECTEL_NO_ICCID, QUECTEL_NO_TIME
};

/* Properties of a command. */
enum {
	QUECTEL_OPTIONAL = 1,       /* its failure is no news */
	QUECTEL_SECRET   = 2,       /* nothing after its '=' may be kept */
	QUECTEL_BARE     = 4,       /* its information does not begin with its name */
	QUECTEL_ONCE     = 8,       /* script: a failure is judged at once, not tried again */
	QUECTEL_IN_SEARCH = 16,     /* chore: asked during the search for a network */
	QUECTEL_IN_UP    = 32       /* chore: asked while up */
};

/* One command of the driver.  S is the socket that it is for, or NULL. */
struct quectel_op {
	/* What follows "AT", with %x where a value belongs:
	 *   %b speed     %c context   %f flow control     %i connection id    %o id to be closed
	 *   %k seconds or minutes of the keepalive        %l bytes to send    %m bytes to read
	 *   %a APN       %u ,user,password,3 or nothing   %h host   %p port   %n time server
	 *   %s the PIN, which counts as tried */
	const char *text;
	/* An information line: F are its fields, behind the command's name. */
	void (*line)(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms);
	uint16_t tenths;            /* of a second, for the result */
	uint8_t  properties;
	uint8_t  when;              /* enum quectel_when; only in tables */
};

/* What the information lines of the last command held. */
enum {
	QUECTEL_SEEN_LINE = 1,       /* any */
	QUECTEL_SEEN_DIFFERENT = 2,  /* a setting is not as wanted */
	QUECTEL_SEEN_NAME = 4,       /* ATI: a name */
	QUECTEL_SEEN_KNOWN = 8,      /* ATI: of a modem that is driven here */
	QUECTEL_SEEN_CONTEXT = 16    /* AT+QIACT?: ours is active */
};

/* What the next pass of the script does besides. */
enum { QUECTEL_TODO_DEACTIVATE = 1, QUECTEL_TODO_RADIO = 2, QUECTEL_TODO_RESTART = 4, QUECTEL_TODO_SWITCH = 8 };

/* ---- quectel_op.c ---- */

/* Send OP, for S or NULL; DONE (or NULL) gets its result.  Only when the engine is
 * ready and no other op is in flight. */
void quectel_run(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
		 void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms),
		 uint32_t now_ms);
/* The same with a payload or data. */
void quectel_run_with(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
		      void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev,
				   uint32_t now_ms),
		      struct at_command *command, uint32_t now_ms);
void quectel_op_line(struct quectel *q, const struct at_event *ev, uint32_t now_ms);
void quectel_op_done(struct quectel *q, const struct at_event *ev, uint32_t now_ms);

/* ---- quectel.c ---- */

/* FAULT happened, for the reason ERR: the ladder decides, links are lost as
 * needed, and the script begins anew when its wait is over. */
void quectel_fail(struct quectel *q, enum recovery_fault fault, enum err err, uint32_t now_ms);

/* Not up for the reason ERR; the script begins anew after WAIT_MS. */
void quectel_pause(struct quectel *q, enum err err, uint32_t wait_ms, uint32_t now_ms);

/* The modem has restarted, or is about to switch off. */
void quectel_rebooted(struct quectel *q, uint32_t now_ms);
/* What a restart takes with it. */
void quectel_forget(struct quectel *q, uint32_t now_ms);

/* The modem may speak at BAUD now, in any state. */
void quectel_sync(struct quectel *q, uint32_t baud, uint32_t now_ms);

void quectel_lose_all(struct quectel *q, enum err err, uint32_t now_ms);
void quectel_tell_down(struct quectel *q, enum err err);
void quectel_tell_time(struct quectel *q, enum quectel_time_source source, int64_t unix_s);
void quectel_tell(struct quectel *q, enum quectel_event_type type, enum err err);

void quectel_stage(struct quectel *q, enum quectel_stage stage);
void quectel_count(uint16_t *counter);
uint8_t quectel_context(const struct quectel *q);

/* ---- quectel_script.c ---- */

void quectel_script_begin(struct quectel *q, uint32_t now_ms);
void quectel_script_run(struct quectel *q, uint32_t now_ms);
void quectel_search_run(struct quectel *q, uint32_t now_ms);
bool quectel_needs(const struct quectel *q, enum quectel_when when);

/* The data connection is gone. */
void quectel_context_lost(struct quectel *q, enum err err, uint32_t now_ms);

/* AT+QIACT? is answered: is ours active?  */
void quectel_context_told(struct quectel *q);

/* AT+QIACT?  AT+QISTATE?  AT+QIGETERROR  AT+QIDEACT=<ctx> */
extern const struct quectel_op quectel_op_context, quectel_op_list, quectel_op_code, quectel_op_deactivate;

/* +QLTS: "2022/01/14,09:53:07+04,0" */
void quectel_on_time(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms);
/* Whatever cellular.h knows. */
void quectel_on_status(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms);

/* ---- quectel_socket.c ---- */

void quectel_sockets_init(struct quectel *q);
bool quectel_sockets_run(struct quectel *q, uint32_t now_ms);    /* false: nothing to do */
void quectel_sockets_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);
void quectel_sockets_lose(struct quectel *q, enum err why, uint32_t now_ms);
void quectel_sockets_close(struct quectel *q, uint32_t now_ms);
/* AT+QICLOSE of one of to_close, which must not be empty. */
void quectel_close_one(struct quectel *q, uint32_t now_ms);
/* Lines of AT+QISTATE? into listed and alive. */
void quectel_on_listed(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms);
/* After AT+QISTATE?: which of ours live, and which are not ours. */
void quectel_sockets_compare(struct quectel *q, uint32_t now_ms);

void quectel_socket_opened(struct quectel *q, uint32_t id, uint32_t code, uint32_t now_ms);   /* +QIOPEN: */
void quectel_socket_readable(struct quectel *q, uint32_t id);                                /* "recv" */
void quectel_socket_ended(struct quectel *q, uint32_t id, uint32_t now_ms);                  /* "closed" */

/* ---- quectel_chores.c ---- */

bool quectel_chores_run(struct quectel *q, uint32_t now_ms);
void quectel_chores_begin(struct quectel *q, uint32_t now_ms);
void quectel_on_ntp(struct quectel *q, struct at_fields *f, uint32_t now_ms);
void quectel_ntp_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);

/* ---- quectel_urc.c ---- */

void quectel_on_urc(struct quectel *q, struct bytes line, uint32_t now_ms);
/* RDY and the like: these count wherever they turn up.  True: it was one. */
bool quectel_on_boot_word(struct quectel *q, struct bytes line, uint32_t now_ms);

/* ---- quectel_power.c ---- */

/* The line is sure, at whatever speed. */
void quectel_on_answer(struct quectel *q, bool restarted, uint32_t now_ms);
/* Let the switch act; a modem that is mute is switched on when it may be. */
void quectel_power_run(struct quectel *q, uint32_t now_ms);
/* While stopping: true as long as the modem is on its way off, if that is wanted.
 * LATE: commands have had their time. */
bool quectel_switch_off(struct quectel *q, bool late, uint32_t now_ms);
/* Off and on again; TOLD: AT+QPOWD was accepted. */
void quectel_power_cycle(struct quectel *q, bool told, uint32_t now_ms);

#endif
