/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_lint_list.h - what pem_lint.h may find, and the sentences.
 *
 * Of the errors, the first that fits is the cause and the others its echoes:
 * pem_lint.c looks in this order.  %w is "key", "public key" or "certificate".
 */
#ifndef TERN_CRYPTO_PEM_LINT_LIST_H
#define TERN_CRYPTO_PEM_LINT_LIST_H

#include "base/packed.h"

#define PASTE_AGAIN ": copy it again, from the '-----BEGIN' line to the '-----END' line"
#define PLAIN_EDITOR ": open the original in a plain text editor and copy it from there"
#define MAKE_P256 "'openssl ecparam -name prime256v1 -genkey -noout -out key.pem'"
#define MAKE_RSA "'openssl genrsa -out key.pem 2048'"
#define PASTE_KEY "paste the file that begins with 'BEGIN EC PRIVATE KEY' or 'BEGIN PRIVATE KEY'"

/*	name             code                 weight   grade  sentence */
#define PEM_LINT_LIST(X) \
	/* No object at all. */ \
	X(EMPTY,         "PEM-EMPTY",         ERROR, IS, \
	  T("There is nothing where the %w belongs" PASTE_AGAIN ".")) \
	X(UTF16,         "PEM-UTF16",         ERROR, IS, \
	  T("The %w is in UTF-16 (%1 bytes of it are zero), as some Windows programs write: save it as UTF-8 or " \
	    "ASCII.")) \
	X(DER,           "PEM-DER",           ERROR, IS, \
	  T("The %w is binary (DER), not text: convert it to PEM with 'openssl pkey -inform DER -in FILE', a " \
	    "certificate with 'openssl x509 -inform DER -in FILE'.")) \
	X(SSH,           "PEM-SSH",           ERROR, IS, \
	  T("This is a public key in SSH's own format ('%v'), not a %w in PEM: SSH keys are of no use here; make a " \
	    "key with " MAKE_P256 ".")) \
	X(PUTTY,         "PEM-PUTTY",         ERROR, IS, \
	  T("This is a key in PuTTY's own format, not a %w in PEM: make a key with " MAKE_P256 ".")) \
	X(TOKEN,         "PEM-TOKEN",         ERROR, IS, \
	  T("This is a token (it begins with 'eyJ'), not a %w: a token is made from the key by the device itself; " \
	    "give the key's PEM file.")) \
	X(JSON,          "PEM-JSON",          ERROR, IS, \
	  T("This is JSON (a JWK, or a file with a key in it), not a %w: give PEM, which begins with '-----BEGIN'.")) \
	X(MARKUP,        "PEM-MARKUP",        ERROR, IS, \
	  T("This is a web page or XML (it begins with '<'), not a %w: most likely a download went wrong or " \
	    "asked for " \
	    "a login; download the file again and look into it.")) \
	X(PATH,          "PEM-PATH",          ERROR, LIKELY, \
	  T("This is most likely the name of a file, not what is in it: paste the %w itself, which begins with " \
	    "'-----BEGIN'.")) \
	X(HEX,           "PEM-HEX",           ERROR, LIKELY, \
	  T("This is most likely hexadecimal (%1 characters, all of 0-9 and a-f), not PEM: give the %w as text that " \
	    "begins with '-----BEGIN'.")) \
	X(NO_BEGIN,      "PEM-NO-BEGIN",      ERROR, IS, \
	  T("The '-----BEGIN' line of the %w is missing" PASTE_AGAIN ".")) \
	X(BARE,          "PEM-BARE",          ERROR, LIKELY, \
	  T("This is most likely the inside of a %w only (%1 characters of base64): its '-----BEGIN' and '-----END' " \
	    "lines belong to it" PASTE_AGAIN ".")) \
	X(NONE,          "PEM-NONE",          ERROR, IS, \
	  T("There is no %w in this text (no '-----BEGIN' line; lines: %1)" PASTE_AGAIN ".")) \
	/* Something else. */ \
	X(CASE,          "PEM-CASE",          ERROR, IS, \
	  T("Line %1 of the %w is written in small letters; PEM wants capitals, as in '-----BEGIN %v-----': copy the " \
	    "original again.")) \
	X(DASH,          "PEM-DASH",          ERROR, IS, \
	  T("Line %2 of the %w has a long dash (%c) where five hyphens belong, most likely made by a word " \
	    "processor or " \
	    "a messenger" PLAIN_EDITOR ".")) \
	X(HYPHENS,       "PEM-HYPHENS",       ERROR, IS, \
	  T("Line %1 of the %w has %2 hyphens on one side where five belong" PASTE_AGAIN ", whole lines.")) \
	X(LABEL_BLANK,   "PEM-LABEL-BLANK",   ERROR, IS, \
	  T("Line %1 of the %w has a blank too many or too few: it must be '-----BEGIN %v-----', and the last line " \
	    "likewise with END.")) \
	X(IS_PUBLIC,     "KEY-IS-PUBLIC",     ERROR, IS, \
	  T("A PUBLIC key ('BEGIN %v', line %1) stands where the private one belongs: " PASTE_KEY ".")) \
	X(IS_CERT,       "KEY-IS-CERT",       ERROR, IS, \
	  T("A certificate ('BEGIN %v', line %1) stands where the %w belongs: give the key, which is a file of " \
	    "its own " \
	    "beside the certificate.")) \
	X(IS_REQUEST,    "PEM-IS-REQUEST",    ERROR, IS, \
	  T("A request for a certificate ('BEGIN %v', line %1) stands where the %w belongs: it is of no use " \
	    "here; give " \
	    "the %w itself.")) \
	X(ENCRYPTED,     "KEY-ENCRYPTED",     ERROR, IS, \
	  T("The private key (line %1) is encrypted with a password, which a device cannot type: take it off with " \
	    "'openssl pkey -in FILE -out key.pem' and give what that writes.")) \
	X(OPENSSH,       "KEY-OPENSSH",       ERROR, IS, \
	  T("The private key (line %1) is in OpenSSH's own format ('BEGIN %v'): make a key with " MAKE_P256 ", or " \
	    "convert a copy of this one with 'ssh-keygen -p -m PEM -f COPY'.")) \
	X(IS_PRIVATE,    "KEY-IS-PRIVATE",    ERROR, IS, \
	  T("A PRIVATE key ('BEGIN %v', line %1) stands where the public one belongs: keep it secret, and give what " \
	    "'openssl pkey -in FILE -pubout' prints.")) \
	X(ROOT_IS_KEY,   "ROOT-IS-KEY",       ERROR, IS, \
	  T("A key ('BEGIN %v', line %1) stands where a root certificate belongs: give the certificate of the " \
	    "authority ('BEGIN CERTIFICATE'), and keep private keys secret.")) \
	X(PKCS7,         "ROOT-PKCS7",        ERROR, IS, \
	  T("Line %1 begins a bundle in another format ('BEGIN %v'): convert it with 'openssl pkcs7 -print_certs -in " \
	    "FILE' and give what that prints.")) \
	X(TRUSTED,       "ROOT-TRUSTED",      ERROR, IS, \
	  T("Line %1 begins a certificate in OpenSSL's own format ('BEGIN %v'): convert it with 'openssl x509 " \
	    "-in FILE' " \
	    "and give what that prints.")) \
	X(IS_OTHER,      "PEM-IS-OTHER",      ERROR, IS, \
	  T("'BEGIN %v' (line %1) stands where the %w belongs: give the %w itself.")) \
	/* Damaged: by something that touched every line, then by a character, then by its length. */ \
	X(NUMBERS,       "PEM-NUMBERS",       ERROR, IS, \
	  T("%1 lines of the %w, from line %2 on, begin with a line number that was copied along: copy it out of an " \
	    "editor without numbers, or with 'cat FILE'.")) \
	X(PREFIX,        "PEM-PREFIX",        ERROR, IS, \
	  T("The lines of the %w begin with %c, which was copied along (from a mail, a comment, a program or a " \
	    "list of " \
	    "changes): take it away from each line, or copy the original.")) \
	X(ESCAPED_TWICE, "PEM-ESCAPED-TWICE", ERROR, IS, \
	  T("The %w has '\\\\n' for its line ends (line %1): it went into JSON twice; put '\\n' or real line ends in " \
	    "their place.")) \
	X(SLASH,         "PEM-SLASH",         ERROR, IS, \
	  T("The %w has '\\/' for '/' (line %1), as some JSON does: take the backslashes before '/' away, or " \
	    "read the " \
	    "JSON with a program ('jq -r').")) \
	X(BACKSLASH,     "PEM-BACKSLASH",     ERROR, IS, \
	  T("The %w has a backslash in line %2, column %3, that is no '\\n'" PLAIN_EDITOR ".")) \
	X(QUOTED,        "PEM-QUOTED",        ERROR, IS, \
	  T("The %w has a quotation mark (%c) in line %2, column %3, as in a program's source: give the PEM " \
	    "file itself, " \
	    "without quotes and commas.")) \
	X(PERCENT,       "PEM-PERCENT",       ERROR, IS, \
	  T("The %w has a '%%' in line %2, column %3: it was encoded for a web address (URL " \
	    "encoding)" PLAIN_EDITOR ".")) \
	X(SHORTENED,     "PEM-SHORTENED",     ERROR, LIKELY, \
	  T("The %w was most likely shortened for showing (%c in line %2, column %3): give the whole original.")) \
	X(INVISIBLE,     "PEM-INVISIBLE",     ERROR, IS, \
	  T("The %w has a character in line %2, column %3, that cannot be seen (%c), most likely from a web " \
	    "page or a " \
	    "word processor" PLAIN_EDITOR ".")) \
	X(CHARACTER,     "PEM-CHARACTER",     ERROR, IS, \
	  T("The %w has %c in line %2, column %3, where only letters, digits, '+', '/' and '=' may " \
	    "be" PLAIN_EDITOR ".")) \
	X(URL_ALPHABET,  "PEM-URL-ALPHABET",  ERROR, IS, \
	  T("The %w is in the base64 of web addresses (a '-' or '_' in line %1): PEM wants '+' for '-' and '/' for " \
	    "'_'; export it as PEM again.")) \
	X(BEGIN_ALONE,   "PEM-BEGIN-ALONE",   ERROR, IS, \
	  T("Behind '-----BEGIN %v-----' (line %1) nothing comes" PASTE_AGAIN ".")) \
	X(NO_END,        "PEM-NO-END",        ERROR, IS, \
	  T("The '-----END %v-----' line of the %w that begins in line %1 is missing (%2 of %3 bytes are there): it " \
	    "was cut off" PASTE_AGAIN ".")) \
	X(MISMATCH,      "PEM-MISMATCH",      ERROR, IS, \
	  T("The %w begins with 'BEGIN %v' (line %1) and ends with 'END %o' (line %2): two files were mixed; " \
	    "copy one " \
	    "file, whole.")) \
	X(NO_BODY,       "PEM-NO-BODY",       ERROR, IS, \
	  T("Between BEGIN (line %1) and END (line %2) of the %w there is nothing" PASTE_AGAIN ".")) \
	X(PAD_INSIDE,    "PEM-PAD-INSIDE",    ERROR, LIKELY, \
	  T("The %w has a '=' in line %1 and more behind it: most likely two were joined; give one, whole.")) \
	X(TWICE,         "PEM-TWICE",         ERROR, IS, \
	  T("Line %2 of the %w is the same as line %1 before it, and %3 bytes are too many: a line came twice " \
	    "when it was " \
	    "pasted; delete one of the two.")) \
	X(SHORT_LINE,    "PEM-SHORT-LINE",    ERROR, LIKELY, \
	  T("Line %1 of the %w has %2 characters and the lines around it %3: most likely some were lost when it was " \
	    "pasted" PASTE_AGAIN ", more slowly if the terminal drops characters.")) \
	X(PLUS,          "PEM-PLUS",          ERROR, LIKELY, \
	  T("The %w has %1 blanks in its lines (the first in line %2) and is %1 characters short: most likely each " \
	    "was a '+' that a web form has changed; put '+' in their place or copy the original.")) \
	X(NOT_DER,       "PEM-FIRST-LINE",    ERROR, LIKELY, \
	  T("The %w does not begin with 'M' in line %1, as all do: most likely its first line is missing or damaged" \
	    PASTE_AGAIN ".")) \
	X(LOST_LINES,    "PEM-LOST-LINES",    ERROR, LIKELY, \
	  T("The %w says that it has %2 bytes and %1 are there: most likely %3 line(s) of it were lost when it was " \
	    "pasted" PASTE_AGAIN ".")) \
	X(LOST,          "PEM-LOST",          ERROR, IS, \
	  T("The %w says that it has %2 bytes and %1 are there: characters or lines were lost when it was pasted" \
	    PASTE_AGAIN ".")) \
	X(TOO_MUCH,      "PEM-TOO-MUCH",      ERROR, IS, \
	  T("The %w says that it has %2 bytes and %1 are there: something came twice or was put in between" \
	    PASTE_AGAIN ".")) \
	X(ODD,           "PEM-ODD",           ERROR, IS, \
	  T("The %w has %1 characters of base64, which cannot be: a character was lost or added" PASTE_AGAIN ".")) \
	X(PADDING,       "PEM-PADDING",       ERROR, IS, \
	  T("The %w is whole but for the '=' at its end (line %1): %2 are there, %3 belong there; add or delete " \
	    "them.")) \
	X(LAST,          "PEM-LAST",          ERROR, IS, \
	  T("The last character before the '=' of the %w (line %1) cannot stand there: it was " \
	    "changed" PASTE_AGAIN ".")) \
	X(TWO_KEYS,      "PEM-TWO-KEYS",      ERROR, IS, \
	  T("There are %1 keys in this text (the second in line %2), and one device has one key: give the one " \
	    "that is " \
	    "meant.")) \
	/* Of the key itself: crypto/key.h has looked. */ \
	X(CURVE,         "KEY-CURVE",         ERROR, IS, \
	  T("The key is %v, and ES256 tokens need EC P-256 (prime256v1): make one with " MAKE_P256 " and " \
	    "register its " \
	    "public half.")) \
	X(TYPE,          "KEY-TYPE",          ERROR, IS, \
	  T("The key is %v, and tokens need EC P-256 (prime256v1) or RSA: make one with " MAKE_P256 " and " \
	    "register its " \
	    "public half.")) \
	X(RSA_SMALL,     "KEY-RSA-SMALL",     ERROR, IS, \
	  T("The key is RSA of %1 bits, and 2048 is the least that is safe: make an EC P-256 key with " \
	    "" MAKE_P256 " or " \
	    "RSA with " MAKE_RSA ".")) \
	X(RSA_LARGE,     "KEY-RSA-LARGE",     ERROR, IS, \
	  T("The key is RSA of %1 bits, and a device takes 4096 at most: make an EC P-256 key with " \
	    "" MAKE_P256 ", which " \
	    "is faster, too.")) \
	X(PAIR,          "KEY-PAIR",          ERROR, IS, \
	  T("The two halves in this private key do not belong together: a character was changed or two keys " \
	    "were mixed" \
	    PASTE_AGAIN ".")) \
	X(FORMAT,        "KEY-FORMAT",        ERROR, LIKELY, \
	  T("The key is whole as a text, but what it says is no key: most likely a character was changed" \
	    PASTE_AGAIN ".")) \
	/* What does no harm. */ \
	X(BOM,           "PEM-BOM",           NOTE, IS, \
	  T("The text begins with a byte order mark (U+FEFF), as some Windows editors write: harmless here.")) \
	X(BEFORE,        "PEM-BEFORE",        NOTE, IS, \
	  T("Other text stands before the %w (from line %1 on): harmless, passed over.")) \
	X(CRLF,          "PEM-CRLF",          NOTE, IS, \
	  T("The lines end with CR LF, as on Windows: harmless.")) \
	X(CR,            "PEM-CR",            NOTE, IS, \
	  T("The lines end with CR alone, as on an old Macintosh or from a terminal: harmless.")) \
	X(ESCAPED,       "PEM-ESCAPED",       NOTE, IS, \
	  T("The line ends of the %w are written as '\\n' (line %1), as in JSON: repaired.")) \
	X(ONE_LINE,      "PEM-ONE-LINE",      NOTE, IS, \
	  T("Line ends of the %w were lost when it was pasted (line %1): repaired.")) \
	X(BLANKS,        "PEM-BLANKS",        NOTE, IS, \
	  T("Lines of the %w have blanks or tabs around them (line %1): harmless.")) \
	X(PARAMETERS,    "PEM-PARAMETERS",    NOTE, IS, \
	  T("'EC PARAMETERS' (line %1) stands before the key, as openssl writes it: not needed, passed over.")) \
	X(BESIDE,        "PEM-BESIDE",        NOTE, IS, \
	  T("'BEGIN %v' (line %1) stands beside the %w: not needed, passed over.")) \
	X(AFTER,         "PEM-AFTER",         NOTE, IS, \
	  T("Other text stands behind the %w (from line %1 on): harmless, passed over."))

#endif
