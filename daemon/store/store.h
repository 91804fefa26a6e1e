// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;
class Audit;        // daemon/store/audit.h
class Users;        // daemon/store/users.h
class Groups;       // daemon/store/groups.h
class Faults;       // daemon/store/faults.h: what no call of ours leaves behind
class Roles;        // daemon/store/roles.h
class Retired;      // daemon/store/retired.h: numbers and names that do not come back
class Adoptions;    // daemon/store/adoptions.h: what was the host's before
class Credentials;  // daemon/store/credentials.h: passwords, totp, recovery codes, ssh keys
class Tickets;      // daemon/store/tickets.h
class Remote;       // daemon/store/remote.h: directory servers that are mirrored

// A connection of its own that only reads, for a worker; also on a read-only file system.
Result<std::unique_ptr<Database>> open_reader(const std::string& path);

// Who writes. On a full disk a login may have what a change may not. What a directory server says (mirror) it
// says again when the power took it: its commit does not wait for the disk, but lies before the next that
// does. As a part of a joint change it takes that with it when it fails: it needs no way back of its own, for
// which SQLite would keep each page as it was.
enum class Purpose { change, login, mirror };

// A transaction over all tables, or a part of a joint one; rolls back (the part only itself) unless
// committed.
class Change {
 public:
    Change(Change&&) noexcept;
    ~Change();
    Result<void> commit();   // once; ends the change when it succeeds
    bool has_parts() const;  // a joint change: some part was committed

 private:
    friend class Store;
    struct Impl;
    explicit Change(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// The store of this host: /var/lib/userd/userd.db with its migrations, one class per group of tables. The
// writing connection; main thread only. Workers open their own with `path()`.
class Store {
 public:
    // Opens or makes the store. A damaged or newer one is refused, and never replaced; so is one that is gone
    // while the snapshot folder (`nss`, beside it) shows that it was in use. `path` may be ":memory:".
    static Result<std::unique_ptr<Store>> open(const std::string& path);
    ~Store();
    // Reads all pages of the store at `path`, with a connection of its own: for a worker. An error: damaged.
    static Result<void> check(const std::string& path);

    // One at a time. After a failed write the store is reopened first; while that fails, no change begins.
    // `purpose` counts for the outermost change. no_space: a login took the ballast, and it does not fit yet.
    Result<Change> begin(Purpose purpose = Purpose::change);
    // A change whose parts are the changes that begin while it is open: one transaction, one generation.
    Result<Change> begin_joint(Purpose purpose = Purpose::change);
    bool is_joint() const;  // a joint change is open
    // Runs `notice` when what changes now is durable: at once, or after a joint change, by `tell`.
    void when_durable(std::function<void()> notice);
    void tell();  // the notices of the joint change that was committed last
    // For a great change in many small ones: pages that they touch over and over stay in memory between them,
    // and are brought into the database more rarely.
    void expect_much(bool much);
    void give_back_cache();  // all is written, and shown next; until `expect_much(false)`
    // A login met a full disk: frees what is kept for it. Only logins write until it fits again.
    void give_up_ballast();
    // Puts the store that lies at `successor` in this one's place, which is kept at `aside`.
    Result<void> replace(const std::string& successor, const std::string& aside);
    // When the last backup was made that is known to be whole.
    Result<std::optional<Time>> last_backup();
    Result<void> note_backup(Time when);  // inside a Change
    // Up to when it was looked who has expired.
    Result<std::optional<Time>> expiries_seen();
    Result<void> note_expiries(Time until);  // inside a Change
    std::uint64_t size_on_disk() const;      // bytes, with the write-ahead log
    bool writable() const;                   // false on a read-only file system
    bool stopped_uncleanly() const;          // before this start: `check` is due
    std::uint64_t id() const;                // random, given when the store was made
    const std::string& path() const;
    // Another one after each change and part of one, kept or not, and for another file: what was read under
    // the same version still holds.
    std::uint64_t version() const;
    // Counts changes of the directory, not logins. `raise` inside a Change; gives the new value.
    std::uint64_t generation() const;
    Result<std::uint64_t> raise_generation();

    Users& users();
    Groups& groups();
    Roles& roles();
    Credentials& credentials();
    Tickets& tickets();
    Audit& audit();
    Retired& retired();
    Adoptions& adoptions();
    Faults& faults();
    Remote& remote();
    Database& database();  // for the classes of this folder and their tests

 private:
    friend class Change;
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace userd::store
