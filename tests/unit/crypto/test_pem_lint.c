/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real keys damaged in every way that people have found, and what is said of
 * each; every row in several chunk sizes, and beside pem.h, which must refuse
 * what is called an error and take the rest.
 */
#include "unit/cmocka_all.h"

#include "crypto/pem_lint.h"
#include "support/pem_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 32768, NONE = PEM_LINT_CODES };

enum op { AS_IS, REPLACE, EVERY, DROP, DOUBLE, KEEP, CUT, BEFORE, AFTER, NUMBER, PREFIX, EOL, UTF16, ONLY_BODY, ESCAPE_JSON };

static const struct row {
	const char *name, *file;
	enum pem_lint_for wanted;
	enum op     op;
	int         line, keep;      /* DROP, DOUBLE; KEEP: so many characters of it; CUT: so many of the text */
	const char *a, *b;           /* REPLACE, EVERY: A by B; BEFORE, AFTER, PREFIX: A; NUMBER: its format */
	int         code;            /* of the one error, or of the first note; NONE */
	uint32_t    at;              /* its line */
} rows[] = {
	/* Good ones of every shape that is accepted. */
	{ "P-256 as SEC1", "keys/p256_sec1", .code = NONE },
	{ "P-256 as PKCS#8", "keys/p256_pkcs8", .code = NONE },
	{ "P-256 without its public half", "keys/p256_no_public", .code = NONE },
	{ "RSA 2048 as PKCS#1", "keys/rsa2048_pkcs1", .code = NONE },
	{ "RSA 2048 as PKCS#8", "keys/rsa2048_pkcs8", .code = NONE },
	{ "RSA 4096 as PKCS#1", "keys/rsa4096_pkcs1", .code = NONE },
	{ "RSA 4096 as PKCS#8", "keys/rsa4096_pkcs8", .code = NONE },
	{ "a public key", "keys/p256_public", PEM_LINT_PUBLIC, .code = NONE },
	{ "an RSA public key", "keys/rsa2048_public", PEM_LINT_PUBLIC, .code = NONE },
	{ "a certificate as public half", "leaf_ec", PEM_LINT_PUBLIC, .code = NONE },
	{ "a root", "root_rsa4096", PEM_LINT_ROOTS, .code = NONE },
	{ "no line end behind END", "keys/p256_sec1", PEM_LINT_KEY, CUT, .keep = -1, .code = NONE },
	{ "empty lines around", "keys/p256_sec1", PEM_LINT_KEY, BEFORE, .a = "\n\n", .code = NONE },
	{ "empty lines behind", "keys/p256_sec1", PEM_LINT_KEY, AFTER, .a = "\n\n\n", .code = NONE },
	{ "lines of another length", "keys/rsa2048_pkcs1", PEM_LINT_KEY, NUMBER, .line = 76, .code = NONE },
	{ "lines of 40", "keys/rsa2048_pkcs1", PEM_LINT_KEY, NUMBER, .line = 40, .code = NONE },

	/* Harmless. */
	{ "Windows' line ends", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "\r\n", .code = PEM_CRLF, .at = 1 },
	{ "a Macintosh's line ends", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "\r", .code = PEM_CR, .at = 1 },
	{ "line ends as in JSON", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "\\n", .code = PEM_ESCAPED, .at = 1 },
	{ "JSON's Windows line ends", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "\\r\\n", .code = PEM_ESCAPED, .at = 1 },
	{ "no line ends", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "", .code = PEM_ONE_LINE, .at = 1 },
	{ "blanks for line ends", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = " ", .code = PEM_ONE_LINE, .at = 1 },
	{ "BEGIN and the first line joined", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "KEY-----\nMHc", .b = "KEY-----MHc",
	  .code = PEM_ONE_LINE, .at = 1 },
	{ "the last line and END joined", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "\n-----END", .b = "-----END",
	  .code = PEM_ONE_LINE, .at = 4 },
	{ "all indented", "keys/p256_sec1", PEM_LINT_KEY, PREFIX, .a = "    ", .code = PEM_BLANKS, .at = 2 },
	{ "tabs in front", "keys/p256_sec1", PEM_LINT_KEY, PREFIX, .a = "\t", .code = PEM_BLANKS, .at = 2 },
	{ "blanks behind lines", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "  \n", .code = PEM_BLANKS, .at = 2 },
	{ "a byte order mark", "keys/p256_sec1", PEM_LINT_KEY, BEFORE, .a = "\xef\xbb\xbf", .code = PEM_BOM, .at = 1 },
	{ "what openssl pkcs12 writes in front", "keys/p256_pkcs8", PEM_LINT_KEY, BEFORE,
	  .a = "Bag Attributes\n    localKeyID: 01 \nKey Attributes: <No Attributes>\n", .code = PEM_BEFORE, .at = 1 },
	{ "prose with Begin in it", "keys/p256_sec1", PEM_LINT_KEY, BEFORE, .a = "BEGIN here\nEND of it\n- BEGIN now\n",
	  .code = PEM_BEFORE, .at = 1 },
	{ "text behind", "keys/p256_sec1", PEM_LINT_KEY, AFTER, .a = "that was it\n", .code = PEM_AFTER, .at = 6 },
	{ "EC PARAMETERS before it", "keys/p256_with_params", .code = PEM_PARAMETERS, .at = 1 },
	{ "a certificate behind the key", "keys/p256_sec1", PEM_LINT_KEY, AFTER,
	  .a = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", .code = PEM_BESIDE, .at = 6 },
	{ "in JSON, whole", "keys/p256_sec1", PEM_LINT_KEY, ESCAPE_JSON, .code = PEM_BEFORE, .at = 1 },

	/* No PEM. */
	{ "nothing", "keys/p256_sec1", PEM_LINT_KEY, CUT, .keep = 0, .code = PEM_EMPTY },
	{ "only blanks", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "  \r\n\t\n", .code = PEM_EMPTY },
	{ "UTF-16", "keys/p256_sec1", PEM_LINT_KEY, UTF16, .code = PEM_UTF16 },
	{ "DER", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "0w\x02\x01\x01\x04\x20zzzz", .code = PEM_DER },
	{ "an SSH public key", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL,
	  .b = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY me@home\n", .code = PEM_SSH },
	{ "an SSH2 public key", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL,
	  .b = "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n", .code = PEM_SSH, .at = 1 },
	{ "PuTTY's", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "PuTTY-User-Key-File-3: ssh-rsa\n", .code = PEM_PUTTY },
	{ "a token", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", .code = PEM_TOKEN },
	{ "a JWK", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "{\"kty\":\"EC\",\"d\":\"abc\"}", .code = PEM_JSON },
	{ "a web page", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "<!doctype html>\n<p>log in</p>", .code = PEM_MARKUP },
	{ "a file's name", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "/home/me/device-key.pem\n", .code = PEM_PATH },
	{ "Windows' file name", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "C:\\keys\\device.pem", .code = PEM_PATH },
	{ "hexadecimal", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL,
	  .b = "30770201010420765e3fde2eeb2eed55a379017d3b7d35e4956f6f9d443429c9135f387c47fd25", .code = PEM_HEX },
	{ "the base64 alone", "keys/p256_sec1", PEM_LINT_KEY, ONLY_BODY, .code = PEM_BARE },
	{ "BEGIN lost", "keys/p256_sec1", PEM_LINT_KEY, DROP, 1, .code = PEM_NO_BEGIN },
	{ "any text", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "please see\nthe attachment\n", .code = PEM_NONE },

	/* Something else. */
	{ "a public key for the private one", "keys/p256_public", .code = PEM_IS_PUBLIC, .at = 1 },
	{ "a public key that is damaged, too", "keys/p256_public", PEM_LINT_KEY, DROP, 2, .code = PEM_IS_PUBLIC, .at = 1 },
	{ "a certificate for the key", "leaf_ec", .code = PEM_IS_CERT, .at = 1 },
	{ "a request for the key", "keys/request", .code = PEM_IS_REQUEST, .at = 1 },
	{ "PKCS#8, encrypted", "keys/p256_encrypted", .code = PEM_ENCRYPTED, .at = 1 },
	{ "the old way of encrypting", "keys/p256_encrypted_old", .code = PEM_ENCRYPTED, .at = 1 },
	{ "OpenSSH's format", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "EC PRIVATE", .b = "OPENSSH PRIVATE", .code = PEM_OPENSSH, .at = 1 },
	{ "a DSA key", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "EC PRIVATE", .b = "DSA PRIVATE", .code = PEM_IS_OTHER, .at = 1 },
	{ "PGP's", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "EC PRIVATE KEY", .b = "PGP PRIVATE KEY BLOCK", .code = PEM_IS_OTHER, .at = 1 },
	{ "a private key for the public one", "keys/p256_pkcs8", PEM_LINT_PUBLIC, .code = PEM_IS_PRIVATE, .at = 1 },
	{ "an encrypted key for the public one", "keys/p256_encrypted", PEM_LINT_PUBLIC, .code = PEM_IS_PRIVATE, .at = 1 },
	{ "a key for a root", "keys/p256_sec1", PEM_LINT_ROOTS, .code = PEM_ROOT_IS_KEY, .at = 1 },
	{ "PKCS#7 for a root", "root_p384", PEM_LINT_ROOTS, EVERY, .a = "CERTIFICATE", .b = "PKCS7", .code = PEM_PKCS7, .at = 1 },
	{ "a trusted certificate", "root_p384", PEM_LINT_ROOTS, EVERY, .a = "CERTIFICATE", .b = "TRUSTED CERTIFICATE", .code = PEM_TRUSTED, .at = 1 },

	/* Markers. */
	{ "small letters", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "-----BEGIN EC PRIVATE KEY", .b = "-----begin ec private key", .code = PEM_CASE, .at = 1 },
	{ "em dashes for BEGIN's hyphens", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "-----BEGIN",
	  .b = "\xe2\x80\x94\xe2\x80\x94-BEGIN", .code = PEM_DASH, .at = 1 },
	{ "an en dash in END", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "-----END", .b = "----\xe2\x80\x93" "END", .code = PEM_DASH, .at = 5 },
	{ "em dashes everywhere", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "-----", .b = "\xe2\x80\x94\xe2\x80\x94-", .code = PEM_DASH, .at = 1 },
	{ "four hyphens before BEGIN", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "-----BEGIN", .b = "----BEGIN", .code = PEM_HYPHENS, .at = 1 },
	{ "four hyphens behind the label", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "KEY-----", .b = "KEY----", .code = PEM_HYPHENS, .at = 1 },
	{ "no hyphens behind the label", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "KEY-----", .b = "KEY", .code = PEM_HYPHENS, .at = 1 },
	{ "no hyphens at all", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "-----", .b = "", .code = PEM_HYPHENS, .at = 1 },
	{ "three hyphens behind END's label", "keys/p256_sec1", PEM_LINT_KEY, CUT, .keep = -3, .code = PEM_HYPHENS, .at = 5 },
	{ "six hyphens before END", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "-----END", .b = "------END", .code = PEM_HYPHENS, .at = 5 },
	{ "a blank behind the label", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "KEY-----", .b = "KEY -----", .code = PEM_LABEL_BLANK, .at = 1 },
	{ "two blanks in the label", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "EC PRIVATE", .b = "EC  PRIVATE", .code = PEM_LABEL_BLANK, .at = 1 },
	{ "no blank behind BEGIN", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "BEGIN EC", .b = "BEGINEC", .code = PEM_LABEL_BLANK, .at = 1 },
	{ "a no-break space behind BEGIN", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "BEGIN EC", .b = "BEGIN\xc2\xa0" "EC", .code = PEM_LABEL_BLANK, .at = 1 },
	{ "END of another kind", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "END EC PRIVATE", .b = "END PRIVATE", .code = PEM_MISMATCH, .at = 5 },
	{ "END missing", "keys/p256_sec1", PEM_LINT_KEY, DROP, 5, .code = PEM_NO_END, .at = 1 },
	{ "cut off in the middle", "keys/rsa2048_pkcs1", PEM_LINT_KEY, CUT, .keep = 700, .code = PEM_NO_END, .at = 1 },
	{ "cut off in the END line", "keys/p256_sec1", PEM_LINT_KEY, CUT, .keep = -18, .code = PEM_HYPHENS, .at = 5 },
	{ "BEGIN alone", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL, .b = "-----BEGIN EC PRIVATE KEY-----\n", .code = PEM_BEGIN_ALONE, .at = 1 },
	{ "nothing between", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = NULL,
	  .b = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", .code = PEM_NO_BODY, .at = 1 },

	/* All lines. */
	{ "cat -n", "keys/p256_sec1", PEM_LINT_KEY, NUMBER, .a = "%6d\t", .code = PEM_NUMBERS, .at = 1 },
	{ "grep -n", "keys/p256_sec1", PEM_LINT_KEY, NUMBER, .a = "%d:", .code = PEM_NUMBERS, .at = 1 },
	{ "an editor's numbers", "keys/rsa2048_pkcs1", PEM_LINT_KEY, NUMBER, .a = "%3d | ", .code = PEM_NUMBERS, .at = 1 },
	{ "numbers from 41 on", "keys/p256_sec1", PEM_LINT_KEY, NUMBER, .keep = 40, .a = "%d. ", .code = PEM_NUMBERS, .at = 1 },
	{ "quoted in a mail", "keys/p256_sec1", PEM_LINT_KEY, PREFIX, .a = "> ", .code = PEM_PREFIX, .at = 1 },
	{ "a comment", "keys/p256_sec1", PEM_LINT_KEY, PREFIX, .a = "# ", .code = PEM_PREFIX, .at = 1 },
	{ "a list of changes", "keys/p256_sec1", PEM_LINT_KEY, PREFIX, .a = "+", .code = PEM_PREFIX, .at = 1 },
	{ "a C string", "keys/p256_sec1", PEM_LINT_KEY, PREFIX, .a = "\"", .b = "\\n\"", .code = PEM_PREFIX, .at = 1 },
	{ "backslashes at line ends", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "\\\n", .code = PEM_BACKSLASH, .at = 1 },
	{ "JSON twice", "keys/p256_sec1", PEM_LINT_KEY, EOL, .a = "\\\\n", .code = PEM_ESCAPED_TWICE, .at = 1 },
	{ "JSON with escaped slashes", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "/", .b = "\\/", .code = PEM_SLASH, .at = 2 },
	{ "base64url", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "/", .b = "_", .code = PEM_URL_ALPHABET, .at = 2 },
	{ "base64url with hyphens", "keys/rsa2048_pkcs1", PEM_LINT_KEY, EVERY, .a = "+", .b = "-", .code = PEM_URL_ALPHABET, .at = 2 },
	{ "a web form ate '+'", "keys/rsa2048_pkcs1", PEM_LINT_KEY, EVERY, .a = "+", .b = " ", .code = PEM_PLUS, .at = 2 },
	{ "URL encoding", "keys/p256_sec1", PEM_LINT_KEY, EVERY, .a = "/", .b = "%2F", .code = PEM_PERCENT, .at = 2 },

	/* One character. */
	{ "smart quotes around", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "\n-----END", .b = "\xe2\x80\x9d\n-----END", .code = PEM_QUOTED, .at = 4 },
	{ "a quotation mark", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "M\"Hc", .code = PEM_QUOTED, .at = 2 },
	{ "a no-break space", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "MH\xc2\xa0" "c", .code = PEM_INVISIBLE, .at = 2 },
	{ "a zero-width space", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "\xe2\x80\x8bMHc", .code = PEM_INVISIBLE, .at = 2 },
	{ "an escape sequence", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "MH\x1b[31mc", .code = PEM_INVISIBLE, .at = 2 },
	{ "a letter of another alphabet", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "\xd0\x9cHc", .code = PEM_CHARACTER, .at = 2 },
	{ "an exclamation mark", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "M!c", .code = PEM_CHARACTER, .at = 2 },
	{ "a byte that is no UTF-8", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "MH\x9c" "c", .code = PEM_CHARACTER, .at = 2 },
	{ "shortened with dots", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "MHc...", .code = PEM_SHORTENED, .at = 2 },
	{ "masked with asterisks", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "***", .code = PEM_SHORTENED, .at = 2 },
	{ "a long dash in the base64", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "MH\xe2\x80\x94", .code = PEM_CHARACTER, .at = 2 },

	/* Lengths. */
	{ "the second of three lines lost", "keys/p256_sec1", PEM_LINT_KEY, DROP, 3, .code = PEM_LOST_LINES, .at = 1 },
	{ "the last line lost", "keys/p256_sec1", PEM_LINT_KEY, DROP, 4, .code = PEM_LOST_LINES, .at = 1 },
	{ "the first line lost", "keys/rsa2048_pkcs1", PEM_LINT_KEY, DROP, 2, .code = PEM_NOT_DER, .at = 2 },
	{ "a line of a certificate lost", "root_rsa4096", PEM_LINT_ROOTS, DROP, 9, .code = PEM_LOST_LINES, .at = 1 },
	{ "a line twice", "keys/p256_sec1", PEM_LINT_KEY, DOUBLE, 3, .code = PEM_TWICE, .at = 4 },
	{ "the last line twice", "keys/rsa2048_pkcs8", PEM_LINT_KEY, DOUBLE, 27, .code = PEM_TWICE, .at = 28 },
	{ "a last line with '=' twice", "keys/p256_sec1", PEM_LINT_KEY, DOUBLE, 4, .code = PEM_TWICE, .at = 5 },
	{ "a line cut short", "keys/rsa2048_pkcs1", PEM_LINT_KEY, KEEP, 9, 40, .code = PEM_SHORT_LINE, .at = 9 },
	{ "one character lost", "keys/rsa2048_pkcs1", PEM_LINT_KEY, KEEP, 12, 63, .code = PEM_SHORT_LINE, .at = 12 },
	{ "characters of the last line lost", "keys/p256_sec1", PEM_LINT_KEY, KEEP, 4, 20, .code = PEM_LOST, .at = 1 },
	{ "a character too many", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "\n-----END", .b = "A\n-----END", .code = PEM_PAD_INSIDE, .at = 4 },
	{ "four characters too many", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "MHc", .b = "MHcMHcA", .code = PEM_TOO_MUCH, .at = 1 },
	{ "padding lost", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "==", .b = "", .code = PEM_PADDING, .at = 4 },
	{ "half of the padding lost", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "==", .b = "=", .code = PEM_PADDING, .at = 4 },
	{ "too much padding", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "==", .b = "====", .code = PEM_PADDING, .at = 4 },
	{ "the last character changed", "keys/p256_sec1", PEM_LINT_KEY, REPLACE, .a = "A==", .b = "B==", .code = PEM_LAST, .at = 4 },
};

static char text[TEXT_MAX];
static size_t text_len;

static void put(const char *s, size_t n)
{
	assert_true(text_len + n < sizeof text);
	memcpy(text + text_len, s, n);
	text_len += n;
}

static void put_text(const char *s)
{
	put(s, strlen(s));
}

static void replace(const char *in, const char *a, const char *b, bool every)
{
	const char *at;
	bool any = false;

	for (; (at = strstr(in, a)) != NULL && (every || !any); in = at + strlen(a), any = true) {
		put(in, (size_t)(at - in));
		put_text(b);
	}
	assert_true(any);    /* a damage that damages nothing proves nothing */
	put_text(in);
}

/* The base64 in lines of another length. */
static void wrap(const char *in, int width)
{
	const char *body = strchr(in, '\n') + 1, *end = strstr(in, "-----END");
	int column = 0;

	put(in, (size_t)(body - in));
	for (; body < end; body++) {
		if (*body == '\n')
			continue;
		put(body, 1);
		if (++column % width == 0)
			put_text("\n");
	}
	put_text(column % width != 0 ? "\n" : "");
	put_text(end);
}

static void damage_line(const struct row *r, const char *line, size_t n, int number)
{
	char numbered[32];
	bool mine = number == r->line, marker = line[0] == '-';

	if ((r->op == DROP && mine) || (r->op == ONLY_BODY && marker))
		return;
	if (r->op == NUMBER) {
		snprintf(numbered, sizeof numbered, r->a, r->keep + number);
		put_text(numbered);
	}
	if (r->op == PREFIX)
		put_text(r->a);
	put(line, r->op == KEEP && mine ? (size_t)r->keep : n);
	put_text(r->op == EOL ? r->a : r->op == PREFIX && r->b != NULL ? r->b : "");
	put_text(r->op == EOL ? "" : "\n");
	if (r->op == DOUBLE && mine) {
		put(line, n);
		put_text("\n");
	}
}

static void damage_lines(const struct row *r, const char *in)
{
	int number = 1;

	for (const char *end; (end = strchr(in, '\n')) != NULL; in = end + 1)
		damage_line(r, in, (size_t)(end - in), number++);
}

static void damage(const struct row *r)
{
	static char in[TEXT_MAX];
	char name[64];
	struct bytes file;

	snprintf(name, sizeof name, "tests/data/%s.pem", r->file);
	file = file_text(name);
	memcpy(in, file.data, file.len);
	in[file.len] = '\0';
	text_len = 0;
	if (r->op == BEFORE)
		put_text(r->a);
	if (r->op == ESCAPE_JSON)
		put_text("{ \"key\": \"");
	if ((r->op == REPLACE || r->op == EVERY) && r->a != NULL)
		replace(in, r->a, r->b, r->op == EVERY);
	else if (r->op == REPLACE)
		put_text(r->b);
	else if (r->op == NUMBER && r->a == NULL)
		wrap(in, r->line);
	else if (r->op == CUT)
		put(in, r->keep > 0 || (r->keep == 0) ? (size_t)r->keep : file.len - 1 - (size_t)-r->keep + (r->keep == -1));
	else if (r->op == ESCAPE_JSON)
		replace(in, "\n", "\\n", true);
	else if (r->op == UTF16)
		for (size_t i = 0; i < file.len; i++)
			put((char[]){ in[i], '\0' }, 2);
	else if (r->op == AS_IS || r->op == BEFORE || r->op == AFTER)
		put_text(in);
	else
		damage_lines(r, in);
	if (r->op == AFTER)
		put_text(r->a);
	if (r->op == ESCAPE_JSON)
		put_text("\" }\n");
}

/* ---- what is said ----------------------------------------------------------- */

struct said {
	unsigned errors, all;
	struct pem_lint_finding error, note;
	char     words[4096];
	struct pem_lint last;
};

static void take(struct said *s, const struct pem_lint *l)
{
	struct text t;

	for (unsigned i = 0; i < l->count; i++) {
		const struct pem_lint_finding *f = &l->found[i];
		bool error = pem_lint_info((enum pem_lint_code)f->code).weight == WEIGHT_ERROR;

		if (error && s->errors++ == 0)
			s->error = *f;
		if (!error && s->note.line == 0 && s->note.code == 0)
			s->note = *f;
		s->all++;
		text_init(&t, s->words + strlen(s->words), sizeof s->words - strlen(s->words));
		pem_lint_say(l, f, NULL, &t);
		text_add_char(&t, '\n');
		assert_false(t.overflow);
	}
}

static void lint(struct said *s, enum pem_lint_for wanted, size_t chunk)
{
	struct pem_lint l;

	memset(s, 0, sizeof *s);
	pem_lint_init(&l, wanted);
	for (size_t at = 0; at < text_len; ) {
		size_t n = text_len - at < chunk ? text_len - at : chunk, taken = pem_lint_feed(&l, text + at, n);

		assert_in_range(taken, 1, n);
		take(s, &l);
		l.count = 0;
		at += taken;
	}
	pem_lint_end(&l);
	take(s, &l);
}

static void says_what_is_wrong_and_where(void **state)
{
	static const size_t chunks[] = { TEXT_MAX, 1, 2, 3, 7, 64, 65 };
	static struct said first, said;
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		bool error = r->code != NONE && pem_lint_info((enum pem_lint_code)r->code).weight == WEIGHT_ERROR;
		const struct pem_lint_finding *f = error ? &first.error : &first.note;

		damage(r);
		lint(&first, r->wanted, chunks[0]);
		if (first.errors != error || (r->code != NONE && (f->code != r->code || f->line != r->at)) ||
		    (r->code == NONE && first.all != 0)) {
			print_error("%s: %s, line %u, %u errors:\n%s", r->name,
				    first.all ? pem_lint_info((enum pem_lint_code)f->code).code : "-", f->line, first.errors, first.words);
			wrong++;
		}
		if (getenv("SHOW") != NULL)
			print_message("%s: %s", r->name, first.words);
		for (size_t k = 1; k < sizeof chunks / sizeof chunks[0]; k++) {
			lint(&said, r->wanted, chunks[k]);
			assert_string_equal(said.words, first.words);
		}
	}
	assert_int_equal(wrong, 0);
}

/* ---- beside pem.h ----------------------------------------------------------- */

static void calls_an_error_what_is_refused(void **state)
{
	static uint8_t arena[96 * 1024], der[KEY_DER_MAX];
	struct crypto c;
	struct said said;
	unsigned wrong = 0;

	(void)state;
	crypto_init(&c, arena, sizeof arena, "test", 4);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key_info info;
		size_t len;
		enum err e;

		if (rows[i].wanted != PEM_LINT_KEY)
			continue;
		damage(&rows[i]);
		lint(&said, PEM_LINT_KEY, TEXT_MAX);
		e = key_from_pem(&c, (struct bytes){ (uint8_t *)text, text_len }, der, sizeof der, &len, &info);
		if ((e != ERR_OK) != (said.errors > 0)) {
			print_error("%s: %s, but %u errors: %s\n", rows[i].name, err_name(e), said.errors, said.words);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* Any single byte changed: what key.h refuses has a sentence, but for what only
 * arithmetic can tell; what it takes has none that is an error. */
static void misses_nothing_that_one_byte_can_do(void **state)
{
	static uint8_t arena[96 * 1024], der[KEY_DER_MAX];
	static const char bytes[] = "A9+/=-_ \n\r\\\"n.:#\x80\xe2";
	struct crypto c;
	struct said said;

	(void)state;
	crypto_init(&c, arena, sizeof arena, "test", 4);
	damage(&(struct row){ .file = "keys/p256_pkcs8" });
	for (size_t at = 0; at < text_len; at++)
		for (size_t b = 0; b < sizeof bytes - 1; b++) {
			struct key_info info;
			size_t len;
			char was = text[at];
			enum err e;

			text[at] = bytes[b];
			lint(&said, PEM_LINT_KEY, TEXT_MAX);
			e = key_from_pem(&c, (struct bytes){ (uint8_t *)text, text_len }, der, sizeof der, &len, &info);
			if (e == ERR_OK ? said.errors > 0 : said.errors == 0 && e != ERR_KEY_PAIR && e != ERR_KEY_FORMAT &&
			    e != ERR_KEY_TYPE && e != ERR_KEY_CURVE)
				fail_msg("byte %zu 0x%02x: %s, but said: %s", at, (unsigned char)bytes[b], err_name(e), said.words);
			text[at] = was;
		}
}

/* ---- several objects -------------------------------------------------------- */

static void put_file(const char *name)
{
	struct bytes file = file_text(name);

	put((const char *)file.data, file.len);
}

static void two_keys_are_one_too_many(void **state)
{
	struct said said;

	(void)state;
	text_len = 0;
	put_file("tests/data/keys/p256_sec1.pem");
	put_file("tests/data/keys/rsa2048_pkcs1.pem");
	lint(&said, PEM_LINT_KEY, 5);
	assert_int_equal(said.errors, 1);
	assert_int_equal(said.error.code, PEM_TWO_KEYS);
	assert_int_equal(said.error.line, 6);
	assert_non_null(strstr(said.words, "There are 2 keys"));
}

static void each_certificate_of_a_bundle_is_looked_at(void **state)
{
	struct said said;

	(void)state;
	damage(&(struct row){ .file = "root_rsa4096", .op = DROP, .line = 9 });
	put_file("tests/data/root_p384.pem");
	put_file("tests/data/keys/p256_sec1.pem");
	lint(&said, PEM_LINT_ROOTS, 11);
	assert_int_equal(said.errors, 2);
	assert_int_equal(said.error.code, PEM_LOST_LINES);
	assert_non_null(strstr(said.words, "stands where a root certificate belongs"));
}

static void a_begin_in_place_of_end_does_not_hide_the_next(void **state)
{
	struct said said;

	(void)state;
	damage(&(struct row){ .file = "root_p384", .op = CUT, .keep = 300 });
	put_text("\n");
	put_file("tests/data/root_p384.pem");
	put_file("tests/data/root_p384.pem");
	for (size_t chunk = 1; chunk < 70; chunk++) {
		lint(&said, PEM_LINT_ROOTS, chunk);
		assert_int_equal(said.errors, 1);
		assert_int_equal(said.error.code, PEM_NO_END);
		assert_int_equal(said.all, 1);
	}
}

/* ---- of the key itself ------------------------------------------------------ */

static void says_why_a_whole_key_is_refused(void **state)
{
	static const struct { const char *file; int code; const char *words; } keys[] = {
		{ "keys/p384_sec1", PEM_CURVE, "EC P-384" },      { "keys/k1_sec1", PEM_CURVE, "EC secp256k1" },
		{ "keys/k1_pkcs8", PEM_CURVE, "EC secp256k1" },   { "keys/brainpool", PEM_CURVE, "brainpoolP256r1" },
		{ "keys/ed25519", PEM_TYPE, "Ed25519" },          { "keys/x25519", PEM_TYPE, "X25519" },
		{ "keys/dsa", PEM_TYPE, "DSA" },                  { "keys/rsapss", PEM_TYPE, "RSA-PSS" },
		{ "keys/rsa1024", PEM_RSA_SMALL, "1024 bits" },   { "keys/p256_explicit", PEM_CURVE, "no known curve" },
		{ "keys/p256_sec1", NONE, "" },                   { "keys/rsa4096_pkcs1", NONE, "" },
	};
	static uint8_t arena[96 * 1024], der[KEY_DER_MAX];
	struct crypto c;

	(void)state;
	crypto_init(&c, arena, sizeof arena, "test", 4);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct key_info info;
		struct pem_lint l;
		char words[600] = "";
		struct text t;
		size_t len;
		enum err e;

		damage(&(struct row){ .file = keys[i].file });
		pem_lint_init(&l, PEM_LINT_KEY);
		(void)pem_lint_feed(&l, text, text_len);
		assert_int_equal(l.count, 0);
		e = key_from_pem(&c, (struct bytes){ (uint8_t *)text, text_len }, der, sizeof der, &len, &info);
		pem_lint_key(&l, e, &info);
		assert_int_equal(l.count, keys[i].code != NONE);
		if (keys[i].code == NONE)
			continue;
		assert_int_equal(l.found[0].code, keys[i].code);
		text_init(&t, words, sizeof words);
		pem_lint_say(&l, &l.found[0], &info, &t);
		assert_non_null(strstr(words, keys[i].words));
	}
}

/* ---- the sentences ---------------------------------------------------------- */

/* At most 400 characters, one sentence with an action, no placeholder left, no
 * character of the key; codes are unique. */
static void sentences_are_sentences(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PEM_LINT_CODES; i++) {
		struct finding_info info = pem_lint_info((enum pem_lint_code)i);
		struct pem_lint l;
		struct pem_lint_finding f = { .code = (uint8_t)i, .number = { 4294967295u, 9999, 9999 } };
		char words[600];
		struct text t;

		pem_lint_init(&l, PEM_LINT_PUBLIC);
		l.objects = 1;
		strcpy(l.object.label, "NEW CERTIFICATE REQUEST");
		strcpy(l.object.end_label, "NEW CERTIFICATE REQUEST");
		text_init(&t, words, sizeof words);
		pem_lint_say(&l, &f, NULL, &t);
		assert_false(t.overflow);
		assert_in_range(t.len, 30, 400);
		assert_int_equal(words[t.len - 1], '.');
		if (info.weight == WEIGHT_ERROR)
			assert_non_null(strchr(words, ':') != NULL ? strchr(words, ':') : strchr(words, ';'));
		if (info.grade == GRADE_LIKELY)
			assert_non_null(strstr(words, "most likely"));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(info.code, pem_lint_info((enum pem_lint_code)k).code);
	}
}

static void no_part_of_a_key_is_said(void **state)
{
	static struct said said;
	char piece[9] = "";
	bool marker = true;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bytes key;
		char name[64];

		if (rows[i].op == REPLACE && rows[i].a == NULL)
			continue;
		damage(&rows[i]);
		lint(&said, rows[i].wanted, TEXT_MAX);
		snprintf(name, sizeof name, "tests/data/%s.pem", rows[i].file);
		key = file_text(name);
		for (size_t at = 0; at + 8 < key.len; at++) {
			if (at == 0 || key.data[at - 1] == '\n')
				marker = key.data[at] == '-';
			memcpy(piece, key.data + at, 8);
			if (!marker && strpbrk(piece, " \n") == NULL)
				assert_null(strstr(said.words, piece));
		}
	}
}

static void nothing_stays_after_a_wipe(void **state)
{
	static const struct pem_lint none;
	struct pem_lint l;

	(void)state;
	damage(&(struct row){ .file = "keys/p256_sec1" });
	pem_lint_init(&l, PEM_LINT_KEY);
	(void)pem_lint_feed(&l, text, text_len);
	pem_lint_wipe(&l);
	assert_memory_equal(&l, &none, sizeof l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(calls_an_error_what_is_refused),
		cmocka_unit_test(misses_nothing_that_one_byte_can_do),
		cmocka_unit_test(two_keys_are_one_too_many),
		cmocka_unit_test(each_certificate_of_a_bundle_is_looked_at),
		cmocka_unit_test(a_begin_in_place_of_end_does_not_hide_the_next),
		cmocka_unit_test(says_why_a_whole_key_is_refused),
		cmocka_unit_test(sentences_are_sentences),
		cmocka_unit_test(no_part_of_a_key_is_said),
		cmocka_unit_test(nothing_stays_after_a_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
