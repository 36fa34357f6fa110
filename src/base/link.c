/* SPDX-License-Identifier: Apache-2.0 */
#include "base/link.h"

/* Every code that is not listed loses the one connection only. */
static const struct row {
	enum err       code;
	enum link_loss loss;
} rows[] = {
	{ ERR_MODEM_SILENT,      LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_REBOOT,      LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_ASLEEP,      LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_SIM_MISSING, LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_SIM_PIN,     LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_SIM_PIN_BAD, LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_SIM_PUK,     LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_SIM_FAILED,  LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_MODEL,       LINK_LOSS_MODEM_DOWN },
	{ ERR_MODEM_NO_NETWORK,  LINK_LOSS_NET_DOWN },
	{ ERR_MODEM_REG_DENIED,  LINK_LOSS_NET_DOWN },
	{ ERR_MODEM_PDP_REFUSED, LINK_LOSS_NET_DOWN },
	{ ERR_MODEM_PDP_LOST,    LINK_LOSS_NET_DOWN },
	{ ERR_MODEM_APN,         LINK_LOSS_NET_DOWN },
};

enum link_loss link_loss(enum err e)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == e)
			return rows[i].loss;
	return LINK_LOSS_CLOSED;
}
