/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linter says the same however the text is cut, always ends, and calls no
 * key damaged that crypto/key.h takes.  The first byte says how to cut, and what
 * is wanted.
 */
#include "crypto/pem_lint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	uint32_t hash;
	unsigned findings, errors;
	unsigned key_errors;    /* of the first object but EC PARAMETERS: key.h looks no further */
	bool     key_seen;
};

static void take(struct run *r, const struct pem_lint *l)
{
	char words[800];
	struct text t;

	if (l->count > PEM_LINT_FOUND)
		abort();
	for (unsigned i = 0; i < l->count; i++) {
		const struct pem_lint_finding *f = &l->found[i];

		text_init(&t, words, sizeof words);
		pem_lint_say(l, f, NULL, &t);
		if (t.overflow || t.len == 0)
			abort();
		for (size_t k = 0; k < t.len; k++)
			r->hash = (r->hash ^ (uint8_t)words[k]) * 16777619u;
		r->findings++;
		r->errors += pem_lint_info((enum pem_lint_code)f->code).weight == WEIGHT_ERROR;
	}
}

/* pem.h passes over a BEGIN that is none to it, and may find another behind. */
static bool is_marker(uint8_t code)
{
	return code == PEM_CASE || code == PEM_DASH || code == PEM_HYPHENS || code == PEM_LABEL_BLANK;
}

static void take_object(struct run *r, const struct pem_lint *l)
{
	unsigned before = r->errors;

	take(r, l);
	if (!r->key_seen && strcmp(l->object.label, "EC PARAMETERS") != 0) {
		r->key_seen = true;
		r->key_errors = l->count > 0 && is_marker(l->found[0].code) ? 0 : r->errors - before;
	}
}

static void run(struct run *r, enum pem_lint_for wanted, const uint8_t *data, size_t size, size_t chunk)
{
	struct pem_lint l;

	memset(r, 0, sizeof *r);
	pem_lint_init(&l, wanted);
	while (size > 0) {
		size_t n = pem_lint_feed(&l, data, size < chunk ? size : chunk);

		if (n == 0)
			abort();   /* it would never end */
		if (l.stopped)
			take_object(r, &l);
		data += n;
		size -= n;
	}
	pem_lint_end(&l);
	take(r, &l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t arena[96 * 1024], der[KEY_DER_MAX];
	static struct crypto c;
	enum pem_lint_for wanted;
	struct run whole, cut;
	struct key_info info;
	size_t len;

	if (size == 0 || size > 16384)
		return 0;
	wanted = (enum pem_lint_for)(data[0] / 80u % 3u);
	run(&whole, wanted, data + 1, size - 1, size);
	run(&cut, wanted, data + 1, size - 1, 1u + data[0] % 80u);
	if (whole.hash != cut.hash || whole.findings != cut.findings)
		abort();
	if (wanted != PEM_LINT_KEY || whole.key_errors == 0)
		return 0;
	if (c.arena.size == 0)
		crypto_init(&c, arena, sizeof arena, "fuzz", 4);
	if (key_from_pem(&c, (struct bytes){ data + 1, size - 1 }, der, sizeof der, &len, &info) == ERR_OK)
		abort();
	return 0;
}
