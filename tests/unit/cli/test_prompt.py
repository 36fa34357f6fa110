#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is asked on the terminal: secrets are not echoed, and the terminal echoes
again however the question ends.

    test_prompt.py TERN
"""
import os
import pty
import signal
import sys
import termios
import unittest


class Prompt(unittest.TestCase):
    tern = ""

    def ask(self):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(self.tern, ["tern", "provision", "/dev/null", "--pin-file", "-"])
        said = b""
        while b"pin: " not in said:
            said += os.read(fd, 1000)
        self.addCleanup(os.close, fd)
        return pid, fd

    @staticmethod
    def echoes(fd):
        return bool(termios.tcgetattr(fd)[3] & termios.ECHO)

    @staticmethod
    def rest(fd):
        """All that is said until the program has ended."""
        said = b""
        try:
            while data := os.read(fd, 1000):
                said += data
        except OSError:      # the other side of the terminal is gone
            pass
        return said

    def test_ctrl_c_leaves_a_terminal_that_echoes(self):
        pid, fd = self.ask()
        while self.echoes(fd):
            pass
        os.write(fd, b"\x03")
        self.rest(fd)
        self.assertTrue(self.echoes(fd))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), -signal.SIGINT)

    def test_a_secret_is_not_echoed(self):
        pid, fd = self.ask()
        while self.echoes(fd):
            pass
        os.write(fd, b"98765432\n")
        self.assertNotIn(b"98765432", self.rest(fd))
        self.assertTrue(self.echoes(fd))
        os.waitpid(pid, 0)


if __name__ == "__main__":
    Prompt.tern = sys.argv.pop(1)
    unittest.main()
