// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/ldap/source_context.h"

namespace userd::ldap {

// `userctl ldap test`: the way to a source's server, step by step, with what to do about the step that fails.
// All servers are tried as far as the bind; the first that takes it is read from.
class Walk {
 public:
    Walk(const LdapSource& source, Servers& servers, CoreLink& core, Overseer::Post& post,
         std::uint64_t number)
        : source_(source), servers_(servers), core_(core), post_(post), number_(number), reader_(source) {}
    Result<void> run(std::string_view user);  // an Error: the core has hung up

 private:
    Result<void> good(const char* step, std::string text, bool last = false);
    Result<void> bad(const char* step, const Error& error, bool last);
    Result<bool> reach(const Server& server, bool is_last, std::optional<Connection>& reached);
    Result<void> read(Connection& connection, std::string_view user);
    Result<std::string> read_base(Messages& messages);
    Result<std::string> read_page(Messages& messages);
    Result<std::string> read_user(Messages& messages, std::string_view user);
    template <typename OnEntry>
    Result<int> search(Messages& messages, int scope, const std::string& filter,
                       const std::vector<std::string>& attributes, LDAPControl* control,
                       const OnEntry& on_entry);

    const LdapSource& source_;
    Servers& servers_;
    CoreLink& core_;
    Overseer::Post& post_;
    std::uint64_t number_;
    EntryReader reader_;
    EntryView entry_;
    Bell bell_;  // nobody rings it
};

}  // namespace userd::ldap
