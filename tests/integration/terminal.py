#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""userctl with a person at a terminal, in the private host: what is asked, what is echoed, what Ctrl-C leaves behind."""
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time

PASSWORD = "correct-horse-battery-staple"


class Terminal:
    """A command on a terminal of its own, as `user` (root when None)."""

    def __init__(self, *words, user=None, **environment):
        self.said, self.words = "", words
        if user:
            words = ("runuser", "-u", user, "--", *words)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", **environment})
            os.execvp(words[0], words)

    def read(self, seconds):
        """Reads what comes within `seconds`; false at the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            piece = b""
        self.said += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)

    def waits_for(self, text, seconds=30):
        until = time.monotonic() + seconds
        while text not in self.said and time.monotonic() < until:
            self.read(0.2)
        if text not in self.said:
            sys.exit(f"FAILED: {self.words}: no {text!r} in {self.said!r}")
        before, self.said = self.said.split(text, 1)
        return before

    def types(self, text, end="\n"):
        os.write(self.fd, (text + end).encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def ends_with(self, status):
        until = time.monotonic() + 30
        while self.read(0.5):
            if time.monotonic() > until:
                sys.exit(f"FAILED: {self.words} does not end: {self.said!r}")
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code != status:
            sys.exit(f"FAILED: {self.words} ended with {code}, not {status}: {self.said!r}")
        return self.said


def ok(what, holds=True):
    if not holds:
        sys.exit("FAILED: " + what)
    print("  ok:", what)


def run(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def code_of(key, later=0):
    return run("oathtool", "--totp", "--base32", "--now", f"@{int(time.time()) + later}", key).stdout.strip()


def passwords():
    t = Terminal("userctl", "create", "alice")
    t.waits_for("Password for alice: ")
    ok("a password is asked without echo", not t.echoes())
    t.types(PASSWORD)
    said = t.waits_for("The same again: ")
    t.types(PASSWORD)
    said += t.ends_with(0)
    ok("and shows nowhere", PASSWORD not in said and "Created alice" in said)

    t = Terminal("userctl", "password", "reset", "alice")
    t.waits_for("New password for alice: ")
    t.types(PASSWORD + "1")
    t.waits_for("The same again: ")
    t.types(PASSWORD + "2")
    ok("two that differ change nothing", "nothing was changed" in t.ends_with(1))

    t = Terminal("userctl", "password", "reset", "alice")
    t.waits_for("New password for alice: ")
    t.types("\x03", end="")
    t.ends_with(130)
    ok("Ctrl-C ends with 130 and gives the echo back")
    ok("--no-input names the option", "--generate" in Terminal("userctl", "--no-input", "passwd", "alice").ends_with(2))


def confirmations():
    run("userctl", "suspend", "alice")
    t = Terminal("userctl", "delete", "alice")
    t.waits_for("Delete alice for good? [y/N] ")
    t.types("n")
    ok("n deletes nothing", "nothing was changed" in t.ends_with(9))
    t = Terminal("userctl", "delete", "alice")
    t.waits_for("[y/N] ")
    t.types("\x04", end="")
    t.ends_with(9)
    ok("the end of input is no yes", run("userctl", "get", "alice", "-q").stdout == "alice\n")
    said = Terminal("userctl", "delete", "alice", user="bob").ends_with(4)
    ok("who may not is refused, not asked", "not authorized" in said and "[y/N]" not in said)
    said = Terminal("userctl", "delete", "bob").ends_with(5)
    ok("what cannot be is refused, not asked", "suspended" in said and "[y/N]" not in said)


def enrolment():
    t = Terminal("userctl", "mfa", "enable", user="bob")
    t.waits_for("Scan this with an authenticator app:")
    picture = t.waits_for("Key to type instead: ")
    ok("the QR code is drawn", picture.count("█") > 100)
    first = t.waits_for("Code shown by the app: ").strip().replace(" ", "")
    for answer in ("That is not the code", "That is not the code", "Three wrong codes: that key is void."):
        t.types("000000")
        t.waits_for(answer)
    t.waits_for("Key to type instead: ")
    key = t.waits_for("Code shown by the app: ").strip().replace(" ", "")
    ok("three wrong codes make a new key", re.fullmatch("[A-Z2-7]{32,}", first) and re.fullmatch("[A-Z2-7]{32,}", key) and
       key != first)
    t.types("000000")
    t.waits_for("That is not the code")
    t.waits_for("Code shown by the app: ")
    t.types(code_of(key))
    said = t.ends_with(0)
    ok("a right code turns it on and shows recovery codes", "One-time codes are on" in said and
       len(re.findall(r"^  \S+$", said, re.MULTILINE)) == 8)




def editing():
    with open("/root/editor", "w", encoding="utf-8") as script:
        script.write("#!/bin/sh\ncp \"$1\" /root/seen\n[ -e /root/once ] && exec sed -i 's/^shel:.*/shell: \\/bin\\/sh/' \"$1\"\n"
                     "touch /root/once\nsed -i 's/^shell:/shel:/' \"$1\"\n")
    os.chmod("/root/editor", 0o755)
    said = Terminal("userctl", "edit", "bob", EDITOR="/root/editor").ends_with(0)
    ok("the editor comes back until the text is right", "shell: /bin/bash → /bin/sh" in said and "Updated bob." in said)
    with open("/root/seen", encoding="utf-8") as seen:
        ok("with what was wrong at its top", re.match(r'#! ✗ line \d+: unknown field "shel"', seen.read()))


def manners():
    said = Terminal("userctl", "status", SUDO_USER="carol").ends_with(0)
    ok("under sudo a banner says who is where as what", re.search(r"^\[carol @ \S+ as root\]", said))
    said = Terminal("userctl", "list", "--color=auto", NO_COLOR="1").ends_with(0)
    ok("NO_COLOR is kept", "\x1b[" not in said)
    ok("without it headings are bold", "\x1b[1m" in Terminal("userctl", "list").ends_with(0))
    t = Terminal("sh", "-c", "stty cols 20; unset TERM; exec userctl list")
    ok("20 columns and no TERM do no harm", "bob" in t.ends_with(0))


def completion():
    for shell in ("bash", "zsh", "fish"):
        ok(f"completion --install for {shell}", "Wrote" in run("userctl", "completion", shell, "--install").stdout)
    script = ("source /usr/local/share/bash-completion/completions/userctl; COMP_WORDS=(userctl suspend bo); COMP_CWORD=2; "
              "_userctl; echo ${COMPREPLY[*]}")
    ok("bash completes a live name", eventually(lambda: run("bash", "--norc", "-c", script).stdout.strip() == "bob"))
    if os.access("/usr/bin/fish", os.X_OK):
        ok("fish completes a live name", eventually(
            lambda: run("fish", "-c", 'complete -C "userctl suspend bo"').stdout.split() == ["bob"]))
    else:
        print("  left out: fish is not installed")
    if not os.access("/usr/bin/zsh", os.X_OK):
        return print("  left out: zsh is not installed")
    t = Terminal("zsh", "-f", "-i")
    t.types("autoload -U compinit; compinit -u; PS1='READY> '; bindkey '^I' complete-word")
    t.waits_for("READY> \x1b[K")
    for _ in range(20):  # a slow machine may take more than the 200 ms that a shell waits
        t.types("userctl suspend bo\t", end="")
        t.read(1)
        if "userctl suspend bob" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", t.said):
            break
        t.types("\x15", end="")
    t.types("\x15exit")
    ok("zsh completes a live name", "suspend bob" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", t.said))
    t.ends_with(0)


def eventually(holds):
    return any(holds() or time.sleep(0.2) for _ in range(20))


run("userctl", "create", "bob", "--generate")
completion()
passwords()
confirmations()
enrolment()
editing()
manners()
