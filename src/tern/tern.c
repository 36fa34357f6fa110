/* SPDX-License-Identifier: Apache-2.0 */
/* tern.c - the public face: plain types outside, the device inside. */
#include "tern.h"

#include "console/console.h"
#include "device/device.h"
#include "device/values.h"
#include "store/layout.h"

#include <string.h>

struct face {
	struct flash             flash;      /* first: the device's view of user_flash */
	const struct tern_flash *user_flash;
	struct device            device;
};

_Static_assert(sizeof(struct face) <= sizeof(struct tern), "TERN_WORDS is too small");
_Static_assert(sizeof(struct console) <= sizeof(struct tern_console), "TERN_CONSOLE_WORDS is too small");
_Static_assert((int)TERN_FLASH_PAGES >= (int)LAYOUT_PAGES_MIN, "the layout needs more pages");
_Static_assert((int)TERN_FLASH_PAGES_ALL >= (int)LAYOUT_LOG_PAGE, "the history's pages");
_Static_assert((int)TERN_RETAINED_SIZE >= (int)RETAINED_SIZE, "what the device retains");
_Static_assert((int)TERN_RESTART_UNKNOWN == (int)EVIDENCE_RESET_UNKNOWN &&
	       (int)TERN_RESTART_STACK == (int)EVIDENCE_RESET_STACK, "one numbering of the causes");
_Static_assert((int)TERN_ARENA_SIZE >= (int)DEVICE_ARENA_SIZE, "the advised arena is too small");
_Static_assert((int)TERN_NOISE_ADC == (int)NOISE_ADC && (int)TERN_NOISE_OSCILLATOR == (int)NOISE_OSCILLATOR &&
	       (int)TERN_NOISE_HARDWARE == (int)NOISE_HARDWARE, "one numbering of the sources");
_Static_assert((int)TERN_FULL == (int)ERR_FULL && (int)TERN_STATE == (int)ERR_STATE &&
	       (int)TERN_AGAIN == (int)ERR_AGAIN && (int)TERN_ARG == (int)ERR_ARG &&
	       (int)TERN_TOO_LONG == (int)ERR_TOO_LONG && (int)TERN_NOT_FOUND == (int)ERR_NOT_FOUND,
	       "the public numbers are those of err.h");

static struct face *face_of(struct tern *t)
{
	return (struct face *)(void *)t->opaque;
}

static const struct device *device_of(const struct tern *t)
{
	return &((const struct face *)(const void *)t->opaque)->device;
}

static struct bytes run(const void *data, size_t len)
{
	return (struct bytes){ data, len };
}

/* Never packed, as err_text() may be: a program of any kind prints them. */
static const struct words {
	int         err;
	const char *name, *text;
} words[] = {
#define ERR_ROW(code, number, text) { code, &#code[4], text },
	ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static const struct words *words_of(int err)
{
	static const struct words unlisted = { 0, "UNLISTED", "a number that is not on the list of errors" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].err == err)
			return &words[i];
	return &unlisted;
}

const char *tern_err_name(int err)
{
	return words_of(err)->name;
}

const char *tern_err_text(int err)
{
	return words_of(err)->text;
}

/* ---- Flash: the user's three functions as a struct flash ---- */

static const struct tern_flash *user_of(struct flash *f)
{
	return ((struct face *)(void *)f)->user_flash;
}

static enum err read_flash(struct flash *f, uint32_t addr, void *buf, size_t len)
{
	const struct tern_flash *user = user_of(f);

	return user->read(user->ctx, addr, buf, len) == 0 ? ERR_OK : ERR_FLASH_IO;
}

static enum err erase_flash(struct flash *f, uint32_t addr)
{
	const struct tern_flash *user = user_of(f);

	return user->erase(user->ctx, addr) == 0 ? ERR_OK : ERR_FLASH_IO;
}

static enum err program_flash(struct flash *f, uint32_t addr, const void *data, size_t len)
{
	const struct tern_flash *user = user_of(f);

	return user->program(user->ctx, addr, data, len) == 0 ? ERR_OK : ERR_FLASH_IO;
}

static const struct flash_ops flash_ops = { .read = read_flash, .erase = erase_flash, .program = program_flash };

int tern_init(struct tern *t, const struct tern_config *cfg, uint32_t now_ms)
{
	struct face *f = face_of(t);

	f->user_flash = cfg->flash;
	f->flash = (struct flash){
		.ops = &flash_ops, .page_size = cfg->flash->page_size, .page_count = cfg->flash->page_count };

	struct device_config device = {
		.flash = &f->flash,
		.arena = cfg->arena, .arena_size = cfg->arena_size,
		.outbox = cfg->outbox, .outbox_size = cfg->outbox_size,
		.unique_id = run(cfg->unique_id, cfg->unique_id_len),
		.build_s = cfg->build_unix_s, .noise = cfg->noise,
		.modem_wires = { cfg->modem_lines.pwrkey, cfg->modem_lines.reset },
		.modem_flow = cfg->modem_flow, .modem_baud_max = cfg->modem_baud_max,
		.retained = cfg->retained, .reset = (enum evidence_reset)cfg->restart,
	};

	return (int)device_init(&f->device, &device, now_ms);
}

void tern_restarting(struct tern *t)
{
	retained_asked(face_of(t)->device.cfg.retained);
}

/* ---- Settings ---- */

int tern_set(struct tern *t, const char *name, const char *value)
{
	struct settings *s = device_settings(&face_of(t)->device);
	struct iotcore_bad bad;
	enum settings_key key;

	if (strcmp(name, "connection") == 0)
		return (int)values_set_connection(s, bytes_of(value), &bad);
	if (!values_find(bytes_of(name), &key))
		return ERR_NOT_FOUND;
	return (int)values_set(s, key, bytes_of(value), NULL).err;
}

int tern_get(struct tern *t, const char *name, char *buf, size_t size)
{
	struct settings *s = device_settings(&face_of(t)->device);
	enum settings_key key;
	struct text text;
	uint32_t number;
	enum err e;

	if (!values_find(bytes_of(name), &key))
		return ERR_NOT_FOUND;
	if (settings_info(key)->secret)
		return ERR_STATE;
	if (settings_info(key)->kind == SETTINGS_TEXT)
		return (int)settings_get_text(s, key, buf, size, NULL);
	e = settings_get_u32(s, key, &number);
	if (e != ERR_OK)
		return (int)e;
	if (size == 0)
		return ERR_TOO_LONG;
	text_init(&text, buf, size);
	text_add_u32(&text, number);
	return text.overflow ? ERR_TOO_LONG : ERR_OK;
}

int tern_add_root(struct tern *t, const char *pem, size_t len)
{
	struct device *d = &face_of(t)->device;

	return (int)secrets_add_root(&d->crypto, &d->settings, run(pem, len));
}

int tern_set_key(struct tern *t, const char *pem, size_t len)
{
	struct device *d = &face_of(t)->device;

	return (int)secrets_set_key(&d->crypto, &d->settings, run(pem, len));
}

int tern_set_seed(struct tern *t, const uint8_t seed[32])
{
	return (int)device_set_seed(&face_of(t)->device, seed);
}

int tern_keep_time(struct tern *t, int64_t unix_s, uint32_t now_ms)
{
	return (int)device_keep_time(&face_of(t)->device, unix_s, now_ms);
}

/* ---- Entropy ---- */

size_t tern_noise_wanted(const struct tern *t, enum tern_noise_source source)
{
	return device_noise_wanted(device_of(t), (enum noise_source)source);
}

void tern_noise(struct tern *t, enum tern_noise_source source, const uint8_t *samples, size_t n, uint32_t now_ms)
{
	device_noise(&face_of(t)->device, (enum noise_source)source, samples, n, now_ms);
}

void tern_stir(struct tern *t, const void *data, size_t len)
{
	device_stir(&face_of(t)->device, data, len);
}

/* ---- Connecting ---- */

int tern_start(struct tern *t, const char **missing, uint32_t now_ms)
{
	return (int)device_start(&face_of(t)->device, missing, now_ms);
}

void tern_stop(struct tern *t, uint32_t now_ms)
{
	device_stop(&face_of(t)->device, now_ms);
}

size_t tern_modem_feed(struct tern *t, const void *data, size_t len, uint32_t now_ms)
{
	return device_modem_feed(&face_of(t)->device, data, len, now_ms);
}

const void *tern_modem_tx_peek(const struct tern *t, size_t *len)
{
	return device_modem_tx_peek(device_of(t), len);
}

void tern_modem_tx_done(struct tern *t, size_t n)
{
	device_modem_tx_done(&face_of(t)->device, n);
}

struct tern_modem_lines tern_modem_lines(const struct tern *t)
{
	struct power_lines lines = device_modem_lines(device_of(t));

	return (struct tern_modem_lines){ .pwrkey = lines.pwrkey, .reset = lines.reset };
}

void tern_modem_status(struct tern *t, enum tern_modem_status status)
{
	device_modem_status(&face_of(t)->device, (enum power_status)status);
}

uint32_t tern_modem_baud(const struct tern *t)
{
	return device_modem_baud(device_of(t));
}

void tern_modem_baud_set(struct tern *t, bool could)
{
	device_modem_baud_set(&face_of(t)->device, could);
}

void tern_modem_off(struct tern *t, uint32_t now_ms)
{
	device_modem_off(&face_of(t)->device, now_ms);
}

void tern_step(struct tern *t, uint32_t now_ms)
{
	device_step(&face_of(t)->device, now_ms);
}

bool tern_deadline(const struct tern *t, uint32_t now_ms, uint32_t *at_ms)
{
	return device_deadline(device_of(t), now_ms, at_ms);
}

/* ---- Messages ---- */

int tern_publish(struct tern *t, const char *subfolder, const void *data, size_t len, uint32_t *seq)
{
	return (int)device_publish(&face_of(t)->device, subfolder, run(data, len), seq);
}

int tern_report_state(struct tern *t, const void *data, size_t len, uint32_t now_ms)
{
	return (int)device_report_state(&face_of(t)->device, run(data, len), now_ms);
}

bool tern_next(struct tern *t, struct tern_event *ev)
{
	static const enum tern_event_type types[] = {
		[DEVICE_EV_STATE] = TERN_EVENT_STATE,     [DEVICE_EV_LOST] = TERN_EVENT_LOST,
		[DEVICE_EV_CONFIG] = TERN_EVENT_CONFIG,   [DEVICE_EV_REFUSED] = TERN_EVENT_REFUSED,
		[DEVICE_EV_COMMAND] = TERN_EVENT_COMMAND, [DEVICE_EV_ACKED] = TERN_EVENT_ACKED,
		[DEVICE_EV_STATE_ACKED] = TERN_EVENT_STATE_ACKED, [DEVICE_EV_TIME] = TERN_EVENT_TIME,
		[DEVICE_EV_NOISE] = TERN_EVENT_NOISE,     [DEVICE_EV_MODEM_OFF] = TERN_EVENT_MODEM_OFF,
		[DEVICE_EV_DIAGNOSIS] = TERN_EVENT_DIAGNOSIS,
	};
	struct device_event d;

	if (!device_next(&face_of(t)->device, &d))
		return false;
	*ev = (struct tern_event){
		.type = types[d.type], .state = device_state_name(d.state), .err = (int)d.err,
		.retry_ms = d.retry_ms, .seq = d.seq, .size = d.size, .source = (enum tern_noise_source)d.noise,
		.subfolder = (const char *)d.subfolder.data, .subfolder_len = d.subfolder.len,
		.data = d.data.data, .len = d.data.len,
	};
	return true;
}

void tern_config_done(struct tern *t, uint32_t now_ms)
{
	device_config_done(&face_of(t)->device, now_ms);
}

/* ---- Status ---- */

void tern_get_status(const struct tern *t, struct tern_status *status, uint32_t now_ms)
{
	struct device_status d;

	device_status(device_of(t), &d, now_ms);
	*status = (struct tern_status){
		.state = device_state_name(d.state), .err = (int)d.err, .online = d.state == DEVICE_ONLINE,
		.unix_s = d.unix_s,
		.signal_dbm = d.cellular->rssi_dbm != CELLULAR_UNKNOWN ? d.cellular->rssi_dbm : 0,
		.queued = d.queued, .acked = d.acked, .dropped = d.dropped,
		.connects = d.connects, .losses = d.losses, .arena_peak = d.arena_peak,
	};
}

/* ---- Console ---- */

static struct console *console_of(struct tern_console *c)
{
	return (struct console *)(void *)c->opaque;
}

void tern_console_init(struct tern_console *c, struct tern *t, const char *version, uint32_t now_ms)
{
	console_init(console_of(c), &face_of(t)->device, version, now_ms);
}

size_t tern_console_feed(struct tern_console *c, const void *data, size_t len, uint32_t now_ms)
{
	return console_feed(console_of(c), data, len, now_ms);
}

const void *tern_console_tx_peek(const struct tern_console *c, size_t *len)
{
	return console_tx_peek((const struct console *)(const void *)c->opaque, len);
}

void tern_console_tx_done(struct tern_console *c, size_t n)
{
	console_tx_done(console_of(c), n);
}

void tern_console_step(struct tern_console *c, uint32_t now_ms)
{
	console_step(console_of(c), now_ms);
}

bool tern_console_deadline(const struct tern_console *c, uint32_t *at_ms)
{
	return console_deadline((const struct console *)(const void *)c->opaque, at_ms);
}

bool tern_console_print(struct tern_console *c, const char *line)
{
	return console_print(console_of(c), "%r", line);
}

bool tern_console_reboot_asked(struct tern_console *c)
{
	return console_reboot_asked(console_of(c));
}
