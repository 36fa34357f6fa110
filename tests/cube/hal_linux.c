/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hal_linux.c - the stand-in for the HAL (hal.h) on Linux.  Each UART is a unix socket,
 * served by a thread that plays DMA controller and interrupt: it stores what arrives in
 * the circular buffer and calls the callbacks while it holds the mutex "interrupts", so
 * never between __disable_irq() and __enable_irq().  It is stricter than the part: a
 * buffer that changes while it is being sent, and flash that is locked, not erased or
 * misaligned, end the program.
 *
 * Environment: CUBE_MODEM and CUBE_CONSOLE, the sockets to connect to (without the
 * second there is no console); CUBE_FLASH, the file of the flash pages;
 * CUBE_OVERRUN_AT, the byte from the modem that is lost in an overrun; CUBE_TICK, the
 * tick's first value.
 */
#include "hal_linux.h"

#include "main.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FLASH_START = 0x080e0000, FLASH_SIZE = 128 * 1024, TX_MAX = 4096 };

UART_HandleTypeDef huart2 = { 2 }, huart3 = { 3 };
RNG_HandleTypeDef hrng;
GPIO_TypeDef standin_port_a;

static pthread_mutex_t interrupts = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t interrupt_came = PTHREAD_COND_INITIALIZER;

static void die(const char *what)
{
	fprintf(stderr, "stand-in HAL: %s: %s\n", what, errno != 0 ? strerror(errno) : "not as the HAL wants it");
	_exit(70);
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* ---- core ---- */

void __disable_irq(void)
{
	pthread_mutex_lock(&interrupts);
}

void __enable_irq(void)
{
	pthread_mutex_unlock(&interrupts);
}

/* Interrupts are masked by the caller; the tick ends it after a millisecond. */
void __WFI(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&interrupt_came, &interrupts, &until);
}

void NVIC_SystemReset(void)
{
	puts("reset");
	fflush(stdout);
	_exit(0);
}

/* What the tick was when the machine's clock was 0. */
static uint32_t tick_offset;

uint32_t HAL_GetTick(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return tick_offset + (uint32_t)t.tv_sec * 1000u + (uint32_t)(t.tv_nsec / 1000000);
}

uint32_t HAL_GetUIDw0(void) { return 0x00340021u; }
uint32_t HAL_GetUIDw1(void) { return 0x31395106u; }
uint32_t HAL_GetUIDw2(void) { return 0x35303632u; }

void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state)
{
	static GPIO_PinState before = GPIO_PIN_RESET;

	if (port != LD2_GPIO_Port || pin != LD2_Pin)
		die("HAL_GPIO_WritePin");
	if (state != before)
		printf("LD2 %s\n", state == GPIO_PIN_SET ? "on" : "off");
	before = state;
	fflush(stdout);
}

HAL_StatusTypeDef HAL_RNG_GenerateRandomNumber(RNG_HandleTypeDef *rng, uint32_t *word)
{
	if (rng != &hrng)
		die("HAL_RNG_GenerateRandomNumber");
	return getrandom(word, sizeof *word, 0) == (ssize_t)sizeof *word ? HAL_OK : HAL_ERROR;
}

/* ---- UARTs ---- */

static struct uart {
	UART_HandleTypeDef *huart;
	int       fd, kick[2];       /* kick: the program has something to be sent */
	uint8_t  *rx;
	uint16_t  rx_size, rx_at;    /* rx NULL: not receiving */
	const uint8_t *tx;
	uint8_t   tx_copy[TX_MAX];
	uint16_t  tx_len;            /* 0: nothing is being sent */
	unsigned long overrun_at, received;     /* overrun_at 0: none */
} uarts[2];

static struct uart *uart_of(const UART_HandleTypeDef *huart)
{
	return &uarts[huart == &huart3];
}

/* Called by the program and, from a callback, by our own thread: the mutex "interrupts" guards nothing here that
 * both change at once. */
HAL_StatusTypeDef HAL_UARTEx_ReceiveToIdle_DMA(UART_HandleTypeDef *huart, uint8_t *buf, uint16_t size)
{
	struct uart *u = uart_of(huart);

	if (u->rx != NULL)
		return HAL_BUSY;
	u->rx_size = size;
	u->rx_at = 0;
	u->rx = buf;
	return HAL_OK;
}

HAL_StatusTypeDef HAL_UART_Transmit_DMA(UART_HandleTypeDef *huart, const uint8_t *data, uint16_t size)
{
	struct uart *u = uart_of(huart);

	if (size == 0 || size > TX_MAX)
		die("HAL_UART_Transmit_DMA");
	if (u->tx_len != 0)
		return HAL_BUSY;
	u->tx = data;
	memcpy(u->tx_copy, data, size);
	u->tx_len = size;
	(void)!write(u->kick[1], "", 1);
	return HAL_OK;
}

/* One byte from the line; true when the DMA is at its half or its end, which is an event of its own. */
static bool store(struct uart *u, uint8_t byte)
{
	u->rx[u->rx_at++] = byte;
	return u->rx_at == u->rx_size / 2 || u->rx_at == u->rx_size;
}

static void event(struct uart *u)
{
	uint16_t at = u->rx_at;

	if (u->rx_at == u->rx_size)
		u->rx_at = 0;
	HAL_UARTEx_RxEventCallback(u->huart, at);
}

/* The byte is lost, and the HAL stops reception, as it does with DMA. */
static void overrun(struct uart *u)
{
	u->rx = NULL;
	HAL_UART_ErrorCallback(u->huart);
}

static void on_received(struct uart *u, const uint8_t *data, size_t len)
{
	bool told = true;

	pthread_mutex_lock(&interrupts);
	for (size_t i = 0; i < len && u->rx != NULL; i++) {
		if (++u->received == u->overrun_at) {
			overrun(u);
			told = true;
			continue;
		}
		told = store(u, data[i]);
		if (told)
			event(u);
	}
	if (!told && u->rx != NULL)
		event(u);                      /* the line falls idle */
	pthread_cond_broadcast(&interrupt_came);
	pthread_mutex_unlock(&interrupts);
}

/* A while after the call, as on a line; the buffer belonged to the DMA meanwhile. */
static void send_out(struct uart *u)
{
	usleep(500);
	if (memcmp(u->tx, u->tx_copy, u->tx_len) != 0)
		die("the program changed a buffer while the DMA was sending it");
	for (size_t at = 0; at < u->tx_len;) {
		ssize_t n = write(u->fd, u->tx_copy + at, u->tx_len - at);

		if (n <= 0)
			die("write to the line");
		at += (size_t)n;
	}
	pthread_mutex_lock(&interrupts);
	u->tx_len = 0;
	HAL_UART_TxCpltCallback(u->huart);
	pthread_cond_broadcast(&interrupt_came);
	pthread_mutex_unlock(&interrupts);
}

static void *serve(void *argument)
{
	struct uart *u = argument;

	for (;;) {
		struct pollfd p[] = { { .fd = u->fd, .events = POLLIN }, { .fd = u->kick[0], .events = POLLIN } };
		uint8_t buf[700];
		ssize_t n;

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents != 0 && read(u->kick[0], buf, 1) == 1)
			send_out(u);
		if (p[0].revents == 0)
			continue;
		n = read(u->fd, buf, sizeof buf);
		if (n <= 0)
			_exit(0);              /* the test is over */
		on_received(u, buf, (size_t)n);
	}
	return NULL;
}

static void open_uart(struct uart *u, UART_HandleTypeDef *huart, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = environment(name), *overrun_at = environment("CUBE_OVERRUN_AT");
	pthread_t thread;

	u->huart = huart;
	if (path == NULL)
		return;
	if (huart == &huart2 && overrun_at != NULL)
		u->overrun_at = strtoul(overrun_at, NULL, 10);
	if (strlen(path) >= sizeof addr.sun_path)
		die(path);
	strcpy(addr.sun_path, path);
	u->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(u->fd, (struct sockaddr *)&addr, sizeof addr) != 0 || pipe(u->kick) != 0)
		die(path);
	if (pthread_create(&thread, NULL, serve, u) != 0)
		die("thread");
}

/* ---- flash: memory at the chip's own address ---- */

static bool unlocked;

static void open_flash(void)
{
	const char *path = environment("CUBE_FLASH");
	int fd = path != NULL ? open(path, O_RDWR | O_CREAT, 0600) : -1;
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	void *at = (void *)(uintptr_t)FLASH_START;

	if (fd < 0 || ftruncate(fd, FLASH_SIZE) != 0)
		die("CUBE_FLASH");
	if (mmap(at, FLASH_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) != at)
		die("no memory at the flash's address");
	if (size == 0)
		memset(at, 0xff, FLASH_SIZE);
	close(fd);
}

HAL_StatusTypeDef HAL_FLASH_Unlock(void)
{
	unlocked = true;
	return HAL_OK;
}

HAL_StatusTypeDef HAL_FLASH_Lock(void)
{
	unlocked = false;
	return HAL_OK;
}

void hal_flash_erase(uint32_t addr)
{
	if (!unlocked || addr < FLASH_START || addr >= FLASH_START + FLASH_SIZE || addr % 2048 != 0)
		die("HAL_FLASHEx_Erase");
	memset((void *)(uintptr_t)addr, 0xff, 2048);
}

HAL_StatusTypeDef HAL_FLASH_Program(uint32_t type, uint32_t addr, uint64_t data)
{
	volatile uint64_t *cell = (volatile uint64_t *)(uintptr_t)addr;

	if (!unlocked || type != FLASH_TYPEPROGRAM_DOUBLEWORD || addr % 8 != 0 || addr < FLASH_START ||
	    addr >= FLASH_START + FLASH_SIZE)
		die("HAL_FLASH_Program");
	if (*cell != UINT64_MAX)
		return HAL_ERROR;
	*cell = data;
	return HAL_OK;
}

/* ---- what CubeMX generates ---- */

void SystemClock_Config(void);
void MX_GPIO_Init(void);
void MX_DMA_Init(void);
void MX_USART2_UART_Init(void);
void MX_USART3_UART_Init(void);

void SystemClock_Config(void) { }
void MX_GPIO_Init(void) { }
void MX_DMA_Init(void) { }
void MX_USART2_UART_Init(void) { open_uart(&uarts[0], &huart2, "CUBE_MODEM"); }
void MX_USART3_UART_Init(void) { open_uart(&uarts[1], &huart3, "CUBE_CONSOLE"); }

HAL_StatusTypeDef HAL_Init(void)
{
	const char *tick = environment("CUBE_TICK");

	tick_offset = (tick != NULL ? (uint32_t)strtoul(tick, NULL, 10) : 0) - HAL_GetTick();
	open_flash();
	return HAL_OK;
}
