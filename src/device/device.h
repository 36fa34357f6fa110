/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - the joined layers: one device, from the UART of its modem to the
 * acknowledged message.
 *
 * device_step() moves everything forward and never blocks, except for the time
 * that a slice of cryptography takes (on a 72 MHz Cortex-M3 at most 0.3 s; 3 s
 * for a token signed with an RSA key) and for flash writes.  One device is used
 * from one context only; two devices share nothing and may live in one process.
 *
 *   STOPPED --start--> MODEM --context up--> CLOCK --time known--> OPEN
 *      ^                 ^  <-context lost--                         |
 *      |                 |                                      socket open
 *    stop           back-off over                                    v
 *  (any state)           |                                       HANDSHAKE
 *                        |                                           |
 *                        |   any loss, in OPEN to ONLINE         TLS is up
 *                        |                                           v
 *                      WAIT <----------- ONLINE <--CONNACK 0------ LOGIN
 */
#ifndef TERN_DEVICE_DEVICE_H
#define TERN_DEVICE_DEVICE_H

#include "cloud/iotcore.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"
#include "crypto/tls.h"
#include "device/backoff.h"
#include "device/clock.h"
#include "device/entropy.h"
#include "device/profile.h"
#include "device/probe.h"
#include "device/report.h"
#include "device/retained.h"
#include "device/secrets.h"
#include "device/witness.h"
#include "device/trace.h"
#include "diagnosis/diagnosis.h"
#include "modem/quectel.h"
#include "store/history.h"
#include "store/outbox.h"
#include "store/seed.h"
#include "store/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes in bytes, times in seconds unless the name says otherwise. */
enum {
	DEVICE_ARENA_SIZE     = 22 * 1024,   /* on a 32-bit chip, with TLS 1.2: a record of 16 KB when connected;
	                                        in the handshake a chain in a record of 8 KB, RSA-4096 */
	DEVICE_ARENA_TLS13    = 32 * 1024,   /* the same with TLS 1.3 */
	DEVICE_NAME_SIZE      = 672,   /* client id, and topics with a subfolder of 64 characters */
	DEVICE_RX_SIZE        = 352,   /* topic of a command with a subfolder of 64 characters */
	DEVICE_TX_SIZE        = 1120,  /* CONNECT with the longest ids and an RSA-2048 token; PUBLISH */
	DEVICE_INBOX_SIZE     = 1024,  /* the largest configuration or command */
	DEVICE_STATE_SIZE     = 256,   /* the largest state */
	DEVICE_SUBFOLDER_MAX  = 64,
	DEVICE_WIRE_SIZE      = 256,   /* moved at once between link and TLS */
	DEVICE_PLAIN_SIZE     = 128,   /* and between TLS and MQTT */
	DEVICE_SLOTS          = 6,     /* MQTT packets that wait for an answer */
	DEVICE_EVENTS         = 12,
	DEVICE_TOKEN_LIFE_S   = 6 * 3600,
	DEVICE_KEEPALIVE_S    = 240,
	DEVICE_CONNACK_S      = 30,
	DEVICE_ACK_S          = 60,    /* PUBACK, SUBACK */
	DEVICE_PONG_S         = 30,
	DEVICE_RENEW_WAIT_S   = 20,    /* for acknowledgements, before a planned reconnect */
	DEVICE_HANDSHAKE_MS   = 90000,
	DEVICE_NITZ_MS        = 5000,  /* the network may tell the time; then a server is asked */
	DEVICE_OPINION_MS     = 60000, /* a second source of time is waited for, before a verdict */
	DEVICE_SEQ_RESERVE    = 1024   /* message numbers taken from the settings at once */
};

struct device_config {
	struct flash *flash;        /* laid out as in store/layout.h */
	void         *arena;        /* memory for TLS and keys */
	size_t        arena_size;   /* bytes, DEVICE_ARENA_SIZE or more */
	uint8_t      *outbox;       /* messages that wait for their acknowledgement */
	size_t        outbox_size;  /* bytes */
	struct bytes  unique_id;    /* of the chip; not secret; borrowed */
	unsigned      noise;        /* a bit 1 << enum noise_source for each source of the board; 0: none */
	int64_t       build_s;      /* seconds since 1970 when the image was built: the clock's floor */
	const struct quectel_model *model;   /* NULL: by what the modem says */
	struct power_wires modem_wires;      /* device_modem_lines() */
	bool          modem_flow;            /* RTS and CTS to the modem are wired and driven */
	uint32_t      modem_baud_max;        /* the modem's UART can be set up to this; 0: it stays as it is */
	bool          patient;      /* nothing follows the login before the server has answered it */
	struct retained *retained;  /* RAM that a reset leaves alone, the board's; NULL: none */
	enum evidence_reset reset;  /* why the board began anew */
	const char   *fault;        /* the last run's last words, borrowed; NULL or "": none */
};

enum device_state {
	DEVICE_STOPPED,     /* nothing runs, or a setting keeps it from running: see status.err */
	DEVICE_MODEM,       /* the modem is brought up and looks for its network */
	DEVICE_CLOCK,       /* the network is there, the time is asked for */
	DEVICE_OPEN,        /* the socket to the server is being opened */
	DEVICE_HANDSHAKE,   /* TLS */
	DEVICE_LOGIN,       /* MQTT CONNECT is on its way */
	DEVICE_ONLINE,
	DEVICE_WAIT         /* until the back-off is over */
};

enum device_event_type {
	DEVICE_EV_STATE,        /* STATE was entered */
	DEVICE_EV_LOST,         /* the connection, or the try to make it, failed: ERR, next try in RETRY_MS */
	DEVICE_EV_CONFIG,       /* DATA is the configuration; answer with device_config_done() */
	DEVICE_EV_REFUSED,      /* a message of SIZE bytes was given up: ERR.  SEQ: own telemetry that can
	                           never be sent; 0: one from the cloud, which was acknowledged */
	DEVICE_EV_COMMAND,      /* DATA is a command, SUBFOLDER its name (may be empty) */
	DEVICE_EV_ACKED,        /* the message SEQ is acknowledged by the server */
	DEVICE_EV_STATE_ACKED,  /* the last reported state is acknowledged */
	DEVICE_EV_TIME,         /* the clock was set */
	DEVICE_EV_NOISE,        /* the noise source NOISE failed: a warning, ERR says it in words */
	DEVICE_EV_DIAGNOSIS,    /* DATA is a line "diagnosis: ... [CODE ...]", which may be as long as
	                           DIAGNOSIS_LINE_SIZE: a cause that is new, or that it is over */
	DEVICE_EV_MODEM_OFF     /* the end of device_modem_off(): ERR_OK, or ERR_MODEM_SWITCH: it may be on */
};

struct device_event {
	enum device_event_type type;
	enum device_state state;
	enum err          err;
	uint32_t          retry_ms;
	uint32_t          seq;
	size_t            size;
	enum noise_source noise;
	struct bytes      subfolder;   /* borrowed until the next device_next() */
	struct bytes      data;        /* borrowed likewise */
};

/* What a person wants to know.  Pointers stay valid as long as the device. */
struct device_status {
	enum device_state state;
	enum err          err;           /* of the last failed try; ERR_OK after a success */
	uint32_t          retry_ms;      /* WAIT: until the next try */
	uint32_t          connects;      /* logins that succeeded since start */
	uint32_t          losses;        /* connections or tries that failed since start */
	uint32_t          queued;        /* messages in the outbox */
	uint32_t          dropped;       /* messages given up because the outbox was full */
	uint32_t          acked;         /* messages acknowledged since start */
	int64_t           unix_s;        /* valid if clock_source is not CLOCK_UNSET */
	uint32_t          clock_age_s;
	int               clock_source;  /* enum clock_source */
	int64_t           token_exp_s;   /* end of the token in use; 0: none */
	size_t            arena_size, arena_used, arena_peak;
	uint64_t          bytes_up, bytes_down;   /* through the socket, since start */
	bool              seeded;        /* the random generator has a valid seed */
	bool              resumed;       /* the TLS session was resumed */
	uint32_t          up_s;          /* since device_init() */
	uint32_t          online_s;      /* that this session has lasted */
	uint32_t          day_bytes;     /* through the socket, today; a day begins with device_init() */
	uint16_t          keepalive_s;
	enum evidence_reset reset;       /* why the board began anew */
	uint8_t           resets;        /* in a row, before a network was found: retained.h */
	enum verdict      verdict;       /* the last failure's, VERDICT_NONE after a success */
	const struct cellular_status *cellular;
	const struct quectel_facts   *modem;
	const struct tls_facts       *tls;
};

/* A run of received bytes on its way from one layer to the next. */
struct device_chunk {
	size_t off, len;
};

/* The members are src/device's own. */
struct device {
	struct device_config cfg;
	struct settings settings;
	struct seed     seed;
	struct clock    clock;
	struct backoff  backoff;
	struct entropy  entropy;
	struct profile  profile;
	struct crypto   crypto;
	struct secrets_roots roots;
	struct tls_session   session;
	struct quectel        modem;
	struct quectel_socket sockets[1];
	struct tls      tls;
	struct iotcore  cloud;
	struct outbox   outbox;
	struct history  history;
	struct evidence evidence;
	struct witness  witness;
	struct report   report;
	struct probe    probe;
	struct trace   *trace;       /* in the arena; NULL: nothing is traced */

	enum device_state state;
	bool     modem_used;         /* quectel_init() was called */
	bool     modem_up;
	bool     modem_ends;         /* device_modem_off() was called */
	bool     kept_off;              /* the first start of this run was held back: retained.h */
	bool     seq_reserved;
	bool     pump_more;          /* the pump stopped at its bound: bytes still move */
	bool     publish_blocked;    /* the next message found no room; an answer makes some */
	bool     ntp_asked;
	bool     asked_time;         /* WAIT: the second source was asked for the time */
	bool     lenient;            /* WAIT: is shorter than PACE asks for, since the clock may be to blame */
	enum backoff_class pace;
	bool     deliberates;        /* WAIT: the verdict waits for what may still be found out */
	bool     event_held;         /* events[] is empty and HELD is the next one */
	uint32_t modem_baud;         /* what its UART was set to last */
	uint32_t settings_mark;      /* WAIT: what the settings were */
	uint32_t wait_ms;            /* CLOCK, WAIT: until then */
	uint32_t opinion_ms;         /* the second source of time has until then */
	uint32_t seq_end;            /* first number that is not reserved */
	int64_t  token_exp_s;        /* of the last login */
	size_t   token_size;         /* what a token takes, with its terminating zero */
	enum err err;
	uint32_t connects, losses;
	uint64_t bytes_up, bytes_down;

	struct device_chunk wire, plain;
	struct device_event held;
	struct device_event events[DEVICE_EVENTS];
	uint8_t  event_first, event_count;

	struct mqtt_slot slots[DEVICE_SLOTS];
	char     name[DEVICE_NAME_SIZE];
	uint8_t  rx[DEVICE_RX_SIZE];
	uint8_t  tx[DEVICE_TX_SIZE];
	uint8_t  inbox[DEVICE_INBOX_SIZE];
	uint8_t  state_buf[DEVICE_STATE_SIZE];
	uint8_t  tls_tx[TLS_TX_SIZE];
	uint8_t  wire_buf[DEVICE_WIRE_SIZE];
	uint8_t  plain_buf[DEVICE_PLAIN_SIZE];
};

/* Prepare D, stopped, and mount its flash.  CFG is copied; what it points to
 * stays borrowed.  Errors are those of the flash; with any of them the device
 * stays usable, with empty settings. */
MUST_CHECK enum err device_init(struct device *d, const struct device_config *cfg, uint32_t now_ms);

/* Offer the time that the board has kept over its restart.  It is believed until
 * a better source tells, or a server refuses what it was part of.
 *   ERR_ARG    before the clock's floor or implausibly far after it
 *   ERR_STATE  a better source has set the clock */
MUST_CHECK enum err device_keep_time(struct device *d, int64_t unix_s, uint32_t now_ms);

/* Check the settings and bring the modem up.  Settings are read now: a change
 * takes effect with the next start.
 *   ERR_STATE  already started
 *   ERR_DEVICE_SETTING  one is missing: *MISSING is its name ("host")
 *   ERR_TOO_LONG  ids and token together do not fit the login: *MISSING is "device";
 *                 the host's name does not fit the modem: "host"
 *   ERR_RNG_UNSEEDED  no seed is stored, and the board's noise cannot earn one.  While it
 *                     may still do so the device starts; DEVICE_EV_LOST tells if it does not
 *   ERR_KEY_MISSING, ERR_ROOTS_EMPTY, ERR_IOTCORE_... */
MUST_CHECK enum err device_start(struct device *d, const char **missing, uint32_t now_ms);

/* Close the connection (the server sees TCP end, no DISCONNECT) and let the modem
 * rest.  Queued messages stay, and what was not acknowledged is sent again. */
void device_stop(struct device *d, uint32_t now_ms);

/* The modem's UART.  Feed returns the bytes taken; offer the rest again after
 * the next step. */
size_t device_modem_feed(struct device *d, const uint8_t *data, size_t len, uint32_t now_ms);
const uint8_t *device_modem_tx_peek(const struct device *d, size_t *len);
void device_modem_tx_done(struct device *d, size_t n);

/* Live noise.  How many raw samples of SOURCE the device wants now, 0: none; and
 * as many or fewer of them as the board has, a byte each, as port_noise() gives
 * them.  Wanted are 9,216 of the ADC at the start, then 1,024 before each
 * handshake, within 0.5 s. */
size_t device_noise_wanted(const struct device *d, enum noise_source source);
void device_noise(struct device *d, enum noise_source source, const uint8_t *samples, size_t n, uint32_t now_ms);

/* Stir anything that may differ from start to start into the generator: what
 * memory held at power-on.  Any time; it earns no credit and does no harm. */
void device_stir(struct device *d, const void *data, size_t len);

/* The modem's lines as they are to be now.  Tell what STATUS says before each
 * step, if it is wired. */
struct power_lines device_modem_lines(const struct device *d);
void device_modem_status(struct device *d, enum power_status status);

/* The speed that the modem's UART is to have.  When it changes: set it, and tell
 * whether it could be set; nothing is sent before. */
uint32_t device_modem_baud(const struct device *d);
void device_modem_baud_set(struct device *d, bool could);

/* Stop, and switch the modem off in an orderly way: what to do before its supply
 * is cut.  DEVICE_EV_MODEM_OFF follows within 200 s.  device_start() leads on. */
void device_modem_off(struct device *d, uint32_t now_ms);

/* Move every layer forward.  Call after feeding and at device_deadline(). */
void device_step(struct device *d, uint32_t now_ms);
bool device_deadline(const struct device *d, uint32_t now_ms, uint32_t *at_ms);

/* The next event, or false.  An unread event holds the traffic back, so read
 * all of them after each step. */
bool device_next(struct device *d, struct device_event *ev);

/* Queue a telemetry message, QoS 1, on events or events/SUBFOLDER (NULL or "":
 * events).  It is dropped only when the server has acknowledged it.
 * *SEQ is its number, as in DEVICE_EV_ACKED.
 *   ERR_OUTBOX_FULL  the outbox is full: nothing queued
 *   ERR_IOTCORE_EVENT_SIZE  with its topic it does not fit DEVICE_TX_SIZE, or the outbox
 *   ERR_IOTCORE_SUBFOLDER   malformed, or longer than DEVICE_SUBFOLDER_MAX
 *   ERR_FLASH_...           its number cannot be reserved in the settings */
MUST_CHECK enum err device_publish(struct device *d, const char *subfolder, struct bytes payload, uint32_t *seq);

/* Report the state, QoS 1.  The newest wins: one that was not sent yet is
 * replaced; at most one a second goes out.
 *   ERR_STATE  never started: report it after the start
 *   ERR_IOTCORE_STATE_SIZE */
MUST_CHECK enum err device_report_state(struct device *d, struct bytes state, uint32_t now_ms);

/* The application is done with the configuration of DEVICE_EV_CONFIG (applied
 * or refused): it is acknowledged to the server. */
void device_config_done(struct device *d, uint32_t now_ms);

/* Provision the random generator with 32 bytes from a good generator elsewhere.
 *   ERR_ARG  all bytes the same       ERR_FLASH_... */
MUST_CHECK enum err device_set_seed(struct device *d, const uint8_t seed[32]);

/* True when a valid seed is stored, started or not. */
bool device_has_seed(struct device *d);

/* Make the device's private key here, in place of the one that is stored.
 *   ERR_RNG_UNSEEDED  no valid seed is stored, nor is one to be had from noise
 *   ERR_AGAIN         it is, in a second            ERR_FLASH_... */
MUST_CHECK enum err device_make_key(struct device *d);

/* Erase every setting, the key and the seed.  Only while stopped.
 *   ERR_STATE  started                ERR_FLASH_... */
MUST_CHECK enum err device_factory_reset(struct device *d);

/* The last verdicts, over restarts: BACK 0 is the newest.  Up to SIZE bytes of its line. */
bool device_why(struct device *d, unsigned back, struct history_verdict *v, void *line, size_t size, size_t *len);

/* Losses on the modem's UART since start, as the board counts them: bytes lost, framing errors. */
void device_modem_faults(struct device *d, uint32_t lost, uint32_t noise);

/* Trace the protocols of WHAT, bits of enum trace_what, or no longer.
 *   ERR_STATE          taken, but a connection is up: TLS and MQTT are traced from the next one on
 *   ERR_CRYPTO_MEMORY  no memory: nothing changed */
MUST_CHECK enum err device_trace(struct device *d, unsigned what, bool on);
unsigned device_traced(const struct device *d);
bool device_trace_next(struct device *d, struct text *line);   /* as trace_next() */

/* What settings and keys live in: for the console. */
struct settings *device_settings(struct device *d);
struct crypto *device_crypto(struct device *d);    /* to read keys and certificates with the device's memory */

struct bytes device_unique_id(const struct device *d);

void device_status(const struct device *d, struct device_status *status, uint32_t now_ms);
const char *device_state_name(enum device_state state);   /* "modem", "online", ... */

#endif
