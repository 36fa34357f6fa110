/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/reset.h"

#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

#include <stddef.h>

enum { ANY_NOTE = -1 };

/* First match wins.  Every reset pulls the reset pin too, so that comes last of the
 * flags.  BORRSTF is set whenever the supply fell below the brown-out level, for a
 * moment or for a day: RAM forgets within about a second, so what is still in it
 * tells which. */
static const struct row {
	uint32_t csr;        /* RM0351 6.4.30; 0: whatever they say */
	int      note;
	enum evidence_reset cause;
} rows[] = {
	{ RCC_CSR_FWRSTF,                           ANY_NOTE,     EVIDENCE_RESET_UNKNOWN },   /* never armed */
	{ RCC_CSR_SFTRSTF,                          NOTE_FAULT,   EVIDENCE_RESET_FAULT },
	{ RCC_CSR_SFTRSTF,                          NOTE_STACK,   EVIDENCE_RESET_STACK },
	{ RCC_CSR_SFTRSTF,                          NOTE_STUCK,   EVIDENCE_RESET_WATCHDOG },
	{ RCC_CSR_SFTRSTF,                          ANY_NOTE,     EVIDENCE_RESET_SOFTWARE },
	{ RCC_CSR_IWDGRSTF | RCC_CSR_WWDGRSTF,      ANY_NOTE,     EVIDENCE_RESET_WATCHDOG },
	{ RCC_CSR_LPWRRSTF,                         ANY_NOTE,     EVIDENCE_RESET_LOW_POWER },
	{ RCC_CSR_OBLRSTF,                          ANY_NOTE,     EVIDENCE_RESET_OPTION_BYTES },
	{ RCC_CSR_BORRSTF,                          NOTE_RUNNING, EVIDENCE_RESET_BROWN_OUT },
	{ RCC_CSR_BORRSTF,                          ANY_NOTE,     EVIDENCE_RESET_POWER_ON },
	{ RCC_CSR_PINRSTF,                          NOTE_NONE,    EVIDENCE_RESET_PIN },
	{ RCC_CSR_PINRSTF,                          NOTE_RUNNING, EVIDENCE_RESET_PIN },
	{ 0,                                        NOTE_FAULT,   EVIDENCE_RESET_FAULT },
	{ 0,                                        NOTE_STACK,   EVIDENCE_RESET_STACK },
	{ 0,                                        NOTE_STUCK,   EVIDENCE_RESET_WATCHDOG },
	{ 0,                                        NOTE_RESTART, EVIDENCE_RESET_SOFTWARE },
	{ 0,                                        NOTE_NONE,    EVIDENCE_RESET_POWER_ON },
};

enum evidence_reset reset_cause(uint32_t csr, enum note note)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if ((rows[i].csr == 0 || (csr & rows[i].csr) != 0) &&
		    (rows[i].note == ANY_NOTE || rows[i].note == (int)note))
			return rows[i].cause;
	return EVIDENCE_RESET_UNKNOWN;
}

enum evidence_reset reset_take_cause(enum note note)
{
	enum evidence_reset cause = reset_cause(part_reset_flags(), note);

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
