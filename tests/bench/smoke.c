/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smoke.c - an image that tries a board's port.  What arrives on the modem's
 * line goes back on it.  The console takes one command a line; smoke_test.py
 * gives them and judges the answers.
 */
#include "base/packed.h"
#include "base/crc.h"
#include "base/ticks.h"
#include "cortex_m/stack.h"
#include "port.h"
#include "stm32f103/part.h"

#include <string.h>

static uint8_t page[PART_PAGE_SIZE];

static void say(const char *text)
{
	struct bytes left = bytes_of(text);

	while (left.len > 0) {
		size_t n = port_write(PORT_CONSOLE, left.data, left.len);

		left.data += n;
		left.len -= n;
		if (left.len > 0)
			port_idle(port_now_ms() + 1000);
	}
}

static void say_pair(const char *name, uint32_t value)
{
	char buf[40];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, name);
	text_add_char(&t, ' ');
	text_add_u32(&t, value);
	text_add(&t, "\n");
	say(buf);
}

static void say_err(const char *name, enum err e)
{
	char buf[48];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, name);
	text_add_char(&t, ' ');
	text_say(&t, err_name(e));
	text_add(&t, "\n");
	say(buf);
}

/* --- ordinary commands --- */

static void say_cause(void)
{
	char buf[24];
	struct text t;

	text_init(&t, buf, sizeof buf);
	evidence_add_word(&t, EVIDENCE_RESETS, port_reset_cause());
	say("reset ");
	say(buf);
	say("\n");
}

static void do_hello(void)
{
	uint8_t id[16];
	int tenths;

	say_cause();
	say_pair("id", (uint32_t)port_unique_id(id, sizeof id));
	say_pair("thermometer", port_temperature(&tenths));
	say_pair("stack", (uint32_t)stack_size());
	say_pair("unused", (uint32_t)stack_unused());
	say_pair("interrupts-unused", (uint32_t)stack_interrupts_unused());
	port_led(true);
	port_led(false);
}

static void do_tick(void)
{
	uint32_t start = port_now_ms();

	while (!ticks_reached(port_now_ms(), start + 1000))
		port_idle(start + 1000);
	say_pair("ticks", port_now_ms() - start);
}

/* Do not look at the console for a while: what is sent meanwhile must wait. */
static void do_deaf(void)
{
	uint32_t start = port_now_ms();

	while (!ticks_reached(port_now_ms(), start + 300))
		;
	say("awake\n");
}

/* LEN bytes follow on the console, any bytes; their CRC is the answer. */
static void do_crc(void)
{
	uint32_t crc = 0;

	for (uint32_t left = 20000; left > 0;) {
		size_t n = port_read(PORT_CONSOLE, page, left < sizeof page ? left : sizeof page);

		crc = crc32(crc, page, n);
		left -= (uint32_t)n;
		if (n == 0)
			port_idle(port_now_ms() + 1000);
	}
	say_pair("crc", crc);
}

static void do_spout(void)
{
	char line[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n";

	for (unsigned i = 0; i < 320; i++)
		say(line);
	say("end\n");
}

static void do_faults(void)
{
	struct port_uart_faults modem = port_uart_faults(PORT_MODEM);
	struct port_uart_faults console = port_uart_faults(PORT_CONSOLE);

	say_pair("overruns", modem.overruns + console.overruns);
	say_pair("noise", modem.noise + console.noise);
	say_pair("dropped", modem.dropped + console.dropped);
}

static void do_reset(void)
{
	say("going\n");
	port_reset();
}

static void do_flash(void)
{
	struct flash *f = port_flash();
	uint32_t last = f->page_size * (f->page_count - 1);

	say_pair("pages", f->page_count);
	say_pair("page", f->page_size);
	say_err("erase", flash_erase(f, last));
	say_err("erase-misaligned", flash_erase(f, last + 8));
	say_err("erase-outside", flash_erase(f, last + f->page_size));
	say_err("program", flash_program(f, last + 16, "0123456789abcdef", 16));
	say_err("program-again", flash_program(f, last + 16, "0123456789abcdef", 16));
	say_err("program-zero-again", flash_program(f, last + 24, "\0\0\0\0\0\0\0", 8));
	say_err("program-half-over", flash_program(f, last + 8, "0123456789abcdef", 16));
	say_err("program-misaligned", flash_program(f, last + 36, "01234567", 8));
	say_err("program-short", flash_program(f, last + 32, "0123", 4));
	say_err("program-outside", flash_program(f, last + f->page_size - 8, "0123456789abcdef", 16));
	say_err("read-outside", flash_read(f, last + f->page_size - 1, page, 2));
	say_err("read-far", flash_read(f, 0xfffffff8, page, 16));
	say_err("read", flash_read(f, last, page, sizeof page));
	say_pair("crc", crc32(0, page, sizeof page));
}

static void do_flash_read(void)
{
	struct flash *f = port_flash();

	say_err("read", flash_read(f, f->page_size * (f->page_count - 1), page, sizeof page));
	say_pair("crc", crc32(0, page, sizeof page));
}

/* Write page 0 over and over until the power goes. */
static void do_flash_wear(void)
{
	struct flash *f = port_flash();

	for (uint32_t round = 0;; round++) {
		enum err e = flash_erase(f, 0);

		for (uint32_t addr = 0; addr < f->page_size && e == ERR_OK; addr += FLASH_GRANULE) {
			uint32_t granule[2] = { round, addr };

			e = flash_program(f, addr, granule, sizeof granule);
		}
		if (e != ERR_OK)
			say_err("wear", e);
	}
}

/* cortex_m/small_libc.c through pointers, so that the compiler does not know what is called. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile set)(void *, int, size_t) = memset;
static void *(*volatile find_byte)(const void *, int, size_t) = memchr;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;
static int (*volatile order)(const char *, const char *) = strcmp;
static size_t (*volatile length)(const char *) = strlen;
static char *(*volatile find)(const char *, int) = strchr;

enum { LIBC_BUF = 96 };

/* Every alignment and length, nothing beyond: the number of mistakes. */
static uint32_t copies(void)
{
	static uint8_t from[LIBC_BUF], to[LIBC_BUF];
	uint32_t wrong = 0;

	for (unsigned n = 0; n < 64 * 16; n++) {
		unsigned len = n / 16, f = n % 4, t = n / 4 % 4;

		for (unsigned i = 0; i < LIBC_BUF; i++) {
			from[i] = (uint8_t)(i + 1);
			to[i] = 0xee;
		}
		wrong += copy(to + t, from + f, len) != to + t;
		for (unsigned i = 0; i < LIBC_BUF; i++)
			wrong += to[i] != (i >= t && i < t + len ? (uint8_t)(i - t + f + 1) : 0xee);
		wrong += set(to + t, 0x1a5, len) != to + t;
		for (unsigned i = 0; i < LIBC_BUF; i++)
			wrong += to[i] != (i >= t && i < t + len ? 0xa5 : 0xee);
	}
	return wrong;
}

/* Both ways, by every distance. */
static uint32_t moves(void)
{
	static uint8_t buf[LIBC_BUF];
	uint32_t wrong = 0;

	for (unsigned n = 0; n < 32 * 24; n++) {
		unsigned len = n / 24, from = 24, to = n % 24 * 2;

		for (unsigned i = 0; i < LIBC_BUF; i++)
			buf[i] = (uint8_t)(i + 1);
		wrong += move(buf + to, buf + from, len) != buf + to;
		for (unsigned i = 0; i < LIBC_BUF; i++)
			wrong += buf[i] != (i >= to && i < to + len ? (uint8_t)(i - to + from + 1) : (uint8_t)(i + 1));
	}
	return wrong;
}

/* 64-bit division, checked by multiplying. */
static uint32_t divisions(void)
{
	static const uint64_t edges[] = { 0, 1, 2, 3, 10, 0xffffffff, 0x100000000, 0x100000001, 0x7fffffffffffffff,
					  0x8000000000000000, 0x8000000000000001, 0xffffffffffffffff };
	enum { EDGES = sizeof edges / sizeof edges[0] };
	uint64_t random = 1;
	uint32_t wrong = 0;

	for (unsigned n = 0; n < 2000; n++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		volatile uint64_t a = n < EDGES * EDGES ? edges[n % EDGES] : random;
		volatile uint64_t b = n < EDGES * EDGES ? edges[n / EDGES] : random >> n % 64 >> 1;

		if (b != 0)
			wrong += a / b * b + a % b != a || a % b >= b;
	}
	return wrong;
}

static void do_libc(void)
{
	say_pair("copies", copies());
	say_pair("moves", moves());
	say_pair("divisions", divisions());
	say_pair("strings", 0u + (order("ab", "ab") != 0) + (order("ab", "abc") >= 0) + (order("b", "abc") <= 0) +
			    (order("\xff", "\x01") <= 0) + (length("") != 0) + (length("four") != 4) +
			    (find("abc", 'c') == NULL) + (find("abc", 'd') != NULL) + (find("abc", 0) == NULL) +
			    (find_byte("abc", 'c', 2) != NULL) + (find_byte("abc", 'b' + 256, 2) == NULL) +
			    (compare("ab\xff", "ab\x01", 3) <= 0) + (compare("x", "y", 0) != 0));
}

/* --- commands that must end in a fault --- */

/* Any address, also one of which the compiler knows better. */
static volatile uint32_t *at(uint32_t addr)
{
	__asm volatile("" : "+r"(addr));
	return (volatile uint32_t *)(uintptr_t)addr;
}

static void read_at(uint32_t addr)
{
	(void)*at(addr);
}

static void write_at(uint32_t addr)
{
	*at(addr) = 1;
}

static void jump_to(uint32_t addr)
{
	((void (*)(void))(uintptr_t)(addr | 1u))();
}

static void do_read_null(void)
{
	read_at(0);
}

static void do_read_member_of_null(void)
{
	read_at(0x10);
}

static void do_write_null(void)
{
	write_at(0);
}

static void do_read_wild(void)
{
	read_at(0x60000000);
}

static void do_jump_wild(void)
{
	jump_to(0x60000000);
}

static void do_jump_ram(void)
{
	jump_to((uint32_t)(uintptr_t)page);
}

static void do_jump_peripheral(void)
{
	jump_to(0x40004400);
}

static void do_write_program(void)
{
	write_at(0x08000100);
}

static void do_write_past_ram(void)
{
	write_at(0x20018000);
}

static void do_write_guard(void)
{
	write_at(0x20000000 + (uint32_t)stack_size() + 128);
}

static void do_read_settings_as_code(void)
{
	jump_to(PART_FLASH_START);
}

static void do_divide(void)
{
	volatile int zero = 0;

	say_pair("quotient", (uint32_t)(10 / zero));
}

static void do_undefined(void)
{
	__asm volatile("udf #0");
}

static void do_even_jump(void)
{
	uintptr_t even = (uintptr_t)do_undefined & ~(uintptr_t)1;

	((void (*)(void))even)();
}

__attribute__((noinline)) static uint32_t recurse(volatile uint32_t *above)
{
	volatile uint32_t here[4] = { above[0] + 1, 0, 0, 0 };

	return here[0] < UINT32_MAX ? recurse(here) + here[0] : 0;
}

static void do_recurse(void)
{
	volatile uint32_t first = 0;

	say_pair("depth", recurse(&first));
}

/* One frame that is larger than any guard, touched at its far end first. */
__attribute__((noinline)) static void use_frame(volatile uint8_t *frame)
{
	frame[0] = 1;
}

static void do_large_frame(void)
{
	uint8_t frame[6000];

	use_frame(frame);
}

static void do_supervisor_call(void)
{
	__asm volatile("svc #0");
}

/* An interrupt that nobody expects: number 0, the window watchdog. */
static void do_interrupt(void)
{
	*(volatile uint32_t *)0xe000e100u = 1;
	*(volatile uint32_t *)0xe000e200u = 1;
	__asm volatile("dsb\n\tisb");
}

/* The tick finds that nobody says port_alive(). */
static void do_hang(void)
{
	for (;;)
		;
}

static void do_return(void)
{
}

static const struct command {
	const char *name;
	void (*run)(void);
} commands[] = {
	{ "hello", do_hello },
	{ "tick", do_tick },
	{ "libc", do_libc },
	{ "deaf", do_deaf },
	{ "crc", do_crc },
	{ "spout", do_spout },
	{ "faults", do_faults },
	{ "reset", do_reset },
	{ "flash", do_flash },
	{ "flash-read", do_flash_read },
	{ "flash-wear", do_flash_wear },
	{ "read-null", do_read_null },
	{ "read-member-of-null", do_read_member_of_null },
	{ "write-null", do_write_null },
	{ "read-wild", do_read_wild },
	{ "jump-wild", do_jump_wild },
	{ "jump-ram", do_jump_ram },
	{ "jump-peripheral", do_jump_peripheral },
	{ "jump-settings", do_read_settings_as_code },
	{ "write-program", do_write_program },
	{ "write-past-ram", do_write_past_ram },
	{ "write-guard", do_write_guard },
	{ "divide", do_divide },
	{ "undefined", do_undefined },
	{ "even-jump", do_even_jump },
	{ "recurse", do_recurse },
	{ "large-frame", do_large_frame },
	{ "supervisor-call", do_supervisor_call },
	{ "interrupt", do_interrupt },
	{ "hang", do_hang },
	{ "end", do_return },
};

static bool run_line(struct bytes line)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (bytes_equal_text(line, commands[i].name)) {
			commands[i].run();
			say("ok\n");
			return commands[i].run != do_return;
		}
	say("what?\n");
	return true;
}

static void echo_modem(void)
{
	static uint8_t buf[256];
	static size_t len, sent;

	if (sent == len) {
		len = port_read(PORT_MODEM, buf, sizeof buf);
		sent = 0;
	}
	sent += port_write(PORT_MODEM, buf + sent, len - sent);
}

static bool take_console(void)
{
	static uint8_t line[32];
	static size_t len;
	uint8_t c;

	while (port_read(PORT_CONSOLE, &c, 1) == 1) {
		if (c == '\n') {
			struct bytes whole = { line, len };

			len = 0;
			return run_line(whole);
		}
		if (len < sizeof line)
			line[len++] = c;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (!port_init(argc, argv))
		return 3;
	say("ready\n");
	while (take_console()) {
		echo_modem();
		port_idle(port_now_ms() + 100);
	}
	return 7;
}
