/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broken.c - stands between port-test and a good port and spoils one thing, which
 * TERN_DEFECT names: the checks of tools/test_port.py must see it.  Each __wrap_
 * function is what the linker's --wrap puts in the place of the port's.
 */
#include "base/ticks.h"
#include "port.h"
#include "store/layout.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

size_t __real_port_read(enum port_uart uart, uint8_t *buf, size_t size);
size_t __real_port_write(enum port_uart uart, const uint8_t *data, size_t len);
uint32_t __real_port_now_ms(void);
void __real_port_idle(uint32_t at_ms);
bool __real_port_modem_baud(uint32_t baud);
struct port_uart_faults __real_port_uart_faults(enum port_uart uart);
struct flash *__real_port_flash(void);
size_t __real_port_unique_id(uint8_t *buf, size_t size);
size_t __real_port_memory_noise(uint8_t *buf, size_t size);
bool __real_port_has_noise(enum port_noise source);
size_t __real_port_noise(enum port_noise source, uint8_t *samples, size_t n);
enum evidence_reset __real_port_reset_cause(void);
const char *__real_port_last_fault(void);
void *__real_port_retained(size_t size);
size_t __real_port_describe(char *buf, size_t size);

size_t __wrap_port_read(enum port_uart uart, uint8_t *buf, size_t size);
size_t __wrap_port_write(enum port_uart uart, const uint8_t *data, size_t len);
uint32_t __wrap_port_now_ms(void);
void __wrap_port_idle(uint32_t at_ms);
bool __wrap_port_modem_baud(uint32_t baud);
struct port_uart_faults __wrap_port_uart_faults(enum port_uart uart);
struct flash *__wrap_port_flash(void);
size_t __wrap_port_unique_id(uint8_t *buf, size_t size);
size_t __wrap_port_memory_noise(uint8_t *buf, size_t size);
bool __wrap_port_has_noise(enum port_noise source);
size_t __wrap_port_noise(enum port_noise source, uint8_t *samples, size_t n);
bool __wrap_port_clock_read(int64_t *unix_s);
enum evidence_reset __wrap_port_reset_cause(void);
const char *__wrap_port_last_fault(void);
void *__wrap_port_retained(size_t size);
size_t __wrap_port_describe(char *buf, size_t size);

static bool is(const char *defect)
{
	const char *chosen = getenv("TERN_DEFECT");

	return chosen != NULL && strcmp(chosen, defect) == 0;
}

static bool is_restarted(void)
{
	return __real_port_reset_cause() == EVIDENCE_RESET_SOFTWARE;
}

static void nap(uint32_t ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* ---- lines ---- */

/* Take byte AT out of the N at BUF. */
static size_t without(uint8_t *buf, size_t n, size_t at)
{
	memmove(buf + at, buf + at + 1, n - at - 1);
	return n - 1;
}

/* A receive ring of 256 bytes: what came beyond that while nobody read is lost. */
static size_t read_short_ring(uint8_t *buf, size_t size)
{
	static uint32_t read_ms, kept;
	static bool flooded;
	uint32_t now_ms = __real_port_now_ms();
	size_t n = __real_port_read(PORT_MODEM, buf, size);

	if (now_ms - read_ms > 100)
		flooded = true;
	read_ms = now_ms;
	kept = n == 0 ? 0 : kept + (uint32_t)n;
	if (n == 0)
		flooded = false;
	return flooded && kept > 256 ? 0 : n;
}

static size_t read_slow(enum port_uart uart, uint8_t *buf, size_t size)
{
	nap(30);
	return __real_port_read(uart, buf, size < 16 ? size : 16);
}

size_t __wrap_port_read(enum port_uart uart, uint8_t *buf, size_t size)
{
	static size_t total[2];
	size_t n, before = total[uart];

	if (uart == PORT_MODEM && (is("short ring") || is("losses uncounted")))
		return read_short_ring(buf, size);
	if (uart == PORT_MODEM && is("slow line"))
		return read_slow(uart, buf, size);
	n = __real_port_read(uart, buf, size);
	total[uart] += n;
	if (uart == PORT_CONSOLE && is("byte lost on the console") && before < 5000 && total[uart] >= 5000)
		n = without(buf, n, 5000 - before - 1);
	if (uart == PORT_MODEM && is("byte damaged on the modem's line") && before < 5000 && total[uart] >= 5000)
		buf[5000 - before - 1] ^= 0x20;
	return n;
}

/* Says it took all, and lost one. */
size_t __wrap_port_write(enum port_uart uart, const uint8_t *data, size_t len)
{
	static size_t total;
	size_t n = __real_port_write(uart, data, len);

	total += n;
	if (uart == PORT_CONSOLE && is("byte twice on the console") && total > 9000 && total - n <= 9000)
		(void)__real_port_write(uart, data, 1);
	return n;
}

bool __wrap_port_modem_baud(uint32_t baud)
{
	return __real_port_modem_baud(baud) || is("any baud accepted");
}

struct port_uart_faults __wrap_port_uart_faults(enum port_uart uart)
{
	static uint32_t calls;
	struct port_uart_faults faults = __real_port_uart_faults(uart);

	if (is("faults where there are none"))
		faults.noise = ++calls;
	return faults;
}

/* ---- time ---- */

uint32_t __wrap_port_now_ms(void)
{
	static uint32_t looks;
	uint32_t now_ms = __real_port_now_ms();

	if (is("clock half too fast"))
		return now_ms + now_ms / 2;
	if (is("clock too slow"))
		return now_ms - now_ms / 4;
	if (is("clock in steps of 50 ms"))
		return now_ms - now_ms % 50;
	if (is("clock goes back"))
		return now_ms - (++looks % 1000 == 0 ? 5 : 0);
	return now_ms;
}

static void sleep_deaf(uint32_t at_ms, enum port_uart deaf)
{
	static bool slept;

	/* Before a line has been read nothing was asked yet: only a sleep of some length is spoilt. */
	slept = ticks_until(__real_port_now_ms(), at_ms) > 2000 && ticks_until(__real_port_now_ms(), at_ms) < 10000;
	if (slept && (deaf == PORT_MODEM || deaf == PORT_CONSOLE))
		nap(ticks_until(__real_port_now_ms(), at_ms));
	else
		__real_port_idle(at_ms);
}

void __wrap_port_idle(uint32_t at_ms)
{
	uint32_t now_ms = __real_port_now_ms();

	if (is("idle spins"))
		return;
	if (is("idle compares without wrapping") && at_ms > now_ms && at_ms - now_ms > 1u << 31)
		nap(1500);
	else if (is("idle deaf to the console"))
		sleep_deaf(at_ms, PORT_CONSOLE);
	else if (is("idle deaf to the modem"))
		sleep_deaf(at_ms, PORT_MODEM);
	else
		__real_port_idle(at_ms);
	if (is("idle late") && ticks_reached(__real_port_now_ms(), at_ms))
		nap(700);
}

/* ---- flash ---- */

static struct flash area;

static struct flash *real_flash(void)
{
	return __real_port_flash();
}

static void write_zeros(uint32_t addr)
{
	static const uint64_t zero;

	(void)!flash_program(real_flash(), addr, &zero, sizeof zero);
}

static enum err broken_read(struct flash *f, uint32_t addr, void *buf, size_t len)
{
	enum err e;

	(void)f;
	if (is("reads aligned words only"))
		return flash_read(real_flash(), addr & ~3u, buf, len);
	if (is("read takes any range") && flash_read(real_flash(), addr, buf, len) != ERR_OK)
		return ERR_OK;
	e = flash_read(real_flash(), addr, buf, len);
	if (is("read writes whole words") && e == ERR_OK && len % 4 != 0)
		memset((uint8_t *)buf + len, 0, 4 - len % 4);
	return e;
}

static enum err broken_erase(struct flash *f, uint32_t addr)
{
	enum err e;

	if (is("erase rounds down"))
		return flash_erase(real_flash(), addr - addr % f->page_size);
	if (is("erase outside accepted") && addr >= f->page_size * f->page_count)
		return ERR_OK;
	e = flash_erase(real_flash(), addr);
	if (e == ERR_OK && is("erase leaves the page's end"))
		write_zeros(addr + f->page_size - 8);
	if (e == ERR_OK && is("erase takes the page before along") && addr > 0)
		e = flash_erase(real_flash(), addr - f->page_size);
	if (e == ERR_OK && is("erase spoils the seed"))
		write_zeros(16);
	return e;
}

static enum err broken_program(struct flash *f, uint32_t addr, const void *data, size_t len)
{
	enum err e;

	(void)f;
	if (is("program needs aligned data") && (uintptr_t)data % 4 != 0)
		return ERR_FLASH_IO;
	if (is("program of 8 bytes at most") && len > 8)
		return flash_program(real_flash(), addr, data, 8);
	if (is("program rounds down"))
		return flash_program(real_flash(), addr & ~7u, data, len & ~(size_t)7);
	e = flash_program(real_flash(), addr, data, len);
	return e == ERR_FLASH_PROGRAM && is("second write swallowed") ? ERR_OK : e;
}

struct flash *__wrap_port_flash(void)
{
	static const struct flash_ops ops = { broken_read, broken_erase, broken_program };
	struct flash *real = real_flash();

	if (area.ops == NULL && is_restarted() && is("flash forgets at a restart"))
		(void)!flash_erase(real, (real->page_count - 1) * real->page_size);
	area = (struct flash){ &ops, real->page_size, real->page_count };
	if (is("too few pages"))
		area.page_count = LAYOUT_PAGES_MIN - 1;
	return &area;
}

/* ---- noise ---- */

bool __wrap_port_has_noise(enum port_noise source)
{
	return __real_port_has_noise(source) && !is("noise that is denied");
}

size_t __wrap_port_noise(enum port_noise source, uint8_t *samples, size_t n)
{
	static size_t total;
	size_t got = __real_port_noise(source, samples, n);

	if (is("noise constant"))
		memset(samples, 7, got);
	if (is("noise stuck for a while") && total >= 256 && total < 384)
		memset(samples, 7, got);
	if (is("noise beyond its buffer"))
		samples[n] = 0;
	if (is("noise takes long"))
		nap(150);
	if (is("noise runs dry") && total >= 100)
		got = 0;
	total += got;
	return got;
}

size_t __wrap_port_memory_noise(uint8_t *buf, size_t size)
{
	if (!is("memory's noise beyond its buffer"))
		return __real_port_memory_noise(buf, size);
	memset(buf, 1, size + 1);
	return size;
}

/* ---- the rest ---- */

size_t __wrap_port_unique_id(uint8_t *buf, size_t size)
{
	size_t n = __real_port_unique_id(buf, size);

	if (is("id blank"))
		memset(buf, 0xff, n);
	if (is("id another after a restart") && is_restarted())
		buf[0] ^= 1;
	if (is("id beyond its buffer") && size < 12)
		buf[size] = 0;
	if (is("id short"))
		return 2;
	return n;
}

bool __wrap_port_clock_read(int64_t *unix_s)
{
	*unix_s = time(NULL);      /* the Linux port has none */
	if (is("clock forgets at a restart") && is_restarted())
		return false;
	if (is("clock off after a restart") && is_restarted())
		*unix_s -= 3600;
	return true;
}

enum evidence_reset __wrap_port_reset_cause(void)
{
	return is("cause always power-on") ? EVIDENCE_RESET_POWER_ON : __real_port_reset_cause();
}

const char *__wrap_port_last_fault(void)
{
	return is("fault told for ever") ? "!!!!!" : __real_port_last_fault();
}

void *__wrap_port_retained(size_t size)
{
	static uint64_t forgotten[8], asked[8];
	static unsigned calls;

	if (is("retained memory cleared at a restart"))
		return forgotten;
	if (is("retained memory elsewhere each time") && calls++ % 2 == 1)
		return asked;
	if (is("retained memory misaligned"))
		return (char *)forgotten + 1;
	return __real_port_retained(size);
}

size_t __wrap_port_describe(char *buf, size_t size)
{
	if (is("description empty"))
		return 0;
	if (is("description beyond its buffer"))
		buf[size] = 0;
	return __real_port_describe(buf, size);
}
