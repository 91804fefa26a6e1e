// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ldap/source_context.h"

namespace userd::ldap {

// Whether a server still has the past that its cookie speaks of. One that was restored from an older copy and
// has changed since is newer than the cookie, and never tells what it has forgotten. OpenLDAP alone can be
// asked: a cookie of its is made of change numbers, and each entry bears that of its last change.
class Past {
 public:
    Past(const SourceContext& context, Messages& messages) : context_(context), messages_(messages) {}

    enum class Answer {
        known,    // what the cookie covers has happened there
        lost,     // it has not, or nothing shows that it has: all must be asked for
        hidden,   // no telling: another server's cookie, or we may not see change numbers
        no_time,  // the bell rang
    };
    // Errors: the connection is gone.
    Result<Answer> of(std::string_view cookie);

 private:
    using OnEntry = std::function<void()>;  // `entry_` holds it
    // `known`: that was all; `hidden`: the server refuses the rest.
    Result<Answer> search(const std::string& base, int scope, const std::string& filter,
                          const std::vector<std::string>& attributes, const OnEntry& on_entry);
    Result<Answer> find(const std::string& base, int scope, const std::string& filter);
    Result<Answer> read_context();
    Result<Answer> look_for(std::string_view change);

    const SourceContext& context_;
    Messages& messages_;
    EntryView entry_;
    std::string root_;                 // of the naming context with the source's base
    std::vector<std::string> newest_;  // change numbers of the server, one for each that writes
};

}  // namespace userd::ldap
