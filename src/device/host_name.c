/* SPDX-License-Identifier: Apache-2.0 */
#include "device/host_name.h"

#include "base/packed.h"

#include <stdbool.h>
#include <string.h>

#define GOOGLE_SAYS \
	T("was shut down with Google IoT Core on 2023-08-16: set the host of a bridge of your own, " \
	"or ClearBlade's (europe-west1-mqtt.clearblade.com)")
#define CLEARBLADE_SAYS \
	T("is not where ClearBlade serves devices: that is REGION-mqtt.clearblade.com or, with the newer " \
	"certificates, REGION-g5-mqtt.clearblade.com; REGION is us-central1, europe-west1 or asia-east1")

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool same_text(struct bytes b, const char *s)
{
	if (b.len != strlen(s))
		return false;
	for (size_t i = 0; i < b.len; i++)
		if (lower(b.data[i]) != s[i])
			return false;
	return true;
}

static bool ends_with(struct bytes b, const char *end)
{
	size_t n = strlen(end);

	return b.len >= n && same_text((struct bytes){ b.data + b.len - n, n }, end);
}

static bool contains(struct bytes b, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= b.len; i++)
		if (same_text((struct bytes){ b.data + i, n }, part))
			return true;
	return false;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

/* The bytes of B before the first dot. */
static struct bytes first_label(struct bytes b)
{
	size_t n = 0;

	while (n < b.len && b.data[n] != '.')
		n++;
	return (struct bytes){ b.data, n };
}

static struct bytes after(struct bytes b, size_t n)
{
	return n < b.len ? (struct bytes){ b.data + n, b.len - n } : (struct bytes){ NULL, 0 };
}

/* RFC 1123 2.1: letters, digits and hyphens, no hyphen at either end. */
static bool is_label(struct bytes label)
{
	if (label.len == 0 || label.len > 63 || label.data[0] == '-' || label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_letter(label.data[i]) && !is_digit(label.data[i]) && label.data[i] != '-')
			return false;
	return true;
}

static bool is_name(struct bytes host)
{
	while (true) {
		struct bytes label = first_label(host);

		if (!is_label(label))
			return false;
		if (label.len == host.len)
			return true;
		host = after(host, label.len + 1);
	}
}

static bool looks_like_ipv4(struct bytes host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!is_digit(host.data[i]) && host.data[i] != '.')
			return false;
	return true;
}

static bool is_ipv4(struct bytes host)
{
	for (unsigned parts = 1; ; parts++) {
		struct bytes part = first_label(host);
		uint32_t value;

		if (part.len > 3 || !bytes_to_u32(part, 255, &value))
			return false;
		if (part.len == host.len)
			return parts == 4;
		host = after(host, part.len + 1);
	}
}

/* Ways in which something that is not a host name came here; first match wins. */
static const char *why_no_name(struct bytes host)
{
	if (contains(host, "://"))
		return T("has a scheme before the host: set the name alone");
	if (contains(host, ":"))
		return T("has a colon: set the name alone, and the port with 'set port 8883'");
	if (contains(host, "/"))
		return T("has a path behind the host: set the name alone");
	if (contains(host, " "))
		return T("has a blank in it: set a name such as iot.example.com");
	if (contains(host, "_"))
		return T("has an underscore, which no host name may have: set a name such as iot.example.com");
	if (ends_with(host, "."))
		return T("ends with a dot: set it without");
	return T("is not a host name: set one such as iot.example.com, or an address such as 192.0.2.7");
}

static bool is_googles(struct bytes host)
{
	static const char *const dead[] = {
		"mqtt.googleapis.com", "cloudiot.googleapis.com", "cloudiotdevice.googleapis.com"
	};

	for (size_t i = 0; i < sizeof dead / sizeof dead[0]; i++)
		if (same_text(host, dead[i]))
			return true;
	return same_text(host, "ltsapis.goog") || ends_with(host, ".ltsapis.goog");
}

static const char *const clearblade_regions[] = { "us-central1", "europe-west1", "asia-east1" };

/* What stands behind REGION in LABEL; data NULL if it does not begin with one. */
static struct bytes behind_region(struct bytes label)
{
	for (size_t i = 0; i < sizeof clearblade_regions / sizeof clearblade_regions[0]; i++) {
		size_t n = strlen(clearblade_regions[i]);

		if (label.len >= n && same_text((struct bytes){ label.data, n }, clearblade_regions[i]))
			return (struct bytes){ label.data + n, label.len - n };
	}
	return (struct bytes){ NULL, 0 };
}

/* clearblade, clearblade.TLD or a name under it. */
static bool is_clearblades(struct bytes host)
{
	size_t start = host.len;

	for (unsigned dots = 0; start > 0; start--)
		if (host.data[start - 1] == '.' && ++dots == 2)
			break;
	return same_text(first_label(after(host, start)), "clearblade");
}

static struct remark check_clearblade(struct bytes host)
{
	struct bytes label = first_label(host);
	struct bytes suffix = behind_region(label);
	bool public = suffix.data != NULL && same_text(after(host, label.len), ".clearblade.com");

	if (public && same_text(suffix, "-g5-mqtt"))
		return (struct remark){ ERR_OK, NULL };
	if (public && same_text(suffix, "-mqtt"))
		return (struct remark){ ERR_OK,
			T("stands under DigiCert's older root, which is being retired: "
			"REGION-g5-mqtt.clearblade.com is newer") };
	if (suffix.data != NULL || !ends_with(host, ".clearblade.com") || contains(label, "mqtt") ||
	    contains(label, "iot") || same_text(label, "www") || same_text(label, "docs"))
		return (struct remark){ ERR_ARG, CLEARBLADE_SAYS };
	return (struct remark){ ERR_OK,
		T("is taken as a host of your own at ClearBlade; the public ones are REGION-mqtt.clearblade.com") };
}

struct remark host_name_check(struct bytes host)
{
	if (host.len > HOST_NAME_MAX)
		return (struct remark){ ERR_TOO_LONG, T("is longer than 253 characters") };
	if (!is_name(host) || (looks_like_ipv4(host) && !is_ipv4(host)))
		return (struct remark){ ERR_FORMAT, why_no_name(host) };
	if (is_googles(host))
		return (struct remark){ ERR_DEVICE_HOST_DEAD, GOOGLE_SAYS };
	if (is_clearblades(host))
		return check_clearblade(host);
	return (struct remark){ ERR_OK, NULL };
}
