#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/setup.sh with a PATH in which only a few tools, and no compiler, are to be found."""
import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
SETUP = os.path.join(TOP, "tools/setup.sh")
# What the script itself uses.
TOOLS = ["sh", "cat", "rm", "chmod", "env"]
# Commands of the table that the tests take away and give back.
GONE = ["cmake", "ninja", "gcc", "ar", "python3", "bzip2", "git-clang-format", "git"]


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = folder.name
        for tool in TOOLS:
            os.symlink(shutil.which(tool), os.path.join(self.bin, tool))
        self.log = os.path.join(self.bin, "log")
        # An apt-get that "installs" by making the commands appear.
        self.tool("apt-get", 'echo "apt-get $*" >>%s\ncase "$*" in *install*) for c in %s; do\n'
                             '/bin/ln -sf /bin/true %s/$c; done ;; esac\n' % (self.log, " ".join(GONE), self.bin))
        self.tool("id", "echo 0\n")

    def tool(self, name, body):
        path = os.path.join(self.bin, name)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body)
        os.chmod(path, 0o755)

    def run_setup(self, *sets):
        return subprocess.run(["sh", SETUP, *sets], capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, env={"PATH": self.bin})

    def on_terminal(self, answer, *sets):
        """Runs it on a terminal of its own and types ANSWER at the question; (status, output)."""
        pid, master = pty.fork()
        if pid == 0:
            os.execve("/bin/sh", ["sh", SETUP, *sets], {"PATH": self.bin})
        output, typed, end = b"", False, time.monotonic() + 30
        while time.monotonic() < end:
            ready, _, _ = select.select([master], [], [], 0.2)
            if ready:
                try:
                    data = os.read(master, 4096)
                except OSError:
                    break
                if not data:
                    break
                output += data
            if not typed and b"[y/N]" in output:
                os.write(master, answer)
                typed = True
        os.close(master)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()

    def calls(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_nothing_missing_is_quiet_and_calls_nothing(self):
        for name in GONE:
            os.symlink("/bin/true", os.path.join(self.bin, name))
        result = self.run_setup("format")
        self.assertEqual((result.returncode, result.stdout + result.stderr, self.calls()), (0, "", []))

    def test_root_installs_at_once_after_a_list(self):
        result = self.run_setup("format")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.calls()[0], "apt-get -q update")
        words = self.calls()[1].split()
        self.assertIn("--no-install-recommends", words)
        for package in ("cmake", "ninja-build", "gcc", "binutils", "python3", "bzip2", "clang-format"):
            self.assertIn(package, words)
            self.assertRegex(result.stderr, r"(?m)^  %s +\S" % package)
        self.assertNotIn("qemu-system-arm", words)

    def test_without_root_sudo_or_terminal_it_prints_the_command_and_stops(self):
        self.tool("id", "echo 1000\n")
        result = self.run_setup("format")
        self.assertEqual((result.returncode, self.calls()), (1, []))
        self.assertRegex(result.stderr, r"apt-get update && apt-get install -y --no-install-recommends .*clang-format")

    def test_sudo_is_not_used_without_a_terminal(self):
        self.tool("id", "echo 1000\n")
        self.tool("sudo", "echo sudo >>%s\n" % self.log)
        result = self.run_setup("format")
        self.assertEqual((result.returncode, self.calls()), (1, []))

    def test_yes_on_a_terminal_installs_through_sudo(self):
        self.tool("id", "echo 1000\n")
        self.tool("sudo", 'echo sudo >>%s\nexec "$@"\n' % self.log)
        status, output = self.on_terminal(b"y\n", "format")
        self.assertEqual(status, 0, output)
        self.assertEqual(self.calls()[:2], ["sudo", "apt-get -q update"])

    def test_anything_else_on_a_terminal_installs_nothing(self):
        self.tool("id", "echo 1000\n")
        self.tool("sudo", "echo sudo >>%s\n" % self.log)
        for answer in (b"n\n", b"\n", b"\x04"):
            with self.subTest(answer):
                status, output = self.on_terminal(answer, "format")
                self.assertEqual((status, self.calls()), (1, []), output)
                self.assertIn("sudo sh -c 'apt-get update && apt-get install", output)

    def test_a_failing_apt_stops_it(self):
        self.tool("apt-get", "exit 100\n")
        result = self.run_setup("format")
        self.assertEqual(result.returncode, 1)
        self.assertIn("could not install: ", result.stderr)

    def test_an_apt_that_installs_too_little_is_noticed(self):
        self.tool("apt-get", "exit 0\n")
        result = self.run_setup("format")
        self.assertEqual(result.returncode, 1)
        self.assertIn("and yet not found: cmake", result.stderr)

    def test_a_system_without_apt_gets_the_list(self):
        os.unlink(os.path.join(self.bin, "apt-get"))
        result = self.run_setup("format")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cmake", result.stderr)
        self.assertIn("no Debian", result.stderr)

    def test_an_unknown_set_is_named(self):
        result = self.run_setup("fromat")
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no set 'fromat'", result.stderr)


if __name__ == "__main__":
    unittest.main()
