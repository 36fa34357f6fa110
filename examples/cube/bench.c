/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c - fill these in.  As they stand, tern_add_root() refuses the first of them. */
#include "bench.h"

static const struct bench values = {
	.host       = "mqtt.example.com",
	.port       = "8883",
	.connection = "project-id=my-project-123456;registry-id=lab;device-id=dev-1;cloud-region=europe-west1",
	.apn        = "internet",
	.root_pem   = "-----BEGIN CERTIFICATE-----\n"
		      "...\n"
		      "-----END CERTIFICATE-----\n",
	.key_pem    = "-----BEGIN EC PRIVATE KEY-----\n"
		      "...\n"
		      "-----END EC PRIVATE KEY-----\n",
	.seed       = { 0 },
};

const struct bench *bench_values(void)
{
	return &values;
}
