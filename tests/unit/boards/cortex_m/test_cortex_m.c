/* SPDX-License-Identifier: Apache-2.0 */
/* boards/cortex_m: faults and what is kept of them, the tick, memory's first contents. */
#define _GNU_SOURCE
#include "unit/cmocka_all.h"

#include "cortex_m/board.h"
#include "cortex_m/core.h"
#include "cortex_m/fault.h"
#include "cortex_m/linker.h"
#include "cortex_m/memory_noise.h"
#include "cortex_m/memory_protection.h"
#include "cortex_m/note.h"
#include "cortex_m/registers.h"
#include "cortex_m/stack.h"
#include "cortex_m/tick.h"

#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { RAM = 0x20000000, RAM_SIZE = 96 * 1024, EXC_RETURN_PSP = 0xfd, EXC_RETURN_MSP = 0xf1 };

/* --- the core, as far as these parts see it --- */

static uint32_t cfsr, hfsr, mmfar, bfar, exception, psp;
static uint32_t mpu_base[8], mpu_access[8], mpu_last;
static char console[1024];
static jmp_buf end;
static int status;

uint32_t io_read(const volatile uint32_t *reg)
{
	return reg == &SCB->CFSR ? cfsr : reg == &SCB->HFSR ? hfsr : reg == &SCB->MMFAR ? mmfar :
	       reg == &SCB->BFAR ? bfar : 0;
}

void io_write(volatile uint32_t *reg, uint32_t value)
{
	if (reg == &MPU->RBAR) {
		mpu_last = value & 0xfu;
		assert_true((value & MPU_RBAR_VALID) != 0 && mpu_last < 8);
		mpu_base[mpu_last] = value & ~0x1fu;
	}
	if (reg == &MPU->RASR)
		mpu_access[mpu_last] = value;
}

uint32_t irq_mask(void)
{
	return 0;
}

void core_sync(void)
{
}

uint32_t core_exception(void)
{
	return exception;
}

uint32_t core_psp(void)
{
	return psp;
}

void board_say(const char *text)
{
	assert_true(strlen(console) + strlen(text) < sizeof console);
	strcat(console, text);
}

_Noreturn void board_exit(int s)
{
	status = s;
	longjmp(end, 1);
}

static void reset_core(void)
{
	cfsr = hfsr = mmfar = bfar = psp = 0;
	exception = 3;
	console[0] = '\0';
	status = 0;
}

/* What the core has pushed at SP. */
static void push_frame(uint32_t sp)
{
	uint32_t *frame = (uint32_t *)(uintptr_t)sp;

	memset(frame, 0, 32);
	frame[5] = 0x08000431;      /* lr */
	frame[6] = 0x08000432;      /* pc */
	frame[7] = 0x61000000;      /* xpsr */
}

static void report(uint32_t exc_return, uint32_t program, uint32_t handler)
{
	if (setjmp(end) == 0)
		fault_report(exc_return, program, handler);
	assert_int_equal(status, BOARD_FAULT);
}

/* What the next run tells. */
static const char *told(void)
{
	fault_take(note_take());
	return fault_last();
}

/* --- faults --- */

static void fault_says_what_and_where(void **state)
{
	static const struct row {
		const char *name;
		uint32_t    cfsr, mmfar, bfar, psp;
		const char *want;
	} rows[] = {
		{ "read of NULL", SCB_CFSR_DACCVIOL | SCB_CFSR_MMARVALID, 0, 0, 0x20000800,
		  "read or write not allowed at 0x00000000, pc 0x08000432, lr 0x08000431" },
		{ "bus error", SCB_CFSR_PRECISERR | SCB_CFSR_BFARVALID, 1, 0x40080000, 0x20000800,
		  "nothing answers at 0x40080000, pc 0x08000432, lr 0x08000431" },
		{ "address without its flag", SCB_CFSR_IMPRECISERR, 1, 1, 0x20000800,
		  "nothing answered an earlier write, pc 0x08000432, lr 0x08000431" },
		{ "no flag at all", 0, 0, 0, 0x20000800, "unexpected exception, pc 0x08000432, lr 0x08000431" },
		{ "touch below RAM", SCB_CFSR_DACCVIOL | SCB_CFSR_MMARVALID, 0x1ffffff0, 0, 0x20000010,
		  "stack overflow at 0x1ffffff0, pc 0x08000432, lr 0x08000431" },
		{ "touch far below RAM", SCB_CFSR_DACCVIOL | SCB_CFSR_MMARVALID, 0x1ffeffff, 0, 0x20000010,
		  "read or write not allowed at 0x1ffeffff, pc 0x08000432, lr 0x08000431" },
		{ "no room for the frame", SCB_CFSR_MSTKERR, 0, 0, 0x1ffffff8, "stack overflow" },
		{ "frame lost high up", SCB_CFSR_MSTKERR, 0, 0, 0x20000800, "no stack left for an exception" },
		{ "stack pointer in flash", SCB_CFSR_UNDEFINSTR, 0, 0, 0x08000000, "undefined instruction" },
		{ "stack pointer at the end of RAM", SCB_CFSR_UNDEFINSTR, 0, 0, 0x20017fe4, "undefined instruction" },
		{ "stack pointer misaligned", SCB_CFSR_INVSTATE, 0, 0, 0x20000802, "jump to an even address" },
		{ "two at once: the stacking first", SCB_CFSR_STKERR | SCB_CFSR_DIVBYZERO, 0, 0, 0x20000800,
		  "no stack left for an exception" },
		{ "the longest of all", SCB_CFSR_NOCP | SCB_CFSR_MMARVALID, 0xffffffff, 0, 0x20000800,
		  "floating point, off or not there at 0xffffffff, pc 0x08000432, lr 0x08000431" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[128] = "\r\nfault: ";

		reset_core();
		cfsr = rows[i].cfsr;
		mmfar = rows[i].mmfar;
		bfar = rows[i].bfar;
		push_frame(0x20000800);
		push_frame(0x20000010);
		report(EXC_RETURN_PSP, rows[i].psp, 0x20001200);
		strcat(line, rows[i].want);
		strcat(line, "\r\n");
		if (strncmp(console, line, strlen(line)) != 0)
			fail_msg("%s: %s", rows[i].name, console);
		assert_non_null(strstr(console, "\r\nfault: exception 3 sp 0x"));
		assert_string_equal(told(), rows[i].want);
		assert_string_equal(told(), "");
	}
}

static void fault_in_an_interrupt_takes_its_stack(void **state)
{
	(void)state;
	reset_core();
	push_frame(0x20001200);
	report(EXC_RETURN_MSP, 0, 0x20001200);
	assert_non_null(strstr(console, "unexpected exception, pc 0x08000432, lr 0x08000431"));
	assert_non_null(strstr(console, " sp 0x20001200 xpsr 0x61000000 cfsr 0x00000000 hfsr 0x00000000 "
					"mmfar 0x00000000 bfar 0x00000000\r\n"));
}

static void fault_is_told_only_by_the_run_after_it(void **state)
{
	(void)state;
	reset_core();
	push_frame(0x20000800);
	report(EXC_RETURN_PSP, 0x20000800, 0);
	note_write(NOTE_RESTART);                   /* it was told, then the program restarted */
	assert_string_equal(told(), "");
	fault_take(NOTE_NONE);
	reset_core();
	report(EXC_RETURN_PSP, 0x20000800, 0);
	assert_string_not_equal(told(), "");
}

static void stack_overflow_and_a_stuck_loop_have_notes_of_their_own(void **state)
{
	(void)state;
	reset_core();
	report(EXC_RETURN_PSP, 0x20000800, 0);
	assert_int_equal(note_take(), NOTE_FAULT);
	reset_core();
	cfsr = SCB_CFSR_MSTKERR;
	report(EXC_RETURN_PSP, 0x1ffffff8, 0);
	assert_int_equal(note_take(), NOTE_STACK);
	reset_core();
	if (setjmp(end) == 0)
		fault_stuck();
	assert_int_equal(note_take(), NOTE_STUCK);
	assert_int_equal(note_take(), NOTE_RUNNING);
}

static void bytes_for_the_program_are_always_the_same(void **state)
{
	uint64_t *p = note_bytes(NOTE_BYTES);

	(void)state;
	assert_non_null(p);
	assert_ptr_equal(note_bytes(1), p);
	assert_null(note_bytes(NOTE_BYTES + 1));
	memset(p, 0x5a, NOTE_BYTES);
	note_write(NOTE_RESTART);
	assert_int_equal(note_take(), NOTE_RESTART);
	assert_int_equal(p[NOTE_BYTES / 8 - 1], 0x5a5a5a5a5a5a5a5au);
}

/* --- the tick's watch --- */

static void main_loop_that_hangs_is_a_fault_with_its_place(void **state)
{
	volatile unsigned ms;

	(void)state;
	reset_core();
	exception = 15;
	psp = 0x20000800;
	push_frame(psp);
	tick_start(72000000);
	for (unsigned i = 0; i < 3 * TICK_STUCK_MS; i++) {      /* alive: nothing happens */
		tick_count();
		if (i % TICK_STUCK_MS == 0)
			tick_alive();
	}
	tick_alive();
	ms = 0;
	if (setjmp(end) == 0)
		for (; ms < 2 * TICK_STUCK_MS; ms++)
			tick_count();
	assert_int_equal(status, BOARD_FAULT);
	assert_int_equal(ms, TICK_STUCK_MS);
	assert_non_null(strstr(console, "fault: the main loop did not come back, pc 0x08000432, lr 0x08000431\r\n"));
	assert_string_equal(told(), "the main loop did not come back, pc 0x08000432, lr 0x08000431");
	tick_alive();
}

/* --- memory's first contents --- */

static void every_word_of_memory_counts(void **state)
{
	uint32_t words[100] = { 0 }, first[MEMORY_NOISE_WORDS], other[MEMORY_NOISE_WORDS];

	(void)state;
	for (size_t len = 64; len <= COUNT(words); len += 9) {
		memory_noise_condense(first, words, words + len);
		for (size_t i = 0; i < len; i++)
			for (unsigned bit = 0; bit < 32; bit++) {
				words[i] ^= 1u << bit;
				memory_noise_condense(other, words, words + len);
				words[i] ^= 1u << bit;
				assert_true(other[i % MEMORY_NOISE_WORDS] != first[i % MEMORY_NOISE_WORDS]);
			}
	}
}

static void memory_is_condensed_and_handed_out_once(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	memset((void *)(uintptr_t)RAM, 0x5a, RAM_SIZE);
	*(uint32_t *)(uintptr_t)(RAM + RAM_SIZE - 4) = 1;
	memory_noise_gather();
	memset(a, 0, sizeof a);
	assert_int_equal(memory_noise_take(a, 20), 20);
	assert_int_equal(a[20], 0);
	assert_int_equal(memory_noise_take(b, sizeof b), 0);
}

/* --- stacks --- */

static void paint_tells_how_deep_a_stack_went(void **state)
{
	uint32_t *ram = (uint32_t *)(uintptr_t)RAM;

	(void)state;
	for (unsigned i = 0; i < 0x1300 / 4; i++)
		ram[i] = STACK_PAINT;
	assert_int_equal(stack_size(), 0x1000);
	assert_int_equal(stack_unused(), 0x1000);
	assert_int_equal(stack_interrupts_unused(), 0x200);
	ram[0x800 / 4] = 0;
	ram[0x1280 / 4] = 0;
	assert_int_equal(stack_unused(), 0x800);
	assert_int_equal(stack_interrupts_unused(), 0x180);
}

/* --- memory protection --- */

static void regions_are_written_in_their_order(void **state)
{
	static const struct region regions[] = {
		{ (void *)0x08000000, 20, MPU_RASR_AP_RO },
		{ (void *)0x20000000, 17, MPU_RASR_AP_RW | MPU_RASR_XN },
	};

	(void)state;
	memory_protection_start(regions, COUNT(regions));
	assert_int_equal(mpu_base[0], 0x08000000);
	assert_int_equal(mpu_access[0], MPU_RASR_AP_RO | 19u << 1 | 1u);
	assert_int_equal(mpu_base[1], 0x20000000);
	assert_int_equal(mpu_access[1], MPU_RASR_AP_RW | MPU_RASR_XN | 16u << 1 | 1u);
}

static int map_ram(void **state)
{
	(void)state;
	return mmap((void *)(uintptr_t)RAM, RAM_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)(uintptr_t)RAM ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fault_says_what_and_where),
		cmocka_unit_test(fault_in_an_interrupt_takes_its_stack),
		cmocka_unit_test(fault_is_told_only_by_the_run_after_it),
		cmocka_unit_test(stack_overflow_and_a_stuck_loop_have_notes_of_their_own),
		cmocka_unit_test(bytes_for_the_program_are_always_the_same),
		cmocka_unit_test(main_loop_that_hangs_is_a_fault_with_its_place),
		cmocka_unit_test(every_word_of_memory_counts),
		cmocka_unit_test(memory_is_condensed_and_handed_out_once),
		cmocka_unit_test(paint_tells_how_deep_a_stack_went),
		cmocka_unit_test(regions_are_written_in_their_order),
	};

	return cmocka_run_group_tests(tests, map_ram, NULL);
}
