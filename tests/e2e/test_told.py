#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person at the console is told of a connection: connect --explain, status, check, why, export."""
import re
import unittest

from e2e import HOST, LOGIN_S, EndToEnd
from ternlab import certs


class Told(EndToEnd):
    # In their order; each with the time behind the one before.
    STEPS = [r"modem BG96 answers, firmware BG96\w+", r"SIM ready(, ICCID \.\.\.\w{4})?", r"registered at home.*",
             r"data connection, IP [\d.]+", r"clock 20\d\d-\d\d-\d\d .* UTC, by network", rf"TCP connection to {HOST}, port \d+",
             r"TLS 1\.[23], .*; certificate for .*, by .*", r"login accepted: online"]

    @staticmethod
    def ask(whole, command):
        return "\n".join(whole.console.command(command))

    def explained(self, since):
        lines = [x.text for x in self.lab.feed.lines("device", since)]
        return [m for m in (re.fullmatch(r" *(\d+\.\d) s  (.*)", line) for line in lines) if m]

    def test_each_step_with_its_time_and_what_was_learnt(self):
        whole = self.whole()
        since = self.lab.feed.mark()
        whole.console.command("connect --explain")
        self.lab.wait("device", "login accepted: online", LOGIN_S, since)
        steps = self.explained(since)
        self.assertEqual(len(steps), len(self.STEPS), [m[0] for m in steps])
        for step, wanted in zip(steps, self.STEPS):
            self.assertRegex(step[2], "^" + wanted + "$")
        times = [float(step[1]) for step in steps]
        self.assertEqual(times, sorted(times))
        self.assertEqual(self.lab.feed.find("device", "^(diagnosis|error|warning)", since), [])

    def test_the_steps_end_with_the_diagnosis_which_is_kept(self):
        whole = self.whole(root=certs.Authority(self.lab.path("other"), "Tern test root").pem())
        since = self.lab.feed.mark()
        whole.console.command("connect --explain")
        line = self.lab.wait("device", r"^diagnosis: .*\[TLS-ROOT-2 ", LOGIN_S, since).text
        self.assertEqual([m[2] for m in self.explained(since)][-1], [m[2] for m in self.explained(since) if "TCP" in m[2]][0])
        whole.console.command("stop")
        self.assertIn(line, self.ask(whole, "why"))
        self.assertRegex(self.ask(whole, "why"), r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC; the cloud was not told yet")

    def test_status_and_check_of_a_session(self):
        whole = self.started()
        self.wait_online(whole.started)
        whole.wait_telemetry(1)
        status = self.ask(whole, "status")
        for wanted in [r"state +online for \d+ s; logins: 1, failures: 0", r"network +registered at home.*",
                       r"chain +\S.*, by .*, until 20\d\d-\d\d-\d\d \(\d+ days\)", r"session +\d+ s old, a sign of life every 240 s",
                       r"data +\d+ bytes up, \d+ bytes down; today \d+ bytes", r"resets +the last one [a-z-]+, .* ago"]:
            self.assertRegex(status, rf"(?m)^{wanted}")
        check = self.ask(whole, "check")
        self.assertNotRegex(check, "(?m)^error:")
        self.assertRegex(check, r"(?m)^(\d warnings?: )?ready to connect")
        for line in (status + check).splitlines():
            self.assertLessEqual(len(line.rstrip()), 128)

    def test_an_export_has_no_secret(self):
        whole = self.whole(settings=[("pin", "4711")])
        said = self.ask(whole, "export")
        self.assertIn(f"set host {HOST}", said)
        self.assertIn("-----END CERTIFICATE-----", said)
        self.assertIn("# pin: set, not exported", said)
        self.assertNotIn("4711", said)
        self.assertNotIn("PRIVATE", said)


if __name__ == "__main__":
    unittest.main()
