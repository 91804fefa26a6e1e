// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/wire/ldap.h"
#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/runtime/loop.h"
#include "daemon/store/store.h"

namespace userd {

// Directory servers mirrored: what userd-ldap says of them, judged and made users and groups of ours, with
// the source "ldap:NAME". Nothing it says is believed but in form: a foreign id, a taken or privileged name
// is quarantined; a removal of many waits for an admin. Main thread only; never waits.
//
// An entry is kept as the server gave it (`store::Remote`) as soon as it comes, in the batch's transaction;
// users, groups and members change at a Point, all at once for lookups, in the transaction that keeps its
// cookie.
class Mirror {
 public:
    Mirror(store::Store& store, Directory& directory, Loop& loop, const Clock& clock, const Config& config);
    ~Mirror();
    // What time brings: the end of a grace, another look at who is quarantined. Every minute by itself.
    void tend();
    void use_config(const Config& config);  // a source that it names no more stays as it is, and ages
    void forget();  // another store is in the place of the one that all this was read from

    // Where a source goes on. The views are good until the next call.
    std::vector<wire::LdapBegin> begin();  // all sources of the configuration: userd-ldap has connected
    // An admin, or the guard, wants another refresh; called on the loop's thread.
    void on_wanted(std::function<void(const wire::LdapBegin&)> wanted);

    // What userd-ldap says, in order. An Error: it speaks nonsense, and is hung up on.
    void hear(const wire::LdapStatus& status);
    Result<void> hear(const wire::LdapRefresh& refresh);
    Result<void> hear(const wire::LdapBatch& batch);
    Result<void> hear(const wire::LdapPoint& point);
    void hung_up();
    // A Point with much to do is settled in slices between other work; until then the next frame waits.
    bool is_settling() const;
    void on_settled(std::function<void()> settled);

    // For the admin. `status`: one record a source: name, state (a word of wire::LdapPhase, or away: no
    // userd-ldap), server, problem, hint, user_count, group_count, quarantined, synced_at, stale_since, held
    // (removals that wait), …; `quarantine`: dn, kind, name, reason, message, since.
    std::vector<Fields> status() const;
    // Since when a source is not followed; none: it is, or the configuration has none of that name.
    std::optional<Time> stale_since(std::string_view source) const;
    Result<Page> quarantine(std::string_view source, std::uint64_t offset, std::uint64_t limit) const;
    // Lets the removals through that the guard holds. `removals` must be their number: what the admin saw.
    Result<Outcome> confirm(const Actor& actor, std::string_view source, std::uint64_t removals,
                            const ChangeOptions& options);
    Result<void> want_sync(std::string_view source, bool whole);

    // Users of this host become the source's, each with all that the host owns of it, where name, uid and
    // primary gid are the same; groups likewise, with everybody they hold. `users` are targets; none: all
    // that keep entries out. A row for each, at most 1,000: name (group:crew), uid, deed (refused, adopted,
    // unchanged), note. Who is named and cannot be is an Error (policy_violation, no_such_user), and nothing
    // changes; without names, and in a dry run, a row. busy: not all of the source has come.
    struct Adopted {
        bool changed = false;
        Page page;
    };
    Result<Adopted> adopt(const Actor& actor, std::string_view source, const std::vector<std::string>& users,
                          const ChangeOptions& options);

    // Where the account of a source stands on its server; empty: not mirrored.
    Result<std::string> dn_of(ObjectId user) const;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace userd
