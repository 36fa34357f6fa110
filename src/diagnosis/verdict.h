/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - what may have gone wrong: every verdict with its code, and the
 * sentence that a person gets.
 *
 * A code is stable for ever: it is printed in the field, sent to the cloud and
 * searched for.  Append within a family, never rename, never give a code that is
 * no more to something else.
 *
 * {name} in a sentence is a field of the evidence, in words that a person reads;
 * what stands between < and > is left out unless every field in it is known.
 *
 * Grades are kept in the words: a LIKELY cause says "most likely" or "probably",
 * ONE_OF lists what the evidence does not separate, and says "either", "one of"
 * or "or".  IS is said of what the evidence leaves no second reading for.
 */
#ifndef TERN_DIAGNOSIS_VERDICT_H
#define TERN_DIAGNOSIS_VERDICT_H

enum verdict_grade { VERDICT_IS, VERDICT_LIKELY, VERDICT_ONE_OF };

/* Who can do what the sentence asks for. */
enum verdict_who {
	VERDICT_NOBODY,      /* the device itself, and time */
	VERDICT_TECHNICIAN,  /* who stands before the board */
	VERDICT_DEVELOPER,   /* who builds firmware and hardware */
	VERDICT_CLOUD,       /* who runs projects, registries, devices */
	VERDICT_SIM,         /* who pays for the SIM */
	VERDICT_SERVER       /* who runs the server or its certificate */
};

/* What may be said to be ruled out, where the evidence does so. */
enum verdict_ruled {
	VERDICT_NOT_CLOCK = 1, VERDICT_NOT_IDS = 2, VERDICT_NOT_TOKEN = 4, VERDICT_NOT_RADIO = 8,
	VERDICT_NOT_DATA = 16, VERDICT_NOT_LINE = 32, VERDICT_NOT_DNS = 64, VERDICT_NOT_TLS = 128
};

/* Each has its own list of facts: FACTS in diagnosis.c. */
enum verdict_family {
	VERDICT_ON_START, VERDICT_ON_MODEM, VERDICT_ON_SIM, VERDICT_ON_RADIO, VERDICT_ON_DATA, VERDICT_ON_LINK,
	VERDICT_ON_TLS, VERDICT_ON_CERT, VERDICT_ON_CLOCK, VERDICT_ON_KEY, VERDICT_ON_VALUE, VERDICT_ON_LOGIN,
	VERDICT_ON_MQTT, VERDICT_ON_STORE, VERDICT_FAMILIES
};

/* X(name, code, family, grade, who, ruled out, cause, what to do) */
#define VERDICT_LIST_START(X) \
	X(POWER_1, "POWER-1", START, IS, DEVELOPER, 0, \
	  T("The board reset by brown-out while the modem was at work: both share a supply that is too weak"), \
	  T("separate the supplies, or add bulk capacitance at the modem")) \
	X(POWER_2, "POWER-2", START, IS, TECHNICIAN, 0, \
	  T("The board reset because its supply voltage fell (brown-out)"), \
	  T("check supply, battery and connectors")) \
	X(RESET_1, "RESET-1", START, IS, DEVELOPER, 0, \
	  T("The last restart was a stack overflow in step '{last_step}'< ({have} of {need} bytes used)>"), \
	  T("give this stack more room: TLS takes 6 to 8 KB")) \
	X(RESET_2, "RESET-2", START, IS, DEVELOPER, 0, \
	  T("Restarted {resets} times while still searching for a network, which can take 20 min"), \
	  T("let no watchdog or 'restart if offline' cut the search short")) \
	X(RESET_3, "RESET-3", START, IS, DEVELOPER, 0, \
	  T("The last restart was by the watchdog< in step '{last_step}'><, {last_s} into it>< (last modem line: " \
	    "{last_line})>"), \
	  T("look for what blocks the main loop there")) \
	X(RESET_4, "RESET-4", START, IS, DEVELOPER, 0, \
	  T("The last run ended in a processor fault in step '{last_step}'< ({last_line})>"), \
	  T("report this line with the firmware's version"))

#define VERDICT_LIST_MODEM(X) \
	X(MODEM_SILENT_1, "MODEM-SILENT-1", MODEM, ONE_OF, TECHNICIAN, 0, \
	  T("No byte at all came from the modem at any speed: either it is off, or it is not wired"), \
	  T("check its supply, the PWRKEY pulse (BG96: 500 ms low or more) and that RX and TX are not swapped")) \
	X(MODEM_SILENT_2, "MODEM-SILENT-2", MODEM, LIKELY, TECHNICIAN, 0, \
	  T("The modem is on (STATUS says so) but no byte comes from it: most likely the serial line is not wired " \
	    "as it should be"), \
	  T("check that RX and TX are not swapped, and its flow control lines")) \
	X(MODEM_SILENT_3, "MODEM-SILENT-3", MODEM, IS, TECHNICIAN, 0, \
	  T("The modem does not switch on (STATUS stays off after the PWRKEY pulse)"), \
	  T("check its supply and the PWRKEY line")) \
	X(MODEM_GARBLED_1, "MODEM-GARBLED-1", MODEM, LIKELY, DEVELOPER, 0, \
	  T("Something arrives from the modem ({modem_bytes} bytes<, {modem_noise} framing errors>) but no answer: " \
	    "most likely speed, level or ground of the serial line is wrong"), \
	  T("check the UART's speed and a common ground")) \
	X(MODEM_HANG_1, "MODEM-HANG-1", MODEM, IS, NOBODY, 0, \
	  T("The modem stopped answering< {modem_up_s} after its start><, {timeouts} commands without an answer>"), \
	  T("it is restarted; if this repeats, update its firmware and check its supply")) \
	X(MODEM_REBOOT_1, "MODEM-REBOOT-1", MODEM, LIKELY, DEVELOPER, 0, \
	  T("The modem restarted by itself (unasked restarts: {modem_reboots}): most likely its supply dips when " \
	    "it transmits"), \
	  T("measure VBAT while it transmits: it must hold 2 A peaks")) \
	X(MODEM_MODEL_1, "MODEM-MODEL-1", MODEM, IS, DEVELOPER, 0, \
	  T("The modem< '{model}'><, {revision}> is not one that this build drives (BG96, BG95, BG77, EC21, EG91)"), \
	  T("change the modem, or add its driver")) \
	X(MODEM_COMMAND_1, "MODEM-COMMAND-1", MODEM, LIKELY, DEVELOPER, VERDICT_NOT_LINE, \
	  T("The modem refuses< '{failed}'>< with code {code}>< (CME {cme})>: most likely another model or firmware " \
	    "than the driver expects< ({model} {revision})>"), \
	  T("compare the modem's firmware with the driver's list")) \
	X(MODEM_LINE_1, "MODEM-LINE-1", MODEM, LIKELY, DEVELOPER, 0, \
	  T("{modem_lost} bytes from the modem were lost on the serial line, so most likely what failed ({err}) is " \
	    "only the echo"), \
	  T("wire RTS and CTS, or lower the speed ('set baud 115200')")) \
	X(MODEM_SWITCH_1, "MODEM-SWITCH-1", MODEM, IS, TECHNICIAN, 0, \
	  T("The modem's switch (PWRKEY, RESET) has no effect"), \
	  T("check that these lines are wired and not inverted")) \
	X(MODEM_SLEEP_1, "MODEM-SLEEP-1", MODEM, IS, NOBODY, 0, \
	  T("The modem switched itself off to save power (PSM), and while it sleeps nothing from the cloud arrives: " \
	    "it is set to, or the network granted it"), \
	  T("nothing: it is switched on again and told to stay awake (AT+CPSMS=0)")) \
	X(MODEM_LINE_2, "MODEM-LINE-2", MODEM, ONE_OF, DEVELOPER, 0, \
	  T("The modem's answer< to '{failed}'> was lost or not understood ({err}): either the serial line loses " \
	    "bytes, or its firmware answers otherwise"), \
	  T("wire RTS and CTS or lower the speed; then update its firmware"))

#define VERDICT_LIST_SIM(X) \
	X(SIM_1, "SIM-1", SIM, IS, TECHNICIAN, VERDICT_NOT_LINE, \
	  T("No SIM is readable< (modem says {cme})>"), \
	  T("push the card in with its contacts down; with two slots, check which one is selected")) \
	X(SIM_2, "SIM-2", SIM, ONE_OF, TECHNICIAN, VERDICT_NOT_LINE, \
	  T("The SIM is not ready, or reports a failure< (modem says {cme})>: either its contacts are bad, or the " \
	    "card is"), \
	  T("clean and reseat it, then try another card")) \
	X(SIM_PIN_1, "SIM-PIN-1", SIM, IS, TECHNICIAN, 0, \
	  T("The SIM is locked by a PIN and none is configured"), \
	  T("'set pin NNNN', or switch the PIN off in a phone")) \
	X(SIM_PIN_2, "SIM-PIN-2", SIM, IS, TECHNICIAN, 0, \
	  T("The SIM refused the configured PIN, which is not tried again<; {pin_tries} tries are left>"), \
	  T("correct it: 'set pin NNNN'")) \
	X(SIM_PUK_1, "SIM-PUK-1", SIM, IS, SIM, 0, \
	  T("The SIM is locked after too many wrong PINs and asks for its PUK"), \
	  T("unlock it in a phone with the provider's PUK, then 'set pin NNNN'")) \
	X(SIM_CHANGED_1, "SIM-CHANGED-1", SIM, IS, TECHNICIAN, 0, \
	  T("The SIM was changed (was {iccid_before}, now {iccid})< while the APN is still '{apn}'>"), \
	  T("check that APN and PIN fit the new SIM"))

#define VERDICT_LIST_RADIO(X) \
	X(RADIO_OFF_1, "RADIO-OFF-1", RADIO, IS, TECHNICIAN, 0, \
	  T("The modem is not searching at all: its radio is off (+CFUN: {cfun})"), \
	  T("the radio is switched on; if it stays off, check the W_DISABLE# pin")) \
	X(RADIO_SIGNAL_1, "RADIO-SIGNAL-1", RADIO, ONE_OF, TECHNICIAN, VERDICT_NOT_LINE, \
	  T("No network is heard< in {search_s}> (signal unknown): either the antenna is off, the place is " \
	    "shielded, or the operator's bands are not enabled"), \
	  T("check that the antenna is on the MAIN connector; try another place")) \
	X(RADIO_WEAK_1, "RADIO-WEAK-1", RADIO, LIKELY, TECHNICIAN, 0, \
	  T("The signal is very weak<, {rssi_dbm} dBm><, RSRP {rsrp_dbm} dBm>: most likely that is why it failed " \
	    "({err})"), \
	  T("improve the antenna or its place: -100 dBm or better")) \
	X(RADIO_SEARCH_1, "RADIO-SEARCH-1", RADIO, IS, NOBODY, 0, \
	  T("Still searching for a network< after {search_s}>: a first search over all bands may take 20 min " \
	    "(NB-IoT)"), \
	  T("wait and do not restart; the search goes on")) \
	X(RADIO_NETWORK_1, "RADIO-NETWORK-1", RADIO, ONE_OF, SIM, VERDICT_NOT_RADIO, \
	  T("A network is heard< ({rssi_dbm} dBm)> but none registered the modem< in {search_s}>: either the SIM " \
	    "has no roaming agreement here, or its plan lacks this technology"), \
	  T("ask which networks, LTE-M, NB-IoT or GSM, the plan includes here")) \
	X(REG_DENIED_1, "REG-DENIED-1", RADIO, IS, SIM, VERDICT_NOT_RADIO, \
	  T("The network< '{network}'> refused this SIM with cause {reject}: the plan does not include this " \
	    "network or area"), \
	  T("have it included, or allow another network")) \
	X(REG_DENIED_2, "REG-DENIED-2", RADIO, IS, SIM, VERDICT_NOT_RADIO, \
	  T("The network< '{network}'> rejected the subscriber or the modem (cause {reject})"), \
	  T("check that the SIM< {iccid}> is active and the modem's IMEI allowed")) \
	X(REG_DENIED_3, "REG-DENIED-3", RADIO, IS, NOBODY, VERDICT_NOT_RADIO, \
	  T("The network< '{network}'> has a failure or is congested (cause {reject})"), \
	  T("wait: it is tried again more and more slowly")) \
	X(REG_DENIED_4, "REG-DENIED-4", RADIO, ONE_OF, SIM, VERDICT_NOT_RADIO, \
	  T("The network denied registration< (cause {reject})>: one of SIM not active, network not in its plan, " \
	    "or modem not allowed"), \
	  T("ask the provider why SIM< {iccid}> is refused")) \
	X(REG_LOST_1, "REG-LOST-1", RADIO, IS, NOBODY, 0, \
	  T("The modem lost its network (registration: {reg}<, {rssi_dbm} dBm>), and with it the connection"), \
	  T("it registers again; if this repeats, improve the antenna and reseat the SIM"))

#define VERDICT_LIST_DATA(X) \
	X(DATA_APN_1, "DATA-APN-1", DATA, IS, TECHNICIAN, VERDICT_NOT_RADIO, \
	  T("There is no data connection because no APN is set, and this network needs one"), \
	  T("'set apn NAME', as the SIM's provider says")) \
	X(DATA_APN_2, "DATA-APN-2", DATA, IS, TECHNICIAN, VERDICT_NOT_RADIO, \
	  T("The network does not know APN '{apn}' (ESM cause {esm})"), \
	  T("'set apn NAME', as the SIM's provider says")) \
	X(DATA_LOGIN_1, "DATA-LOGIN-1", DATA, IS, TECHNICIAN, VERDICT_NOT_RADIO, \
	  T("The APN< '{apn}'> refused user name and password (ESM cause {esm})"), \
	  T("'set apn-user NAME' and 'set apn-password WORD'")) \
	X(DATA_PLAN_1, "DATA-PLAN-1", DATA, LIKELY, SIM, VERDICT_NOT_RADIO, \
	  T("The network lets this SIM< ({iccid})> register but refuses data<, ESM cause {esm}>: most likely its " \
	    "plan has no data, no credit, or is not active"), \
	  T("check plan and credit in the provider's portal")) \
	X(DATA_PLAN_2, "DATA-PLAN-2", DATA, LIKELY, SIM, VERDICT_NOT_RADIO, \
	  T("The network lets this SIM< ({iccid})> register but passes no data, nothing answers<, not even DNS " \
	    "(other names: {other_name})>: most likely the plan is paused or out of credit"), \
	  T("check plan and credit in the provider's portal")) \
	X(DATA_1, "DATA-1", DATA, ONE_OF, TECHNICIAN, VERDICT_NOT_RADIO, \
	  T("The network refused the data connection< for APN '{apn}'>< (code {code})>: either the APN is not this " \
	    "SIM's, or the plan has no data"), \
	  T("compare the APN with what the SIM's provider says, then the plan")) \
	X(DATA_LOST_1, "DATA-LOST-1", DATA, IS, NOBODY, VERDICT_NOT_RADIO, \
	  T("The network ended the data session< after {context_s}> (times today: {context_losses})"), \
	  T("nothing: below about 10 a day this is normal")) \
	X(DATA_LOST_2, "DATA-LOST-2", DATA, ONE_OF, SIM, VERDICT_NOT_RADIO, \
	  T("The network ended the data session {context_losses} times today< (last after {context_s})>: either it " \
	    "ends idle sessions, or coverage or a roaming limit does"), \
	  T("ask the provider for its session limits")) \
	X(DATA_2, "DATA-2", DATA, IS, NOBODY, VERDICT_NOT_RADIO, \
	  T("The network has no data connection to give at the moment (ESM cause {esm}): it is congested or has a " \
	    "failure of its own"), \
	  T("wait: it is tried again more and more slowly")) \
	X(DATA_3, "DATA-3", DATA, IS, SIM, VERDICT_NOT_RADIO, \
	  T("The APN< '{apn}'> is not for IPv4, which this device asks for (ESM cause {esm})"), \
	  T("ask for an APN with IPv4"))

#define VERDICT_LIST_LINK(X) \
	X(DNS_HOST_1, "DNS-HOST-1", LINK, IS, TECHNICIAN, VERDICT_NOT_RADIO | VERDICT_NOT_DNS, \
	  T("The server's name< '{host}'> does not resolve while others do"), \
	  T("check the spelling: 'set host NAME'")) \
	X(DNS_NONE_1, "DNS-NONE-1", LINK, IS, SIM, VERDICT_NOT_RADIO, \
	  T("No name resolves at all, though a host answers by its address: the APN< '{apn}'> gives no DNS"), \
	  T("ask for an APN with DNS, or set the host's address and its name")) \
	X(DNS_1, "DNS-1", LINK, ONE_OF, TECHNICIAN, VERDICT_NOT_RADIO | VERDICT_NOT_DATA, \
	  T("The server's name< '{host}'> did not resolve: either it is misspelled, or the data connection has no " \
	    "DNS"), \
	  T("check the spelling first; that another name resolves would decide")) \
	X(TCP_PORT_1, "TCP-PORT-1", LINK, IS, TECHNICIAN, VERDICT_NOT_DATA, \
	  T("The port< {port}>< of {host}> does not open but another one does: this network blocks it, or no " \
	    "service is there"), \
	  T("use the other port: 'set port 443'")) \
	X(TCP_HOST_1, "TCP-HOST-1", LINK, LIKELY, SERVER, VERDICT_NOT_DATA, \
	  T("The server< {host}> does not answer< on port {port}> while another host does: most likely the server " \
	    "is down"), \
	  T("check that it runs and listens there")) \
	X(TCP_REFUSED_1, "TCP-REFUSED-1", LINK, ONE_OF, TECHNICIAN, VERDICT_NOT_RADIO | VERDICT_NOT_DATA, \
	  T("The TCP port< {port}>< of {host}> is refused: either nothing listens there, or a firewall refuses it"), \
	  T("compare host and port with the server's, and see that it runs")) \
	X(TCP_TIME_1, "TCP-TIME-1", LINK, ONE_OF, TECHNICIAN, VERDICT_NOT_RADIO | VERDICT_NOT_DATA, \
	  T("The TCP port< {port}>< of {host}> did not open in time: one of port blocked by the network, server " \
	    "down, or SIM without data"), \
	  T("try 'set port 443'; whether another host opens would decide")) \
	X(SOCKET_BUSY_1, "SOCKET-BUSY-1", LINK, IS, NOBODY, 0, \
	  T("The modem was busy with another socket or DNS request (code {code})"), \
	  T("nothing: it is tried again")) \
	X(SOCKET_STALE_1, "SOCKET-STALE-1", LINK, IS, NOBODY, 0, \
	  T("The modem still held a socket from before (code {code})"), \
	  T("nothing: it is closed and opened anew")) \
	X(SOCKET_MEMORY_1, "SOCKET-MEMORY-1", LINK, IS, NOBODY, 0, \
	  T("The modem has run out of memory for sockets (code {code})"), \
	  T("nothing: its radio is restarted")) \
	X(SOCKET_STALL_1, "SOCKET-STALL-1", LINK, ONE_OF, NOBODY, VERDICT_NOT_RADIO | VERDICT_NOT_LINE, \
	  T("Sent< {unacked}> bytes stay unacknowledged: either the uplink is congested, or the network dropped the " \
	    "connection silently"), \
	  T("nothing: it connects again; if this repeats, send less or improve the signal")) \
	X(SOCKET_1, "SOCKET-1", LINK, ONE_OF, NOBODY, VERDICT_NOT_RADIO | VERDICT_NOT_DATA | VERDICT_NOT_LINE, \
	  T("The modem's socket is not connected any more< (code {code})>: either the server or the network closed " \
	    "it, and nothing says which"), \
	  T("look at what was sent last; AT+QISTATE and the server's log would decide")) \
	X(SOCKET_2, "SOCKET-2", LINK, ONE_OF, NOBODY, VERDICT_NOT_RADIO | VERDICT_NOT_DATA | VERDICT_NOT_LINE, \
	  T("The modem could not open the connection< to {host}>< on port {port}>< and says only {code}>: either the " \
	    "modem itself, the network or the server is at fault"), \
	  T("nothing at once: it is tried again; if this repeats, update the modem's firmware"))

#define VERDICT_LIST_TLS(X) \
	X(TLS_PORTAL_1, "TLS-PORTAL-1", TLS, IS, SIM, 0, \
	  T("A web server< says '{first}'> where the server< {host}> should speak TLS: a captive portal, a proxy, " \
	    "or a wrong port"), \
	  T("check that the SIM is paid; then compare host and port")) \
	X(TLS_PLAIN_1, "TLS-PLAIN-1", TLS, IS, TECHNICIAN, 0, \
	  T("The port< {port}>< of {host}> does not speak TLS< (it says '{first}')>: it is the wrong one"), \
	  T("compare host and port with the server's: often 1883 is plain MQTT, 'set port 8883' the one with TLS")) \
	X(TLS_SILENT_1, "TLS-SILENT-1", TLS, ONE_OF, TECHNICIAN, VERDICT_NOT_RADIO | VERDICT_NOT_LINE, \
	  T("The server< {host}> opened its port< {port}> and then said nothing to TLS: either another service " \
	    "listens there, or the network swallows TLS"), \
	  T("compare host and port with the server's; try another port")) \
	X(TLS_SLOW_1, "TLS-SLOW-1", TLS, LIKELY, TECHNICIAN, VERDICT_NOT_LINE, \
	  T("The TLS handshake was not finished in time< ({bytes_in} bytes had come)>: most likely the connection " \
	    "is too slow or stalls"), \
	  T("check signal and antenna")) \
	X(TLS_CLOSED_1, "TLS-CLOSED-1", TLS, ONE_OF, TECHNICIAN, VERDICT_NOT_RADIO | VERDICT_NOT_DATA, \
	  T("The server< {host}> closed the connection at TLS's first message: one of wrong host or port, host " \
	    "name unknown there, or a filter in the network"), \
	  T("compare host and port with the server's; try another network")) \
	X(TLS_CLOSED_2, "TLS-CLOSED-2", TLS, ONE_OF, SERVER, VERDICT_NOT_RADIO | VERDICT_NOT_DATA | VERDICT_NOT_LINE, \
	  T("The connection ended in the middle of the TLS handshake< (code {code})>: either the server or the " \
	    "network closed it"), \
	  T("look for this device's address in the server's log")) \
	X(TLS_CLIENT_1, "TLS-CLIENT-1", TLS, IS, TECHNICIAN, 0, \
	  T("The server< {host}> asks for a device certificate, which a device with a token does not have"), \
	  T("use the host and port for tokens (JWT)")) \
	X(TLS_CLIENT_2, "TLS-CLIENT-2", TLS, LIKELY, TECHNICIAN, 0, \
	  T("The server< {host}> rejects the device's own certificate (alert {alert_in}): most likely it wants one, " \
	    "which a device with a token does not have"), \
	  T("use the host and port for tokens (JWT)")) \
	X(TLS_VERSION_1, "TLS-VERSION-1", TLS, IS, DEVELOPER, 0, \
	  T("The server accepts no TLS version that this build speaks< (alert {alert_in})>"), \
	  T("build with TERN_TLS13, or have the server allow TLS 1.2")) \
	X(TLS_CIPHER_1, "TLS-CIPHER-1", TLS, LIKELY, SERVER, 0, \
	  T("The server refuses TLS's first message< (alert {alert_in})>: most likely it shares no cipher, curve or " \
	    "signature with this build, else it does not know the name< '{host}'>"), \
	  T("enable ECDHE with AES-128-GCM or ChaCha20-Poly1305 there, and a P-256 or RSA certificate")) \
	X(TLS_NAME_2, "TLS-NAME-2", TLS, IS, TECHNICIAN, 0, \
	  T("The server does not know the name< '{host}'> that it is called (alert {alert_in})"), \
	  T("correct it: 'set host NAME'")) \
	X(TLS_ALPN_1, "TLS-ALPN-1", TLS, IS, TECHNICIAN, 0, \
	  T("The server wants another protocol name (ALPN)< on port {port}> (alert {alert_in})"), \
	  T("use a port without it: 8883 with most servers")) \
	X(TLS_SERVER_1, "TLS-SERVER-1", TLS, IS, SERVER, 0, \
	  T("The server reports a fault of its own (alert {alert_in})"), \
	  T("look into the server's log")) \
	X(TLS_ALERT_1, "TLS-ALERT-1", TLS, ONE_OF, SERVER, 0, \
	  T("The server ended TLS with alert {alert_in} in state {state}: either it dislikes an offer of ours, or " \
	    "bytes were changed on the way"), \
	  T("look into the server's log for the reason")) \
	X(TLS_MEMORY_1, "TLS-MEMORY-1", TLS, IS, DEVELOPER, 0, \
	  T("TLS needs one block of {arena_asked} bytes and the largest is {arena_largest}, though {arena_free} " \
	    "are free: memory is in pieces"), \
	  T("give TLS memory of its own, fixed at the start")) \
	X(TLS_MEMORY_2, "TLS-MEMORY-2", TLS, IS, DEVELOPER, 0, \
	  T("Memory for TLS is too small< ({arena_asked} more bytes asked for, {arena_free} free)>"), \
	  T("give TLS more memory, or use a server with a shorter chain")) \
	X(TLS_RECORD_1, "TLS-RECORD-1", TLS, IS, DEVELOPER, 0, \
	  T("The server sent a TLS record that is larger than the receive buffer"), \
	  T("raise the TLS input buffer to 16 KB")) \
	X(TLS_FRAGMENT_1, "TLS-FRAGMENT-1", TLS, LIKELY, DEVELOPER, 0, \
	  T("The server uses a feature that this TLS build lacks: most likely it split its certificate over " \
	    "records, as max_fragment_length asks for"), \
	  T("switch max_fragment_length off")) \
	X(TLS_DAMAGED_1, "TLS-DAMAGED-1", TLS, ONE_OF, DEVELOPER, 0, \
	  T("TLS bytes arrived damaged ({err}): either they were lost or changed on the serial line, or somebody " \
	    "changed them on the way"), \
	  T("wire RTS and CTS or lower the speed; then try another network")) \
	X(TLS_LIBRARY_1, "TLS-LIBRARY-1", TLS, LIKELY, DEVELOPER, 0, \
	  T("The TLS library reports an internal error< ({mbedtls})>: most likely memory or stack was overwritten"), \
	  T("give the stack 8 KB and report this line")) \
	X(TLS_LIBRARY_2, "TLS-LIBRARY-2", TLS, ONE_OF, DEVELOPER, 0, \
	  T("The TLS library gave up with {mbedtls}, a code that stands for many causes"), \
	  T("show the lines before it too: verify flags, alert or the modem's answer would decide")) \
	X(TLS_HOST_1, "TLS-HOST-1", TLS, IS, TECHNICIAN, 0, \
	  T("No server name is set, so the certificate cannot be checked against it"), \
	  T("'set host NAME' with the DNS name, not an address"))

#define VERDICT_LIST_CERT(X) \
	X(TLS_ROOT_1, "TLS-ROOT-1", CERT, IS, TECHNICIAN, VERDICT_NOT_CLOCK, \
	  T("The server's certificate leads to '{issuer}', and no such root is stored< (but '{root}')>"), \
	  T("paste that root, or the one that signed it, after 'ca'")) \
	X(TLS_ROOT_2, "TLS-ROOT-2", CERT, LIKELY, TECHNICIAN, VERDICT_NOT_CLOCK, \
	  T("A root named '{root}' is stored but did not sign the server's certificate: most likely it is an old " \
	    "or a damaged copy"), \
	  T("replace it: 'ca list', 'ca remove N', 'ca'")) \
	X(TLS_ROOT_3, "TLS-ROOT-3", CERT, LIKELY, CLOUD, VERDICT_NOT_CLOCK, \
	  T("The server changed its issuer from '{good_issuer}'< (worked until {good_issuer_at})> to '{issuer}', " \
	    "which is not stored: most likely a CA rotation"), \
	  T("bring root '{issuer}' to the devices")) \
	X(TLS_ROOT_4, "TLS-ROOT-4", CERT, ONE_OF, SERVER, VERDICT_NOT_CLOCK, \
	  T("The server sent only its own certificate, issued by '{issuer}': either it leaves out the " \
	    "intermediate, or that is a root not stored here"), \
	  T("send the whole chain, or paste '{issuer}' after 'ca'")) \
	X(TLS_ROOT_5, "TLS-ROOT-5", CERT, IS, TECHNICIAN, VERDICT_NOT_CLOCK, \
	  T("The server's certificate '{subject_name}' is signed by itself, and is not stored as a root"), \
	  T("if this is your own server, paste its root after 'ca'; else somebody answers in its place")) \
	X(TLS_ROOT_6, "TLS-ROOT-6", CERT, IS, TECHNICIAN, 0, \
	  T("The stored roots ({roots}) are all unreadable"), \
	  T("store them anew: 'ca clear', then 'ca'")) \
	X(TLS_ROOT_7, "TLS-ROOT-7", CERT, IS, TECHNICIAN, 0, \
	  T("No root certificate is stored, so no server can be trusted"), \
	  T("paste the root of your server after 'ca'")) \
	X(TLS_ROOT_8, "TLS-ROOT-8", CERT, ONE_OF, TECHNICIAN, VERDICT_NOT_CLOCK, \
	  T("No stored root vouches for the server's certificate< (issued by '{issuer}')>: either the root is " \
	    "missing here, or the server sends an incomplete chain"), \
	  T("compare the topmost issuer of 'openssl s_client -showcerts' with the stored roots")) \
	X(TLS_MITM_1, "TLS-MITM-1", CERT, LIKELY, SIM, VERDICT_NOT_CLOCK, \
	  T("'{issuer}', unknown here, vouches for this server< ({host})> and for a second host: most likely this " \
	    "network opens TLS and replaces certificates"), \
	  T("use another APN, or ask for an exception")) \
	X(TLS_NAME_1, "TLS-NAME-1", CERT, IS, TECHNICIAN, VERDICT_NOT_CLOCK, \
	  T("The server's certificate is for '{names}', not for '{host}'"), \
	  T("correct the name (an address will not do): 'set host NAME'; else somebody answers in its place")) \
	X(TLS_NAME_3, "TLS-NAME-3", CERT, IS, TECHNICIAN, 0, \
	  T("The server's certificate is for another host than the one that was asked for"), \
	  T("compare the name that is configured with those in the certificate")) \
	X(TLS_EXPIRED_1, "TLS-EXPIRED-1", CERT, IS, SERVER, VERDICT_NOT_CLOCK, \
	  T("The server's certificate ended on {not_after} and it is {now}"), \
	  T("renew it")) \
	X(TLS_EXPIRED_2, "TLS-EXPIRED-2", CERT, ONE_OF, TECHNICIAN, 0, \
	  T("The server's certificate seems expired< (ended {not_after}; the clock says {now})>: either it is, or " \
	    "the clock, which nothing confirms, is ahead"), \
	  T("compare the date with your own; the clock is asked for again")) \
	X(TLS_EXPIRED_3, "TLS-EXPIRED-3", CERT, IS, SERVER, VERDICT_NOT_CLOCK, \
	  T("'{subject_name}' in the server's chain ended on {not_after} and it is {now}"), \
	  T("send a chain without it")) \
	X(TLS_EXPIRED_4, "TLS-EXPIRED-4", CERT, LIKELY, SERVER, 0, \
	  T("The server's certificate ended on {not_after} and it is {now} (source: {clock}): most likely nobody " \
	    "renewed it, unless the clock is ahead"), \
	  T("renew it; and compare the date with your own")) \
	X(TLS_FUTURE_1, "TLS-FUTURE-1", CERT, LIKELY, TECHNICIAN, 0, \
	  T("The server's certificates are 'not yet valid'< (from {newest}; the clock says {now})>: most likely " \
	    "the clock is behind, not the CA wrong"), \
	  T("check where the time comes from: 'status'")) \
	X(TLS_FUTURE_2, "TLS-FUTURE-2", CERT, LIKELY, SERVER, VERDICT_NOT_CLOCK, \
	  T("The server's certificate< '{subject_name}'> begins on {newest} and two sources say that it is {now}: " \
	    "most likely the server's own clock was wrong when it was made"), \
	  T("reissue it")) \
	X(TLS_WEAK_1, "TLS-WEAK-1", CERT, IS, SERVER, 0, \
	  T("The server's certificate< '{subject_name}'> is signed with a hash that is no longer safe (SHA-1 or " \
	    "older)"), \
	  T("reissue it with SHA-256")) \
	X(TLS_WEAK_2, "TLS-WEAK-2", CERT, IS, SERVER, 0, \
	  T("The key of the server's certificate< '{subject_name}'> is too short or of a kind that is not " \
	    "accepted"), \
	  T("reissue it with RSA 2048 or EC P-256")) \
	X(TLS_USAGE_1, "TLS-USAGE-1", CERT, IS, SERVER, 0, \
	  T("The certificate< '{subject_name}'> is not meant for a server"), \
	  T("reissue it with key usage digitalSignature, extended key usage serverAuth")) \
	X(TLS_CERT_1, "TLS-CERT-1", CERT, ONE_OF, SERVER, VERDICT_NOT_LINE, \
	  T("A certificate of the server does not parse: either it was damaged on the way, or it uses what this " \
	    "build lacks"), \
	  T("send it to 'openssl x509 -text' and reissue it plainly")) \
	X(TLS_ROOT_9, "TLS-ROOT-9", CERT, IS, TECHNICIAN, 0, \
	  T("The stored roots ({roots}) have all ended< by {now}>, so no server can be trusted"), \
	  T("store the one that your server's certificate leads to today: 'ca clear', then 'ca'")) \
	X(TLS_ROOT_10, "TLS-ROOT-10", CERT, IS, TECHNICIAN, VERDICT_NOT_CLOCK, \
	  T("The stored root '{subject_name}' ended on {not_after} and it is {now}"), \
	  T("paste the one that your server's certificate leads to today after 'ca'")) \
	X(TLS_CHAIN_1, "TLS-CHAIN-1", CERT, IS, SERVER, VERDICT_NOT_CLOCK, \
	  T("The server sends '{issuer}', but that certificate must not vouch for '{subject_name}': it is no CA's, " \
	    "or its path length forbids it"), \
	  T("reissue it with basicConstraints CA:TRUE and keyCertSign, and test by 'openssl verify'"))

#define VERDICT_LIST_CLOCK(X) \
	X(CLOCK_1, "CLOCK-1", CLOCK, IS, TECHNICIAN, 0, \
	  T("The clock was never set: no network and no time server told the time, and certificates cannot be " \
	    "checked without"), \
	  T("'set ntp NAME' with a time server that this APN reaches")) \
	X(CLOCK_2, "CLOCK-2", CLOCK, IS, TECHNICIAN, 0, \
	  T("The clock says {now}, earlier than this firmware< ({build})>, so it was never set"), \
	  T("'set ntp NAME' with a time server that this APN reaches")) \
	X(CLOCK_3, "CLOCK-3", CLOCK, IS, NOBODY, 0, \
	  T("The time jumped by {clock_jump_s} s (source: {clock}); timers are not affected"), \
	  T("nothing, unless it repeats: then choose another time server")) \
	X(CLOCK_4, "CLOCK-4", CLOCK, IS, TECHNICIAN, 0, \
	  T("The clock is not set: network or time server tell {told}, which cannot be< (this device knows that " \
	    "it is {build} at least)>"), \
	  T("'set ntp NAME' with another time server; if the time told is right after all, 'factory-reset'"))

#define VERDICT_LIST_KEY(X) \
	X(RANDOM_1, "RANDOM-1", KEY, IS, TECHNICIAN, 0, \
	  T("No trustworthy random numbers: no seed is stored, and noise alone does not make one< ({noise_bits} of " \
	    "256 bits earned)>"), \
	  T("store a seed once: 'seed' and what 'openssl rand -hex 32' prints")) \
	X(RANDOM_2, "RANDOM-2", KEY, IS, TECHNICIAN, 0, \
	  T("The stored random seed is a pattern, not random: keys made from it could be guessed"), \
	  T("store another: 'seed' and what 'openssl rand -hex 32' prints")) \
	X(RANDOM_3, "RANDOM-3", KEY, IS, DEVELOPER, 0, \
	  T("The random generator or its noise source fails its health test: {err}"), \
	  T("check the analogue inputs, and store a seed")) \
	X(KEY_NONE_1, "KEY-NONE-1", KEY, IS, TECHNICIAN, 0, \
	  T("No private key is stored, so no token can be made"), \
	  T("'key new', then register what 'key public' prints")) \
	X(KEY_PUBLIC_1, "KEY-PUBLIC-1", KEY, IS, TECHNICIAN, 0, \
	  T("The private key field holds a PUBLIC key"), \
	  T("paste the file that begins with 'BEGIN EC PRIVATE KEY' or 'BEGIN PRIVATE KEY'")) \
	X(KEY_CERT_1, "KEY-CERT-1", KEY, IS, TECHNICIAN, 0, \
	  T("The private key field holds a certificate"), \
	  T("paste the file that begins with 'BEGIN EC PRIVATE KEY' or 'BEGIN PRIVATE KEY'")) \
	X(KEY_PASSWORD_1, "KEY-PASSWORD-1", KEY, IS, TECHNICIAN, 0, \
	  T("The private key is encrypted with a password"), \
	  T("take it off with 'openssl pkey' and paste what that writes")) \
	X(KEY_CURVE_1, "KEY-CURVE-1", KEY, IS, TECHNICIAN, 0, \
	  T("The private key< is {found}; it> is not on curve P-256 (prime256v1), which ES256 tokens need"), \
	  T("'key new', or 'openssl ecparam -name prime256v1 -genkey -noout'; register its public half")) \
	X(KEY_TYPE_1, "KEY-TYPE-1", KEY, IS, TECHNICIAN, 0, \
	  T("The private key< is {found}; it> is neither EC P-256 nor RSA of 2048 to 4096 bits"), \
	  T("'key new', then register what 'key public' prints")) \
	X(KEY_PAIR_1, "KEY-PAIR-1", KEY, IS, TECHNICIAN, 0, \
	  T("The private key's two halves do not belong together: two keys were mixed when it was copied"), \
	  T("paste the whole key again")) \
	X(KEY_PEM_1, "KEY-PEM-1", KEY, IS, TECHNICIAN, 0, \
	  T("The pasted text is damaged< in line {line}>: {err}"), \
	  T("paste it again, from its BEGIN line to its END line")) \
	X(ROOT_CA_1, "ROOT-CA-1", KEY, IS, TECHNICIAN, 0, \
	  T("The pasted certificate is a server's own, not an authority's"), \
	  T("paste the root that signed it after 'ca'")) \
	X(KEY_PEM_2, "KEY-PEM-2", KEY, ONE_OF, TECHNICIAN, 0, \
	  T("The key does not parse: one of public key or certificate in its place, lost line ends, a missing " \
	    "line, or an encrypted key"), \
	  T("compare with the file: 'openssl pkey -in FILE -noout -text' must read it"))

#define VERDICT_LIST_VALUE(X) \
	X(ID_PROJECT_1, "ID-PROJECT-1", VALUE, IS, TECHNICIAN, 0, \
	  T("Project id '{value}' is not an id (capitals or blanks): that is the project's NAME"), \
	  T("set the id, which looks like 'my-project-123456' and stands beside the name in the cloud console")) \
	X(ID_PROJECT_2, "ID-PROJECT-2", VALUE, IS, TECHNICIAN, 0, \
	  T("Project id '{value}' is the project's NUMBER"), \
	  T("set the id, which looks like 'my-project-123456' and stands beside it")) \
	X(ID_PATH_1, "ID-PATH-1", VALUE, IS, TECHNICIAN, 0, \
	  T("'{value}' is a path, and {setting} wants its last part alone"), \
	  T("'set {setting} NAME' without slashes")) \
	X(ID_1, "ID-1", VALUE, IS, TECHNICIAN, 0, \
	  T("'{value}' will not do as {setting}: {err}"), \
	  T("correct it: 'set {setting} VALUE'")) \
	X(ID_2, "ID-2", VALUE, IS, TECHNICIAN, 0, \
	  T("A setting< ({setting})> is not of its form: {err}"), \
	  T("correct it: 'get' lists the settings")) \
	X(SETTING_1, "SETTING-1", VALUE, IS, TECHNICIAN, 0, \
	  T("The setting< '{setting}'> is missing"), \
	  T("store it: 'set NAME VALUE'; 'check' lists what is missing")) \
	X(HOST_DEAD_1, "HOST-DEAD-1", VALUE, IS, TECHNICIAN, 0, \
	  T("Host< '{host}'> was Google IoT Core's, which ended on 2023-08-16"), \
	  T("'set host NAME' of your new service; ids and keys can stay on compatible ones")) \
	X(TOKEN_LIFE_1, "TOKEN-LIFE-1", VALUE, IS, TECHNICIAN, 0, \
	  T("The token's lifetime of {have} s is outside what servers allow (60 s to 24 h = 86400 s)"), \
	  T("set 3600, in seconds")) \
	X(TOKEN_SELF_1, "TOKEN-SELF-1", VALUE, IS, DEVELOPER, 0, \
	  T("The token could not be signed or its claims are wrong ({err}); it was not sent"), \
	  T("report this line")) \
	X(TOKEN_SELF_2, "TOKEN-SELF-2", VALUE, IS, DEVELOPER, 0, \
	  T("This firmware made a token that does not verify with its own key; it was not sent"), \
	  T("report this line: it is a software fault")) \
	X(TOKEN_SELF_3, "TOKEN-SELF-3", VALUE, IS, DEVELOPER, 0, \
	  T("This firmware made a token that is not three base64url parts; it was not sent"), \
	  T("report this line: it is a software fault")) \
	X(SIZE_LOGIN_1, "SIZE-LOGIN-1", VALUE, IS, DEVELOPER, 0, \
	  T("The login message< needs {need} bytes and> is larger than its buffer< of {have}>"), \
	  T("raise the buffer (RS256 tokens are long), or use a P-256 key")) \
	X(SIZE_MESSAGE_1, "SIZE-MESSAGE-1", VALUE, IS, DEVELOPER, 0, \
	  T("A message< of {need} bytes> was not sent: it is larger than the limit< of {have}>"), \
	  T("split it, or raise the limit")) \
	X(SIZE_CLOUD_1, "SIZE-CLOUD-1", VALUE, IS, CLOUD, 0, \
	  T("A configuration or command< of {need} bytes> was dropped: it is larger than this device can " \
	    "hold< ({have} bytes)>"), \
	  T("make it shorter")) \
	X(QOS_1, "QOS-1", VALUE, IS, DEVELOPER, 0, \
	  T("QoS 2 is not supported by servers of this contract, which would close the connection"), \
	  T("publish with QoS 1")) \
	X(KEEPALIVE_1, "KEEPALIVE-1", VALUE, IS, DEVELOPER, 0, \
	  T("keepalive={keepalive_s} s is longer than the server's idle limit (20 min), so it closed an idle " \
	    "connection"), \
	  T("use 1140 s or less"))

#define VERDICT_LIST_LOGIN(X) \
	X(LOGIN_1, "LOGIN-1", LOGIN, ONE_OF, CLOUD, VERDICT_NOT_IDS | VERDICT_NOT_CLOCK | VERDICT_NOT_TOKEN, \
	  T("Login refused<, CONNACK {connack}>; with this key it worked on {good_login_at}: one of device< " \
	    "'{device}'> blocked, deleted, or its key replaced in the cloud"), \
	  T("look at the device there: 'tern device show' says why the bridge refused it")) \
	X(LOGIN_2, "LOGIN-2", LOGIN, ONE_OF, CLOUD, VERDICT_NOT_IDS | VERDICT_NOT_CLOCK | VERDICT_NOT_TOKEN, \
	  T("Login refused<, CONNACK {connack}>: one of device< '{device}'> not in registry< '{registry}'>, " \
	    "blocked, or another key there< (ours is {key})>"), \
	  T("compare with 'tern device show': it, or the bridge's journal, says why")) \
	X(LOGIN_3, "LOGIN-3", LOGIN, ONE_OF, CLOUD, \
	  VERDICT_NOT_IDS | VERDICT_NOT_CLOCK | VERDICT_NOT_TOKEN | VERDICT_NOT_TLS, \
	  T("Login refused<, CONNACK {connack}>: one of ids< ({project})>, clock, token, device unknown or " \
	    "blocked, or key not registered"), \
	  T("check ids, time and key in this order, then what 'tern device show' says")) \
	X(LOGIN_4, "LOGIN-4", LOGIN, ONE_OF, CLOUD, VERDICT_NOT_IDS | VERDICT_NOT_CLOCK | VERDICT_NOT_TOKEN, \
	  T("The server closed the connection {after_ms} after the login was sent, so it did not accept it; no " \
	    "modem fault: one of device unknown, blocked, or another key< (ours is {key})>"), \
	  T("compare with 'tern device show': it, or the bridge's journal, says why")) \
	X(LOGIN_CLOCK_1, "LOGIN-CLOCK-1", LOGIN, LIKELY, TECHNICIAN, VERDICT_NOT_IDS, \
	  T("Login refused<, CONNACK {connack}>, and two time sources differ: most likely the clock ({now}) is " \
	    "wrong, and with it the token"), \
	  T("check where the time comes from: 'status'; 'tern device show' says by how much it is wrong")) \
	X(LOGIN_CLOCK_2, "LOGIN-CLOCK-2", LOGIN, ONE_OF, TECHNICIAN, VERDICT_NOT_IDS | VERDICT_NOT_TOKEN, \
	  T("Login refused<, CONNACK {connack}>: either the clock< ({now})>, which nothing confirms, is wrong, or " \
	    "device< '{device}'> is not known, blocked or has another key there"), \
	  T("the time is asked for again; then compare 'key public' with the cloud")) \
	X(LOGIN_ID_1, "LOGIN-ID-1", LOGIN, ONE_OF, TECHNICIAN, VERDICT_NOT_IDS, \
	  T("The server rejected the client id (CONNACK 2): either project, region, registry or device is " \
	    "misspelled, or the id is in use"), \
	  T("compare projects/P/locations/R/registries/G/devices/D with the cloud")) \
	X(LOGIN_VERSION_1, "LOGIN-VERSION-1", LOGIN, IS, TECHNICIAN, 0, \
	  T("The server does not speak MQTT 3.1.1 (CONNACK 1): wrong port, or no IoT Core service"), \
	  T("compare host and port with the service's")) \
	X(LOGIN_BUSY_1, "LOGIN-BUSY-1", LOGIN, IS, NOBODY, 0, \
	  T("The server says that it is not available (CONNACK 3)"), \
	  T("wait: it is tried again more and more slowly")) \
	X(LOGIN_TIME_1, "LOGIN-TIME-1", LOGIN, ONE_OF, SERVER, VERDICT_NOT_RADIO | VERDICT_NOT_TLS, \
	  T("The server did not answer the login in time: either it is overloaded, or it is no MQTT server"), \
	  T("look into the server's log")) \
	X(LOGIN_LATE_1, "LOGIN-LATE-1", LOGIN, ONE_OF, SERVER, \
	  VERDICT_NOT_RADIO | VERDICT_NOT_TLS | VERDICT_NOT_TOKEN, \
	  T("The connection ended< {after_ms}> after the login was sent, without an answer: either the server " \
	    "refused it silently, or the network closed it"), \
	  T("look for this device in the server's log")) \
	X(LOGIN_MQTT_1, "LOGIN-MQTT-1", LOGIN, IS, TECHNICIAN, VERDICT_NOT_TLS, \
	  T("The server< {host}> answers the login with something that is not MQTT 3.1.1 ({err})"), \
	  T("compare host and port with the service's")) \
	X(LOGIN_CODE_1, "LOGIN-CODE-1", LOGIN, ONE_OF, CLOUD, VERDICT_NOT_IDS | VERDICT_NOT_CLOCK | VERDICT_NOT_TOKEN, \
	  T("Login refused with an unknown code< ({connack})>: either device or key is not known, or the server is " \
	    "not of this contract"), \
	  T("look into the server's log"))

#define VERDICT_LIST_MQTT(X) \
	X(MQTT_TOPIC_1, "MQTT-TOPIC-1", MQTT, LIKELY, DEVELOPER, 0, \
	  T("The server closed the connection {topic_closes} times right after a publish to '{topic}': most likely " \
	    "that topic is not allowed"), \
	  T("allowed are /devices/ID/events, a subfolder of it, and /devices/ID/state")) \
	X(MQTT_TOPIC_2, "MQTT-TOPIC-2", MQTT, LIKELY, CLOUD, 0, \
	  T("Events are refused (closed right after '{topic}') while state works: most likely the registry has no " \
	    "event topic"), \
	  T("set one in the cloud console")) \
	X(MQTT_TWIN_1, "MQTT-TWIN-1", MQTT, LIKELY, TECHNICIAN, VERDICT_NOT_RADIO, \
	  T("The server ended {kicks} good sessions soon after their login: another client is probably using the " \
	    "id< '{device}'>"), \
	  T("look for a second board or a test PC with the same credentials")) \
	X(MQTT_PING_1, "MQTT-PING-1", MQTT, LIKELY, DEVELOPER, VERDICT_NOT_RADIO, \
	  T("No answer to MQTT PING: most likely the network dropped the idle connection without a word"), \
	  T("shorten the keepalive< (now {keepalive_s} s)> if this repeats")) \
	X(MQTT_ACK_1, "MQTT-ACK-1", MQTT, ONE_OF, SERVER, VERDICT_NOT_RADIO, \
	  T("The server did not acknowledge a message in time: either it is overloaded or stores nothing, or the " \
	    "path is dead"), \
	  T("look into the server's log; the message is kept")) \
	X(MQTT_SUBSCRIBE_1, "MQTT-SUBSCRIBE-1", MQTT, LIKELY, CLOUD, 0, \
	  T("The server refused the subscription to config or commands: most likely it is not of the IoT Core " \
	    "contract"), \
	  T("allow the device< '{device}'> these topics")) \
	X(MQTT_RULES_1, "MQTT-RULES-1", MQTT, IS, SERVER, 0, \
	  T("The server broke a rule of MQTT 3.1.1 ({err})"), \
	  T("report this line to who runs it")) \
	X(MQTT_TOKEN_1, "MQTT-TOKEN-1", MQTT, LIKELY, NOBODY, 0, \
	  T("The server ended the session as its login token expired, most likely for that reason"), \
	  T("nothing: the next login has a new token")) \
	X(MQTT_CLOSED_1, "MQTT-CLOSED-1", MQTT, ONE_OF, NOBODY, VERDICT_NOT_RADIO | VERDICT_NOT_LINE, \
	  T("The session ended< after {up_s}>< (code {code})>: either the server closed it (restart, duplicate id) " \
	    "or the network did"), \
	  T("nothing at once: it connects again; if this repeats, look into the server's log"))

#define VERDICT_LIST_STORE(X) \
	X(QUEUE_1, "QUEUE-1", STORE, IS, DEVELOPER, 0, \
	  T("The queue was full< while offline for {offline_s}>: {dropped} messages found no room and are lost " \
	    "unless the application has kept them; {queued} are kept"), \
	  T("send less often, or enlarge the outbox")) \
	X(STORE_1, "STORE-1", STORE, IS, TECHNICIAN, 0, \
	  T("The flash for settings does not work as it should: {err}"), \
	  T("'factory-reset' and set it up again; if it repeats, replace the board")) \
	X(WEAR_1, "WEAR-1", STORE, IS, DEVELOPER, 0, \
	  T("The settings' flash is erased {erases_day} times a day< and stands that for {have} days when new>: " \
	    "something stores too often"), \
	  T("look for what stores a value again and again: keep it in RAM, or store it once a day")) \
	X(UNKNOWN_1, "UNKNOWN-1", STORE, ONE_OF, DEVELOPER, VERDICT_NOT_RADIO | VERDICT_NOT_CLOCK | VERDICT_NOT_LINE, \
	  T("It failed in step '{step}'< ({err})>< (code {code})>, and what was seen fits no cause or more than " \
	    "one"), \
	  T("send this line and the log before it: what the modem and the server said would decide"))

/* In the order of their codes' families; the first is none. */
#define VERDICT_LIST(X) \
	X(NONE, "NONE", STORE, IS, NOBODY, 0, T("Nothing is wrong"), T("nothing")) \
	VERDICT_LIST_START(X) VERDICT_LIST_MODEM(X) VERDICT_LIST_SIM(X) VERDICT_LIST_RADIO(X) VERDICT_LIST_DATA(X) \
	VERDICT_LIST_LINK(X) VERDICT_LIST_TLS(X) VERDICT_LIST_CERT(X) VERDICT_LIST_CLOCK(X) VERDICT_LIST_KEY(X) \
	VERDICT_LIST_VALUE(X) VERDICT_LIST_LOGIN(X) VERDICT_LIST_MQTT(X) VERDICT_LIST_STORE(X)

#define VERDICT_ENUM(name, code, family, grade, who, ruled, cause, act) VERDICT_##name,
enum verdict { VERDICT_LIST(VERDICT_ENUM) VERDICTS };
#undef VERDICT_ENUM

_Static_assert(VERDICTS <= 255, "a byte each");

#endif
