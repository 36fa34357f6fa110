/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_name.h - is this the name of a host, and of one that still lives?
 */
#ifndef TERN_DEVICE_HOST_NAME_H
#define TERN_DEVICE_HOST_NAME_H

#include "base/bytes.h"
#include "device/remark.h"

enum { HOST_NAME_MAX = 253 };   /* RFC 1035 2.3.4, as text without the last dot */

/* A name of RFC 1123 2.1 or an IPv4 address.
 *   ERR_FORMAT            not a host name
 *   ERR_TOO_LONG          longer than HOST_NAME_MAX
 *   ERR_DEVICE_HOST_DEAD  it was Google IoT Core's
 *   ERR_ARG               ClearBlade's, but not one that serves devices */
struct remark host_name_check(struct bytes host);

#endif
