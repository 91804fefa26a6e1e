// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/ldap/connection.h"
#include "daemon/ldap/overseer.h"
#include "daemon/ldap/schema.h"

namespace userd::ldap {

// Rouses a thread that waits; from any thread.
class Bell {
 public:
    Bell();
    void ring();
    void silence();
    int fd() const { return fd_.get(); }

 private:
    Fd fd_;
};

class EntryView;

// The messages of a connection, one at a time as they come: nothing is gathered.
class Messages {
 public:
    Messages(Connection& connection, Overseer::Post& post, const Bell& bell)
        : connection_(connection), post_(post), bell_(bell) {}

    enum class Got { message, nothing, bell };
    static constexpr int no_operation = -2;  // nothing comes of it but the end of the connection
    // Waits for `at_most`; 0: not at all. An Error (unavailable): the connection is gone.
    Result<Got> next(int operation, std::chrono::milliseconds at_most, LdapMessage& message);
    // Sends a search below the source's base and returns its number.
    Result<int> search(const std::string& base, int scope, const std::string& filter,
                       const std::vector<std::string>& attributes, LDAPControl* control);
    void abandon(int operation);
    // The entries of a search, one after the other in `entry`, until it has ended; those that are not well
    // formed are passed over. An Error (unavailable): nothing came for `patience`, or the connection is gone.
    struct Ended {
        bool by_bell = false;
        int code = 0;  // of the server
        std::optional<Error> error;
    };
    Result<Ended> read_all(int operation, std::chrono::seconds patience, std::string_view what,
                           EntryView& entry, const std::function<void()>& on_entry);
    // A final message as an Error; none: success.
    std::optional<Error> failure(LDAPMessage* final, std::string_view what, int* code = nullptr);

    LDAP* handle() const { return connection_.handle(); }
    Overseer::Post& post() const { return post_; }

 private:
    Result<bool> read(int operation, LdapMessage& message);

    Connection& connection_;
    Overseer::Post& post_;
    const Bell& bell_;
    std::deque<LdapMessage> kept_;  // of another operation than the one that was asked for
};

// The DN and the attributes of an entry, as views into its message; made to be used again for the next.
class EntryView {
 public:
    bool read(LDAP* handle, LDAPMessage* message);  // false: not well formed
    LdapEntryParts parts(std::string_view uuid) const { return {dn_, attributes_, uuid}; }
    std::string_view dn() const { return dn_; }
    std::span<const LdapAttribute> attributes() const { return attributes_; }
    std::span<const std::string_view> values(std::string_view attribute) const;  // none: it has no such one
    std::string_view first(std::string_view attribute) const;                    // value; empty: none

 private:
    struct Extent {
        std::string_view name;
        std::size_t begin = 0, end = 0;
    };
    std::string_view dn_;
    std::vector<std::string_view> values_;
    std::vector<Extent> extents_;
    std::vector<LdapAttribute> attributes_;
};

}  // namespace userd::ldap
