/* SPDX-License-Identifier: Apache-2.0 */
/* crowd.h - many devices in one process: what the parts of the load generator share. */
#ifndef TERN_BENCH_CROWD_H
#define TERN_BENCH_CROWD_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

enum { CROWD_IN_FLIGHT = 256, CROWD_NAME = 256, CROWD_TOKEN = 512 };

struct crowd_config {
	struct sockaddr_in to;
	const char *ca;              /* file; NULL: the server is not verified */
	const char *key;             /* file: the P-256 key of all devices, who sign their tokens with it */
	const char *project, *parent;/* "projects/P/locations/L/registries/R" */
	uint32_t devices, first;     /* device-FIRST ... */
	uint32_t at_once;            /* connections that are being made at a time */
	uint32_t in_flight;          /* publish: messages of a device that wait for their PUBACK */
	uint32_t size;               /* publish: bytes of payload */
	uint32_t rate;               /* publish: messages a second of all devices; 0: as fast as they are acknowledged */
	double   seconds;
};

/* The CONNECT of device NUMBER; its length. */
size_t crowd_connect(const struct crowd_config *cfg, EVP_PKEY *key, uint32_t number, uint8_t out[2048]);
/* PUBLISH with QoS 1, without its packet id, which stands ID_AT bytes behind its start. */
size_t crowd_publish(const struct crowd_config *cfg, uint32_t number, uint8_t *out, size_t size, size_t *id_at);

EVP_PKEY *crowd_key(const char *file);
uint64_t crowd_now_us(void);
_Noreturn void crowd_fail(const char *what);

/* ---- What can be measured; each prints one line of JSON --------------------- */

void crowd_logins(const struct crowd_config *cfg);      /* connect, log in, leave, again and again */
void crowd_idle(const struct crowd_config *cfg);        /* all connect and stay until standard input ends */
void crowd_publishers(const struct crowd_config *cfg);  /* all connect and publish */

/* The least server there can be; DEVICES is the file of their key. */
void crowd_serve(uint16_t port, const char *certificate, const char *key, const char *devices);

#endif
