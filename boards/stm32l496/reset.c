/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/reset.h"

#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

#include <stddef.h>

enum { ANY_NOTE = -1 };

/* First match wins.  Every reset pulls the reset pin too, so that comes last of
 * the flags; BORRSTF is set by power-on as by a supply that fell too low. */
static const struct row {
	uint32_t    csr;       /* RM0351 6.4.30; 0: whatever they say */
	int         note;
	const char *cause;
} rows[] = {
	{ RCC_CSR_FWRSTF,                         ANY_NOTE,     "firewall" },
	{ RCC_CSR_SFTRSTF,                        NOTE_FAULT,   "fault" },
	{ RCC_CSR_SFTRSTF,                        ANY_NOTE,     "software" },
	{ RCC_CSR_IWDGRSTF | RCC_CSR_WWDGRSTF,    ANY_NOTE,     "watchdog" },
	{ RCC_CSR_LPWRRSTF,                       ANY_NOTE,     "low power" },
	{ RCC_CSR_OBLRSTF,                        ANY_NOTE,     "option bytes" },
	{ RCC_CSR_BORRSTF,                        ANY_NOTE,     "power-on" },
	{ RCC_CSR_PINRSTF,                        NOTE_NONE,    "reset pin" },
	{ RCC_CSR_PINRSTF,                        NOTE_RUNNING, "reset pin" },
	{ 0,                                      NOTE_FAULT,   "fault" },
	{ 0,                                      NOTE_RESTART, "software" },
	{ 0,                                      NOTE_NONE,    "power-on" },
};

const char *reset_cause(uint32_t csr, enum note note)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if ((rows[i].csr == 0 || (csr & rows[i].csr) != 0) &&
		    (rows[i].note == ANY_NOTE || rows[i].note == (int)note))
			return rows[i].cause;
	return "unknown";
}

const char *reset_take_cause(enum note note)
{
	const char *cause = reset_cause(part_reset_flags(), note);

	io_set(&RCC->CSR, RCC_CSR_RMVF);
	return cause;
}

/* The dog cannot be stopped again, but waits while a debugger holds the core. */
void reset_watch_start(void)
{
	io_set(DBGMCU_APB1FZR1, DBGMCU_APB1FZR1_IWDG_STOP);
	io_write(&IWDG->KR, IWDG_KR_START);
	io_write(&IWDG->KR, IWDG_KR_ACCESS);
	io_write(&IWDG->PR, IWDG_PR_DIV128);
	io_write(&IWDG->RLR, IWDG_RLR_MAX);
	reset_watch();
}

void reset_watch(void)
{
	io_write(&IWDG->KR, IWDG_KR_RELOAD);
}
