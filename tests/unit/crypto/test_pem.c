/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/base64.h"
#include "crypto/pem.h"

#include <stdio.h>
#include <string.h>

/* ---- base64 ---- */

static void base64_gives_the_vectors_of_rfc_4648(void **state)
{
	static const struct { const char *plain, *std, *url; } rows[] = {
		{ "", "", "" }, { "f", "Zg==", "Zg" }, { "fo", "Zm8=", "Zm8" }, { "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" }, { "fooba", "Zm9vYmE=", "Zm9vYmE" }, { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/", "-_-_" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *text[2] = { rows[i].std, rows[i].url };

		for (enum base64_kind kind = BASE64_STD; kind <= BASE64_URL; kind++) {
			char out[16];
			uint8_t back[16];
			size_t n = base64_encode(kind, (const uint8_t *)rows[i].plain, strlen(rows[i].plain), out);

			assert_int_equal(n, strlen(text[kind]));
			assert_memory_equal(out, text[kind], n);
			assert_int_equal(n, kind == BASE64_STD ? BASE64_STD_LEN(strlen(rows[i].plain))
							       : BASE64_URL_LEN(strlen(rows[i].plain)));
			assert_int_equal(base64_decode(kind, bytes_of(text[kind]), back, sizeof back, &n), ERR_OK);
			assert_int_equal(n, strlen(rows[i].plain));
			assert_memory_equal(back, rows[i].plain, n);
		}
	}
}

static void base64_of_everything_comes_back(void **state)
{
	uint8_t in[256], out[256];
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 167 + 13);
	for (size_t n = 0; n <= sizeof in; n++)
		for (enum base64_kind kind = BASE64_STD; kind <= BASE64_URL; kind++) {
			size_t len = base64_encode(kind, in, n, text), got;

			assert_int_equal(base64_decode(kind, (struct bytes){ (uint8_t *)text, len }, out, n, &got), ERR_OK);
			assert_int_equal(got, n);
			assert_memory_equal(in, out, n);
			memcpy(text + len - n, in, n);   /* in place, from the end */
			assert_int_equal(base64_encode(kind, (uint8_t *)text + len - n, n, text), len);
			assert_int_equal(base64_decode(kind, (struct bytes){ (uint8_t *)text, len }, out, n, &got), ERR_OK);
			assert_memory_equal(in, out, n);
			if (n > 0)
				assert_int_equal(base64_decode(kind, (struct bytes){ (uint8_t *)text, len }, out, n - 1, &got),
						 ERR_TOO_LONG);
		}
}

static void base64_refuses_what_it_is_not(void **state)
{
	static const struct { enum base64_kind kind; const char *text; } rows[] = {
		{ BASE64_STD, "Zg" }, { BASE64_STD, "Zg=" }, { BASE64_STD, "Z===" }, { BASE64_STD, "====" },
		{ BASE64_STD, "Zm9v=" }, { BASE64_STD, "Zh==" }, { BASE64_STD, "Zm9=" }, { BASE64_STD, "Zm 9v" },
		{ BASE64_STD, "Zm9v\n" }, { BASE64_STD, "-_-_" }, { BASE64_STD, "Zg==Zg==" },
		{ BASE64_URL, "Zg==" }, { BASE64_URL, "Z" }, { BASE64_URL, "Zm9vY" }, { BASE64_URL, "+/+/" },
		{ BASE64_URL, "Zh" }, { BASE64_URL, "Zm." }, { BASE64_URL, "Zm9v\xc3\xa4" },
	};
	static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t out[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (base64_decode(rows[i].kind, bytes_of(rows[i].text), out, sizeof out, &n) != ERR_FORMAT)
			fail_msg("taken: %s", rows[i].text);
		assert_int_equal(n, 0);
	}
	for (int c = 0; c < 256; c++) {   /* every character there is */
		const char *at = c != 0 ? strchr(std, c) : NULL;

		assert_int_equal(base64_value(BASE64_STD, (uint8_t)c), at != NULL ? (int)(at - std) : -1);
	}
}

/* ---- PEM ---- */

/* SEQUENCE { INTEGER 5 }, and one of 42 bytes over two lines. */
#define SHORT "MAMCAQU="
#define LONG_1 "MCgEJgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define LONG_2 "AAAAAAAAAAAAAAAA\n"
#define BEGIN "-----BEGIN TEST-----\n"
#define END "-----END TEST-----\n"

struct object {
	enum err err;
	uint32_t line;
	int      offender;   /* 0: any */
	size_t   der_len;
	bool     repaired;
};

static const struct row {
	const char   *name;
	const char   *text;
	struct object want[3];   /* ends with ERR_NOT_FOUND, or what pem_end() says */
} rows[] = {
	{ "as it should be", BEGIN SHORT "\n" END, { { ERR_OK, 3, 0, 5, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "two lines", BEGIN LONG_1 LONG_2 END, { { ERR_OK, 4, 0, 42, false }, { ERR_NOT_FOUND, 4, 0, 0, false } } },
	{ "no line end after the last dash", BEGIN SHORT "\n-----END TEST-----",
	  { { ERR_OK, 3, 0, 5, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "CRLF", "-----BEGIN TEST-----\r\n" SHORT "\r\n-----END TEST-----\r\n",
	  { { ERR_OK, 3, 0, 5, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "CR alone", "-----BEGIN TEST-----\r" SHORT "\r-----END TEST-----\r",
	  { { ERR_OK, 3, 0, 5, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "blanks around the lines and empty ones", "  -----BEGIN TEST-----  \n\n\t " SHORT "  \t\n\n -----END TEST-----  \n",
	  { { ERR_OK, 5, 0, 5, false }, { ERR_NOT_FOUND, 5, 0, 0, false } } },
	{ "line ends lost", "-----BEGIN TEST-----" SHORT "-----END TEST-----",
	  { { ERR_OK, 1, 0, 5, true }, { ERR_NOT_FOUND, 1, 0, 0, false } } },
	{ "line ends became blanks", "-----BEGIN TEST----- " SHORT " -----END TEST----- ",
	  { { ERR_OK, 1, 0, 5, true }, { ERR_NOT_FOUND, 1, 0, 0, false } } },
	{ "line ends escaped, as in JSON", "\"-----BEGIN TEST-----\\n" SHORT "\\n-----END TEST-----\\n\"",
	  { { ERR_OK, 1, 0, 5, true }, { ERR_NOT_FOUND, 1, 0, 0, false } } },
	{ "CRLF escaped", "-----BEGIN TEST-----\\r\\n" SHORT "\\r\\n-----END TEST-----\\r\\n",
	  { { ERR_OK, 1, 0, 5, true }, { ERR_NOT_FOUND, 1, 0, 0, false } } },
	{ "six dashes before BEGIN", "-" BEGIN SHORT "\n" END,
	  { { ERR_OK, 3, 0, 5, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "text around it", "subject=/CN=x\n--\n" BEGIN SHORT "\n" END "bye\n",
	  { { ERR_OK, 5, 0, 5, false }, { ERR_NOT_FOUND, 6, 0, 0, false } } },
	{ "two in a row", BEGIN SHORT "\n" END BEGIN SHORT "\n" END,
	  { { ERR_OK, 3, 0, 5, false }, { ERR_OK, 6, 0, 5, false }, { ERR_NOT_FOUND, 6, 0, 0, false } } },
	{ "a damaged one does not spoil the next", BEGIN "MAM#CAQU=\n" END BEGIN SHORT "\n" END,
	  { { ERR_PEM_BASE64, 2, '#', 0, false }, { ERR_OK, 6, 0, 5, false }, { ERR_NOT_FOUND, 6, 0, 0, false } } },
	{ "END is missing before the next", BEGIN SHORT "\n" BEGIN SHORT "\n" END,
	  { { ERR_PEM_FOOTER, 3, 0, 0, false }, { ERR_OK, 5, 0, 5, false }, { ERR_NOT_FOUND, 5, 0, 0, false } } },
	{ "END is missing", BEGIN SHORT "\n", { { ERR_PEM_FOOTER, 2, 0, 0, false } } },
	{ "ends within END", BEGIN SHORT "\n-----END TE", { { ERR_PEM_FOOTER, 3, 0, 0, false } } },
	{ "END of something else", BEGIN SHORT "\n-----END OTHER-----\n",
	  { { ERR_PEM_MISMATCH, 3, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "END of something longer", BEGIN SHORT "\n-----END TEST KEY-----\n",
	  { { ERR_PEM_MISMATCH, 3, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "END line cut", BEGIN SHORT "\n-----END TEST---\n",
	  { { ERR_PEM_MISMATCH, 3, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "a line is lost", BEGIN LONG_1 END, { { ERR_PEM_CUT, 3, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "the first line is lost", BEGIN LONG_2 END, { { ERR_PEM_CUT, 3, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "a line came twice", BEGIN LONG_1 LONG_1 LONG_2 END,
	  { { ERR_PEM_CUT, 5, 0, 0, false }, { ERR_NOT_FOUND, 5, 0, 0, false } } },
	{ "a character is lost", BEGIN "MAMAQU=\n" END,
	  { { ERR_PEM_BASE64, 3, '=', 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "padding is lost", BEGIN "MAMCAQU\n" END,
	  { { ERR_PEM_BASE64, 3, '=', 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "padding in the middle", BEGIN "MA==MCAQU=\n" END,
	  { { ERR_PEM_BASE64, 2, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "padding alone", BEGIN "====\n" END, { { ERR_PEM_BASE64, 2, '=', 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "base64url", BEGIN "MAMC-QU=\n" END, { { ERR_PEM_BASE64, 2, '-', 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "a dash at a line's end", BEGIN "MAMCAQU=-\n" END,
	  { { ERR_PEM_BASE64, 2, '-', 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "a stray backslash", BEGIN "MAM\\CAQU=\n" END,
	  { { ERR_PEM_BASE64, 2, '\\', 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "a NUL, as of UTF-16", BEGIN "M\x01" "A\n" END,
	  { { ERR_PEM_BASE64, 2, 1, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "nothing between BEGIN and END", BEGIN END,
	  { { ERR_PEM_FORMAT, 2, 0, 0, false }, { ERR_NOT_FOUND, 2, 0, 0, false } } },
	{ "a BEGIN line without a label", "-----BEGIN -----\n" SHORT "\n",
	  { { ERR_PEM_FORMAT, 1, 0, 0, false }, { ERR_NOT_FOUND, 2, 0, 0, false } } },
	{ "a BEGIN line cut", "-----BEGIN TEST--\n" SHORT "\n" END,
	  { { ERR_PEM_FORMAT, 1, 0, 0, false }, { ERR_NOT_FOUND, 3, 0, 0, false } } },
	{ "an endless label", "-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-----\n",
	  { { ERR_PEM_FORMAT, 1, 0, 0, false }, { ERR_NOT_FOUND, 1, 0, 0, false } } },
	{ "more than there is room for", BEGIN LONG_1 LONG_1 LONG_1 LONG_1 LONG_1 END,
	  { { ERR_TOO_LONG, 4, 0, 0, false }, { ERR_NOT_FOUND, 7, 0, 0, false } } },
	{ "only the base64", LONG_1 LONG_2, { { ERR_PEM_HEADER, 2, 0, 0, false } } },
	{ "typographic dashes", "\xe2\x80\x94\xe2\x80\x94" "BEGIN TEST\xe2\x80\x94\xe2\x80\x94\n" SHORT "\n",
	  { { ERR_PEM_HEADER, 2, 0, 0, false } } },
	{ "nothing", "", { { ERR_NOT_FOUND, 1, 0, 0, false } } },
	{ "empty lines", "\n \r\n\n", { { ERR_NOT_FOUND, 3, 0, 0, false } } },
};

static void check_object(const struct row *r, size_t chunk, size_t k, const struct pem *p, enum err e)
{
	const struct object *w = &r->want[k];

	if (k >= 3 || e != w->err || p->line != w->line || (w->offender != 0 && p->offender != w->offender) ||
	    (e == ERR_OK && (p->der_len != w->der_len || p->repaired != w->repaired)))
		fail_msg("%s, chunk %zu, object %zu: %s in line %u, offender %d, %zu bytes, repaired %d", r->name, chunk, k,
			 err_name(e), p->line, p->offender, p->der_len, p->repaired);
	if (e == ERR_OK)
		assert_string_equal(p->label, "TEST");
}

static void check_row(const struct row *r, size_t chunk)
{
	uint8_t der[80];
	struct pem p;
	const char *text = r->text;
	size_t left = strlen(text), k = 0;

	pem_init(&p, der, sizeof der);
	while (left > 0) {
		size_t n = pem_feed(&p, text, left < chunk ? left : chunk);

		text += n;
		left -= n;
		if (pem_result(&p) != ERR_AGAIN)
			check_object(r, chunk, k++, &p, pem_result(&p));
	}
	check_object(r, chunk, k, &p, pem_end(&p));
}

static void every_damage_has_its_own_outcome_in_every_chunk_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t chunk = 1; chunk <= strlen(rows[i].text) + 1; chunk++)
			check_row(&rows[i], chunk);
}

static void an_encrypted_key_of_the_old_form_is_noticed(void **state)
{
	static const char text[] = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
				   "DEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n" SHORT
				   "\n-----END EC PRIVATE KEY-----\n";
	uint8_t der[64];
	struct pem p;

	(void)state;
	for (size_t chunk = 1; chunk < sizeof text; chunk++) {
		pem_init(&p, der, sizeof der);
		for (size_t i = 0; i < sizeof text - 1 && pem_result(&p) == ERR_AGAIN; i += chunk)
			(void)pem_feed(&p, text + i, sizeof text - 1 - i < chunk ? sizeof text - 1 - i : chunk);
		assert_int_equal(pem_result(&p), ERR_OK);
		assert_true(p.encrypted);
		assert_int_equal(p.der_len, 5);
	}
}

static void wiping_leaves_nothing(void **state)
{
	uint8_t der[64], zero[64] = { 0 };
	struct pem p;

	(void)state;
	pem_init(&p, der, sizeof der);
	pem_feed(&p, BEGIN LONG_1, strlen(BEGIN LONG_1));
	pem_wipe(&p);
	assert_memory_equal(der, zero, sizeof der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_gives_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_of_everything_comes_back),
		cmocka_unit_test(base64_refuses_what_it_is_not),
		cmocka_unit_test(every_damage_has_its_own_outcome_in_every_chunk_size),
		cmocka_unit_test(an_encrypted_key_of_the_old_form_is_noticed),
		cmocka_unit_test(wiping_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
