/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - whole devices in one process under virtual time.
 *
 *   device (src/) <-UART-> virtual modem (its core) <-network-> server (OpenSSL, the bridge's core)
 *
 * Nothing is replaced: the device is what the chip runs, the modem what
 * tern-modem runs, the session and the token check what tern-bridge runs.  Time is a variable that jumps to the next deadline, so an
 * hour of back-off takes no time, and the same seed gives the same run.
 */
#ifndef TERN_TESTS_SIM_WORLD_H
#define TERN_TESTS_SIM_WORLD_H

#include "device/device.h"
#include "sim/server.h"
#include "support/flash_model.h"
#include "virtual_modem/modem.h"

enum {
	WORLD_NODES   = 2,
	WORLD_ARENA   = 80 * 1024,   /* 64-bit pointers and TLS 1.3 take more than the chip */
	WORLD_OUTBOX  = 4096,
	WORLD_SOCKETS = MODEM_SOCKETS,
	WORLD_FLIGHTS = 256,
	WORLD_LOSSES  = 256,
	WORLD_LINES   = 64,
	WORLD_LINE    = 1400
};

/* Bytes or an end of stream under way through the network. */
struct world_flight {
	uint32_t at_ms;
	int      socket;
	bool     up, end;
	size_t   len;
	uint8_t *data;
};

struct world;

struct world_node {
	struct world        *world;
	struct flash_model  *flash;
	struct modem        *modem;
	struct server_conn  *conns[WORLD_SOCKETS];
	struct world_flight  flights[WORLD_FLIGHTS];   /* in order of arrival */
	size_t               flight_count;
	struct device        device;
	uint8_t              arena[WORLD_ARENA];
	uint8_t              outbox[WORLD_OUTBOX];
	char                 id[16];

	/* What the application saw. */
	enum err             losses[WORLD_LOSSES];
	unsigned             loss_count;
	char                 lines[WORLD_LINES][WORLD_LINE];   /* of the diagnosis */
	unsigned             line_count;
	unsigned             acked;
	unsigned             configs, commands, refused;
	char                 config[512], command[512], subfolder[64];
	unsigned             uart_chunk;      /* bytes moved over the UART at once: 1 .. */
};

struct world {
	uint32_t now_ms;
	int64_t  unix_ms;               /* wall time at now_ms */
	uint32_t latency_ms;            /* one way through the network */
	uint16_t port;                  /* where the server listens; others refuse */
	bool     dark;                  /* the server is gone: nothing arrives, nothing is refused */
	bool     lone;                  /* it is all there is: no other name, host or port */
	bool     deserted;              /* no port of the server opens */
	bool     nameless;              /* no name resolves */
	struct server server;
	struct world_node nodes[WORLD_NODES];
	unsigned node_count;
};

struct world_config {
	struct server_config server;    /* device_key NULL: the devices' own */
	const char *root;               /* PEM file that the devices trust */
	const char *key;                /* PEM file: the devices' private key */
	const char *host;               /* as the devices are told it; NULL: the server's name */
	uint32_t    port;               /* likewise; 0: the server's */
	bool        patient;            /* device_config.patient */
	bool        modem_flow;         /* device_config.modem_flow */
	const char *script;             /* the network's, for modem_config */
	size_t      outbox_size;    /* bytes; 0: WORLD_OUTBOX */
	const char *more_root;      /* a second one; NULL: none */
	struct retained *retained;  /* device_config.retained, .reset, .fault */
	enum evidence_reset reset;
	const char *fault;
	const char *sim_pin, *pin;      /* the SIM asks for the first, the devices have the second; NULL: none */
	uint64_t    seed;
	unsigned    nodes;
};

/* Build a world; every node is provisioned and started.  Aborts the test with
 * a word when a part refuses. */
struct world *world_new(const struct world_config *cfg);
void world_free(struct world *w);

/* Let time pass until DONE says so, at most LIMIT_MS.  True when it did. */
bool world_run(struct world *w, bool (*done)(struct world *w), uint32_t limit_ms);

/* Publish TEXT from node N; its number. */
uint32_t world_publish(struct world *w, unsigned n, const char *text);

/* Node N loses its power and comes back; its modem stays on. */
void world_restart(struct world *w, unsigned n);

/* The line of node N with code CODE said last, from line FROM on; NULL: there is none. */
const char *world_line(const struct world *w, unsigned n, unsigned from, const char *code);

/* The server ends every connection of node N. */
void world_hang_up(struct world *w, unsigned n);

/* The connection of node N, NULL if it has none. */
struct server_conn *world_conn(struct world *w, unsigned n);

#endif
