/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt_size.c - a program that uses what a device uses of the MQTT client, to
 * be linked and measured by mqtt_size; it is not meant to be run. */
#include "cloud/mqtt.h"

struct mqtt client;
struct mqtt_slot slot;

void start(void);

void start(void)
{
	static const struct mqtt_config cfg = { .slots = &slot, .slot_count = 1 };
	static const struct mqtt_login login;
	static const struct mqtt_filter filter;
	static const struct mqtt_message message;
	struct mqtt_event ev;
	uint32_t at = 0;
	size_t n;

	mqtt_init(&client, &cfg);
	(void)!mqtt_connect(&client, &login, 0);
	(void)!mqtt_subscribe(&client, &filter, 1, 0, NULL);
	(void)!mqtt_publish(&client, &message, 0, 0, NULL);
	(void)mqtt_tx_peek(&client, &n);
	mqtt_tx_done(&client, n);
	(void)mqtt_feed(&client, client.cfg.rx, n, 0);
	(void)mqtt_next(&client, &ev);
	mqtt_step(&client, 0);
	(void)mqtt_deadline(&client, &at);
	mqtt_lost(&client, ERR_MODEM_CLOSED);
}
