/* SPDX-License-Identifier: Apache-2.0 */
/* The flash contract on the second bank, and granules that a power cut left. */
#include "unit/cmocka_all.h"

#include "groups.h"
#include "cortex_m/core.h"
#include "model/chip.h"
#include "stm32l496/ecc.h"
#include "stm32l496/internal_flash.h"
#include "stm32l496/part.h"

#include <string.h>

static struct flash *start(void)
{
	chip_reset();
	assert_true(part_flash_start());
	return part_flash();
}

static void refuses_what_the_contract_forbids(void **state)
{
	static const uint8_t data[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const struct row {
		const char *name;
		enum { ERASE, PROGRAM, READ } what;
		uint32_t addr;
		size_t   len;
		enum err want;
	} rows[] = {
		{ "erase begins at a page",               ERASE,   2048,       0,    ERR_OK },
		{ "erase of the last page",               ERASE,   0x1f800,    0,    ERR_OK },
		{ "erase within a page",                  ERASE,   2056,       0,    ERR_FLASH_RANGE },
		{ "erase of the page after the last",     ERASE,   0x20000,    0,    ERR_FLASH_RANGE },
		{ "erase far outside",                    ERASE,   0xfffff800, 0,    ERR_FLASH_RANGE },
		{ "one granule",                          PROGRAM, 8,          8,    ERR_OK },
		{ "the last granule",                     PROGRAM, 0x1fff8,    8,    ERR_OK },
		{ "nothing",                              PROGRAM, 8,          0,    ERR_OK },
		{ "misaligned address",                   PROGRAM, 4,          8,    ERR_FLASH_RANGE },
		{ "half a granule",                       PROGRAM, 8,          12,   ERR_FLASH_RANGE },
		{ "over the end",                         PROGRAM, 0x1fff8,    16,   ERR_FLASH_RANGE },
		{ "address plus length wraps",            PROGRAM, 0xfffffff8, 16,   ERR_FLASH_RANGE },
		{ "a granule a second time",              PROGRAM, 64,         8,    ERR_FLASH_PROGRAM },
		{ "three granules, the last one written", PROGRAM, 48,         24,   ERR_FLASH_PROGRAM },
		{ "read of any alignment",                READ,    3,          5,    ERR_OK },
		{ "read of the last byte",                READ,    0x1ffff,    1,    ERR_OK },
		{ "read over the end",                    READ,    0x1ffff,    2,    ERR_FLASH_RANGE },
		{ "read far outside",                     READ,    0xfffffffe, 4,    ERR_FLASH_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct flash *f = start();
		uint8_t before[128], out[32];
		enum err got;

		assert_int_equal(flash_program(f, 64, data, 8), ERR_OK);
		memcpy(before, chip_area(), sizeof before);
		chip.flash_operations = 0;
		got = r->what == ERASE ? flash_erase(f, r->addr) :
		      r->what == PROGRAM ? flash_program(f, r->addr, data, r->len) :
					   flash_read(f, r->addr, out, r->len);
		if (got != r->want)
			fail_msg("%s: %s", r->name, err_name(got));
		if (got != ERR_OK) {
			assert_int_equal(chip.flash_operations, 0);
			assert_memory_equal(chip_area(), before, sizeof before);
		}
		assert_true((io_read(&FLASH->CR) & FLASH_CR_LOCK) != 0);
		assert_true((io_read(&FLASH->ACR) & FLASH_ACR_DCEN) != 0);
	}
}

static void holds_what_was_written(void **state)
{
	struct flash *f = start();
	uint8_t data[2048], out[2048];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 11 + 3);
	assert_int_equal(flash_program(f, 4096, data, sizeof data), ERR_OK);
	assert_int_equal(chip.flash_operations, 256);
	for (size_t at = 0; at < 16; at++)
		for (size_t len = 0; len < 24; len++) {
			assert_int_equal(flash_read(f, (uint32_t)(4096 + at), out, len), ERR_OK);
			assert_memory_equal(out, data + at, len);
		}
	assert_int_equal(flash_erase(f, 4096), ERR_OK);
	assert_int_equal(flash_read(f, 4096, out, sizeof out), ERR_OK);
	for (size_t i = 0; i < sizeof out; i++)
		assert_int_equal(out[i], 0xff);
	assert_int_equal(flash_program(f, 4096, data, 8), ERR_OK);
}

/* The controller itself would let zeros through. */
static void zeros_over_a_written_granule_are_refused(void **state)
{
	struct flash *f = start();

	(void)state;
	assert_int_equal(flash_program(f, 0, "12345678", 8), ERR_OK);
	assert_int_equal(flash_program(f, 0, "\0\0\0\0\0\0\0", 8), ERR_FLASH_PROGRAM);
	assert_memory_equal(chip_area(), "12345678", 8);
}

/* It reads 0xff but its check bits are written: only the controller knows. */
static void a_granule_of_ones_is_not_erased(void **state)
{
	struct flash *f = start();

	(void)state;
	chip_program_ones(16);
	assert_int_equal(flash_program(f, 16, "12345678", 8), ERR_FLASH_PROGRAM);
	assert_int_equal(flash_program(f, 24, "12345678", 8), ERR_OK);    /* the flag is gone */
}

static void failures_are_reported(void **state)
{
	static const struct row {
		const char *name;
		bool stuck, protected, spoiled;
	} rows[] = {
		{ "controller stays busy",         true,  false, false },
		{ "pages are write-protected",     false, true,  false },
		{ "a wrong key locked the flash",  false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flash *f = start();
		enum err program, erase;

		chip.flash_stuck = rows[i].stuck;
		chip.flash_protected = rows[i].protected;
		chip.flash_key_spoiled = rows[i].spoiled;
		erase = flash_erase(f, 2048);
		if (erase != ERR_FLASH_IO)
			fail_msg("%s: erase: %s", rows[i].name, err_name(erase));
		if (rows[i].stuck)
			continue;    /* reading would wait with it */
		program = flash_program(f, 0, "12345678", 8);
		if (program != ERR_FLASH_IO)
			fail_msg("%s: program: %s", rows[i].name, err_name(program));
	}
}

static void a_flag_of_an_earlier_failure_does_not_stay(void **state)
{
	struct flash *f = start();

	(void)state;
	chip.flash_protected = true;
	assert_int_equal(flash_erase(f, 2048), ERR_FLASH_IO);
	assert_int_equal(io_read(&FLASH->SR), 0);
	chip.flash_protected = false;
	chip.flash_flags = FLASH_SR_PGSERR | FLASH_SR_OPTVERR;    /* a boot loader's */
	assert_int_equal(flash_erase(f, 2048), ERR_OK);
	assert_int_equal(flash_program(f, 2048, "12345678", 8), ERR_OK);
}

/* --- granules whose programming was cut short --- */

static void half_written_granule_is_an_error_and_no_more(void **state)
{
	struct flash *f = start();
	uint8_t out[64];

	(void)state;
	assert_int_equal(flash_program(f, 0, "abcdefgh", 8), ERR_OK);
	assert_int_equal(flash_program(f, 16, "ijklmnop", 8), ERR_OK);
	chip_break(8);
	for (uint32_t at = 0; at < 24; at++) {
		enum err want = at < 16 ? ERR_FLASH_IO : ERR_OK;

		assert_int_equal(flash_read(f, at, out, 24 - at), want);
		if (at < 8)
			assert_int_equal(flash_read(f, at, out, 8 - at), ERR_OK);
	}
	assert_int_equal(chip.wild_nmis, 0);
	assert_int_equal(flash_program(f, 8, "12345678", 8), ERR_FLASH_PROGRAM);
	assert_int_equal(flash_erase(f, 0), ERR_OK);
	assert_int_equal(flash_read(f, 8, out, 8), ERR_OK);
}

static void every_granule_of_a_page_may_be_half_written(void **state)
{
	struct flash *f = start();
	uint8_t out[8];

	(void)state;
	for (uint32_t at = 0; at < 2048; at += 8)
		chip_break(at);
	for (uint32_t at = 0; at < 2048; at += 8)
		assert_int_equal(flash_read(f, at, out, 8), ERR_FLASH_IO);
	assert_int_equal(chip.wild_nmis, 0);
}

static void interrupt_outside_the_window_is_not_ours(void **state)
{
	struct flash *f;
	uint8_t out[8];

	(void)state;
	f = start();
	chip_break(8);
	assert_int_equal(flash_read(f, 8, out, 8), ERR_FLASH_IO);
	io_write(&FLASH->ACR, 0);
	(void)io_read((volatile uint32_t *)(uintptr_t)(CHIP_AREA + 8));
	assert_int_equal(chip.wild_nmis, 1);
	io_write(&FLASH->ECCR, FLASH_ECCR_ECCD);
	assert_false(part_flash_nmi());    /* nothing at all happened */
}

/* The program itself is damaged while a granule is read: that is a fault. */
static void another_address_within_the_window_is_not_ours(void **state)
{
	struct flash *f = start();
	uint8_t out[8];

	(void)state;
	chip_break(8);
	chip.ecc_elsewhere = true;
	assert_int_equal(flash_read(f, 8, out, 8), ERR_OK);    /* but for the fault */
	assert_true(chip.wild_nmis > 0);
}

static void address_of_an_uncorrectable_error(void **state)
{
	static const struct row {
		const char *name;
		uint32_t eccr, want;
	} rows[] = {
		{ "first bank",                   FLASH_ECCR_ECCD | 0x7fff8,                       0x0807fff8 },
		{ "second bank",                  FLASH_ECCR_ECCD | FLASH_ECCR_BK_ECC | 0x60008,   0x080e0008 },
		{ "its granule's second word",    FLASH_ECCR_ECCD | FLASH_ECCR_BK_ECC | 0x6000c,   0x080e0008 },
		{ "system memory is not flash",   FLASH_ECCR_ECCD | FLASH_ECCR_SYSF_ECC | 0x60008, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ecc_address(rows[i].eccr) != rows[i].want)
			fail_msg("%s: 0x%08x", rows[i].name, ecc_address(rows[i].eccr));
}

static void page_bits_say_bank_and_number(void **state)
{
	static const struct row {
		uint32_t address, want;
	} rows[] = {
		{ 0x08000000, 0 },
		{ 0x08000800, 1 << 3 },
		{ 0x0807f800, 255 << 3 },
		{ 0x08080000, 1 << 11 },
		{ 0x080e0000, 1 << 11 | 192 << 3 },
		{ 0x080ff800, 1 << 11 | 255 << 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(internal_flash_page_bits(rows[i].address), rows[i].want);
}

static void parts_that_are_refused(void **state)
{
	static const struct row {
		uint32_t    kb, optr, memrmp;
		const char *want;
	} rows[] = {
		{ 1024, 0xffeff8aa, 0,      NULL },
		{ 512,  0xffeff8aa, 0,      "less than 1024 KB" },
		{ 256,  0xffeff8aa, 0,      "less than 1024 KB" },
		{ 1024, 0xfffff8aa, 0,      "BFB2" },
		{ 1024, 0xffeff8aa, 0x0100, "FB_MODE" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		chip_reset();
		chip.flash_kb = rows[i].kb;
		chip.optr = rows[i].optr;
		chip.memrmp = rows[i].memrmp;
		assert_int_equal(part_flash_start(), rows[i].want == NULL);
		if (rows[i].want != NULL)
			assert_non_null(strstr(chip.said, rows[i].want));
		else
			assert_string_equal(chip.said, "");
	}
}

int flash_cases(void)
{
	const struct CMUnitTest flash_tests[] = {
		cmocka_unit_test(refuses_what_the_contract_forbids),
		cmocka_unit_test(holds_what_was_written),
		cmocka_unit_test(zeros_over_a_written_granule_are_refused),
		cmocka_unit_test(a_granule_of_ones_is_not_erased),
		cmocka_unit_test(failures_are_reported),
		cmocka_unit_test(a_flag_of_an_earlier_failure_does_not_stay),
		cmocka_unit_test(half_written_granule_is_an_error_and_no_more),
		cmocka_unit_test(every_granule_of_a_page_may_be_half_written),
		cmocka_unit_test(interrupt_outside_the_window_is_not_ours),
		cmocka_unit_test(another_address_within_the_window_is_not_ours),
		cmocka_unit_test(address_of_an_uncorrectable_error),
		cmocka_unit_test(page_bits_say_bank_and_number),
		cmocka_unit_test(parts_that_are_refused),
	};

	return cmocka_run_group_tests(flash_tests, NULL, NULL);
}
