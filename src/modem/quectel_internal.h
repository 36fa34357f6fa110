/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quectel_internal.h - what the files of the Quectel driver share:
 *
 *   quectel.c          the loop: events of the engine, who may send next
 *   quectel_script.c   from an answering modem to an active data connection
 *   quectel_socket.c   the links
 *   quectel_chores.c   questions for the status, asked when nothing else is to do
 *   quectel_urc.c      what the modem says unasked
 */
#ifndef TERN_MODEM_QUECTEL_INTERNAL_H
#define TERN_MODEM_QUECTEL_INTERNAL_H

#include "modem/quectel.h"

/* One command of the driver.  S is the socket that it is for, or NULL. */
struct quectel_op {
	const char *text;       /* after "AT"; NULL: compose() writes it */
	void (*compose)(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c);
	const char *prefix;     /* of its information lines */
	void (*line)(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms);
	void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms);
	uint32_t timeout_ms;
	bool secret;            /* nothing after its '=' may be kept */
	bool optional;          /* its failure is no news */
};

/* What the next pass of the script does besides. */
enum { QUECTEL_TODO_DEACTIVATE = 1, QUECTEL_TODO_RADIO = 2, QUECTEL_TODO_RESTART = 4 };

#define QUECTEL_SHORT_MS 5000u    /* a command that only asks or sets */
#define QUECTEL_RADIO_MS 15000u   /* AT+CFUN */

/* ---- quectel.c ---- */

/* Send OP.  Only when the engine is ready and no other op is in flight. */
void quectel_run(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s, uint32_t now_ms);

/* FAULT happened, for the reason ERR: the ladder decides, links are lost as
 * needed, and the script begins anew when its wait is over. */
void quectel_fail(struct quectel *q, enum recovery_fault fault, enum err err, uint32_t now_ms);

/* Not up for the reason ERR; the script begins anew after WAIT_MS. */
void quectel_pause(struct quectel *q, enum err err, uint32_t wait_ms, uint32_t now_ms);

/* The modem has restarted, or is about to switch off. */
void quectel_rebooted(struct quectel *q, uint32_t now_ms);

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
void quectel_search_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);

/* The data connection is gone. */
void quectel_context_lost(struct quectel *q, enum err err, uint32_t now_ms);

/* +QIACT: 1,1,1,"10.64.0.7" */
void quectel_on_context(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms);
/* +QLTS: "2022/01/14,09:53:07+04,0" */
void quectel_on_time(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms);
/* +QIGETERROR: 572,operation not allowed      the number counts, the words vary */
void quectel_on_code(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms);
/* AT+QIDEACT=<ctx> */
void quectel_compose_deactivate(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c);
/* Whatever cellular.h knows. */
void quectel_on_status(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms);

/* ---- quectel_socket.c ---- */

void quectel_sockets_init(struct quectel *q);
bool quectel_sockets_run(struct quectel *q, uint32_t now_ms);    /* false: nothing to do */
void quectel_sockets_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);
void quectel_sockets_lose(struct quectel *q, enum err why, uint32_t now_ms);
void quectel_sockets_close(struct quectel *q, uint32_t now_ms);
/* AT+QICLOSE of one of to_close. */
extern const struct quectel_op quectel_op_close;
/* Lines of AT+QISTATE? into listed and alive. */
void quectel_on_listed(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms);
/* After AT+QISTATE?: which of ours live, and which are not ours. */
void quectel_sockets_compare(struct quectel *q, uint32_t now_ms);

void quectel_socket_opened(struct quectel *q, uint32_t id, uint32_t code, uint32_t now_ms);   /* +QIOPEN: */
void quectel_socket_readable(struct quectel *q, uint32_t id);                                /* "recv" */
void quectel_socket_ended(struct quectel *q, uint32_t id, uint32_t now_ms);                  /* "closed" */

/* ---- quectel_chores.c ---- */

bool quectel_chores_run(struct quectel *q, uint32_t now_ms);
void quectel_chores_begin(struct quectel *q, uint32_t now_ms);
void quectel_on_ntp(struct quectel *q, struct bytes line, uint32_t now_ms);
void quectel_ntp_deadline(const struct quectel *q, bool *have, uint32_t *at_ms);

/* ---- quectel_urc.c ---- */

void quectel_on_urc(struct quectel *q, struct bytes line, uint32_t now_ms);
/* RDY and the like: these count wherever they turn up.  True: it was one. */
bool quectel_on_boot_word(struct quectel *q, struct bytes line, uint32_t now_ms);

#endif
