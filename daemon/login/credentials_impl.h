// SPDX-License-Identifier: LGPL-2.1-or-later
// What the files of Credentials share.
#pragma once

#include <map>

#include "daemon/directory/last_way_in.h"
#include "daemon/directory/rights.h"
#include "daemon/login/credentials.h"
#include "daemon/login/hash_queue.h"
#include "daemon/login/password_policy.h"
#include "daemon/login/person.h"
#include "daemon/login/reason.h"
#include "daemon/login/remembered_codes.h"
#include "daemon/login/remote_queue.h"
#include "daemon/store/audit.h"
#include "daemon/store/credentials.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"

namespace userd {

// policy_violation for a service account.
Result<void> check_takes_more_than_keys(const User& user);
// The secret of its one-time codes is the host's to change: read_only_source where a directory server has it.
Result<void> check_codes_are_ours(Credentials::Impl& impl, const User& user);
// read_only_source for an account whose password a directory server keeps.
Result<void> check_password_is_here(const User& user);

struct Credentials::Impl {
    store::Store& store;
    HashQueue& hashes;
    const Config* config;
    const Clock& clock;
    CheckPassword checker;
    std::function<void(ObjectId)> changed, unlocked;
    std::map<ObjectId, BootTime> stepped_up;  // until when
    RememberedCodes remembered;
    ObjectId last_admin;  // who could get in when that was asked last
    WayIn way_in = {};
    Result<std::shared_ptr<const Blocklist>> blocklist = nullptr;
    RemoteQueue* remote = nullptr;
    std::shared_ptr<const bool> alive = std::make_shared<bool>(true);

    Result<User> user(ObjectId id) const {
        auto found = TRY(store.users().find(id));
        if (!found) return fail(Errc::no_such_user, "there is no such user any more");
        return std::move(*found);
    }

    // What holds for a password of `user`, who may not exist yet.
    Result<PasswordRules> password_rules(const User& user) const;
    Result<PasswordRules> rules_without_blocklist(const User& user) const;

    // Inside a Change, last.
    Result<void> audit(const Actor& actor, std::string_view action, const User& subject,
                       std::string_view reason = {}) {
        TRY(store.audit().append(entry(actor, std::string(action), subject, reason)));
        return {};
    }
    // A wrong code for an act of the account itself; many are summed. Inside a Change, last.
    Result<void> audit_refusal(const Actor& actor, std::string_view action, const User& subject,
                               Reason reason) {
        return store.audit().append_try(
            entry(actor, fmt::format("{}.denied", action), subject, to_text(reason)), "local");
    }

    // Before a change that takes a means away; a batch asks by itself at its end.
    Result<LastWayIn> guard(const ChangeOptions& options) {
        return LastWayIn::before(way_in, store.is_joint() || options.allow_lockout);
    }

    // The end of a change; a dry run lets it roll back, and nobody hears of it.
    Result<void> finish(store::Change& change, ObjectId id, const ChangeOptions& options) {
        if (options.dry_run) return {};
        TRY(change.commit());
        tell(id);
        return {};
    }

    void tell(ObjectId id) {
        store.when_durable([this, id] {
            stepped_up.erase(id);
            remembered.forget(id, clock.boot_now());
            if (changed) changed(id);
        });
    }

 private:
    store::AuditEntry entry(const Actor& actor, std::string action, const User& subject,
                            std::string_view reason) const {
        store::AuditEntry entry;
        entry.time = clock.now();
        entry.actor = actor.name;
        entry.origin = actor.origin;
        entry.action = std::move(action);
        entry.subject = "user:" + subject.name;
        entry.subject_id = subject.id;
        entry.reason = reason;
        return entry;
    }
};

// The code that an act of the account itself asks for: counted with its wrong logins, from `local`. The
// change holds the verdict either way, and the caller commits it when the code was right.
Result<store::Change> begin_with_code(Credentials::Impl& impl, const Actor& actor, std::string_view action,
                                      const User& user, const Secret& code);

}  // namespace userd
