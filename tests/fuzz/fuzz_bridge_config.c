/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_bridge_config.c - a configuration file, as anybody may have written it. */
#include "bridge/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* What program.c takes for granted. */
static void check_promises(const struct config *c)
{
	check(c->listens >= 1 && c->listens <= CONFIG_LISTEN && c->certificates >= 1 && c->certificates <= CONFIG_CERTIFICATES);
	for (uint32_t i = 0; i < c->listens; i++)
		check(c->listen[i].host != NULL && c->listen[i].host[0] != '\0');
	for (uint32_t i = 0; i < c->certificates; i++)
		check(c->certificate[i] != NULL && c->key[i] != NULL);
	check(c->node != NULL && c->data != NULL && c->admin_listen.host != NULL && c->admin_token_file != NULL);
	check(config_is_loopback(c->admin_listen.host) || (c->admin_certificate != NULL && c->admin_key != NULL));
	check(c->sink_log || c->sink_mqtt);
	check(!c->sink_mqtt || (c->mqtt_host != NULL && c->mqtt_port != 0));
	check(c->connections_max >= 1 && c->held_messages >= 1 && c->held_kb >= 256 && c->messages_per_s >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[CONFIG_ERROR] = "";
	struct config c;

	if (config_parse(&c, (struct bytes){ data, size }, "/etc/tern-bridge/tern-bridge.conf", error))
		check_promises(&c);
	else
		check(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL && c.node == NULL && c.data == NULL);
	config_free(&c);
	return 0;
}
