/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases.h - the atlas of failures as far as evidence can show it.  A row is
 *
 *   X(case and what is seen, evidence, code, words that must appear, evidence of a near miss)
 *
 * Evidence is written as facts are printed.  Words are separated by '|'.  The near
 * miss must not lead to the code.
 */
#ifndef TERN_TESTS_DIAGNOSIS_CASES_H
#define TERN_TESTS_DIAGNOSIS_CASES_H

#define SERVER "host=mqtt.lab.test port=8883 "
#define GOOD_CLOCK "clock=network clock_age_s=3 now=2026-11-22T18:30:05Z build=2026-11-02 "
#define ROOT "err=TLS_ROOT step=tls flags=0x8 mbedtls=-0x2700 " SERVER GOOD_CLOCK
#define DATES "err=TLS_EXPIRED step=tls flags=0x1 subject_name=leaf not_after=2026-11-19T10:00:00Z " SERVER
#define ALERT "err=TLS_ALERT step=tls mbedtls=-0x7780 " SERVER
#define IDS "project=lab-proj registry=reg device=dev1 key=SHA256:3f1c "
#define CHECKED "ids_ok=yes token_ok=yes clock_agrees=yes " GOOD_CLOCK
#define REFUSED "err=MQTT_CONNACK_5 connack=5 step=login " IDS
#define SILENT_END "err=MODEM_SOCKET_DEAD code=572 step=login after_ms=310 modem_bytes=9000 reg=roaming " IDS
#define SESSION "err=MODEM_CLOSED step=online reg=home rssi_dbm=-71 " IDS

#define CASES(X)                                                                                                        \
	/* power, starts */                                                                                             \
	X("P01 brown-out when the modem switches on", "subject=start reset=brown-out last_step=modem",                  \
	  "POWER-1", "brown-out|supplies|capacitance", "subject=start reset=power-on last_step=modem")                  \
	X("P01 brown-out with the radio at rest", "subject=start reset=brown-out",                                      \
	  "POWER-2", "supply|battery", "subject=start reset=brown-out last_step=modem")                                 \
	X("P35 stack overflow", "subject=start reset=stack-overflow last_step=tls need=4096 have=4096",                 \
	  "RESET-1", "stack overflow|'tls'|4096|8 KB", "subject=start reset=fault last_step=tls")                       \
	X("P62 restarts while it searches", "subject=start reset=watchdog resets=6 last_step=search",                   \
	  "RESET-2", "6 times|searching|20 min", "subject=start reset=watchdog resets=1 last_step=search")              \
	X("P63 the reason of a restart", "subject=start reset=watchdog last_step=tls last_s=41 last_line=\"+QIURC: recv\"", \
	  "RESET-3", "watchdog in step 'tls', 41 s|+QIURC", "subject=start reset=software last_step=tls last_s=41")              \
	X("P63 a fault", "subject=start reset=fault last_step=online last_line=0x08001234",                             \
	  "RESET-4", "fault|online", "subject=start reset=pin last_step=online")                                        \
	/* the modem's line */                                                                                          \
	X("P02 silent modem", "err=MODEM_SILENT step=modem",                                                            \
	  "MODEM-SILENT-1", "No byte at all|PWRKEY|RX and TX|either", "err=MODEM_SILENT step=modem modem_noise=12")     \
	X("P02 silent though STATUS is on", "err=MODEM_SILENT step=modem modem_pin=on",                                 \
	  "MODEM-SILENT-2", "STATUS|RX and TX|most likely", "err=MODEM_SILENT step=modem modem_pin=off")                \
	X("P02 does not switch on", "err=MODEM_SILENT step=modem modem_pin=off",                                        \
	  "MODEM-SILENT-3", "does not switch on|PWRKEY", "err=MODEM_SILENT step=modem modem_pin=on")                    \
	X("P02 the key has no effect, and STATUS says so", "err=MODEM_SWITCH step=modem modem_pin=off",                 \
	  "MODEM-SILENT-3", "does not switch on|PWRKEY", "err=MODEM_SWITCH step=modem modem_pin=on")                    \
	X("P02 noise on the line", "err=MODEM_SILENT step=modem modem_bytes=40 modem_noise=31",                         \
	  "MODEM-GARBLED-1", "40 bytes|31 framing|speed", "err=MODEM_SILENT step=modem")                                \
	X("P03 hangs in mid-session", "err=MODEM_SILENT step=online model=BG96 modem_up_s=11520 timeouts=4 modem_bytes=9000", \
	  "MODEM-HANG-1", "stopped answering|3 h 12 min|4 commands|restarted", "err=MODEM_SILENT step=modem")           \
	X("P03 restarts by itself", "err=MODEM_REBOOT step=online modem_reboots=2",                                     \
	  "MODEM-REBOOT-1", "restarted by itself|supply|most likely", "err=MODEM_SILENT step=online modem_reboots=2")   \
	X("P04 a modem that is not driven", "err=MODEM_MODEL step=sim model=SIM7000G revision=R1529",                   \
	  "MODEM-MODEL-1", "'SIM7000G'|R1529|BG96", "err=AT_ERROR step=sim model=SIM7000G")                             \
	X("P04 an unknown command", "err=AT_ERROR step=open failed=AT+QIOPEN code=552 model=BG96",                      \
	  "MODEM-COMMAND-1", "AT+QIOPEN|552|most likely", "err=MODEM_SOCKET step=open code=567 model=BG96")             \
	X("bytes lost on the serial line", "err=TLS_CORRUPT step=tls modem_lost=3 modem_bytes=5000 " SERVER,            \
	  "MODEM-LINE-1", "3 bytes|RTS and CTS|most likely", "err=TLS_CORRUPT step=tls modem_bytes=5000 " SERVER)       \
	X("P22 the modem sleeps (PSM)", "err=MODEM_ASLEEP step=online model=BG96 modem_reboots=1",                            \
	  "MODEM-SLEEP-1", "PSM|nothing from the cloud|AT+CPSMS=0", "err=MODEM_REBOOT step=online model=BG96 modem_reboots=1") \
	X("a switch without effect", "err=MODEM_SWITCH step=modem", "MODEM-SWITCH-1", "PWRKEY", "err=MODEM_SILENT step=modem") \
	/* SIM */                                                                                                       \
	X("P05 no SIM", "err=MODEM_SIM_MISSING step=sim sim=missing cme=10",                                            \
	  "SIM-1", "No SIM|10|contacts", "err=MODEM_SIM_PIN step=sim sim=pin")                                          \
	X("P05 bad contact", "err=MODEM_SIM_FAILED step=sim sim=failed cme=13",                                         \
	  "SIM-2", "failure|13|either|another card", "err=MODEM_SIM_MISSING step=sim sim=missing cme=10")               \
	X("P06 a PIN is asked for", "err=MODEM_SIM_PIN step=sim sim=pin pin_set=no",                                    \
	  "SIM-PIN-1", "locked by a PIN|none is configured|set pin", "err=MODEM_SIM_PIN_BAD step=sim sim=pin pin_set=yes") \
	X("P07 a PIN is refused", "err=MODEM_SIM_PIN_BAD step=sim sim=pin pin_set=yes pin_tries=2 cme=16",              \
	  "SIM-PIN-2", "refused|not tried again|2 tries", "err=MODEM_SIM_PIN step=sim sim=pin pin_set=no")              \
	X("P07 too late", "err=MODEM_SIM_PUK step=sim sim=puk cme=12",                                                  \
	  "SIM-PUK-1", "PUK|provider", "err=MODEM_SIM_PIN_BAD step=sim sim=pin pin_tries=1")                            \
	X("P65 SIM swapped", "subject=notice iccid=8944500456 iccid_before=8944500123 apn=iot.1nce.net",                \
	  "SIM-CHANGED-1", "8944500123|8944500456|iot.1nce.net", "subject=notice iccid=8944500456 apn=iot.1nce.net")    \
	/* subscription and radio */                                                                                    \
	X("P08 the plan refuses data", "err=MODEM_PDP_REFUSED step=data esm=33 reg=home rssi_dbm=-80 iccid=8944500123", \
	  "DATA-PLAN-1", "8944500123|33|plan|most likely|radio", "err=MODEM_PDP_REFUSED step=data esm=27 apn=x reg=home") \
	X("P08 registered, but nothing passes", "err=MODEM_DNS code=565 step=open other_name=no other_host=no context=yes reg=roaming " SERVER, \
	  "DATA-PLAN-2", "no data|credit|most likely", "err=MODEM_DNS code=565 step=open other_name=no other_host=yes apn=a " SERVER) \
	X("P09 no signal", "err=MODEM_NO_NETWORK step=search reg=searching search_s=330",                               \
	  "RADIO-SIGNAL-1", "No network is heard|5 min|antenna|MAIN", "err=MODEM_NO_NETWORK step=search reg=searching search_s=330 rssi_dbm=-89") \
	X("P09 a signal that is too weak", "err=MODEM_NO_NETWORK step=search reg=searching rssi_dbm=-111",              \
	  "RADIO-WEAK-1", "-111 dBm|antenna|most likely", "err=MODEM_NO_NETWORK step=search reg=searching rssi_dbm=-85") \
	X("P10 denied: not in the plan", "err=MODEM_REG_DENIED step=search reg=denied reject=11 network=Telekom.de",    \
	  "REG-DENIED-1", "'Telekom.de'|cause 11|plan", "err=MODEM_NO_NETWORK step=search reg=roaming reject=11")       \
	X("P10 denied: the subscriber", "err=MODEM_REG_DENIED step=search reg=denied reject=6",                         \
	  "REG-DENIED-2", "cause 6|IMEI", "err=MODEM_REG_DENIED step=search reg=denied reject=11")                      \
	X("P10 denied: congestion", "err=MODEM_REG_DENIED step=search reg=denied reject=22",                            \
	  "REG-DENIED-3", "congested|wait", "err=MODEM_REG_DENIED step=search reg=denied reject=8")                     \
	X("P10 denied without a reason", "err=MODEM_REG_DENIED step=search reg=denied",                                 \
	  "REG-DENIED-4", "denied|one of", "err=MODEM_REG_DENIED step=search reg=denied reject=3")                      \
	X("P10 heard but not let in", "err=MODEM_NO_NETWORK step=search reg=searching search_s=400 rssi_dbm=-79",       \
	  "RADIO-NETWORK-1", "-79 dBm|roaming|either", "err=MODEM_NO_NETWORK step=search reg=searching search_s=400")   \
	X("P12 the search takes minutes", "err=MODEM_NO_NETWORK step=search reg=searching search_s=240",                \
	  "RADIO-SEARCH-1", "4 min|20 min|do not restart", "err=MODEM_NO_NETWORK step=search reg=searching search_s=900") \
	X("P13 the radio is off", "err=MODEM_NO_NETWORK step=search reg=idle cfun=4",                                   \
	  "RADIO-OFF-1", "not searching|+CFUN: 4|W_DISABLE", "err=MODEM_NO_NETWORK step=search reg=searching cfun=1 search_s=300") \
	X("the network is lost, the socket dies", "err=MODEM_SOCKET_DEAD code=572 step=login after_ms=300 reg=searching", \
	  "REG-LOST-1", "lost its network|searching", "err=MODEM_SOCKET_DEAD code=572 step=login after_ms=300 reg=home") \
	/* data connection */                                                                                           \
	X("P14 no APN", "err=MODEM_PDP_REFUSED step=data code=573 reg=home",                                            \
	  "DATA-APN-1", "no APN|set apn", "err=MODEM_PDP_REFUSED step=data code=561 reg=home apn=internet")             \
	X("P14 no APN, as the network says it", "err=MODEM_PDP_REFUSED step=data code=561 esm=27 reg=home",              \
	  "DATA-APN-1", "no APN|set apn", "err=MODEM_PDP_REFUSED step=data code=561 esm=27 reg=home apn=internet")      \
	X("P14 unknown APN", "err=MODEM_PDP_REFUSED step=data code=561 esm=27 apn=internet reg=home",                   \
	  "DATA-APN-2", "'internet'|27|set apn", "err=MODEM_PDP_REFUSED step=data code=561 esm=33 apn=internet")        \
	X("P14 the APN wants a password", "err=MODEM_PDP_REFUSED step=data code=561 esm=29 apn=m2m reg=home",           \
	  "DATA-LOGIN-1", "'m2m'|password", "err=MODEM_PDP_REFUSED step=data code=561 esm=27 apn=m2m")                  \
	X("P14 refused without a reason", "err=MODEM_PDP_REFUSED step=data code=561 apn=internet reg=home",             \
	  "DATA-1", "'internet'|561|either", "err=MODEM_PDP_REFUSED step=data code=561 esm=29 apn=internet")            \
	X("P15 pdpdeact", "err=MODEM_PDP_LOST step=online context=no context_losses=3 context_s=9660 reg=home",         \
	  "DATA-LOST-1", "2 h 41 min|3|normal", "err=MODEM_PDP_LOST step=online context_losses=12 reg=home")            \
	X("P15 too often", "err=MODEM_PDP_LOST step=online context=no context_losses=12 context_s=600",                 \
	  "DATA-LOST-2", "12 times|either|provider", "err=MODEM_PDP_LOST step=online context_losses=3")                 \
	X("P15 the socket tells only 572", "err=MODEM_SOCKET_DEAD code=572 step=login after_ms=90 context=no reg=home", \
	  "DATA-LOST-1", "data session", "err=MODEM_SOCKET_DEAD code=572 step=login after_ms=90 context=yes reg=home")  \
	/* name and TCP */                                                                                              \
	X("P17 a misspelled host", "err=MODEM_DNS code=565 step=open other_name=yes host=mqtt.googleapi.com",           \
	  "DNS-HOST-1", "'mqtt.googleapi.com'|others do|spelling", "err=MODEM_DNS code=565 step=open other_name=no host=mqtt.googleapi.com") \
	X("P17 no DNS at all", "err=MODEM_DNS code=565 step=open other_name=no other_host=yes apn=priv host=a.b",       \
	  "DNS-NONE-1", "No name resolves|'priv'", "err=MODEM_DNS code=565 step=open other_name=yes apn=priv host=a.b") \
	X("P17 not told apart", "err=MODEM_DNS code=565 step=open context=yes host=a.b",                                \
	  "DNS-1", "'a.b'|either|would decide", "err=MODEM_DNS code=565 step=open other_name=yes host=a.b")             \
	X("P18 port 8883 is blocked", "err=MODEM_OPEN_TIMEOUT code=569 step=open other_port=yes context=yes " SERVER,   \
	  "TCP-PORT-1", "8883|mqtt.lab.test|443", "err=MODEM_OPEN_TIMEOUT code=569 step=open other_port=no other_host=yes " SERVER) \
	X("P18 the server is down", "err=MODEM_CONNECT code=566 step=open other_port=no other_host=yes " SERVER,        \
	  "TCP-HOST-1", "mqtt.lab.test|most likely|down", "err=MODEM_CONNECT code=566 step=open " SERVER)               \
	X("P18 refused, no more known", "err=MODEM_CONNECT code=566 step=open reg=home " SERVER,                        \
	  "TCP-REFUSED-1", "refused|either|firewall", "err=MODEM_OPEN_TIMEOUT code=569 step=open reg=home " SERVER)     \
	X("P18 timed out, no more known", "err=MODEM_OPEN_TIMEOUT code=569 step=open reg=home " SERVER,                 \
	  "TCP-TIME-1", "did not open in time|one of|443", "err=MODEM_CONNECT code=566 step=open reg=home " SERVER)     \
	X("a busy modem", "err=MODEM_SOCKET code=568 step=open", "SOCKET-BUSY-1", "busy|568", "err=MODEM_SOCKET code=563 step=open") \
	X("a stale socket", "err=MODEM_SOCKET code=563 step=open", "SOCKET-STALE-1", "from before|563", "err=MODEM_SOCKET code=567 step=login") \
	X("no memory for sockets", "err=MODEM_SOCKET code=553 step=open", "SOCKET-MEMORY-1", "memory|553", "err=MODEM_SOCKET code=554 step=open") \
	X("P20 the uplink is congested", "err=MODEM_STALLED step=online unacked=11000 reg=home modem_bytes=1000",       \
	  "SOCKET-STALL-1", "11000 bytes|congested|either", "err=MODEM_STALLED step=online unacked=11000 reg=searching") \
	X("P19 572, and nothing else is known", "err=MODEM_SOCKET_DEAD code=572",                                       \
	  "SOCKET-1", "572|either|would decide", SILENT_END CHECKED)                                                    \
	/* TLS */                                                                                                       \
	X("P23 a captive portal", "err=TLS_NOT_TLS step=tls voice=http first=HTTP/1.1 bytes_in=300 " SERVER,            \
	  "TLS-PORTAL-1", "HTTP/1.1|portal|paid", "err=TLS_NOT_TLS step=tls voice=text first=SSH-2.0 bytes_in=30 " SERVER) \
	X("P23 another service", "err=TLS_NOT_TLS step=tls voice=text first=SSH-2.0- " SERVER,                          \
	  "TLS-PLAIN-1", "does not speak TLS|SSH-2.0", "err=TLS_NOT_TLS step=tls voice=http " SERVER)                   \
	X("a mute port", "err=TLS_TIMEOUT step=tls state=2 reg=home " SERVER,                                                   \
	  "TLS-SILENT-1", "said nothing|either", "err=TLS_TIMEOUT step=tls reg=home bytes_in=2000 " SERVER)             \
	X("a slow handshake", "err=TLS_TIMEOUT step=tls reg=home bytes_in=2000 " SERVER,                                \
	  "TLS-SLOW-1", "2000 bytes|too slow", "err=TLS_TIMEOUT step=tls state=2 reg=home " SERVER)                             \
	X("closed at ClientHello", "err=MODEM_CLOSED step=tls state=2 reg=home " SERVER,                                        \
	  "TLS-CLOSED-1", "first message|one of", "err=MODEM_CLOSED step=tls reg=home bytes_in=3000 " SERVER)           \
	X("closed in the handshake", "err=MODEM_CLOSED step=tls bytes_in=3000 code=567 reg=home " SERVER,               \
	  "TLS-CLOSED-2", "middle of the TLS handshake|either", "err=MODEM_CLOSED step=login after_ms=100 bytes_in=3000 " SERVER) \
	X("P31 no common cipher", ALERT "alert_in=40 state=2", "TLS-CIPHER-1", "no cipher|alert 40|server's operator", ALERT "alert_in=40 state=16") \
	X("P32 TLS version", ALERT "alert_in=70 state=2", "TLS-VERSION-1", "TLS version|70|TERN_TLS13", ALERT "alert_in=40 state=2") \
	X("P34 a certificate is wanted", ALERT "alert_in=40 state=16 cert_asked=yes", "TLS-CLIENT-1", "device certificate|mqtt.lab.test", ALERT "alert_in=40 state=2") \
	X("P34 under TLS 1.3", "err=TLS_ALERT alert_in=116 step=login " SERVER, "TLS-CLIENT-1", "device certificate", ALERT "alert_in=112") \
	X("our certificate is not liked", ALERT "alert_in=45 state=16", "TLS-CLIENT-2", "own certificate|45", ALERT "alert_in=40 state=16") \
	X("a word of certificates before anything was said of one", ALERT "alert_in=42 state=2", "TLS-ALERT-1",         \
	  "alert 42|either", ALERT "alert_in=42 state=16")                                                         \
	X("unknown name", ALERT "alert_in=112 state=2", "TLS-NAME-2", "'mqtt.lab.test'|set host", ALERT "alert_in=120 state=2") \
	X("ALPN", ALERT "alert_in=120 state=2", "TLS-ALPN-1", "ALPN|8883", ALERT "alert_in=112 state=2")                \
	X("a fault of the server", ALERT "alert_in=80 state=3", "TLS-SERVER-1", "of its own|80", ALERT "alert_in=50 state=3") \
	X("another alert", ALERT "alert_in=50 state=3", "TLS-ALERT-1", "alert 50|either", ALERT "alert_in=80 state=3")  \
	X("P25 memory in pieces", "err=CRYPTO_MEMORY step=tls arena_asked=16717 arena_largest=16372 arena_free=109000 " SERVER, \
	  "TLS-MEMORY-1", "16717|16372|in pieces", "err=CRYPTO_MEMORY step=tls arena_asked=16717 arena_largest=900 arena_free=9000 " SERVER) \
	X("P25 too little memory", "err=CRYPTO_MEMORY step=tls arena_asked=4000 arena_free=900 arena_largest=900 " SERVER, \
	  "TLS-MEMORY-2", "too small|4000|more memory", "err=CRYPTO_MEMORY step=tls arena_asked=4000 arena_free=9000 arena_largest=900 " SERVER) \
	X("a record that does not fit", "err=TLS_RECORD_SIZE step=tls " SERVER, "TLS-RECORD-1", "larger|16 KB", "err=TLS_CORRUPT step=tls " SERVER) \
	X("P26 fragments", "err=TLS_INTERNAL mbedtls=-0x7080 step=tls " SERVER, "TLS-FRAGMENT-1", "max_fragment_length", "err=TLS_INTERNAL mbedtls=-0x6c00 step=tls " SERVER) \
	X("damaged bytes", "err=TLS_CORRUPT step=tls " SERVER, "TLS-DAMAGED-1", "damaged|either", "err=TLS_CORRUPT step=tls modem_lost=2 " SERVER) \
	X("P35 an internal error", "err=TLS_INTERNAL mbedtls=-0x6c00 step=tls", "TLS-LIBRARY-1", "-0x6c00|stack", "err=TLS_INTERNAL mbedtls=-0x7080 step=tls") \
	X("a code that says nothing", "err=TLS_INTERNAL mbedtls=-0x2700 step=tls", "TLS-LIBRARY-2", "-0x2700|would decide", ROOT "issuer=a roots=1") \
	X("P28 no name is given", "err=TLS_HOST step=open", "TLS-HOST-1", "No server name|set host", "err=TLS_NAME step=tls names=a " SERVER) \
	/* certificates */                                                                                              \
	X("P24 wrong root", ROOT "depth=1 chain=2 subject_name=\"GTS CA 1C3\" issuer=\"GTS Root R1\" roots=1 root=\"COMODO RSA CA\"", \
	  "TLS-ROOT-1", "'GTS Root R1'|'COMODO RSA CA'|'ca'|clock (set 3 s ago: network)", ROOT "depth=1 chain=2 issuer=\"GTS Root R1\" roots=1 roots_named=1 root=\"GTS Root R1\"") \
	X("P24 the root by name only", ROOT "depth=1 chain=2 issuer=\"GTS Root R1\" roots=1 roots_named=1 root=\"GTS Root R1\"", \
	  "TLS-ROOT-2", "'GTS Root R1'|old or a damaged|most likely", ROOT "depth=1 chain=2 issuer=\"GTS Root R1\" roots=1") \
	X("P30 rotation", ROOT "depth=1 chain=2 issuer=\"Lab New Root\" roots=1 good_issuer=\"Lab Old Root\" good_issuer_at=2026-11-20", \
	  "TLS-ROOT-3", "'Lab Old Root'|'Lab New Root'|2026-11-20|rotation|most likely", ROOT "depth=1 chain=2 issuer=\"Lab New Root\" roots=1") \
	X("no intermediate", ROOT "depth=0 chain=1 subject_name=leaf issuer=\"Lab Intermediate\" roots=1",              \
	  "TLS-ROOT-4", "only its own|'Lab Intermediate'|either", ROOT "depth=1 chain=2 subject_name=leaf issuer=\"Lab Intermediate\" roots=1") \
	X("signed by itself", ROOT "depth=0 chain=1 subject_name=box issuer=box roots=1",                               \
	  "TLS-ROOT-5", "'box'|by itself", ROOT "depth=0 chain=1 subject_name=box issuer=other roots=1")                \
	X("unreadable roots", ROOT "roots=2 roots_bad=2", "TLS-ROOT-6", "(2)|unreadable|ca clear", ROOT "roots=2 roots_bad=1 issuer=a") \
	X("no root at all", "err=ROOTS_EMPTY", "TLS-ROOT-7", "No root certificate|'ca'", "err=TLS_ROOT roots=1 issuer=a") \
	X("roots that have all ended", "err=DEVICE_ROOTS_ENDED roots=2 now=2029-01-01", "TLS-ROOT-9", \
	  "(2)|all ended|2029-01-01|'ca clear'", "err=TLS_ROOT roots=2 issuer=a") \
	X("a library's flag alone", "err=TLS_ROOT flags=0x8", "TLS-ROOT-8", "either|s_client", ROOT "issuer=a roots=1 depth=1 chain=2") \
	X("P37 interception", ROOT "depth=1 chain=2 issuer=\"Lab Root B\" roots=1 issuer_elsewhere=yes",                \
	  "TLS-MITM-1", "'Lab Root B'|second host|APN|most likely", ROOT "depth=1 chain=2 issuer=\"Lab Root B\" roots=1 issuer_elsewhere=no") \
	X("P27 another name", "err=TLS_NAME step=tls flags=0x4 names=other.lab.test " SERVER,                           \
	  "TLS-NAME-1", "'other.lab.test'|'mqtt.lab.test'|set host", ROOT "names=other.lab.test issuer=a roots=1")      \
	X("P27 the flag alone", "err=TLS_NAME flags=0x4", "TLS-NAME-3", "another host", "err=TLS_NAME flags=0x4 names=a " SERVER) \
	X("P29 expired", DATES "depth=0 clock_agrees=yes " GOOD_CLOCK, "TLS-EXPIRED-1", "2026-11-19|2026-11-22|renew|server's operator", DATES "depth=0 clock=kept now=2026-11-22") \
	X("P29 by one source of time", DATES "depth=0 " GOOD_CLOCK, "TLS-EXPIRED-4", "2026-11-19|2026-11-22|network|most likely|renew", DATES "depth=0 clock_agrees=yes " GOOD_CLOCK) \
	X("P29 by a clock that nothing confirms", DATES "depth=0 clock=kept now=2026-11-22", "TLS-EXPIRED-2", "either|2026-11-19|nothing confirms", DATES "depth=0 " GOOD_CLOCK) \
	X("P29 an intermediate", DATES "depth=1 " GOOD_CLOCK, "TLS-EXPIRED-3", "'leaf'|2026-11-19", DATES "depth=0 " GOOD_CLOCK) \
	X("P38 all certificates are in the future", "err=TLS_FUTURE flags=0x200 step=tls newest=2026-10-01 clock=kept now=2026-09-01 build=2026-08-01", \
	  "TLS-FUTURE-1", "clock is behind|2026-10-01|2026-09-01|most likely", "err=TLS_FUTURE flags=0x200 step=tls newest=2026-10-01 now=2000-01-01 build=2026-08-01") \
	X("a certificate from tomorrow", "err=TLS_FUTURE flags=0x200 step=tls newest=2026-10-01 clock_agrees=yes " GOOD_CLOCK, \
	  "TLS-FUTURE-2", "two sources|server's own", "err=TLS_FUTURE flags=0x200 step=tls newest=2026-10-01 " GOOD_CLOCK) \
	X("P33 SHA-1", "err=TLS_WEAK flags=0x4000 subject_name=leaf step=tls", "TLS-WEAK-1", "SHA-1|SHA-256|'leaf'", "err=TLS_WEAK flags=0x10000 step=tls") \
	X("P33 a short key", "err=TLS_WEAK flags=0x10000 step=tls", "TLS-WEAK-2", "too short|RSA 2048", "err=TLS_WEAK flags=0x4000 step=tls") \
	X("not a server's", "err=TLS_USAGE flags=0x1000 step=tls", "TLS-USAGE-1", "not meant for a server", "err=TLS_WEAK flags=0x10000 step=tls") \
	X("a certificate that does not parse", "err=TLS_CERT step=tls modem_bytes=1", "TLS-CERT-1", "does not parse|either", "err=TLS_CERT step=tls modem_lost=1 modem_bytes=1") \
	/* time */                                                                                                      \
	X("P38 never set", "err=DEVICE_CLOCK step=clock", "CLOCK-1", "never set|set ntp", "err=TLS_EXPIRED step=tls")   \
	X("P38 before the build", "err=DEVICE_CLOCK now=2000-01-01 build=2026-11-02 step=clock", "CLOCK-2", "2000-01-01|2026-11-02|never set", "err=DEVICE_CLOCK step=clock") \
	X("P38 a network that does not know the time", "err=DEVICE_CLOCK step=clock told=1980-01-06 build=2026-11-02", "CLOCK-4", "1980-01-06|2026-11-02|set ntp|time server", "err=DEVICE_CLOCK step=clock build=2026-11-02") \
	X("P39 a jump", "subject=notice clock_jump_s=-3600 clock=network", "CLOCK-3", "-3600 s|timers", "subject=notice clock_jump_s=-2 clock=network") \
	/* keys and ids */                                                                                              \
	X("P36 no entropy", "err=RNG_UNSEEDED seed=no noise_bits=40", "RANDOM-1", "40 of 256|openssl rand", "err=RNG_SEED") \
	X("P36 a seed that is a pattern", "err=RNG_SEED seed=yes", "RANDOM-2", "pattern|guessed", "err=RNG_UNSEEDED seed=no") \
	X("P36 a source that fails", "err=RNG_NOISE", "RANDOM-3", "health test", "err=RNG_UNSEEDED")                    \
	X("no key", "err=KEY_MISSING", "KEY-NONE-1", "No private key|key new", "err=KEY_PUBLIC")                       \
	X("P42 a public key", "err=KEY_PUBLIC setting=key", "KEY-PUBLIC-1", "PUBLIC key|BEGIN EC PRIVATE KEY", "err=KEY_CERT setting=key") \
	X("P42 a certificate", "err=KEY_CERT setting=key", "KEY-CERT-1", "certificate|BEGIN EC PRIVATE KEY", "err=KEY_PUBLIC setting=key") \
	X("P44 a password", "err=KEY_ENCRYPTED", "KEY-PASSWORD-1", "password|openssl pkey", "err=KEY_FORMAT")           \
	X("P44 secp256k1", "err=KEY_CURVE found=\"EC secp256k1\"", "KEY-CURVE-1", "EC secp256k1|prime256v1|register", "err=KEY_TYPE found=Ed25519") \
	X("P44 Ed25519", "err=KEY_TYPE found=Ed25519", "KEY-TYPE-1", "Ed25519|2048", "err=KEY_CURVE found=\"EC P-384\"") \
	X("P43 two halves", "err=KEY_PAIR", "KEY-PAIR-1", "do not belong together", "err=KEY_FORMAT")                   \
	X("P43 damaged PEM", "err=PEM_FOOTER line=4", "KEY-PEM-1", "line 4|missing|paste it again", "err=KEY_FORMAT")   \
	X("P42 a key that does not parse", "err=KEY_FORMAT", "KEY-PEM-2", "one of|openssl pkey", "err=PEM_CUT line=3")  \
	X("a server's certificate as root", "err=CERT_NOT_CA", "ROOT-CA-1", "authority|'ca'", "err=CERT_FORMAT")           \
	X("P41 the project's name", "err=IOTCORE_PROJECT setting=project value=\"My First Project\" shape=0x1",         \
	  "ID-PROJECT-1", "'My First Project'|NAME|my-project-123456", "err=IOTCORE_PROJECT setting=project value=123456789012 shape=0x4") \
	X("P41 its number", "err=IOTCORE_PROJECT setting=project value=123456789012 shape=0x4",                         \
	  "ID-PROJECT-2", "'123456789012'|NUMBER", "err=IOTCORE_PROJECT setting=project value=\"My First Project\" shape=0x1") \
	X("P50 a path as device", "err=IOTCORE_DEVICE setting=device value=projects/p/devices/d shape=0x2",             \
	  "ID-PATH-1", "path|'projects/p/devices/d'|device", "err=IOTCORE_DEVICE setting=device value=d shape=0x0")     \
	X("an odd id", "err=IOTCORE_REGION setting=region value=Europe shape=0x1", "ID-1", "'Europe'|region|europe-west1", "err=OK setting=region value=europe-west1") \
	X("an odd id, not shown", "err=IOTCORE_CONNSTR", "ID-2", "connection string|correct", "err=IOTCORE_RENEW")      \
	X("an odd secret, not shown", "err=FORMAT setting=pin", "ID-2", "(pin)|correct", "err=FORMAT setting=apn value=a/b") \
	X("an odd number, not shown", "err=ARG setting=port", "ID-2", "(port)|correct", "err=ARG setting=baud value=9600") \
	X("a setting is missing", "err=DEVICE_SETTING setting=host", "SETTING-1", "'host'|set NAME", "err=IOTCORE_DEVICE setting=device value=d") \
	X("P66 a dead service", "err=DEVICE_HOST_DEAD host=mqtt.googleapis.com", "HOST-DEAD-1", "mqtt.googleapis.com|2023-08-16|set host", "err=MODEM_DNS step=open other_name=yes host=mqtt.googleapis.com") \
	X("P47 lifetime", "err=JWT_ARG have=172800", "TOKEN-LIFE-1", "172800|86400|3600", "err=JWT_ARG")                \
	X("P47 claims", "err=JWT_ARG", "TOKEN-SELF-1", "not sent|report", "err=JWT_ARG have=172800")                    \
	X("P45 a token that does not verify", "err=JWT_SIGNATURE", "TOKEN-SELF-2", "does not verify|software fault", "err=JWT_FORMAT") \
	X("P46 not base64url", "err=JWT_FORMAT", "TOKEN-SELF-3", "base64url|software fault", "err=JWT_SIGNATURE")       \
	X("P53 login too long", "err=TOO_LONG step=login need=742 have=512", "SIZE-LOGIN-1", "742|512|buffer", "err=IOTCORE_EVENT_SIZE need=742 have=512") \
	X("P54 message too long", "err=IOTCORE_EVENT_SIZE need=3000 have=2000", "SIZE-MESSAGE-1", "3000|2000|split", "err=TOO_LONG need=3000 have=2000") \
	X("config too long", "subject=notice err=IOTCORE_CONFIG_SIZE need=5000 have=2048", "SIZE-CLOUD-1", "5000 bytes|(2048 bytes)|shorter", "err=IOTCORE_EVENT_SIZE need=5000") \
	X("P56 QoS 2", "err=MQTT_QOS", "QOS-1", "QoS 2|QoS 1", "err=MQTT_TOPIC step=online")                            \
	X("P58 keepalive", SESSION "keepalive_s=3600 up_s=1205", "KEEPALIVE-1", "3600|20 min|1140", SESSION "keepalive_s=1140 up_s=1205") \
	/* login */                                                                                                     \
	X("P48 all is checked", REFUSED CHECKED, "LOGIN-2", "'dev1'|'reg'|SHA256:3f1c|one of|ids' form|clock (set 3 s ago: network)|self-check", REFUSED CHECKED "good_login_at=2026-11-20") \
	X("P48 it worked before", REFUSED CHECKED "good_login_at=2026-11-20", "LOGIN-1", "2026-11-20|blocked|replaced", REFUSED CHECKED) \
	X("P48 nothing is checked", REFUSED, "LOGIN-3", "one of|clock|key", REFUSED CHECKED)                            \
	X("P48 a clock that nothing confirms", REFUSED "ids_ok=yes token_ok=yes clock=kept now=2026-11-22", "LOGIN-CLOCK-2", "either|clock|nothing confirms", REFUSED CHECKED) \
	X("P48 two clocks differ", REFUSED "ids_ok=yes token_ok=yes clock_agrees=no " GOOD_CLOCK, "LOGIN-CLOCK-1", "two time sources|most likely", REFUSED CHECKED) \
	X("P19 P48 silent close, then 572", SILENT_END CHECKED, "LOGIN-4", "310 ms|login|no modem fault|one of", "err=MODEM_SOCKET_DEAD code=572 step=online after_ms=310 " IDS CHECKED) \
	X("P19 the same, known before", SILENT_END CHECKED "good_login_at=2026-11-20", "LOGIN-1", "blocked", SILENT_END CHECKED) \
	X("closed long after the login", "err=MODEM_CLOSED step=login after_ms=20000 " CHECKED, "LOGIN-LATE-1", "20 s|either", "err=MODEM_CLOSED step=login after_ms=2000 " CHECKED) \
	X("P52 CONNACK 4", "err=MQTT_CONNACK_4 connack=4 step=login " IDS, "LOGIN-3", "CONNACK 4|token", "err=MQTT_CONNACK_3 connack=3 step=login " IDS) \
	X("P49 CONNACK 1", "err=MQTT_CONNACK_1 connack=1 step=login", "LOGIN-VERSION-1", "3.1.1|port", "err=MQTT_CONNACK_2 connack=2 step=login") \
	X("P50 CONNACK 2", "err=MQTT_CONNACK_2 connack=2 step=login", "LOGIN-ID-1", "client id|projects/P", "err=MQTT_CONNACK_1 connack=1 step=login") \
	X("P51 CONNACK 3", "err=MQTT_CONNACK_3 connack=3 step=login", "LOGIN-BUSY-1", "not available|slowly", "err=MQTT_CONNACK_5 connack=5 step=login") \
	X("CONNACK 9", "err=MQTT_CONNACK connack=9 step=login", "LOGIN-CODE-1", "unknown code|9", "err=MQTT_CONNACK_5 connack=5 step=login") \
	X("no CONNACK", "err=MQTT_CONNACK_TIME step=login", "LOGIN-TIME-1", "did not answer|either", "err=MQTT_CONNACK_TIME step=login reg=searching") \
	X("not an MQTT server", "err=MQTT_TYPE step=login " SERVER, "LOGIN-MQTT-1", "not MQTT|port", "err=MQTT_TYPE step=online " SERVER) \
	/* a session */                                                                                                 \
	X("P55 a forbidden topic", SESSION "topic_closes=2 topic=/devices/dev1/telemetry up_s=4", "MQTT-TOPIC-1", "2 times|'/devices/dev1/telemetry'|events", SESSION "topic_closes=1 topic=/devices/dev1/telemetry up_s=4") \
	X("P59 no event topic", SESSION "topic_closes=2 topic=/devices/dev1/events state_works=yes", "MQTT-TOPIC-2", "state works|registry|console", SESSION "topic_closes=2 topic=/devices/dev1/events") \
	X("P57 a twin", SESSION "kicks=4 up_s=7", "MQTT-TWIN-1", "4 good sessions|probably|'dev1'|second board", SESSION "kicks=1 up_s=7") \
	X("P60 the token ended", SESSION "token_left_s=-600 up_s=22200", "MQTT-TOKEN-1", "token expired|new token", SESSION "token_left_s=9000 up_s=3600") \
	X("P21 half open", "err=MQTT_PING_TIME step=online reg=home rssi_dbm=-70 keepalive_s=1200", "MQTT-PING-1", "PING|idle|1200|radio", "err=MQTT_PING_TIME step=online reg=searching") \
	X("a connection that the modem does not open", "err=MODEM_SOCKET_DEAD step=open code=550 " SERVER,              \
	  "SOCKET-2", "could not open|550|mqtt.lab.test|either", "err=MODEM_SOCKET_DEAD step=data code=550")           \
	X("a network that has no data connection to give", "err=MODEM_PDP_REFUSED step=data apn=iot code=561 esm=26",     \
	  "DATA-2", "cause 26|congested", "err=MODEM_PDP_REFUSED step=data apn=iot code=561 esm=27")                   \
	X("no PUBACK, and TCP is not acknowledged", "err=MQTT_ACK_TIME step=online reg=home unacked=702",              \
	  "SOCKET-STALL-1", "702 bytes|congested", "err=MQTT_ACK_TIME step=online reg=home")                         \
	X("no PUBACK", "err=MQTT_ACK_TIME step=online reg=home", "MQTT-ACK-1", "acknowledge|kept", "err=MQTT_PING_TIME step=online reg=home") \
	X("a refused subscription", "err=MQTT_SUBSCRIBE step=online device=dev1", "MQTT-SUBSCRIBE-1", "subscription|'dev1'", "err=MQTT_SUBACK_TIME step=online device=dev1") \
	X("broken rules", "err=MQTT_FLAGS step=online", "MQTT-RULES-1", "rule of MQTT", "err=MQTT_FLAGS step=login host=a") \
	X("a session ends", SESSION "up_s=7200", "MQTT-CLOSED-1", "2 h 0 min|either|connects again", SESSION "kicks=3 up_s=20") \
	/* the rest */                                                                                                  \
	X("another network than the plan's, told in a session", "err=MODEM_PDP_LOST step=online reg=denied reject=11",   \
	  "REG-DENIED-1", "cause 11|plan", "err=MODEM_PDP_LOST step=online reg=searching")                              \
	X("the subscriber is refused in a session", "err=MODEM_CLOSED step=online reg=denied reject=3",                  \
	  "REG-DENIED-2", "cause 3|SIM", "err=MODEM_CLOSED step=online reg=home reject=3")                              \
	X("denied in a session, without a reason", "err=MODEM_CLOSED step=online reg=denied",                            \
	  "REG-DENIED-4", "one of", "err=MODEM_CLOSED step=online reg=idle")                                            \
	X("registration fails for its data connection", "err=MODEM_REG_DENIED step=search reg=denied reject=19 apn=a",   \
	  "DATA-1", "'a'|either", "err=MODEM_REG_DENIED step=search reg=denied reject=15 apn=a")                        \
	X("lost while a socket was opened", "err=MODEM_NO_NETWORK step=open reg=searching",                              \
	  "REG-LOST-1", "lost its network|searching", "err=MODEM_NO_NETWORK step=search reg=searching search_s=400")    \
	X("registration cannot be asked for", "err=MODEM_NO_NETWORK step=search failed=AT+CEREG? cme=4 search_s=300 rssi_dbm=-73", \
	  "MODEM-COMMAND-1", "'AT+CEREG?'|CME 4", "err=MODEM_NO_NETWORK step=search failed=AT+CEREG? reg=searching search_s=300 rssi_dbm=-73") \
	X("a command of the data connection is refused", "err=AT_CME step=data failed=AT+QIACT=1 cme=3",                 \
	  "MODEM-COMMAND-1", "'AT+QIACT=1'|CME 3|most likely", "err=AT_CME step=data cme=3")                            \
	X("an APN of IPv6 only", "err=MODEM_PDP_REFUSED step=data apn=v6 code=561 esm=51",                              \
	  "DATA-3", "'v6'|IPv4|51", "err=MODEM_PDP_REFUSED step=data apn=v6 code=561 esm=27")                           \
	X("user name and password where no APN is set", "err=MODEM_PDP_REFUSED step=data code=561 esm=29",               \
	  "DATA-LOGIN-1", "The APN refused|password", "err=MODEM_PDP_REFUSED step=data code=561 esm=27")                \
	X("refused at once: a network of one's own answers", "err=MODEM_CONNECT code=566 step=open after_ms=300 other_port=no other_host=no reg=home " SERVER, \
	  "TCP-REFUSED-1", "refused|either", "err=MODEM_CONNECT code=566 step=open after_ms=75000 other_port=no other_host=no reg=home " SERVER) \
	X("nothing opens, names were not asked for", "err=MODEM_OPEN_TIMEOUT code=569 step=open after_ms=75000 other_port=no other_host=no reg=home " SERVER, \
	  "DATA-PLAN-2", "nothing answers:|credit", "err=MODEM_CONNECT code=566 step=open after_ms=300 other_port=no other_host=no reg=home " SERVER) \
	X("the modem takes nothing more to send", "err=MODEM_STALLED step=tls reg=home",                                \
	  "SOCKET-STALL-1", "Sent bytes|either", "err=MODEM_STALLED step=tls reg=searching")                            \
	X("the modem does not send, and does not say why", "err=MODEM_SOCKET_DEAD code=550 step=tls state=2 reg=home " SERVER, \
	  "SOCKET-1", "550|either", "err=MODEM_CLOSED step=tls state=2 reg=home " SERVER)                               \
	X("no prompt for what is to be sent", "err=AT_NO_PROMPT step=tls failed=AT+QISEND=0,517",                        \
	  "MODEM-LINE-2", "'AT+QISEND=0,517'|prompt|either", "err=AT_NO_PROMPT step=tls modem_lost=3")                  \
	X("an answer that does not parse", "err=AT_PROTOCOL step=data", "MODEM-LINE-2", "not understood|RTS", "err=AT_PROTOCOL step=open code=552") \
	X("the root that is stored has ended", DATES "depth=2 issuer=leaf " GOOD_CLOCK,                                  \
	  "TLS-ROOT-10", "stored root 'leaf'|2026-11-19|'ca'|technician", DATES "depth=1 issuer=top " GOOD_CLOCK)       \
	X("an intermediate that is no CA", ROOT "depth=0 chain=1 sent=2 subject_name=leaf issuer=\"Lab Via\" issuer_sent=yes roots=1", \
	  "TLS-CHAIN-1", "'Lab Via'|'leaf'|no CA", ROOT "depth=0 chain=1 sent=2 subject_name=leaf issuer=\"Lab Via\" roots=1") \
	X("the intermediate is left out, the root is sent", ROOT "depth=0 chain=1 sent=2 subject_name=leaf issuer=\"Lab Via\" roots=1", \
	  "TLS-ROOT-8", "'Lab Via'|either|incomplete", ROOT "depth=0 chain=1 sent=1 subject_name=leaf issuer=\"Lab Via\" roots=1") \
	X("refused, by a clock of one source", REFUSED "ids_ok=yes token_ok=yes " GOOD_CLOCK,                            \
	  "LOGIN-CLOCK-2", "either the clock|nothing confirms|another key", REFUSED CHECKED)                            \
	X("closed after the login, by a clock of one source", SILENT_END "ids_ok=yes token_ok=yes " GOOD_CLOCK,          \
	  "LOGIN-CLOCK-2", "either the clock|blocked", SILENT_END CHECKED)                                              \
	X("P64 the queue was full", "subject=notice dropped=120 queued=512 offline_s=15000", "QUEUE-1", "120|512|4 h 10 min", "subject=notice queued=512") \
	X("P67 flash that is worn out", "subject=notice erases_day=96 have=104", "WEAR-1", "96 times a day|104 days|RAM", "subject=notice erases_day=3 have=3333") \
	X("flash that does not hold", "err=FLASH_VERIFY", "STORE-1", "flash|replace", "err=TLS_CERT")                                  \
	X("what nobody foresaw", "err=AT_ERROR step=data", "UNKNOWN-1", "'data'|would decide", "err=OK step=data")

/* What looks wrong and works: no diagnosis. */
#define HEALTHY(X)                                                                                                      \
	X("P11 roaming", "step=online reg=roaming act=8 rssi_dbm=-90")                                                  \
	X("P16 a context from before", "step=data context=yes cme=3 failed=AT+QIACT=1")                                 \
	X("P60 a planned renewal", "err=IOTCORE_RENEW step=online token_left_s=3000")                                   \
	X("no CS registration", "step=online reg=home reject=0 cfun=1")                                                 \
	X("a restart by its button", "subject=start reset=pin last_step=online")                                        \
	X("power-on", "subject=start reset=power-on")                                                                   \
	X("lost bytes that did no harm", "step=online modem_lost=3")                                                    \
	X("a small correction of the clock", "subject=notice clock_jump_s=2")                                           \
	X("an old SIM", "subject=notice iccid=89445001")                                                                \
	X("signal not known", "step=online reg=home")

#endif
