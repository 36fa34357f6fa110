/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plausible_list.h - what plausible.h may find, and the sentences.  %w is "host",
 * "port", "project id", "region", "registry id", "device id", "APN", "SIM PIN", "time
 * server"; %v the value, %o the part of it that would do.
 */
#ifndef TERN_CLOUD_PLAUSIBLE_LIST_H
#define TERN_CLOUD_PLAUSIBLE_LIST_H

#include "base/packed.h"

#define SUCH_PROJECT "such as 'my-project-123456', and stands beside it in the cloud console"

/*	name                code               weight   grade  sentence */
#define PLAUSIBLE_LIST(X) \
	X(GOOD,             "OK",              NOTE,    IS, T("The %w '%v' is plausible.")) \
	/* Of any value. */ \
	X(EMPTY,            "SET-EMPTY",       ERROR,   IS, T("The %w is empty: set it.")) \
	X(BLANKS,           "SET-BLANKS",      ERROR,   IS, \
	  T("The %w '%v' has blanks around it: set '%o'.")) \
	X(QUOTES,           "SET-QUOTES",      ERROR,   IS, \
	  T("The %w '%v' has quotation marks or brackets around it, which do not belong to it: set '%o'.")) \
	X(PLACEHOLDER,      "SET-EXAMPLE",     WARNING, LIKELY, \
	  T("The %w '%v' is most likely an example out of a manual: set your own.")) \
	/* Hosts. */ \
	X(HOST_SCHEME,      "HOST-SCHEME",     ERROR,   IS, \
	  T("The %w '%v' has a scheme in front of the name: set '%o'.")) \
	X(HOST_USER,        "HOST-USER",       ERROR,   IS, \
	  T("The %w '%v' has a user's name in front of the '@': set '%o'.")) \
	X(HOST_PATH,        "HOST-PATH",       ERROR,   IS, \
	  T("The %w '%v' has a path behind the name: set '%o'.")) \
	X(HOST_PORT,        "HOST-PORT",       ERROR,   IS, \
	  T("The %w '%v' has a port behind the name: set host '%o', and the port with 'set port'.")) \
	X(HOST_IPV6,        "HOST-IPV6",       ERROR,   IS, \
	  T("The %w '%v' is an IPv6 address: set the server's name, such as iot.example.com, which its " \
	    "certificate is " \
	    "checked against.")) \
	X(HOST_BLANK,       "HOST-BLANK",      ERROR,   IS, \
	  T("The %w '%v' has a blank in it: set a name such as iot.example.com.")) \
	X(HOST_COMMA,       "HOST-COMMA",      ERROR,   LIKELY, \
	  T("The %w '%v' has a comma in it, most likely for a dot: set a name such as iot.example.com.")) \
	X(HOST_UNDERSCORE,  "HOST-UNDERSCORE", ERROR,   IS, \
	  T("The %w '%v' has an underscore, which no host name may have: set a name such as iot.example.com.")) \
	X(HOST_DOT,         "HOST-DOT",        ERROR,   IS, \
	  T("The %w '%v' ends with a dot: set '%o'.")) \
	X(HOST_LONG,        "HOST-LONG",       ERROR,   IS, \
	  T("The %w has %1 characters, and no name has more than 253: set a name such as iot.example.com.")) \
	X(HOST_FORM,        "HOST-FORM",       ERROR,   IS, \
	  T("The %w '%v' is no host name: set one such as iot.example.com.")) \
	X(HOST_GOOGLE,      "HOST-GOOGLE",     ERROR,   IS, \
	  T("The %w '%v' is Google's, which ended its IoT service on 2023-08-16: set that of a bridge of your " \
	    "own, or " \
	    "ClearBlade's (europe-west1-g5-mqtt.clearblade.com); ids and keys can stay.")) \
	X(HOST_CLEARBLADE,  "HOST-CLEARBLADE", ERROR,   IS, \
	  T("The %w '%v' is ClearBlade's, but not where devices log in: that is REGION-g5-mqtt.clearblade.com with " \
	    "REGION one of us-central1, europe-west1, asia-east1.")) \
	X(HOST_OLD,         "HOST-OLD",        WARNING, IS, \
	  T("The %w '%v' is ClearBlade's older one, under DigiCert's older root, which is being retired: move to " \
	    "REGION-g5-mqtt.clearblade.com and its root.")) \
	X(HOST_AWS,         "HOST-AWS",        WARNING, LIKELY, \
	  T("The %w '%v' is AWS's IoT service, which most likely does not take this device's login: set the " \
	    "host of an " \
	    "IoT Core service.")) \
	X(HOST_AZURE,       "HOST-AZURE",      WARNING, LIKELY, \
	  T("The %w '%v' is Azure's IoT service, which most likely does not take this device's login: set the " \
	    "host of " \
	    "an IoT Core service.")) \
	X(HOST_PRIVATE,     "HOST-PRIVATE",    WARNING, LIKELY, \
	  T("The %w '%v' lies in a private network, which a device in a mobile network most likely does not " \
	    "reach: set " \
	    "a public name, unless the APN leads there.")) \
	X(HOST_ADDRESS,     "HOST-ADDRESS",    WARNING, LIKELY, \
	  T("The %w '%v' is an address, and a server's certificate most likely is for a name only: set the name.")) \
	X(HOST_ONE_LABEL,   "HOST-ONE-LABEL",  WARNING, LIKELY, \
	  T("The %w '%v' has no dot in it: most likely its domain is missing, as in iot.example.com.")) \
	/* Ports. */ \
	X(PORT_FORM,        "PORT-FORM",       ERROR,   IS, \
	  T("The %w '%v' is no number from 1 to 65535: set 8883, or 443 where a firewall lets nothing else through.")) \
	X(PORT_PLAIN,       "PORT-PLAIN",      WARNING, LIKELY, \
	  T("The %w %v is where MQTT without TLS is usual, and Tern speaks TLS only: most likely 8883 is meant.")) \
	X(PORT_HTTP,        "PORT-HTTP",       WARNING, LIKELY, \
	  T("The %w %v is where web servers without TLS are usual: most likely 8883 or 443 is meant.")) \
	X(PORT_WEBSOCKET,   "PORT-WEBSOCKET",  WARNING, LIKELY, \
	  T("The %w %v is where MQTT over WebSockets is usual, which Tern does not speak: most likely 8883 is " \
	    "meant.")) \
	X(PORT_UNUSUAL,     "PORT-UNUSUAL",    WARNING, LIKELY, \
	  T("The %w %v looks like 8883 with a digit wrong: most likely 8883 is meant.")) \
	/* Ids. */ \
	X(PROJECT_PATH,     "PROJECT-PATH",    ERROR,   IS, \
	  T("The %w '%v' is a path: set the id alone, '%o'.")) \
	X(PROJECT_NUMBER,   "PROJECT-NUMBER",  ERROR,   IS, \
	  T("The %w '%v' is the project's NUMBER: the id is " SUCH_PROJECT ".")) \
	X(PROJECT_NAME,     "PROJECT-NAME",    ERROR,   IS, \
	  T("The %w '%v' is not an id (capitals or blanks): that is the project's NAME; the id is " SUCH_PROJECT ".")) \
	X(PROJECT_LENGTH,   "PROJECT-LENGTH",  ERROR,   IS, \
	  T("The %w '%v' has %1 characters, and ids have 6 to 30: the id is " SUCH_PROJECT ".")) \
	X(PROJECT_FORM,     "PROJECT-FORM",    ERROR,   IS, \
	  T("The %w '%v' is not an id: lower-case letters, digits and hyphens, a letter first, no hyphen last; it is " \
	    SUCH_PROJECT ".")) \
	X(REGION_PATH,      "REGION-PATH",     ERROR,   IS, \
	  T("The %w '%v' is a path: set the region alone, '%o'.")) \
	X(REGION_CASE,      "REGION-CASE",     ERROR,   IS, \
	  T("The %w '%v' has capitals: set it in small letters, such as 'europe-west1'.")) \
	X(REGION_ZONE,      "REGION-ZONE",     WARNING, LIKELY, \
	  T("The %w '%v' is most likely a zone of a region: set '%o'.")) \
	X(REGION_FORM,      "REGION-FORM",     ERROR,   IS, \
	  T("The %w '%v' is none: lower-case letters, a digit, hyphens, such as 'europe-west1'.")) \
	X(REGION_HOST,      "REGION-HOST",     ERROR,   IS, \
	  T("The %w '%v' is not that of the host '%o': a login goes to the host of the registry's own region; change " \
	    "one of the two.")) \
	X(ID_PATH,          "ID-PATH",         ERROR,   IS, \
	  T("The %w '%v' is a path: set its last part alone, '%o'.")) \
	X(ID_NUMBER,        "ID-NUMBER",       ERROR,   LIKELY, \
	  T("The %w '%v' is most likely a number that the cloud has given: set the id, which begins with a " \
	    "letter, such " \
	    "as 'pump-7'.")) \
	X(ID_GOOG,          "ID-GOOG",         ERROR,   IS, \
	  T("The %w '%v' begins with 'goog', which none may: choose another, such as 'pump-7'.")) \
	X(ID_LENGTH,        "ID-LENGTH",       ERROR,   IS, \
	  T("The %w '%v' has %1 characters, and ids have 3 to 255: choose another, such as 'pump-7'.")) \
	X(ID_FIRST,         "ID-FIRST",        ERROR,   IS, \
	  T("The %w '%v' does not begin with a letter: ids do, such as 'pump-7'; compare it with the cloud console.")) \
	X(ID_CHARACTER,     "ID-CHARACTER",    ERROR,   IS, \
	  T("The %w '%v' has %c as its character %2, and ids are of letters, digits and - . _ + ~ %% only: " \
	    "compare it " \
	    "with the cloud console.")) \
	/* SIM. */ \
	X(APN_URL,          "APN-FORM",        ERROR,   IS, \
	  T("The %w '%v' is an address: set the name of the access point as the SIM's provider says, such as " \
	    "'iot.1nce.net'.")) \
	X(APN_CHARACTER,    "APN-CHARACTER",   ERROR,   IS, \
	  T("The %w '%v' has %c as its character %2, and APNs are of letters, digits, dots and hyphens: set it " \
	    "as the " \
	    "SIM's provider says, such as 'iot.1nce.net'.")) \
	X(APN_LENGTH,       "APN-LENGTH",      ERROR,   IS, \
	  T("The %w '%v' has %1 characters, and 100 is the most: set it as the SIM's provider says.")) \
	X(PIN_FORM,         "PIN-FORM",        ERROR,   IS, \
	  T("The %w is not 4 to 8 digits: set it as it stands on the SIM's letter, or switch the PIN off in a " \
	    "phone.")) \
	X(PIN_PUK,          "PIN-PUK",         WARNING, LIKELY, \
	  T("The %w has 8 digits, as a PUK has, and PINs mostly have 4: look again before a try is lost."))

#endif
