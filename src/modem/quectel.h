/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quectel.h - driver of the Quectel modems that speak the QIxxx commands: BG96,
 * BG95, BG77, EC21, EG91.
 *
 * From whatever state the modem is in to an active data connection, and TCP
 * sockets over it, each a struct link.  Bytes in, bytes out, time as an
 * argument; the caller owns all memory.
 *
 *            +--------------------- restarted, silent ----------------------+
 *            v                                                              |
 *          SYNC ---> SCRIPT ---> (SEARCH) ---> SCRIPT ---> UP --------------+
 *                     ^  |                                  |
 *                     |  +--> WAIT (back-off) <-------------+  data connection lost
 *                     +---------+
 *
 * A modem that stays mute in SYNC is switched on, by the lines that are wired
 * (power.h), with the distances of recovery.h.
 *
 * SCRIPT is one table of commands, in quectel_script.c.  What needs a person (a
 * refused PIN, a wrong modem) is looked at again every minute.  HALTED, for a
 * configuration that no modem can be told, is left only by quectel_init().
 */
#ifndef TERN_MODEM_QUECTEL_H
#define TERN_MODEM_QUECTEL_H

#include "base/err.h"
#include "base/link.h"
#include "modem/at.h"
#include "modem/cellular.h"
#include "modem/power.h"
#include "modem/quectel_model.h"
#include "modem/recovery.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUECTEL_FRAME_SIZE 1460   /* bytes one AT+QISEND takes */
#define QUECTEL_READ_SIZE  1500   /* bytes one AT+QIRD gives */
#define QUECTEL_HOST_SIZE  128    /* a host name and its terminating zero */

struct quectel;

enum quectel_socket_state {
	QUECTEL_SOCKET_CLOSED,      /* never opened, or closed by link_close() */
	QUECTEL_SOCKET_WANTED,      /* link_open() called, AT+QIOPEN not sent yet */
	QUECTEL_SOCKET_OPENING,     /* AT+QIOPEN sent, +QIOPEN: awaited */
	QUECTEL_SOCKET_OPEN,
	QUECTEL_SOCKET_DRAINING,    /* the other end has closed, the modem may hold unread bytes */
	QUECTEL_SOCKET_LOST
};

/* After AT+QISEND or AT+QIRD answered ERROR: at most one question each.  After no answer at
 * all: it is lost, for what the line turns out to be, or else for WHY. */
enum quectel_trouble { QUECTEL_NO_TROUBLE, QUECTEL_ASK_CODE, QUECTEL_ASK_STATE, QUECTEL_LOSE };

/* One TCP connection.  LINK is its first member. */
struct quectel_socket {
	struct link link;
	struct quectel *modem;
	struct quectel_socket *next;   /* of the modem's, NULL = none */
	enum quectel_socket_state state;
	enum quectel_trouble trouble;
	enum err why;               /* LOST: the first cause, stays until link_open() */
	uint8_t  id;                /* the modem's connection id; changes with every open */
	uint8_t  life;              /* counts lives, so that a reply to an earlier one is known */
	uint8_t  tries;             /* AT+QIOPEN or AT+QISEND refused in a row */
	uint8_t  read_tries;        /* AT+QIRD refused in a row */
	uint8_t  fulls;             /* SEND FAIL in a row */
	bool     poll;              /* unread bytes may wait in the modem */
	bool     read_last;         /* the last command was a read: it is the turn of a send */
	bool     sealed;            /* tx is being sent and takes no more */
	bool     confirm;           /* is this SEND OK ours?  ask for the counters first */
	bool     unacked;           /* bytes may be unacknowledged: ask for the counters at check_ms */
	uint8_t  told;              /* state as AT+QISTATE=1,<id> last said, 9 = not listed, QUECTEL_NOT_TOLD */
	uint16_t port;
	uint16_t tx_len, rx_off, rx_len;
	uint16_t asked;             /* bytes of the AT+QIRD in flight */
	uint32_t poll_ms;           /* poll by then, whatever was or was not reported */
	uint32_t retry_ms;          /* no AT+QISEND before */
	uint32_t open_ms;           /* +QIOPEN: by then */
	uint32_t check_ms;          /* OPENING: ask for the state; OPEN: for the counters */
	uint32_t progress_ms;       /* when the peer last acknowledged, or had nothing to */
	uint32_t sent, acked;       /* bytes since open, as AT+QISEND=<id>,0 counts them */
	uint32_t total, unsure;     /* what it last said: bytes sent, of these not acknowledged */
	char     host[QUECTEL_HOST_SIZE];
	uint8_t  tx[QUECTEL_FRAME_SIZE];   /* the frame */
	uint8_t  rx[QUECTEL_READ_SIZE];    /* unread bytes: rx[rx_off..rx_len) */
};

struct quectel_config {
	struct quectel_socket *sockets;      /* borrowed for good */
	size_t   socket_count;      /* at least 1 */
	const char *apn;            /* borrowed; NULL or "": what the SIM's network gives */
	const char *user, *password;/* borrowed; NULL or "": no authentication */
	const char *pin;            /* borrowed; NULL or "": none */
	bool     pin_refused;       /* a SIM refused this very PIN before: it is not sent */
	const char *ntp_server;     /* borrowed; NULL: quectel_ntp() always fails */
	const struct quectel_model *model;   /* NULL: by what ATI says */
	uint8_t  context;           /* PDP context to use; 0 stands for 1 */
	bool     flow_control;      /* RTS and CTS are wired and driven */
	struct power_wires wires;
	uint32_t baud;              /* what the UART is set to; less than AT_BAUD stands for it */
	uint32_t baud_max;          /* and can be set to; 0: it stays as it is */
	uint32_t baud_wanted;       /* the modem is told to speak so fast, if both that and the line can */
	uint32_t jitter_seed;       /* differs from device to device */
};

enum quectel_event_type {
	QUECTEL_EV_UP,          /* the data connection is active: links may be opened */
	QUECTEL_EV_DOWN,        /* it is lost, or cannot be had, for the reason ERR; said once a reason */
	QUECTEL_EV_TIME,        /* UNIX_S at the moment of this event, from SOURCE.  It may be one that cannot be:
	                           what modems and servers say that were never told the time */
	QUECTEL_EV_NO_TIME,     /* quectel_ntp() failed */
	QUECTEL_EV_REBOOTED,    /* the modem restarted, asked for or not */
	QUECTEL_EV_STOPPED      /* quectel_stop() or quectel_off() is done; ERR: OK, or why it may not be off */
};

enum quectel_time_source { QUECTEL_TIME_NETWORK, QUECTEL_TIME_NTP };

struct quectel_event {
	enum quectel_event_type type;
	enum err err;                       /* DOWN, NO_TIME, STOPPED */
	enum quectel_time_source source;    /* TIME */
	int64_t unix_s;                     /* TIME */
};

/* The furthest point reached since quectel_init(). */
enum quectel_stage {
	QUECTEL_STAGE_NONE,          /* no answer yet */
	QUECTEL_STAGE_ANSWERS,
	QUECTEL_STAGE_SIM,           /* the SIM is ready */
	QUECTEL_STAGE_REGISTERED,
	QUECTEL_STAGE_CONTEXT,       /* the data connection was active */
	QUECTEL_STAGE_SOCKET         /* a socket was open */
};

#define QUECTEL_NOT_TOLD UINT8_MAX

/* What the driver saw, for the diagnosis.  Counters stop at their maximum. */
struct quectel_facts {
	char     failed[40];         /* the last command that failed, cut; no secrets */
	enum err failed_err;         /* how */
	uint16_t cme;                /* number of the last +CME ERROR, 0 = none */
	uint16_t code;               /* last number of AT+QIGETERROR or +QIOPEN, 0 = none */
	enum quectel_stage stage;
	uint16_t reboots;            /* restarts of the modem that were not asked for */
	uint16_t restarts;           /* restarts that the driver asked for */
	uint16_t switched;           /* times it went for the modem's switch */
	uint16_t baud_losses;        /* speeds that did not hold */
	uint16_t context_losses;
	uint32_t context_s;          /* that the last data connection lived */
	uint8_t  esm;                /* cause of the last one that was refused (24.301 9.9.4.4), 0 = not told */
	uint8_t  pin_left;           /* tries of the PIN that the SIM allows, QUECTEL_NOT_TOLD */
	uint16_t losses;             /* sockets lost, by whatever cause */
	uint16_t send_fulls;         /* SEND FAIL: the modem's buffer was full */
};

enum quectel_phase {
	QUECTEL_SYNC, QUECTEL_SCRIPT, QUECTEL_SEARCH, QUECTEL_WAIT, QUECTEL_UP,
	QUECTEL_HALTED, QUECTEL_STOPPING, QUECTEL_STOPPED
};

enum quectel_off { QUECTEL_OFF_NOT, QUECTEL_OFF_WANTED, QUECTEL_OFF_UNDER_WAY };

#define QUECTEL_EVENTS 8

struct quectel_op;   /* one command of the driver: text, handlers; see quectel_internal.h */

/* What is used most comes first: it costs the shortest instructions. */
struct quectel {
	enum quectel_phase phase;
	enum quectel_off off;             /* at the end of stopping */
	uint8_t  op_life;
	uint8_t  seen;                    /* in the information lines of the command: QUECTEL_SEEN_... */
	uint8_t  step;                    /* of the script */
	uint8_t  step_tries;
	uint8_t  todo;                    /* what the script is to do besides: QUECTEL_TODO_... */
	uint8_t  pin_tries;
	bool     pin_refused;             /* never sent again */
	bool     slept;                   /* by itself, to save power: it is to be told not to */
	uint8_t  radio_tries;             /* the radio was found off while searching, in a row */
	bool     context_active;          /* as AT+QIACT? last said */
	bool     dialled;                 /* AT+QIACT has worked, or was not needed */
	bool     time_wanted;             /* UP, and the network has not told it */
	bool     dead;                    /* mute for so long that it may be switched */
	bool     resync;                  /* it restarts as told, or starts: RDY is no news, WAIT ends in SYNC */
	bool     stale_send;              /* a SEND OK of an abandoned send may still come */
	bool     verify;                  /* are context and sockets still there? */
	bool     ntp_wanted, ntp_running;
	bool     baud_proven;             /* baud_asked was found to hold */
	uint8_t  close_id;
	uint8_t  next_id;
	uint8_t  next_chore;
	uint8_t  quick_chores;            /* so many more follow at short distance */
	uint8_t  event_first, event_count;
	enum err why;                     /* why not UP; ERR_OK when UP */
	enum err told;                    /* the DOWN last told, ERR_OK after UP */
	uint16_t code;                    /* of the last AT+QIGETERROR, 0 = none */
	uint16_t to_close;                /* bit set: connection id to be closed */
	uint16_t listed, alive;           /* ids that AT+QISTATE listed; listed as connected */

	uint32_t now_ms;                  /* as told last */
	uint32_t wait_ms;                 /* WAIT, STOPPING: until then */
	uint32_t since_ms;                /* when UP, SEARCH or SYNC began */
	uint32_t chore_ms;                /* next background question */
	uint32_t sim_ms;                  /* when the SIM was first found busy */
	uint32_t denied_ms;               /* when the network last was not known to deny */
	uint32_t boot_ms;                 /* when the modem (re)started or was first spoken to */
	uint32_t ntp_ms;                  /* answer of the time server by then */
	uint32_t baud;                    /* the speed aimed at */
	uint32_t baud_asked;              /* told by AT+IPR, 0 = none */
	struct quectel_socket *turn;      /* whose it is */
	const struct quectel_op *op;      /* in flight, NULL = none */
	struct quectel_socket *op_socket; /* whose it is, NULL = nobody's */
	void (*op_done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev);
	const struct quectel_model *model;

	struct quectel_config config;
	struct power power;
	struct recovery recovery;
	struct cellular_status status;
	struct quectel_facts facts;
	struct at at;
	struct quectel_event events[QUECTEL_EVENTS];
};

/* Start from any state of the modem.  CONFIG is copied, its strings and
 * sockets stay borrowed.  A string that holds a quote or a control character
 * halts the driver with ERR_ARG. */
void quectel_init(struct quectel *q, const struct quectel_config *config, uint32_t now_ms);

/* Bytes from the UART; returns how many were taken.  Fewer than LEN: events
 * wait.  Read them with quectel_next(), then feed the rest. */
size_t quectel_feed(struct quectel *q, const uint8_t *data, size_t len, uint32_t now_ms);

/* Bytes for the UART: NULL and *LEN = 0 if none.  Report what was taken,
 * 0 < N <= *LEN. */
const uint8_t *quectel_tx_peek(const struct quectel *q, size_t *len);
void quectel_tx_done(struct quectel *q, size_t n);

/* Time-outs, and commands for what the links were asked meanwhile.  Call after
 * every use of a link and at the latest when quectel_deadline() is reached. */
void quectel_step(struct quectel *q, uint32_t now_ms);
bool quectel_deadline(const struct quectel *q, uint32_t *at_ms);

bool quectel_next(struct quectel *q, struct quectel_event *event);

/* Socket INDEX < socket_count as a link.  Beyond link.h: link_open() before
 * QUECTEL_EV_UP returns why the data connection is not up (ERR_STATE while it
 * is still being brought up), and so it does while no network is registered.
 * ERR_ARG: a host name with a quote, space or control character, or empty; port 0.
 * A lost link keeps its code, and no call on it reaches the modem, until
 * link_open(). */
struct link *quectel_link(struct quectel *q, unsigned index);

const struct cellular_status *quectel_status(const struct quectel *q);
const struct quectel_facts *quectel_facts(const struct quectel *q);

/* Ask the time server by AT+QNTP; QUECTEL_EV_TIME or QUECTEL_EV_NO_TIME
 * follows, after at most two minutes once the data connection is up. */
void quectel_ntp(struct quectel *q, uint32_t now_ms);

/* Ask the network once more by AT+QLTS; QUECTEL_EV_TIME follows if it tells the
 * time, else nothing. */
void quectel_network_time(struct quectel *q, uint32_t now_ms);

/* The board's part: the lines as they are to be now, what STATUS says (told
 * whenever convenient, at least at quectel_deadline()), and the speed that the
 * UART is to have.  When that changes: set it, and tell whether it could be set. */
struct power_lines quectel_lines(const struct quectel *q);
void quectel_power(struct quectel *q, enum power_status status);
uint32_t quectel_baud(const struct quectel *q);
void quectel_baud_set(struct quectel *q, bool could);

/* Close the sockets, give the data connection back, then QUECTEL_EV_STOPPED,
 * within a minute in any case.  Only quectel_init() leads on. */
void quectel_stop(struct quectel *q, uint32_t now_ms);

/* The same, and then switch the modem off: AT+QPOWD, or PWRKEY if it does not
 * listen.  QUECTEL_EV_STOPPED comes when its supply may be cut, after at most
 * 200 s, with ERR_OK if it is known to be off, else ERR_MODEM_SWITCH. */
void quectel_off(struct quectel *q, uint32_t now_ms);

#endif
