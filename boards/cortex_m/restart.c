/* SPDX-License-Identifier: Apache-2.0 */
/* A chip has nowhere to go: it starts again, after a second or so, in order that
 * a program which fails at once does not flood the console. */
#include "cortex_m/board.h"
#include "cortex_m/io.h"
#include "cortex_m/registers.h"

enum { PAUSE_POLLS = 8000000 };    /* about 1 s at 72 or 80 MHz */

_Noreturn void board_exit(int status)
{
	(void)status;
	for (uint32_t n = 0; n < PAUSE_POLLS; n++)
		(void)io_read(&SCB->CPUID);
	core_sync();
	io_write(&SCB->AIRCR, SCB_AIRCR_RESET);
	for (;;)
		;
}
