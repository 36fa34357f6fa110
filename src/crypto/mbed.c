/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mbed.h"

#include "base/calendar.h"

#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <string.h>

int mbed_drbg(void *drbg, unsigned char *out, size_t len)
{
	drbg_generate(drbg, out, len);
	return 0;
}

int mbed_rng(void *rng, unsigned char *out, size_t len)
{
	return rng_bytes(rng, out, len) == ERR_OK ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

int mbed_md(const mbedtls_md_info_t *info, const unsigned char *data, size_t len, unsigned char *hash)
{
	mbedtls_md_context_t md;
	int ret;

	mbedtls_md_init(&md);
	ret = mbedtls_md_setup(&md, info, 0);
	if (ret == 0)
		ret = mbedtls_md_starts(&md);
	if (ret == 0)
		ret = mbedtls_md_update(&md, data, len);
	if (ret == 0)
		ret = mbedtls_md_finish(&md, hash);
	mbedtls_md_free(&md);
	return ret;
}

int64_t mbed_time(const mbedtls_x509_time *t)
{
	return calendar_to_unix(&(struct calendar){
		.year = (uint32_t)t->year, .month = (uint32_t)t->mon, .day = (uint32_t)t->day,
		.hour = (uint32_t)t->hour, .minute = (uint32_t)t->min, .second = (uint32_t)t->sec });
}

static void add_printable(struct text *out, const mbedtls_x509_buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		text_add_char(out, b->p[i] >= 0x20 && b->p[i] < 0x7f ? (char)b->p[i] : '?');
}

static const mbedtls_x509_name *find(const mbedtls_x509_name *name, const char *oid, size_t oid_len)
{
	for (; name != NULL; name = name->next)
		if (name->oid.len == oid_len && memcmp(name->oid.p, oid, oid_len) == 0)
			return name;
	return NULL;
}

void mbed_name(const mbedtls_x509_name *name, char *out, size_t size)
{
	const mbedtls_x509_name *cn = find(name, MBEDTLS_OID_AT_CN, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN));
	const mbedtls_x509_name *ou = find(name, MBEDTLS_OID_AT_ORG_UNIT, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_ORG_UNIT));
	const mbedtls_x509_name *o = find(name, MBEDTLS_OID_AT_ORGANIZATION,
					  MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_ORGANIZATION));
	const mbedtls_x509_name *first = cn != NULL ? cn : ou;
	struct text t;

	text_init(&t, out, size);
	if (first != NULL)
		add_printable(&t, &first->val);
	if (first != NULL && o != NULL)
		text_add(&t, " (");
	if (o != NULL)
		add_printable(&t, &o->val);
	if (first != NULL && o != NULL)
		text_add(&t, ")");
	if (first == NULL && o == NULL)
		text_add(&t, "(no name)");
}

static void add_address(struct text *out, const mbedtls_x509_buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		if (i > 0)
			text_add(out, b->len == 4 ? "." : i % 2 == 0 ? ":" : "");
		if (b->len == 4)
			text_add_u32(out, b->p[i]);
		else
			text_add_hex(out, b->p[i], 2);
	}
}

void mbed_hosts(const mbedtls_x509_crt *crt, char *out, size_t size)
{
	enum { CONTEXT = MBEDTLS_ASN1_CONTEXT_SPECIFIC, DNS = CONTEXT | 2, ADDRESS = CONTEXT | 7 };
	struct text t;

	text_init(&t, out, size);
	for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s != NULL; s = s->next) {
		if (s->buf.tag != DNS && s->buf.tag != ADDRESS)
			continue;
		if (t.len > 0)
			text_add(&t, ", ");
		if (s->buf.tag == DNS)
			add_printable(&t, &s->buf);
		else
			add_address(&t, &s->buf);
	}
	if (t.len == 0) {
		const mbedtls_x509_name *cn = find(&crt->subject, MBEDTLS_OID_AT_CN,
						   MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN));

		if (cn != NULL)
			add_printable(&t, &cn->val);
	}
	if (t.overflow)
		memcpy(out + size - 4, "...", 4);
}

bool mbed_unknown_key(int ret)
{
	int high = -(-ret & 0xff80);

	return high == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG || high == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE;
}

bool mbed_same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}
