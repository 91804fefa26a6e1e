// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "daemon/ldap/containers.h"
#include "daemon/ldap/source_context.h"
#include "daemon/ldap/sync_controls.h"

namespace userd::ldap {

// Content synchronisation by refreshAndPersist (RFC 4533): what changed since the cookie, then every change
// as it happens. Each stretch that holds together ends in a Point; a refresh that was cut short, by whatever,
// has none.
class Follower {
 public:
    // `is_first`: of the servers; else the first one is looked for now and then.
    Follower(SourceContext& context, Connection& connection, bool is_first)
        : context_(context),
          messages_(connection, *context.post, context.bell),
          uri_(connection.uri()),
          is_first_(is_first) {}

    Result<SyncEnding> run();
    std::optional<Connection> take_first() { return std::move(first_); }

 private:
    enum class Phase { refresh, persist };

    Result<std::optional<SyncEnding>> check_cookie();
    Result<void> ask();
    Result<std::optional<SyncEnding>> look_around();
    Result<std::optional<SyncEnding>> ask_for_life();
    Result<std::optional<SyncEnding>> step();
    Result<std::optional<SyncEnding>> take(LDAPMessage* message);
    Result<SyncState> read_entry(LDAPMessage* message, LdapControls& controls);
    Result<std::optional<SyncEnding>> take_entry(LDAPMessage* message);
    bool has_moved(const LdapContainer& container, SyncState::Kind how);
    Result<std::optional<SyncEnding>> take_info(LDAPMessage* message);
    Result<std::optional<SyncEnding>> take_end(LDAPMessage* message);
    Result<void> end_refresh();
    Result<void> settle();
    bool is_overdue() const;

    SourceContext& context_;
    Messages messages_;
    std::string uri_;
    bool is_first_;
    std::optional<Connection> first_;
    EntryView entry_;
    Containers containers_;
    int operation_ = 0;
    Phase phase_ = Phase::refresh;
    bool has_begun_ = false;  // the core was told of the refresh
    bool is_whole_ = false;
    bool rest_is_gone_ = false;  // a present phase came to its end
    bool has_news_ = false;      // since the last point
    std::string cookie_;         // newest
    SteadyTime changed_at_, look_at_, ask_at_;
};

}  // namespace userd::ldap
