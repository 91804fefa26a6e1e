// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "daemon/config/config.h"
#include "daemon/ldap/batcher.h"
#include "daemon/ldap/core_link.h"
#include "daemon/ldap/messages.h"
#include "daemon/ldap/overseer.h"
#include "daemon/ldap/schema.h"
#include "daemon/ldap/servers.h"

namespace userd::ldap {

// What the synchronisation of a source works with, on its one thread.
struct SourceContext {
    SourceContext(const LdapSource& of, Servers& these, CoreLink& link, Overseer& overseer);

    const LdapSource& source;
    Servers& servers;
    CoreLink& core;
    std::shared_ptr<Overseer::Post> post;
    Bell bell;
    EntryReader reader;
    Batcher batcher;
    std::string tie;         // of the cookies that are made now
    std::string cookie;      // of the last Point; empty: none
    bool has_point = false;  // since somebody set it to false

    Result<void> tell(wire::LdapPhase phase, std::string_view server, const Error* problem = nullptr);
    Result<void> begin_refresh(bool is_whole);
    Result<void> point(wire::LdapPointKind kind, std::string_view new_cookie);
    // The first server, when it is back.
    std::optional<Connection> first_again();
};

// What ended a synchronisation without fault.
enum class SyncEnding {
    bell,         // the core wants something else
    not_offered,  // the server does not know how
    start_over,   // the cookie is worth nothing to the server
    first_again,  // the connection to the first server stands
};

// Whatever changes what comes: servers, base, filters, attributes, schema, who asks.
std::string tie_of(const LdapSource& source, const EntryReader& reader);
std::string_view shortened(std::string_view text, std::size_t most);  // at a character's border

}  // namespace userd::ldap
