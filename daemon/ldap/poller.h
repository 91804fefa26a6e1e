// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/ldap/containers.h"
#include "daemon/ldap/source_context.h"

namespace userd::ldap {

// How far a source that is polled has come: the newest change that was seen, in the server's words. Kept as
// the cookie, which says by its beginning that it is no server's.
struct Mark {
    std::string replica;  // Active Directory: the invocationId in which the number counts; else empty
    std::string change;   // modifyTimestamp or uSNChanged
    std::string cookie() const;
    static std::optional<Mark> parse(std::string_view cookie);
    bool operator==(const Mark&) const = default;
};

// "20261122180000Z" some minutes earlier; as it is when it is no such time. Changes may come late from
// another replica with the time at which they were made.
std::string earlier(std::string_view generalized_time, std::chrono::seconds by);

// For servers without RFC 4533: every minute what changed since the last time by modifyTimestamp, and now and
// then the keys of all entries, since what is gone shows nowhere else. Active Directory: by uSNChanged, all
// keys every five minutes. Everything anew once a day, when the mark is of another replica, and when
// something has moved that others stand below.
class Poller {
 public:
    Poller(SourceContext& context, Connection& connection, bool is_first)
        : context_(context),
          connection_(connection),
          messages_(connection, *context.post, context.bell),
          uri_(connection.uri()),
          is_first_(is_first),
          is_ad_(context.reader.is_ad()) {}

    Result<SyncEnding> run();
    std::optional<Connection> take_first() { return std::move(first_); }

 private:
    using OnEntry = std::function<Result<void>()>;  // `entry_` holds it

    Result<std::optional<SyncEnding>> refresh(bool is_whole, bool with_keys);
    Result<std::optional<SyncEnding>> search(const Filter& filter, const std::vector<std::string>& attributes,
                                             const OnEntry& on_entry);
    Result<std::optional<SyncEnding>> page(const Filter& filter, const std::vector<std::string>& attributes,
                                           const OnEntry& on_entry, LdapBytes& page_cookie);
    Result<void> end_page(LDAPMessage* message, LdapBytes& page_cookie);
    // Into `base_`, whose values are there until the next call. False: there is no such entry, or it shows
    // none of the attributes.
    Result<bool> read_base(const std::string& dn, const std::vector<std::string>& attributes);
    Result<Mark> highest_change();
    Result<void> take();
    bool may_have_moved(const LdapContainer& container);
    Result<void> more_members();
    Filter changes_since(const Mark& mark) const;

    SourceContext& context_;
    Connection& connection_;
    Messages messages_;
    std::string uri_;
    bool is_first_, is_ad_;
    std::optional<Connection> first_;
    EntryView entry_, base_;
    LdapMessage base_message_;  // holds the values of `base_`
    std::string newest_;
    Containers containers_;
    bool has_moved_ = false;  // some container, in this round
};

}  // namespace userd::ldap
