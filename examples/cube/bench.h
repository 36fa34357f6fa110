/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - who the device is, compiled in: for the first hour at a desk.  A device
 * that leaves the desk is provisioned over its console (app_demo.c, `tern provision`)
 * and has no key in its image.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <tern.h>

struct bench {
	const char *host, *port, *connection, *apn;
	const char *root_pem, *key_pem;
	uint8_t     seed[32];            /* of openssl rand -hex 32, another one for each device */
};

const struct bench *bench_values(void);  /* bench.c */

/* Store it all, unless the device has settings already.  *WHAT is the value refused. */
int bench_provision(struct tern *t, const char **what);

#endif
