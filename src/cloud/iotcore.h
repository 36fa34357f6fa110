/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iotcore.h - the device side of the IoT Core contract, on top of MQTT.
 *
 * What Google's bridge asked of a device, and what those who took over ask
 * still: a client id that is a path, a token (JWT) as password, four topics,
 * QoS 0 and 1, a clean session, no will, nothing retained.  Sans-IO like
 * mqtt.h: bytes in, bytes out, time as an argument; the struct mqtt within is
 * not touched by anybody else.
 *
 *   /devices/ID/events[/SUBFOLDER]    out  telemetry, at most 256 KiB
 *   /devices/ID/state                 out  at most 64 KiB and once a second
 *   /devices/ID/config                in   QoS 1, at every connect and change
 *   /devices/ID/commands[/SUBFOLDER]  in   only while connected
 */
#ifndef TERN_CLOUD_IOTCORE_H
#define TERN_CLOUD_IOTCORE_H

#include "cloud/mqtt.h"

/* ---- Who the device is ------------------------------------------------- */

/* Borrowed from the caller, here and wherever they are passed on. */
struct iotcore_ids {
	struct bytes project;      /* 'my-project-123456', or 'example.com:my-project-123456' */
	struct bytes registry;     /* a letter, then 2 to 254 of letters, digits, -._+~%; not 'goog…' */
	struct bytes device;       /* likewise */
	struct bytes region;       /* 'europe-west1' */
};

/* What a refused id or connection string is refused for. */
struct iotcore_bad {
	const char  *key;          /* "project-id", "registry-id", "device-id", "cloud-region"; NULL: unknown key */
	size_t       offset;       /* of value in the connection string; 0 from iotcore_ids_check() */
	struct bytes value;        /* the offending part, borrowed; empty where it is missing */
};

/* Check all four.  BAD may be NULL; it is written only on error.
 *   ERR_IOTCORE_PROJECT, _REGISTRY, _DEVICE, _REGION  not of its form
 *   ERR_IOTCORE_GOOG                                  registry or device id starts with 'goog' */
MUST_CHECK enum err iotcore_ids_check(const struct iotcore_ids *ids, struct iotcore_bad *bad);

/* Take a connection string apart and check what it holds:
 * project-id=…;registry-id=…;device-id=…;cloud-region=… in any order, each
 * once, white space around the parts and one ';' at the end allowed.  IDS is
 * written only on success and borrows from TEXT.
 *   ERR_IOTCORE_CONNSTR      a part is not KEY=VALUE
 *   ERR_IOTCORE_KEY          no such key: BAD->value is it
 *   ERR_IOTCORE_KEY_TWICE    BAD->value is the second value
 *   ERR_IOTCORE_KEY_MISSING  BAD->key is it
 *   others                   as iotcore_ids_check(): BAD->value is the id */
MUST_CHECK enum err iotcore_ids_parse(struct bytes text, struct iotcore_ids *ids, struct iotcore_bad *bad);

/* Append 'projects/P/locations/R/registries/G/devices/D'. */
void iotcore_client_id(const struct iotcore_ids *ids, struct text *t);

/* Bytes that struct iotcore_config.name must have for IDS, when the subfolders
 * of the events have at most SUBFOLDER_LEN characters (the contract: 256). */
size_t iotcore_name_size(const struct iotcore_ids *ids, size_t subfolder_len);

/* Bytes that struct mqtt_config.rx should have for IDS, likewise for commands.
 * A command with a longer subfolder is dropped and reported. */
size_t iotcore_rx_size(const struct iotcore_ids *ids, size_t subfolder_len);

/* ---- The connection ----------------------------------------------------- */

#define IOTCORE_EVENT_MAX   262144u   /* bytes of one telemetry message */
#define IOTCORE_STATE_MAX    65536u   /* bytes of a state */
#define IOTCORE_CONFIG_MAX   65536u   /* bytes of a config */
#define IOTCORE_SUBFOLDER_MAX  256u   /* bytes */
#define IOTCORE_LIFE_MAX     86400u   /* seconds from iat to exp of a token */
#define IOTCORE_IDLE_MAX      1200u   /* seconds of silence before the server closes */

struct iotcore_config {
	struct mqtt_config mqtt;   /* manual_ack and literal_plus are set by iotcore_init() */
	struct iotcore_ids ids;    /* borrowed as long as the struct iotcore is used */
	char    *name;             /* client id and topics are built here */
	size_t   name_size;        /* bytes, see iotcore_name_size() */
	uint8_t *inbox;            /* one config or command, while it arrives and is read */
	size_t   inbox_size;       /* bytes; what is larger is dropped and reported */
	uint8_t *state;            /* the newest state, until it is acknowledged */
	size_t   state_size;       /* bytes */
	uint16_t keepalive_s;      /* 1 to IOTCORE_IDLE_MAX */
	uint16_t renew_wait_s;     /* a planned reconnect waits so long for acknowledgements */
	uint8_t  command_qos;      /* 0 or 1 */
	bool     patient;          /* SUBSCRIBE and messages wait for CONNACK, though they need not (3.1.4):
	                              for a server that cannot take them together */
};

enum iotcore_event_type {
	IOTCORE_EV_UP,             /* the server accepted the token */
	IOTCORE_EV_CONFIG,         /* to be taken: iotcore_config_done() */
	IOTCORE_EV_COMMAND,
	IOTCORE_EV_DROPPED,        /* a message came that could not be taken; it was acknowledged */
	IOTCORE_EV_ACKED,          /* a QoS 1 event has arrived */
	IOTCORE_EV_STATE_ACKED,    /* a state has arrived */
	IOTCORE_EV_DOWN            /* the connection is of no use any more; close the transport */
};

struct iotcore_event {
	enum iotcore_event_type type;
	enum err     err;          /* DOWN: why, ERR_IOTCORE_RENEW when planned, ERR_OK after iotcore_disconnect();
	                              DROPPED: ERR_IOTCORE_CONFIG_SIZE, ERR_IOTCORE_COMMAND_SIZE,
	                              ERR_IOTCORE_TOPIC, ERR_MQTT_HEADER_ROOM (topic longer than rx) */
	uint32_t     token;        /* ACKED: as given to iotcore_publish() */
	struct bytes subfolder;    /* COMMAND: behind 'commands/'; DROPPED: the topic, as far as rx held it */
	struct bytes data;         /* CONFIG: borrowed until iotcore_config_done() or DOWN;
	                              COMMAND: subfolder and data borrowed until the next iotcore_feed() */
	uint32_t     size;         /* DROPPED: bytes of its payload */
	bool         newer;        /* STATE_ACKED: a newer state is still to be sent */
};

/* The members are iotcore.c's own. */
struct iotcore {
	struct mqtt mqtt;
	struct iotcore_config cfg;
	struct iotcore_event event;
	struct bytes subfolder;    /* of the message being received */
	uint32_t now_ms;
	uint32_t renew_ms;         /* when to reconnect; while draining, when to stop waiting */
	uint32_t state_ms;         /* the next state not earlier */
	uint32_t state_len;
	uint32_t got;              /* bytes of the message in the inbox */
	uint32_t size;             /* bytes of the message in all */
	uint16_t state_id;         /* of the state waiting for PUBACK, 0: none does */
	uint16_t ack_id;           /* the message owed a PUBACK, 0: none */
	uint16_t drop;             /* enum err: why the message being received is dropped */
	uint8_t  phase;
	uint8_t  kind;             /* of the message being received */
	bool     unread;           /* the event is */
	bool     held;             /* a config is with the application */
	bool     subscribe;        /* SUBSCRIBE is still to be sent */
	bool     state_new;        /* the state is still to be sent */
	bool     state_wait;       /* state_ms counts */
	bool     renewing;         /* the end is a planned one */
};

/* Prepare C, closed.  CFG is copied, its buffers and ids stay borrowed.  BAD
 * may be NULL.
 *   ERR_IOTCORE_…  ids, as iotcore_ids_check()
 *   ERR_TOO_LONG   name_size, rx_size or tx_size (SUBSCRIBE) is too small for the ids
 *   ERR_ARG        keepalive_s, command_qos or slot_count (at least 2) out of range */
MUST_CHECK enum err iotcore_init(struct iotcore *c, const struct iotcore_config *cfg, struct iotcore_bad *bad);

/* Queue CONNECT with TOKEN as password and SUBSCRIBE behind it; the state too,
 * when one is waiting.  Events may be published at once.  The token is valid for
 * LIFE_S more seconds; at 85 % of that the connection is ended in good order:
 * new messages are refused with ERR_AGAIN, acknowledgements waited for, then
 * DOWN with ERR_IOTCORE_RENEW.
 *   ERR_STATE     not closed, or an event is still unread
 *   ERR_ARG       TOKEN is empty, or LIFE_S not in 1 .. IOTCORE_LIFE_MAX
 *   ERR_TOO_LONG  CONNECT does not fit tx; iotcore_connect_size() tells what it needs */
MUST_CHECK enum err iotcore_connect(struct iotcore *c, struct bytes token, uint32_t life_s, uint32_t now_ms);

/* Bytes of tx that CONNECT needs with a token of TOKEN_LEN characters. */
size_t iotcore_connect_size(const struct iotcore_ids *ids, size_t token_len);

struct iotcore_message {
	struct bytes subfolder;    /* empty: none */
	struct bytes payload;
	uint8_t      qos;          /* 0 or 1 */
	bool         dup;          /* an earlier connection may have delivered it */
};

/* Queue telemetry, copied.  With QoS 1 the event ACKED brings TOKEN back; if
 * the connection ends first it never comes.
 *   ERR_STATE               neither connecting nor connected
 *   ERR_FULL                no room now: in tx, or too many wait for PUBACK
 *   ERR_AGAIN               a planned reconnect is under way: publish after it
 *   ERR_IOTCORE_EVENT_SIZE  payload longer than the contract or tx allows
 *   ERR_IOTCORE_SUBFOLDER   malformed, or longer than the contract or name allows
 *   ERR_MQTT_QOS            QoS 2 and above, which the server answers by closing */
MUST_CHECK enum err iotcore_publish(struct iotcore *c, const struct iotcore_message *msg, uint32_t token,
				    uint32_t now_ms);

/* The device's state is now PAYLOAD (copied): sent with QoS 1 as soon as the
 * contract allows, one second after the last was acknowledged.  A newer one
 * replaces one that was not sent; the newest survives a reconnect.  Allowed in
 * every state.
 *   ERR_IOTCORE_STATE_SIZE  longer than the contract, state_size or tx allow */
MUST_CHECK enum err iotcore_set_state(struct iotcore *c, struct bytes payload, uint32_t now_ms);

/* The application has taken the config (stored it, applied it, or judged it
 * bad): only now it is acknowledged.  Until then iotcore_feed() takes nothing:
 * take it soon, at the latest within pong_s.
 *   ERR_STATE  there is none to take: never was, or the connection went down */
MUST_CHECK enum err iotcore_config_done(struct iotcore *c, uint32_t now_ms);

/* End the connection in good order, at once: DOWN with ERR_OK follows when the
 * transport has taken DISCONNECT, or after pong_s.
 *   ERR_STATE  not connected        ERR_FULL  no room in tx now */
MUST_CHECK enum err iotcore_disconnect(struct iotcore *c, uint32_t now_ms);

/* When the planned reconnect begins; false: not connected. */
bool iotcore_renew_at(const struct iotcore *c, uint32_t *at_ms);

/* As their namesakes of mqtt.h, but no event borrows from the bytes that were
 * fed: those may be reused at once.  The deadline also covers the state's pace
 * and the planned reconnect. */
void iotcore_lost(struct iotcore *c, enum err why);
size_t iotcore_feed(struct iotcore *c, const uint8_t *data, size_t len, uint32_t now_ms);
bool iotcore_next(struct iotcore *c, struct iotcore_event *ev);
const uint8_t *iotcore_tx_peek(const struct iotcore *c, size_t *len);
void iotcore_tx_done(struct iotcore *c, size_t n);
void iotcore_step(struct iotcore *c, uint32_t now_ms);
bool iotcore_deadline(const struct iotcore *c, uint32_t *at_ms);

#endif
