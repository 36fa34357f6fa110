/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.c - the program's last words: what happened, where, the registers.
 *
 *   fault: read or write not allowed at 0x00000010, pc 0x08000432, lr 0x0800042f
 *   fault: exception 4 sp 0x20000fa8 xpsr 0x61000000 cfsr 0x00000082 hfsr ... mmfar ... bfar ...
 */
#include "base/bytes.h"
#include "stm32f103/io.h"
#include "stm32f103/part.h"
#include "stm32f103/reset.h"
#include "stm32f103/serial.h"
#include "stm32f103/vectors.h"

/* What the core pushes when an exception begins (PM0056 2.3.7). */
struct frame {
	uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

void fault_report(uint32_t exc_return, uint32_t psp, uint32_t msp);

/* First match wins: what led to the rest stands first. */
static const struct reason {
	uint32_t    cfsr;     /* PM0056 4.4.14 */
	const char *text;
} reasons[] = {
	{ SCB_CFSR_MSTKERR | SCB_CFSR_STKERR,      "no stack left for an exception" },
	{ SCB_CFSR_DACCVIOL,                       "read or write not allowed" },
	{ SCB_CFSR_IACCVIOL,                       "jump to where no program is" },
	{ SCB_CFSR_MUNSTKERR | SCB_CFSR_UNSTKERR,  "stack lost on return from an exception" },
	{ SCB_CFSR_IBUSERR,                        "instruction could not be fetched" },
	{ SCB_CFSR_PRECISERR,                      "nothing answers" },
	{ SCB_CFSR_IMPRECISERR,                    "nothing answered an earlier write" },
	{ SCB_CFSR_UNDEFINSTR,                     "undefined instruction" },
	{ SCB_CFSR_INVSTATE,                       "jump to an even address" },
	{ SCB_CFSR_INVPC,                          "damaged return from an exception" },
	{ SCB_CFSR_NOCP,                           "floating point that this core does not have" },
	{ SCB_CFSR_UNALIGNED,                      "unaligned access" },
	{ SCB_CFSR_DIVBYZERO,                      "division by zero" },
};

static const char *reason_text(uint32_t cfsr)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if ((cfsr & reasons[i].cfsr) != 0)
			return reasons[i].text;
	return "unexpected exception";
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

static void say_word(const char *name, uint32_t value)
{
	char buf[40];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, name);
	text_add(&t, " 0x");
	text_add_hex(&t, value, 8);
	serial_say(buf);
}

static void say_what(uint32_t cfsr, uint32_t psp)
{
	uint32_t mmfar = io_read(&SCB->MMFAR);
	uint32_t bfar = io_read(&SCB->BFAR);

	serial_say("\r\nfault: ");
	serial_say(is_stack_overflow(cfsr, mmfar, psp) ? "stack overflow" : reason_text(cfsr));
	if ((cfsr & SCB_CFSR_MMARVALID) != 0)
		say_word(" at", mmfar);
	else if ((cfsr & SCB_CFSR_BFARVALID) != 0)
		say_word(" at", bfar);
}

static void say_frame(const struct frame *frame)
{
	say_word(", pc", frame->pc);
	say_word(", lr", frame->lr);
}

static void say_registers(uint32_t sp, uint32_t cfsr, const struct frame *frame)
{
	serial_say("\r\nfault: exception ");
	serial_say_u32(core_exception());
	say_word(" sp", sp);
	if (frame != NULL)
		say_word(" xpsr", frame->xpsr);
	say_word(" cfsr", cfsr);
	say_word(" hfsr", io_read(&SCB->HFSR));
	say_word(" mmfar", io_read(&SCB->MMFAR));
	say_word(" bfar", io_read(&SCB->BFAR));
	serial_say("\r\n");
}

__attribute__((used)) void fault_report(uint32_t exc_return, uint32_t psp, uint32_t msp)
{
	uint32_t cfsr = io_read(&SCB->CFSR);
	uint32_t sp = (exc_return & 4u) != 0 ? psp : msp;
	const struct frame *frame = is_frame(sp, cfsr) ? (const struct frame *)(uintptr_t)sp : NULL;

	reset_note(RESET_NOTE_FAULT);
	say_what(cfsr, psp);
	if (frame != NULL)
		say_frame(frame);
	say_registers(sp, cfsr, frame);
	part_exit(PART_FAULT);
}

/* On a stack of its own: the one in use may be the reason. */
__attribute__((naked)) void fault_entry(void)
{
	__asm volatile(
		"cpsid i\n\t"
		"mov r0, lr\n\t"
		"mrs r1, psp\n\t"
		"mrs r2, msp\n\t"
		"ldr r3, =ld_fault_stack_top\n\t"
		"msr msp, r3\n\t"
		"b fault_report\n\t"
		".ltorg");
}
