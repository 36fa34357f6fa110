#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tern doctor --modem` with the virtual modem: the whole way through it, and what
is said of SIM, network, data connection, names and ports that fail."""
import os
import re
import socket
import subprocess
import unittest

from doctor_test import HOST, NTP, PROGRAMS, Doctor
from ternlab import certs
from ternlab.lab import free_port
from ternlab.modem import PROGRAM, Modem

MODEM = os.environ.get("TERN_MODEM", PROGRAM)
STEPS = ["settings", "line", "modem", "sim", "network", "data", "time", "tcp 8883", "clock", "tls", "token", "connect",
         "subscribe"]
OTHER = "works.example:443=127.0.0.2:8080"


class ModemTest(Doctor):
    def modem(self, *options, routes=None):
        if routes is None:
            routes = {f"{HOST}:8883": f"127.0.0.1:{self.bridge.port}"}
        modem = Modem(self.lab, routes, options, MODEM, re.sub(r"[^a-z]", "", self._testMethodName)[-20:])
        self.addCleanup(lambda: (modem.stop(), self.lab.forget(modem.process)))
        return modem

    def through(self, modem, export, *words, status=0, **options):
        return self.run_doctor("--modem", modem.socket, "--settings", export, "--server",
                               f"{NTP}:123=127.0.0.1:{self.time.port}", "--other", OTHER, *words, status=status, **options)


class Works(ModemTest):
    def test_the_whole_way(self):
        name = self.registered()
        modem = self.modem("--network", "0:searching,300:roaming")
        report, text = self.through(modem, self.export(name, apn="iot.example"), "--key", self.key())
        self.assertEqual([step["step"] for step in report["steps"]], STEPS)
        self.assertEqual({step["result"] for step in report["steps"]}, {"ok", "note"})
        self.assertIn("BG96", self.step(report, "modem")["model"])
        self.assertRegex(self.step(report, "data")["iccid"], r"^\d{18,20}F?$")
        self.assertIn("roaming, which is normal", self.step(report, "network")["learnt"])
        self.assertRegex(self.step(report, "data")["learnt"], r"operator \w.*, -\d+ dBm")
        self.assertRegex(self.step(report, "data")["learnt"], r"APN iot\.example, address \d+\.\d+\.\d+\.\d+")
        self.assertRegex(self.step(report, "time")["learnt"], r"differs by [0-3] s")
        self.assertNotIn("diagnosis", text)

    def test_without_roots_it_ends_with_the_socket(self):
        report, _ = self.run_doctor("--modem", self.modem().socket, "--host", HOST)
        self.assertEqual(report["steps"][-1]["step"], "tcp 8883")
        self.assertTrue(report["ok"])
        self.assertIn("TLS was not tried", report["notes"][0])

    def test_without_a_host_it_ends_with_the_data_connection(self):
        report, _ = self.run_doctor("--modem", self.modem().socket)
        self.assertEqual(self.results(report)["data"], "ok")
        self.assertEqual(self.results(report)["tcp"], "skipped")

    def test_the_pin_is_given_once_and_never_shown(self):
        modem = self.modem("--sim-pin", "2468")
        report, text = self.through(modem, self.export(self.registered()), "--pin-file", self.file("pin", "2468\n"))
        self.assertIn("with the PIN", self.step(report, "sim")["learnt"])
        self.assertNotIn("2468", str(report) + text)


class Fails(ModemTest):
    def fails(self, modem, step, code, *words, options=(), without=(), once=False, **settings):
        said = self.through(modem, self.export("dev-1", **settings), *options, status=1, once=once)
        self.failed(said, step, code, *words, without=without)
        return said[0]

    def test_no_modem_at_all(self):
        path = self.lab.socket_path("nobody")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        self.addCleanup(listener.close)
        said = self.run_doctor("--modem", path, "--timeout", "4", status=1)
        self.failed(said, "modem", "MODEM-SILENT-1")

    def test_a_line_that_is_not_there(self):
        for line in ("/nonexistent", "tcp:127.0.0.1:%d" % free_port()):
            report, text = self.run_doctor("--modem", line, status=1)
            self.assertEqual(self.results(report), {"settings": "ok", "line": "failed"})
            self.assertNotIn("Nothing is wrong", text)

    def test_no_sim(self):
        self.fails(self.modem("--network", "0:sim=absent"), "sim", "SIM-1", "contacts")

    def test_a_sim_that_asks_for_a_pin_is_asked_for_nothing(self):
        modem = self.modem("--sim-pin", "1234")
        self.fails(modem, "sim", "SIM-PIN-1", "set pin")
        with open(modem.log, encoding="utf-8", errors="replace") as log:
            self.assertNotIn("AT+CPIN=", log.read())

    def test_a_wrong_pin_is_sent_once_even_when_it_is_run_again(self):
        modem = self.modem("--sim-pin", "1234")
        export, pin = self.export("dev-1"), self.file("pin", "9999\n")
        first = subprocess.run([PROGRAMS["tern"], "doctor", "--modem", modem.socket, "--settings", export, "--pin-file", pin],
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(first.returncode, 1)
        self.assertRegex(first.stdout, r"\[SIM-PIN-2 .*pin_tries=2")
        self.assertNotIn("9999", first.stdout + first.stderr)
        report = self.fails(modem, "sim", "SIM-PIN-2", "2 of 3 tries", options=["--pin-file", pin])
        self.assertIn("was not tried", report["notes"][0])
        with open(modem.log, encoding="utf-8", errors="replace") as log:
            self.assertEqual(log.read().count("AT+CPIN="), 1)

    def test_a_sim_that_wants_its_puk(self):
        self.fails(self.modem("--network", "0:sim=puk"), "sim", "SIM-PUK-1")

    def test_no_network_is_heard(self):
        report = self.fails(self.modem("--network", "0:rssi=99,0:searching"), "network", "RADIO-SEARCH-1",
                            options=["--timeout", "8"], once=True)
        self.assertEqual(self.results(report)["data"], "skipped")

    def test_registration_is_denied(self):
        self.fails(self.modem("--network", "0:denied,0:cause=11"), "network", "REG-DENIED-1", "plan", once=True)

    def test_another_maker_s_modem(self):
        self.fails(self.modem("--profile", "sim7000g"), "modem", "MODEM-MODEL-1", "SIM7000G")

    def test_a_wrong_apn(self):
        self.fails(self.modem("--apn", "right.example"), "data", "DATA-APN-2", "'wrong.example'", apn="wrong.example")

    def test_a_name_that_does_not_resolve_while_another_does(self):
        modem = self.modem(routes={"works.example:443": f"127.0.0.1:{self.bridge.port}"})
        self.fails(modem, "tcp 8883", "DNS-HOST-1", HOST)

    def test_nothing_answers_at_all(self):
        self.fails(self.modem(routes={}), "tcp 8883", "DATA-PLAN-2")

    def test_a_closed_port_while_443_is_open(self):
        modem = self.modem(routes={f"{HOST}:8883": f"127.0.0.1:{free_port()}", f"{HOST}:443": f"127.0.0.1:{self.bridge.port}"})
        self.fails(modem, "tcp 8883", "TCP-PORT-1", "set port 443")

    def test_a_wrong_root_through_the_modem(self):
        other = certs.Authority(self.lab.path("wrong"), "Wrong root")
        self.fails(self.modem(), "tls", "TLS-ROOT-1", "'Wrong root'", roots=other.pem())

    def test_an_unknown_device_through_the_modem(self):
        self.fails(self.modem(), "connect", "LOGIN-2", options=["--key", self.key()])


if __name__ == "__main__":
    unittest.main()
