#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device whose seed is gone from its flash.  In QEMU nothing is random: there must
be no TLS.  On Linux the kernel's generator stands in for the seed."""
import re
import secrets
import unittest

from e2e import BOARD, EndToEnd

SEED_PAGES = 2 * 2048      # store/layout.h


class Entropy(EndToEnd):
    def restart_without_seed(self, whole):
        device, start = whole.device, whole.device.start

        def erase_and_start():
            with open(device.flash, "r+b") as file:
                file.write(b"\xff" * SEED_PAGES)
            start()
        device.start = erase_and_start
        try:
            device.power_cut()
        finally:
            device.start = start
        device.console.wait_prompt(30)

    def rows(self, whole):
        """What "entropy" says, by the first word of a line."""
        found = (re.match(r"(\w+) +(.+)", line) for line in whole.console.must("entropy"))
        return {match[1]: match[2] for match in found if match}

    @unittest.skipUnless(BOARD == "qemu", "Linux has a generator")
    def test_frozen_noise_and_no_seed_refuse_tls(self):
        whole = self.whole()
        for attempt in range(2):
            since = self.lab.feed.mark()
            self.restart_without_seed(whole)
            with self.subTest(attempt):
                self.lab.wait("device", r"^note: not started \[RNG_UNSEEDED\]", 30, since)
                rows = self.rows(whole)
                self.assertRegex(rows["seed"], "^none;")
                self.assertRegex(rows["generator"], "^locked")
                for source in ("adc", "oscillator", "hardware"):
                    self.assertNotIn("passing", rows[source])
                said = whole.console.command("start")
                self.assertIn("error: not started [RNG_UNSEEDED]", said)
                self.lab.wait("device", r"^diagnosis: .*seed.*\[RANDOM-1 ", 10, since)
                said = whole.console.command("key make")
                self.assertTrue(any("error:" in line for line in said), said)
        self.assert_never_online()
        whole.console.must("seed")
        whole.console.must(secrets.token_hex(32), secret="the seed")
        whole.start()
        self.wait_online(whole.started)
        self.assertRegex(self.rows(whole)["seed"], "^provisioned;")

    @unittest.skipUnless(BOARD == "linux", "QEMU has no noise")
    def test_the_kernel_s_noise_stands_in_for_the_seed(self):
        whole = self.whole()
        for count in range(1, 3):
            since = self.lab.feed.mark()
            if count == 1:
                self.restart_without_seed(whole)
            else:
                whole.device.power_cut()
            self.wait_online(since)
            rows = self.rows(whole)
            self.assertRegex(rows["seed"], rf"^made here from noise; seeds stored so far: {count}$")
            self.assertRegex(rows["hardware"], r"^passing; samples: \d+, failures: 0, bits assessed: 1024, credited: 256$")

    @unittest.skipUnless(BOARD == "linux", "QEMU has no noise")
    def test_a_dump_of_samples_while_the_device_is_online(self):
        whole = self.started()
        self.wait_online(whole.started)
        since = self.lab.feed.mark()
        said = whole.console.must("entropy dump hardware 20000", timeout=60)
        samples = bytes.fromhex("".join(line for line in said if re.fullmatch("(?:[0-9a-f]{2})+", line)))
        self.assertEqual(len(samples), 20000)
        self.assertEqual(len(set(samples)), 256)
        whole.wait_telemetry(1, since=since)


if __name__ == "__main__":
    unittest.main()
