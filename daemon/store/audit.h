// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// One line of the trail: who did what to whom, and how it ended.
struct AuditEntry {
    std::int64_t seq = 0;  // given by `append`
    Time time;
    std::string actor, origin;
    std::string action;   // user.create, login.denied, …
    std::string subject;  // user:alice, group:web
    ObjectId subject_id;
    std::uint64_t txn = 0;  // the generation that the change made; 0: none
    std::string reason, attempt;
    std::string detail = "{}";  // JSON; never a secret
};

// The audit trail. Each row carries a hash over its own bytes and the hash of the row before, so a row that
// is changed, left out or put in shows. It does not stop somebody who can write the file from making a whole
// new chain: for that, keep the last hash elsewhere.
class Audit {
 public:
    explicit Audit(Database& database) : database_(database) {}

    // Inside a Change, last: the entry stands or falls with what it tells.
    Result<std::int64_t> append(const AuditEntry& entry);

    struct Filter {
        ObjectId subject_id;
        std::string attempt, reason;
        std::optional<Time> since;
        std::int64_t after_seq = 0;
    };
    Result<std::vector<AuditEntry>> list(const Filter& filter, std::uint64_t limit);  // newest first
    Result<std::uint64_t> count();

    // The number of the first row that does not fit its chain; none: all fit.
    Result<std::optional<std::int64_t>> first_broken();
    // Drops the rows before `time` and leaves the chain's last dropped hash as its new beginning.
    Result<std::uint64_t> drop_before(Time time);

 private:
    Database& database_;
};

}  // namespace userd::store
