/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/fault.h"

#include "base/bytes.h"
#include "base/crc.h"
#include "base/packed.h"
#include "cortex_m/board.h"
#include "cortex_m/io.h"
#include "cortex_m/linker.h"
#include "cortex_m/note.h"
#include "cortex_m/registers.h"

#include <stdbool.h>
#include <stddef.h>

/* What the core pushes when an exception begins (PM0056 2.3.7). */
struct frame {
	uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* What fault_last() tells.  Valid with a note of a fault and its CRC: after
 * power-on RAM holds anything. */
static struct {
	char     line[96];
	uint32_t crc;
} kept __attribute__((section(".noinit")));
static bool told;

/* First match wins: what led to the rest stands first. */
static const struct reason {
	uint32_t    cfsr;     /* PM0056 4.4.14 */
	const char *text;
} reasons[] = {
	{ SCB_CFSR_MSTKERR | SCB_CFSR_STKERR,      T("no stack left for an exception") },
	{ SCB_CFSR_DACCVIOL,                       T("read or write not allowed") },
	{ SCB_CFSR_IACCVIOL,                       T("jump to where no program is") },
	{ SCB_CFSR_MUNSTKERR | SCB_CFSR_UNSTKERR,  T("stack lost on return from an exception") },
	{ SCB_CFSR_IBUSERR,                        T("instruction could not be fetched") },
	{ SCB_CFSR_PRECISERR,                      T("nothing answers") },
	{ SCB_CFSR_IMPRECISERR,                    T("nothing answered an earlier write") },
	{ SCB_CFSR_UNDEFINSTR,                     T("undefined instruction") },
	{ SCB_CFSR_INVSTATE,                       T("jump to an even address") },
	{ SCB_CFSR_INVPC,                          T("damaged return from an exception") },
	{ SCB_CFSR_NOCP,                           T("floating point, off or not there") },
	{ SCB_CFSR_UNALIGNED,                      T("unaligned access") },
	{ SCB_CFSR_DIVBYZERO,                      T("division by zero") },
};

static const char *reason_text(uint32_t cfsr)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if ((cfsr & reasons[i].cfsr) != 0)
			return reasons[i].text;
	return T("unexpected exception");
}

static uint32_t address(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

/* The stack ends where RAM begins: below it lies nothing for 352 MB. */
static bool is_stack_overflow(uint32_t cfsr, uint32_t mmfar, uint32_t psp)
{
	bool below = (cfsr & SCB_CFSR_MMARVALID) != 0 && mmfar < address(ld_stack_bottom) &&
		     mmfar >= address(ld_stack_bottom) - 0x10000;
	bool at_end = (cfsr & (SCB_CFSR_MSTKERR | SCB_CFSR_STKERR)) != 0 &&
		      psp < address(ld_stack_bottom) + sizeof(struct frame);

	return below || at_end;
}

static bool is_frame(uint32_t sp, uint32_t cfsr)
{
	return sp % 4 == 0 && sp >= address(ld_stack_bottom) && sp <= address(ld_ram_end) - sizeof(struct frame) &&
	       (cfsr & (SCB_CFSR_MSTKERR | SCB_CFSR_STKERR)) == 0;
}

static void add_word(struct text *t, const char *name, uint32_t value)
{
	text_add(t, name);
	text_add(t, " 0x");
	text_add_hex(t, value, 8);
}

static void add_place(struct text *t, uint32_t cfsr, const struct frame *frame)
{
	if ((cfsr & SCB_CFSR_MMARVALID) != 0)
		add_word(t, " at", io_read(&SCB->MMFAR));
	else if ((cfsr & SCB_CFSR_BFARVALID) != 0)
		add_word(t, " at", io_read(&SCB->BFAR));
	if (frame != NULL) {
		add_word(t, ", pc", frame->pc);
		add_word(t, ", lr", frame->lr);
	}
}

static void say_word(const char *name, uint32_t value)
{
	char buf[24];
	struct text t;

	text_init(&t, buf, sizeof buf);
	add_word(&t, name, value);
	board_say(buf);
}

static void say_exception(void)
{
	char buf[24];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, "\r\nfault: exception ");
	text_add_u32(&t, core_exception());
	board_say(buf);
}

static void say_registers(uint32_t sp, uint32_t cfsr, const struct frame *frame)
{
	say_exception();
	say_word(" sp", sp);
	if (frame != NULL)
		say_word(" xpsr", frame->xpsr);
	say_word(" cfsr", cfsr);
	say_word(" hfsr", io_read(&SCB->HFSR));
	say_word(" mmfar", io_read(&SCB->MMFAR));
	say_word(" bfar", io_read(&SCB->BFAR));
	board_say("\r\n");
}

/* Kept first: to say it takes time, in which the watchdog may come. */
static _Noreturn void end(enum note note, const char *why, uint32_t sp, uint32_t cfsr)
{
	const struct frame *frame = is_frame(sp, cfsr) ? (const struct frame *)(uintptr_t)sp : NULL;
	struct text t;

	text_init(&t, kept.line, sizeof kept.line);
	text_say(&t, why);
	add_place(&t, cfsr, frame);
	kept.crc = crc32(0, kept.line, sizeof kept.line);
	note_write(note);
	board_say("\r\nfault: ");
	board_say(kept.line);
	say_registers(sp, cfsr, frame);
	board_exit(BOARD_FAULT);
}

_Noreturn void fault_report(uint32_t exc_return, uint32_t psp, uint32_t msp)
{
	uint32_t cfsr = io_read(&SCB->CFSR);
	uint32_t sp = (exc_return & 4u) != 0 ? psp : msp;

	if (is_stack_overflow(cfsr, io_read(&SCB->MMFAR), psp))
		end(NOTE_STACK, T("stack overflow"), sp, cfsr);
	end(NOTE_FAULT, reason_text(cfsr), sp, cfsr);
}

/* The tick interrupts the program only, as all interrupts have one level. */
_Noreturn void fault_stuck(void)
{
	(void)irq_mask();
	end(NOTE_STUCK, T("the main loop did not come back"), core_psp(), 0);
}

void fault_take(enum note last_run)
{
	bool fault = last_run == NOTE_FAULT || last_run == NOTE_STACK || last_run == NOTE_STUCK;

	told = fault && kept.crc == crc32(0, kept.line, sizeof kept.line);
}

const char *fault_last(void)
{
	return told ? kept.line : "";
}
