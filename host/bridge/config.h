/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the bridge's configuration file: 'key = value' a line, '#' begins a
 * comment, tern-bridge.conf(5) explains every key.
 *
 * A file is wrong as a whole or right as a whole: an unknown key, one given
 * twice, a value out of its limits are named with their line.  File names are
 * relative to the folder that the configuration is in.
 */
#ifndef TERN_BRIDGE_CONFIG_H
#define TERN_BRIDGE_CONFIG_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	CONFIG_ERROR        = 512,
	CONFIG_SIZE         = 65536,  /* bytes of the file, at most */
	CONFIG_LISTEN       = 4,      /* 'listen' may be given so often */
	CONFIG_CERTIFICATES = 2,      /* an ECDSA and an RSA one, each with its key */
	CONFIG_SECRET       = 512     /* with the terminator */
};

struct config_address {
	char    *host;                /* without brackets: "::", "127.0.0.1", "bridge.example.com" */
	uint16_t port;                /* 0: any free one, for tests */
};

struct config {
	/* Devices. */
	struct config_address listen[CONFIG_LISTEN];
	uint32_t listens;
	char    *certificate[CONFIG_CERTIFICATES], *key[CONFIG_CERTIFICATES];    /* files */
	uint32_t certificates;
	char    *host;                /* the name devices use; NULL: not said */
	char    *root;                /* file: what devices trust; NULL: not said.  For --check only */
	char    *tls_ciphers;         /* OpenSSL's list for TLS 1.2; NULL: the built-in one */
	uint32_t ticket_days;         /* a session can be resumed for so long; 0: no tickets */

	/* This node. */
	char    *node;                /* its name */
	char    *data;                /* folder of registry.db, messages.db, tickets */
	uint32_t stop_s;              /* a graceful stop takes at most so long */

	/* Admin interface. */
	struct config_address admin_listen;
	char    *admin_token_file;    /* see config_read_token() */
	char    *admin_certificate, *admin_key;    /* both, or both NULL: only when admin_listen is loopback */

	/* Sinks. */
	bool     sink_log, sink_mqtt; /* at least one */
	uint32_t log_keep_days;       /* 0: for ever */
	uint32_t log_keep_mb;         /* 0: any */
	char    *mqtt_host;           /* not NULL when sink_mqtt */
	uint16_t mqtt_port;
	char    *mqtt_ca, *mqtt_certificate, *mqtt_key, *mqtt_user, *mqtt_password_file;    /* NULL: none */
	uint32_t hold_mb;             /* a sink holds so much for a disk or broker that is behind */

	/* The contract. */
	bool     strict;
	uint32_t skew_s, token_life_s;
	uint32_t idle_s;              /* a connection without any message */
	uint32_t event_max, state_max;              /* bytes of payload */
	uint32_t messages_per_s, bytes_per_s;       /* of one device */
	uint32_t state_interval_ms, config_interval_ms;

	/* What protects the server. */
	uint32_t connections_max;
	uint32_t connections_per_address;           /* 0: any: carriers put many devices behind one */
	uint32_t bad_logins_per_minute;             /* of one address (IPv6: /64); then it waits */
	uint32_t handshake_s;         /* TCP accept to TLS */
	uint32_t login_s;             /* TLS to CONNECT */
	uint32_t held_messages;       /* of one device, not yet acknowledged */
	uint32_t held_kb;             /* likewise, payload */
	uint32_t held_mb;             /* of all devices */
	uint32_t command_s;           /* a command's PUBACK is waited for so long */

	/* The device log in the registry. */
	uint32_t device_log_days;
	uint32_t device_log_rows;
};

/* Read FILE.  False: ERROR names line, key and value; C is empty then. */
bool config_read(struct config *c, const char *file, char error[CONFIG_ERROR]);

/* The same of TEXT; FILE is the name it goes by, and its folder what names are relative to. */
bool config_parse(struct config *c, struct bytes text, const char *file, char error[CONFIG_ERROR]);

void config_free(struct config *c);    /* C is empty afterwards */

/* The one line of FILE, which nobody but its owner and group may read: a
 * password.  OUT is to be wiped by the caller. */
bool config_read_secret(const char *file, char out[CONFIG_SECRET], char error[CONFIG_ERROR]);

/* SHA-256 of the admin token: FILE holds 'sha256:' and 64 hex digits, or the token itself and then its
 * mode is that of a secret. */
bool config_read_token(const char *file, uint8_t hash[32], char error[CONFIG_ERROR]);

/* The keys in the order of a good file, for `tern-bridge init` and the manual's test: name, default (NULL:
 * none) and meaning of key INDEX.  A heading has the name "".  NULL: no more. */
const char *config_key(unsigned index, const char **value, const char **meaning);

/* An address of this machine only: "127.0.0.1", "::1", "localhost". */
bool config_is_loopback(const char *host);

#endif
