// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/model/user.h"
#include "daemon/model/value.h"

namespace userd {
class Blocklist;
struct ExplainQuestion;  // daemon/login/explain.h
struct Explanation;
class HashQueue;
class RememberedCodes;
class RemoteQueue;
struct RuleVerdict;        // daemon/login/password_policy.h
struct AuthenticatorFile;  // daemon/login/authenticator_file.h
namespace store {
class Store;
}

// What a set or reset of a password comes with. Exactly one source: `password`, `hash` or `generate`.
struct NewPassword {
    Secret password;
    Secret hash;                // PHC or crypt(5) string, taken as it is after a check of its form and cost
    bool generate = false;      // words; handed back once
    std::optional<Secret> old;  // given by the account itself; refused (denied) when wrong
    Secret proved_old;          // likewise, and a try before this has found it right
    std::optional<bool> must_change;  // default: true when generated or set by another, else false
    // When the password was set that this one takes the place of: denied when it is another by then.
    std::optional<Time> replaces;
    std::string unlike;    // a record whose password is refused as the new one
    bool own = false;      // set by the account itself: a former password is refused too
    bool dry_run = false;  // all is checked and hashed, nothing is kept, nothing handed back
};

// A password that passed the policy and has been hashed: what a transaction stores.
struct PreparedPassword {
    std::string hash;
    bool was_hashed_here = false;  // and not brought as a hash: the history keeps it
    Secret generated;              // empty unless generate
    bool must_change = false;
};

struct TotpEnrolment {
    Secret secret;  // base32, without padding
    Secret uri;     // otpauth://totp/…
    std::string algorithm;
    unsigned digits = 6, period = 30;
};

// Passwords, one-time codes, recovery codes, keys and lock-outs of accounts, as an admin or the account
// itself manages them (the login dialogue uses the same rules). Authorisation is the caller's. Each change is
// one transaction with its audit record; a dry run is undone at its end and hands back no secret, because
// what it would show is good for nothing. A wrong code counts in a dry run too: else it would be a way to
// guess. What hashes is asynchronous: `done` runs on the loop's thread, exactly once.
class Credentials {
 public:
    template <typename T>
    using Done = std::function<void(Result<T>)>;

    Credentials(store::Store& store, HashQueue& hashes, const Config& config, const Clock& clock);
    ~Credentials();

    // Checks the policy (with the account's names) and hashes; changes nothing. `user` may not exist yet.
    void prepare_password(const User& user, NewPassword request, Done<PreparedPassword> done);
    // Inside a transaction that the caller began (create_user's `also`).
    Result<void> store_password(const User& user, const PreparedPassword& password);
    Result<void> store_totp(const User& user, Secret base32_secret);

    // A transaction each: what an apply or an import has in hand already.
    Result<void> put_password(const Actor& actor, ObjectId user, const PreparedPassword& password);
    Result<void> remove_password(const Actor& actor, ObjectId user);
    Result<void> put_totp(const Actor& actor, ObjectId user, Secret base32_secret);

    // In a transaction that the caller began: the password that an account of the host comes with, or none.
    Result<void> store_host_password(const User& user, const HostAccount& account);
    // Codes of google-authenticator become ours: recorded, then, when the file is out of the way, settled.
    // False: recorded before. The way back likewise; refused when the account has enrolled anew meanwhile.
    Result<bool> adopt_authenticator(const Actor& actor, ObjectId user, const AuthenticatorFile& file,
                                     const ChangeOptions& options);
    Result<void> end_authenticator_adoption(ObjectId user);
    Result<std::optional<AdoptionState>> authenticator_adoption(ObjectId user) const;
    Result<void> begin_authenticator_return(const Actor& actor, ObjectId user, const ChangeOptions& options);
    Result<void> end_authenticator_return(const Actor& actor, ObjectId user, const ChangeOptions& options);

    // What holds for a password of the account: policy, min_length, second_factor, classes, blocklist,
    // guesses (a power of ten), history, max_age (seconds), password_changed_at, change_due, must_change.
    Result<Fields> password_policy(ObjectId user) const;
    // Each rule's word on a password that is not set. Of the password in use and the former ones nothing is
    // said: whoever finds a session open could guess at them, and no try would count.
    void test_password(ObjectId user, Secret password, Done<std::vector<RuleVerdict>> done) const;

    // Prepares, stores, audits; hands back the generated password, else an empty secret. Of an account that a
    // directory server keeps: read_only_source, unless it is set by the account itself with the old one; then
    // the server is asked to change it, and may refuse in its own words.
    void set_password(const Actor& actor, ObjectId user, NewPassword request, Done<Secret> done);

    // With a new secret, or the one that an authenticator has already.
    Result<TotpEnrolment> begin_totp(const Actor& actor, ObjectId user, const ChangeOptions& options = {},
                                     std::optional<Secret> base32_secret = {});
    // bad_code; too_many_tries after the third: the secret is void, begin again. Hands back the recovery
    // codes.
    Result<std::vector<Secret>> confirm_totp(const Actor& actor, ObjectId user, Secret code,
                                             const ChangeOptions& options = {});
    Result<void> disable_totp(const Actor& actor, ObjectId user, Secret code,
                              const ChangeOptions& options = {});
    Result<void> reset_mfa(const Actor& actor, ObjectId user, std::optional<Duration> within,
                           const ChangeOptions& options = {});
    Result<Secret> create_temporary_code(const Actor& actor, ObjectId user, Duration valid,
                                         const ChangeOptions& options = {});
    Result<std::vector<Secret>> regenerate_recovery(const Actor& actor, ObjectId user, Secret code,
                                                    const ChangeOptions& options = {});
    // A code of the actor's own, counted like any login's: for `step_up.for` it is enough for all acts of
    // `step_up.acts`, until the account's credentials change. bad_code, too_many_tries.
    Result<void> step_up(const Actor& actor, Secret code);
    Result<bool> needs_step_up(ObjectId caller) const;  // has codes, and gave none lately
    Result<bool> unlock(const Actor& actor, ObjectId user,
                        const ChangeOptions& options = {});  // false: was not locked
    // Where a code of the account counts again: session (a number) or from (an address), given_at, until (at
    // the latest).
    Result<std::vector<Fields>> list_remembered(ObjectId user) const;
    // False: there was none. What else ends them: each change of the account's credentials, and these two.
    Result<bool> forget_remembered(const Actor& actor, ObjectId user, const ChangeOptions& options = {});
    void forget_codes(ObjectId user);  // also the one that was enough for the acts of `step_up`
    void forget_all_codes();
    RememberedCodes& remembered_codes();  // for the login, which notes and finds them
    // policy, enrolled, factors, digits, algorithm, recovery_left, temporary codes, enrol_until, locked_until
    Result<Fields> mfa_status(ObjectId user) const;

    Result<std::string> add_ssh_key(const Actor& actor, ObjectId user, std::string_view line,
                                    const Fields& key_options, const ChangeOptions& options = {});
    Result<bool> remove_ssh_key(const Actor& actor, ObjectId user, std::string_view fingerprint,
                                const ChangeOptions& options = {});
    // fingerprint, type, comment, options, from, expires, created_at, last_used, source (a directory server's
    // is taken away there alone); user (name) when of all
    Result<std::vector<Fields>> list_ssh_keys(ObjectId user) const;
    Result<std::vector<Fields>> list_all_ssh_keys(std::uint64_t offset, std::uint64_t limit) const;
    Result<std::uint64_t> count_ssh_keys() const;  // of all users

    // Whether some admin could log in now; what `Directory::guard` asks.
    Result<AdminsWay> admin_can_log_in() const;
    Result<AdminsWay> admin_can_log_in(const Config& config) const;  // with another configuration
    // Before a reload: last_admin where some admin can log in now, and with `fresh` none could.
    Result<void> check_way_in(const Config& fresh) const;

    // How a login of the account would end (daemon/login/explain). `root` goes before the host's files.
    Result<Explanation> explain(const User& user, const ExplainQuestion& question,
                                const std::string& root) const;

    // Fields that the directory does not know: factors, password_changed_at, locked_until.
    Result<Fields> record(ObjectId user) const;
    void on_change(std::function<void(ObjectId user)> listener);

    // What Login lends: the check of an old password, counted like any login; and forgetting of wrong tries
    // that are in memory. Without a checker no old password is right.
    using CheckPassword = std::function<void(const Actor&, const User&, Secret, Done<void>)>;
    void use_checker(CheckPassword checker);
    // Likewise: who asks directory servers. Null: nobody does, and none can be reached.
    void use_remote(RemoteQueue* remote);
    void on_unlock(std::function<void(ObjectId user)> listener);
    // At start and after a reload, when `password.blocklist` names one: without it, or with an error, no
    // password is taken.
    void use_blocklist(Result<std::shared_ptr<const Blocklist>> list);
    // After a reload: `config` must outlive this.
    void use_config(const Config& config);

    struct Impl;

 private:
    void change_at_server(const Actor& actor, const User& user, NewPassword request, Done<Secret> done);
    void put_at_server(const Actor& actor, const User& user, NewPassword request, std::string record,
                       Done<Secret> done);
    Result<void> keep_of_server(const Actor& actor, ObjectId id, const std::string& record);

    std::unique_ptr<Impl> impl_;
};

}  // namespace userd
