// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/secret.h"
#include "ctl/problem.h"
#include "daemon/model/value.h"

struct sd_bus_message;

namespace userd::ctl {

struct ClientOptions {
    bool interactive = false;    // a person is there: polkit may ask them
    bool debug = false;          // each call and its time on standard error, secrets as ***
    bool dry_run = false;        // flag bit 0 of every changing call
    bool allow_lockout = false;  // flag bit 1
    std::string as;              // the role that all calls drop to; empty: none
    std::int64_t timeout = 0;    // seconds for each call; 0: 30, or 150 when interactive
    // Gives a one-time code when the daemon asks for one (step-up), again when it was wrong; cancelled when
    // there is none to give. Empty: the refusal stands.
    std::function<Answer<Secret>()> code = {};
};

// What goes in beside the fields of a call: passwords, hashes, keys. Sent as sealed memfds, never as text.
struct Secrets {
    std::map<std::string, Secret> files;  // "password", "hash", "old", "totp"
    bool generate = false;
};
// What came back in memfds, read; and the plain values beside them.
struct Disclosed {
    std::map<std::string, Secret> secrets;
    Fields plain;
};

struct Page {
    std::vector<Fields> rows;
    std::uint64_t total = 0;
};
// The audit trail as a whole.
struct Chain {
    Fields summary;
    std::vector<Fields> checkpoints;
};
struct Found {
    std::string path;  // D-Bus object path
    Fields record;
};
struct Change {
    bool changed = true;
    Fields record;
};
// What a login would come to, and the points for and against it.
struct Explained {
    Fields verdict;
    std::vector<Fields> points;
};
struct Imported {
    Fields summary;
    std::vector<Fields> problems;
    Secret results;  // a line for each of the file's: deed, name, uid, password, between tabs
};
struct Repaired {
    std::uint64_t mended = 0, left = 0;
};
struct Created {
    Found object;
    Disclosed disclosed;
};

// org.userd1, as userctl speaks to it: one method a member of docs/reference/dbus.md. Connects at the first
// call: root over /run/userd/admin when something listens there (it works without a bus and needs no polkit),
// everybody else over the system bus; with USERD_ROOT always over $USERD_ROOT/run/userd/admin. Each call
// waits at most `timeout`. Not for several threads.
class Client {
 public:
    explicit Client(ClientOptions options);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    Answer<Fields> status();
    Answer<std::string> metrics();
    Answer<Fields> who_am_i();
    Answer<void> reload();
    Answer<Page> list_users(const Fields& query, std::uint64_t offset, std::uint64_t limit);
    Answer<Page> list_groups(const Fields& query, std::uint64_t offset, std::uint64_t limit);
    Answer<Page> list_all_ssh_keys(std::uint64_t offset, std::uint64_t limit);
    // `about`: "user:alice", "group:web", or empty for the whole trail.
    Answer<Page> list_audit(std::string_view about, const Fields& query, std::uint64_t offset,
                            std::uint64_t limit);
    Answer<Page> list_audit_of(const std::string& user, const Fields& query, std::uint64_t offset,
                               std::uint64_t limit);
    Answer<Chain> verify_audit();
    Answer<Explained> explain(const std::string& user, const Fields& query);
    // At most 200 users a call.
    Answer<Page> explain_all(const Fields& query, std::uint64_t offset, std::uint64_t limit);
    // Of files that are open, and stay the caller's.
    Answer<Fields> backup(const Fd& file, const Secrets& secrets, const Fields& options);
    Answer<Fields> check_backup(const Fd& file);
    Answer<Fields> restore(const Fd& file, const Secrets& secrets, const Fields& options);
    Answer<Found> get_user(std::string_view target);
    Answer<Found> get_group(std::string_view target);
    Answer<Created> create_user(std::string_view name, const Fields& fields, Secrets secrets);
    Answer<Found> create_group(std::string_view name, const Fields& fields);
    Answer<Change> add_members(std::string_view group, const std::vector<std::string>& members,
                               const Fields& options);
    Answer<Change> remove_members(std::string_view group, const std::vector<std::string>& members);
    // The same on the group itself, which its administrators may do too. `member`: AddMembers, RemoveMembers.
    Answer<Change> change_members(const std::string& path, const char* member,
                                  const std::vector<std::string>& members, const Fields& options);

    // Members of User and Group with the signature (a{sv} options, t flags) → (b changed, a{sv} record).
    Answer<Change> change_user(const std::string& path, const char* member, const Fields& options);
    // Delete, Transfer: they may go through very many files.
    Answer<Change> delete_user(const std::string& path, const Fields& options);
    Answer<Change> transfer(const std::string& path, std::string_view to, const Fields& options);
    // A pipe of JSON lines: what the user owns, as it is found (docs/reference/dbus.md).
    Answer<Fd> open_resources(const std::string& path, const Fields& options);
    Answer<Change> change_group(const std::string& path, const char* member, const Fields& options);
    Answer<Change> update_user(const std::string& path, const Fields& fields, const Fields& options);
    Answer<Change> update_group(const std::string& path, const Fields& fields, const Fields& options);
    Answer<Change> rename_user(const std::string& path, std::string_view name, const Fields& options);
    Answer<Change> rename_group(const std::string& path, std::string_view name);
    Answer<Page> list_members(const std::string& path, bool nested, std::uint64_t offset,
                              std::uint64_t limit);

    // `what`: passwd, google-authenticator; with no names all that there are. A row for each: name, uid,
    // deed, note, local_groups.
    Answer<std::vector<Fields>> adopt(std::string_view what, const std::vector<std::string>& names,
                                      bool undo);
    // Gives the daemon's end of a pipe with the whole file, −errno where there is none. Asked again when the
    // daemon wants a one-time code after it has read the first.
    using OpenPipe = std::function<int()>;
    Answer<Imported> import_users(const OpenPipe& open, const Fields& options);
    // The export comes through the pipe while the call is under way.
    Answer<void> export_all(const Fd& pipe, const Fields& options);
    Answer<void> export_passwords(const Fd& pipe, const Fields& options);  // LDIF, with hashes
    // What a state stream asks for; the answer is the plan, as JSON. Generated passwords are written into
    // the memfd.
    Answer<std::string> apply(const OpenPipe& open, const Fields& options, const Fd& passwords);
    // Findings come through the pipe as JSON lines; the answer is how many.
    Answer<std::uint64_t> check(const Fd& pipe, const Fields& options);
    Answer<Repaired> repair(const Fd& pipe, const Fields& options);
    Answer<Page> list_roles(std::uint64_t offset, std::uint64_t limit);
    Answer<Found> get_role(std::string_view name);
    Answer<Found> create_role(std::string_view name, const Fields& fields);
    Answer<Change> update_role(const std::string& path, const Fields& fields);
    Answer<Change> change_role(const std::string& path, const char* member);
    Answer<Change> change_holders(const std::string& path, const char* member,
                                  const std::vector<std::string>& users);
    Answer<Page> list_holders(const std::string& path, std::uint64_t offset, std::uint64_t limit);
    Answer<Change> set_default_role(const std::string& path, std::string_view role);

    // A record for each directory server that is mirrored; for each step of the way to it.
    Answer<std::vector<Fields>> ldap_status();
    Answer<std::vector<Fields>> test_ldap(std::string_view source, std::string_view user);
    Answer<void> sync_ldap(std::string_view source, bool full);
    Answer<Page> list_quarantine(std::string_view source, std::uint64_t offset, std::uint64_t limit);
    Answer<void> confirm_ldap(std::string_view source, std::uint64_t removals);
    // Users, none: all, who become the source's: name, uid, deed, note; the first thousand.
    Answer<Page> adopt_ldap(std::string_view source, const std::vector<std::string>& users);

    Answer<bool> unlock(const std::string& path);
    Answer<Disclosed> set_password(const std::string& path, Secrets secrets, const Fields& options);
    Answer<Fields> password_policy(const std::string& path);
    Answer<std::vector<Fields>> test_password(const std::string& path, const Secret& password);
    Answer<Fields> mfa_status(const std::string& path);
    Answer<Disclosed> begin_totp(const std::string& path, Secrets secrets);
    Answer<Disclosed> confirm_totp(const std::string& path, const Secret& code);
    Answer<void> disable_totp(const std::string& path, const Secret& code);
    Answer<std::vector<Fields>> list_remembered(const std::string& path);
    Answer<bool> forget_remembered(const std::string& path);
    Answer<void> reset_mfa(const std::string& path, const Fields& options);
    Answer<Secret> create_code(const std::string& path, std::uint64_t seconds);
    Answer<Secret> regenerate_recovery(const std::string& path, const Secret& code);
    Answer<std::vector<Fields>> list_ssh_keys(const std::string& path);
    Answer<std::string> add_ssh_key(const std::string& path, std::string_view line, const Fields& options);
    Answer<bool> remove_ssh_key(const std::string& path, std::string_view fingerprint);

    bool dry_run() const;
    // Every change is a dry run from now on, or not.
    void set_dry_run(bool dry_run);

 private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

// While it lives, nothing is changed: what would be refused is refused before a person is asked whether to go
// on.
class Rehearsal {
 public:
    explicit Rehearsal(Client& client) : client_(client), before_(client.dry_run()) {
        client_.set_dry_run(true);
    }
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;
    ~Rehearsal() { client_.set_dry_run(before_); }

 private:
    Client& client_;
    bool before_;
};

}  // namespace userd::ctl
