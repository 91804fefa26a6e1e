// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/wire/ldap.h"
#include "daemon/mirror/marks.h"
#include "daemon/store/store.h"

namespace userd {

// What comes of one source between two Points: kept in memory up to a bound, then in the store, many batches
// in one transaction.
class Intake {
 public:
    explicit Intake(store::Store& store) : store_(store) {}

    // A refresh begins, or the line is cut: what was not settled is as if it had not been said; what is
    // stored of it stays, and is compared with.
    void begin();
    // Errors: not_supported, what no userd-ldap of ours says; and the store's.
    Result<void> take(std::int64_t source, std::string_view items, Time now);
    Result<void> store_all(std::int64_t source, Time now);
    bool is_large() const { return is_large_; }  // more has come than was to be kept in memory

    // Who was sent or called present, and who was called gone, by their number in the store.
    const Marks& seen() const { return seen_; }
    const Marks& gone() const { return gone_; }

 private:
    // A group whose members are still coming.
    struct Group {
        std::string frame, uuid, members;
        std::size_t count = 0;
        bool by_name = false, is_too_large = false, has_members = false;
    };
    Result<void> store_item(std::int64_t source, std::string_view item, Time now);
    Result<void> store_entry(std::int64_t source, std::string_view item, Time now);
    Result<void> store_members(std::int64_t source, std::string_view item, Time now);
    Result<void> store_facts(std::int64_t source, const wire::LdapEntry& entry, std::string_view frame,
                             Time now, const Group* group);
    Result<void> store_totp(std::int64_t source, std::string_view item);
    Result<void> refuse(std::int64_t source, const wire::LdapRefused& refused, Time now);
    void see(std::int64_t entry) {
        seen_.set(entry);
        gone_.clear(entry);
    }

    store::Store& store_;
    std::vector<std::string> waiting_;  // items of batches; there may be secrets among them
    std::size_t waiting_bytes_ = 0;
    bool is_large_ = false;
    std::optional<Group> group_;
    std::string totp_of_;  // the UUID of the user whose secret follows
    Marks seen_, gone_;
};

}  // namespace userd
