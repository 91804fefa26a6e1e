#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ldap_history.py ROUNDS [SEED]: makes a random history on a directory server and accidents on both sides of it, and holds
the host against the server after each. Another process looks on all the time: no entry may be seen half.

An entry tells its version in three of its fields, and a group has its members in pairs."""
import grp
import multiprocessing
import os
import pwd
import random
import signal
import subprocess
import sys
import time

SUPPORT = os.environ["USERD_TOP"] + "/tests/support"
SERVER = "/root/server"
BASE = "dc=example,dc=org"
PEOPLE, GUESTS, ANNEX, GROUPS = (f"ou={name},{BASE}" for name in ("people", "guests", "annex", "groups"))
SOURCE = "/etc/userd/userd.yaml.d/ldap.yaml"
FILTERS = ["(objectClass=posixAccount)", "(&(objectClass=posixAccount)(!(loginShell=/bin/sh)))",
           f"(&(objectClass=posixAccount)(uidNumber>=200000)(!(employeeType=leaver)))"]
PAIRS = 5
OVERLAYS = ["--overlay", "memberof\nmemberof-group-oc groupOfMembers\nmemberof-refint true", "--overlay",
            "refint\nrefint_attributes member"] if os.environ.get("USERD_OVERLAYS") else []


def run(*command, text=None, check=True):
    done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if check and done.returncode:
        sys.exit(f"history: {' '.join(command)} ended with {done.returncode}: {done.stdout}\n{text or ''}")
    return done.stdout


def slapd(*arguments, text=None, check=True):
    return run(SUPPORT + "/slapd", SERVER, *arguments, text=text, check=check)


class Directory:
    """What we think stands on the server, to choose the next change from."""

    def __init__(self):
        self.people = {}  # name: (dn, number, version)
        self.teams = {}   # name: set of DNs
        self.annex = ANNEX  # nobody moves there: what slapd 2.5 has moved, it cannot rename the parent of
        self.number = 200000
        self.team_number = 400100
        self.names = 0

    def copy(self):
        made = Directory()
        made.people, made.teams = dict(self.people), {k: set(v) for k, v in self.teams.items()}
        made.annex = self.annex
        return made

    def go_back_to(self, older):
        """Numbers and names go on: the server has forgotten them, the host has not."""
        self.people, self.teams = dict(older.people), {k: set(v) for k, v in older.teams.items()}
        self.annex = older.annex

    @staticmethod
    def facts(name, version):
        return (f"displayName: {name} v{version}", f"homeDirectory: /home/{name}/{version}",
                f"gecos: {name} v{version}")

    def add(self, name=None):
        if not name:
            self.names += 1
            name = f"h{self.names}"
        self.number += 1
        dn = f"uid={name},{random.choice((PEOPLE, PEOPLE, GUESTS, self.annex))}"
        self.people[name] = (dn, self.number, 1)
        facts = "\n".join(self.facts(name, 1))
        shell = random.choice(("/bin/bash", "/bin/bash", "/bin/sh"))
        return (f"dn: {dn}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nuid: {name}\ncn: {name}\n"
                f"sn: {name}\nuidNumber: {self.number}\ngidNumber: 400000\nloginShell: {shell}\n{facts}\n\n")

    def change(self):
        name = self.somebody()
        dn, number, version = self.people[name]
        self.people[name] = (dn, number, version + 1)
        parts = "-\n".join(f"replace: {line.split(':')[0]}\n{line}\n" for line in self.facts(name, version + 1))
        return f"dn: {dn}\nchangetype: modify\n{parts}-\nreplace: loginShell\nloginShell: {random.choice(('/bin/bash', '/bin/sh'))}\n\n"

    def rename(self):
        old = self.somebody()
        dn, number, version = self.people.pop(old)
        self.names += 1
        name = f"r{self.names}"
        self.people[name] = (f"uid={name},{dn.split(',', 1)[1]}", number, version)
        return f"dn: {dn}\nchangetype: modrdn\nnewrdn: uid={name}\ndeleteoldrdn: 1\n\n"

    def move(self):
        name = self.somebody()
        dn, number, version = self.people[name]
        rdn, parent = dn.split(",", 1)
        if parent == self.annex:
            return self.change()
        parent = GUESTS if parent == PEOPLE else PEOPLE
        self.people[name] = (f"{rdn},{parent}", number, version)
        return f"dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: {parent}\n\n"

    def rename_annex(self):
        """What others stand below: nobody is told of them."""
        old, name = self.annex, "outhouse" if self.annex == ANNEX else "annex"
        self.annex = f"ou={name},{BASE}"
        self.people = {who: (f"{dn.split(',', 1)[0]},{self.annex}" if dn.endswith("," + old) else dn, number, version)
                       for who, (dn, number, version) in self.people.items()}
        return f"dn: {old}\nchangetype: modrdn\nnewrdn: ou={name}\ndeleteoldrdn: 1\n\n"

    def delete(self):
        dn, _, _ = self.people.pop(self.somebody())
        return f"dn: {dn}\nchangetype: delete\n\n"

    def recreate(self):
        """Another entry with the name and the number of one that has just gone."""
        name = self.somebody()
        dn, number, _ = self.people.pop(name)
        number, self.number = self.number, number - 1
        added = self.add(name)
        self.number = number
        return f"dn: {dn}\nchangetype: delete\n\n" + added

    def swap(self):
        """Two people change their names."""
        one, other = self.somebody(), self.somebody()
        if one == other:
            return self.change()
        (dn1, number1, version1), (dn2, number2, version2) = self.people[one], self.people[other]
        parent1, parent2 = dn1.split(",", 1)[1], dn2.split(",", 1)[1]
        self.people[other] = (f"uid={other},{parent1}", number1, version1)
        self.people[one] = (f"uid={one},{parent2}", number2, version2)
        return "".join(f"dn: {dn}\nchangetype: modrdn\nnewrdn: uid={name}\ndeleteoldrdn: 1\n\n" for dn, name in (
            (dn1, "between"), (dn2, one), (f"uid=between,{parent1}", other)))

    def swap_numbers(self):
        one, other = self.somebody(), self.somebody()
        (dn1, number1, version1), (dn2, number2, version2) = self.people[one], self.people[other]
        self.people[one], self.people[other] = (dn1, number2, version1), (dn2, number1, version2)
        return "".join(f"dn: {dn}\nchangetype: modify\nreplace: uidNumber\nuidNumber: {number}\n\n"
                       for dn, number in ((dn1, number2), (dn2, number1)) if one != other)

    def add_team(self):
        self.names += 1
        self.team_number += 1
        name = f"t{self.names}"
        members = set(random.sample([p[0] for p in self.people.values()] + [self.team_dn(t) for t in self.teams],
                                    min(4, len(self.people))))
        self.teams[name] = members
        lines = "".join(f"member: {m}\n" for m in members)
        return (f"dn: {self.team_dn(name)}\nchangetype: add\nobjectClass: groupOfMembers\nobjectClass: posixGroup\ncn: {name}\n"
                f"gidNumber: {self.team_number}\n{lines}\n")

    @staticmethod
    def team_dn(name):
        return f"cn={name},{GROUPS}"

    def change_team(self):
        if not self.teams:
            return self.add_team()
        name = random.choice(sorted(self.teams))
        members = set(random.sample([p[0] for p in self.people.values()] + [self.team_dn(t) for t in self.teams if t != name],
                                    min(6, len(self.people))))
        self.teams[name] = members
        return f"dn: {self.team_dn(name)}\nchangetype: modify\nreplace: member\n" + "".join(f"member: {m}\n" for m in members) + "\n"

    def delete_team(self):
        if len(self.teams) < 3:
            return self.add_team()
        name = random.choice(sorted(self.teams))
        del self.teams[name]
        return f"dn: {self.team_dn(name)}\nchangetype: delete\n\n"

    def pair(self):
        number = random.randrange(PAIRS)
        deed = random.choice(("add", "delete"))
        return (f"dn: {self.team_dn('pairs')}\nchangetype: modify\n{deed}: member\nmember: uid=pair{number}a,{PEOPLE}\n"
                f"member: uid=pair{number}b,{PEOPLE}\n\n")

    def somebody(self):
        return random.choice(sorted(self.people))

    def any_change(self):
        deeds = [self.change] * 4 + [self.rename, self.move, self.recreate, self.delete, self.add_team, self.change_team, self.change_team,
                                     self.delete_team, self.pair, self.pair, self.swap, self.swap_numbers, self.rename_annex]
        if len(self.people) < 30:
            deeds = [self.add]
        elif len(self.people) < 60:
            deeds += [self.add] * 3
        return random.choice(deeds)()


def first_entries():
    for name, dn in ("guests", GUESTS), ("annex", ANNEX):
        yield f"dn: {dn}\nobjectClass: organizationalUnit\nou: {name}\n\n"
    for i in range(PAIRS):
        for half in "ab":
            name = f"pair{i}{half}"
            yield (f"dn: uid={name},{PEOPLE}\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nuid: {name}\ncn: {name}\n"
                   f"sn: {name}\nuidNumber: {290000 + 2 * i + (half == 'b')}\ngidNumber: 400000\nloginShell: /bin/bash\n"
                   + "\n".join(Directory.facts(name, 1)) + "\n\n")
    yield (f"dn: cn=everyone,{GROUPS}\nobjectClass: groupOfMembers\nobjectClass: posixGroup\ncn: everyone\ngidNumber: 400000\n\n"
           f"dn: cn=pairs,{GROUPS}\nobjectClass: groupOfMembers\nobjectClass: posixGroup\ncn: pairs\ngidNumber: 400001\n\n")


def look_on(end):
    """The other process: what it sees at any time must be some state of the entry."""
    looks = 0
    while not end.is_set():
        for entry in pwd.getpwall():
            if 200000 <= entry.pw_uid < 300000:
                if entry.pw_gecos.split(" v")[-1] != entry.pw_dir.rsplit("/", 1)[-1]:
                    sys.exit(f"history: half an entry: {entry}")
        try:
            members = set(grp.getgrnam("pairs").gr_mem)
        except KeyError:
            members = set()
        for i in range(PAIRS):
            if (f"pair{i}a" in members) != (f"pair{i}b" in members):
                sys.exit(f"history: half a change: {sorted(members)}")
        looks += 1
        time.sleep(0.002)
    if looks < 10:
        sys.exit(f"history: looked on {looks} times only")


class History:
    def __init__(self, rounds, seed):
        random.seed(seed)
        self.rounds = rounds
        self.directory = Directory()
        self.saved = None
        self.filter = FILTERS[0]
        self.counts = {}

    def configure(self):
        os.makedirs(os.path.dirname(SOURCE), exist_ok=True)
        with open(SOURCE, "w") as file:
            file.write(f'ldap:\n  corp:\n    uri: ["ldap://127.0.0.1:3890"]\n    base: "{BASE}"\n    schema: rfc2307bis\n'
                       '    id_range: ["200000-299999", "400000-499999"]\n    insecure: true\n    enumerate: true\n'
                       f'    filter: {{users: "{self.filter}"}}\n')
        run("userctl", "config", "reload", check=False)

    def change(self, most):
        slapd("modify", "-c", text="".join(self.directory.any_change() for _ in range(random.randint(1, most))), check=False)

    # The accidents. Each leaves both sides running.
    def nothing(self):
        self.change(8)

    def kill_core(self):
        old = run(SUPPORT + "/service", "pid").strip()
        changing = multiprocessing.Process(target=slapd, args=("modify", "-c"), kwargs={"text": self.burst(), "check": False})
        changing.start()
        time.sleep(random.random() * 0.3)
        os.kill(int(old), signal.SIGKILL)
        run(SUPPORT + "/service", "wait", old)
        changing.join()

    def kill_ldap(self):
        changing = multiprocessing.Process(target=slapd, args=("modify", "-c"), kwargs={"text": self.burst(), "check": False})
        changing.start()
        time.sleep(random.random() * 0.3)
        run("pkill", "-KILL", "-x", "userd-ldap", check=False)
        changing.join()

    def kill_in_refresh(self):
        run("userctl", "ldap", "sync", "corp", "--full", check=False)
        time.sleep(random.random() * 0.1)
        if random.random() < 0.5:
            self.kill_ldap()
        else:
            self.kill_core()

    def burst(self):
        return "".join(self.directory.any_change() for _ in range(random.randint(5, 25)))

    def restart_server(self):
        self.change(4)
        slapd("kill" if random.random() < 0.5 else "stop")
        slapd("start")
        self.change(4)

    def go_back(self):
        """The server is restored from the copy of some rounds ago, and goes on from there: it knows less than the host's
        cookie says, or other things, if it has changed before the host is back."""
        slapd("stop")
        slapd("restore", "older")
        is_seen = random.random() < 0.5
        if not is_seen:
            run("pkill", "-STOP", "-x", "userd-ldap", check=False)
        slapd("start")
        self.directory.go_back_to(self.saved)
        if is_seen:
            self.settle()
        self.change(4)
        if not is_seen:
            run("pkill", "-CONT", "-x", "userd-ldap", check=False)
        self.settle()
        self.keep()

    def keep(self):
        slapd("stop")
        slapd("save", "older")
        slapd("start")
        self.saved = self.directory.copy()

    def other_filter(self):
        self.filter = random.choice(FILTERS)
        self.configure()
        self.change(4)

    def broken_cookie(self):
        run(SUPPORT + "/service", "stop")
        run("sqlite3", "/var/lib/userd/userd.db", "UPDATE remote_sources SET cookie = " +
            random.choice(("x'ff00ff'", "CAST('rid=000,csn=20990101000000.000000Z#000000#000#000000' AS BLOB)",
                           "CAST('rid=000,csn=nonsense' AS BLOB)")))
        self.change(8)
        run(SUPPORT + "/service", "start")

    def settle(self):
        until = time.monotonic() + 150  # what stood in somebody's way is looked at again every minute
        while True:
            done = subprocess.run([SUPPORT + "/mirror-equals", "--vanished", "--wait", "3", "--filter", self.filter, SERVER],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode == 0:
                return
            self.confirm()
            if OVERLAYS:  # what refint changes has no change number: no server tells of it
                run("userctl", "ldap", "sync", "corp", "--full", check=False)
            if os.environ.get("VERBOSE"):
                print(f"    {done.stdout}", flush=True)
            if time.monotonic() > until:
                sys.exit(f"history: {done.stdout}\n" + run("userctl", "ldap", "status", check=False))

    @staticmethod
    def confirm():
        """Says yes to the guard, if it asks."""
        held = run("bash", "-c", f". {SUPPORT}/assert.sh; . {SUPPORT}/directory.sh; ldap_status held", check=False).strip()
        if held.isdigit() and int(held):
            run("userctl", "ldap", "confirm", "corp", "--removals", held, check=False)

    def run(self, end, watcher):
        accidents = [self.nothing, self.kill_core, self.kill_ldap, self.kill_ldap, self.kill_in_refresh, self.kill_in_refresh,
                     self.restart_server, self.go_back, self.other_filter, self.broken_cookie]
        deck = []
        for number in range(self.rounds):
            if not deck:
                deck = random.sample(accidents, len(accidents))
            accident = deck.pop()
            self.counts[accident.__name__] = self.counts.get(accident.__name__, 0) + 1
            if os.environ.get("VERBOSE"):
                print(f"{number}: {accident.__name__}", flush=True)
            start = time.monotonic()
            try:
                accident()
                happened = time.monotonic()
                self.settle()
                if os.environ.get("VERBOSE"):
                    print(f"    {happened - start:.1f} s, settled after {time.monotonic() - happened:.1f} s", flush=True)
            except SystemExit as error:
                sys.exit(f"round {number}, {accident.__name__}: {error}")
            if watcher.exitcode:
                sys.exit(f"round {number}, {accident.__name__}: see above")
        end.set()
        watcher.join()
        if watcher.exitcode:
            sys.exit("history: see above")
        print(", ".join(f"{n} {name}" for name, n in sorted(self.counts.items())))


def main():
    rounds, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    history = History(rounds, seed)
    slapd("make", *OVERLAYS)
    slapd("seed")
    slapd("load", text="".join(first_entries()))
    slapd("start")
    slapd("modify", text="".join(history.directory.add() for _ in range(40)))
    history.keep()
    history.configure()
    history.settle()
    end = multiprocessing.Event()
    watcher = multiprocessing.Process(target=look_on, args=(end,), daemon=True)
    watcher.start()
    history.run(end, watcher)


if __name__ == "__main__":
    main()
