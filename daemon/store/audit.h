// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;
class Store;

// One line of the trail: who did what to whom, and how it ended.
struct AuditEntry {
    std::int64_t seq = 0;  // given by `append`; 0: wrong tries that are still being summed
    Time time;
    std::string actor, origin;
    std::string action;   // user.create, login.denied, …
    std::string subject;  // user:alice, group:web
    ObjectId subject_id;
    std::uint64_t txn = 0;  // the generation that the change made; 0: none
    std::string reason, attempt;
    // JSON, never a secret: before, after; of a login service, rhost, tty; of a sum besides count, first,
    // last, reasons, attempts.
    std::string detail = "{}";
};

// What `actor` does to `subject`, as far as it is known beforehand.
inline AuditEntry entry_by(const Actor& actor, Time time, std::string_view action, std::string_view subject) {
    AuditEntry entry;
    entry.time = time;
    entry.actor = actor.name;
    entry.origin = actor.origin;
    entry.action = action;
    entry.subject = subject;
    return entry;
}

struct AuditFilter {
    ObjectId subject_id;
    std::string subject;  // "user:alice": for what has no id, or is gone; with an id: either
    std::string attempt, reason;
    std::optional<Time> since;
    std::uint64_t txn = 0;
    std::int64_t after_seq = 0;
    bool oldest_first = false;  // and no sums: to go on from `after_seq`
};

struct AuditPage {
    std::vector<AuditEntry> entries;
    std::uint64_t total = 0;  // of all that match
};

// What a look at the whole chain found.
struct AuditChain {
    struct Checkpoint {
        std::int64_t seq = 0;  // the row that tells of it
        Time time;
        std::int64_t dropped_to = 0;  // the last row that was dropped then
    };
    struct Break {
        std::int64_t seq = 0;
        std::string what;  // "row 3 is missing"
    };
    std::uint64_t rows = 0;
    std::int64_t first_seq = 0, head_seq = 0;  // 0: there is none
    std::string head_hash;                     // hexadecimal; to be kept elsewhere
    std::vector<Checkpoint> checkpoints;
    std::optional<Break> broken;  // the first that does not fit
};

// What became of an account's logins lately.
struct RecentLogins {
    struct At {
        Time time;
        std::string service, rhost;  // rhost: escaped; empty: here
    };
    std::optional<At> last;         // the newest session
    std::uint64_t failed = 0;       // wrong tries since then
    std::optional<At> last_failed;  // the newest of them
    bool all = true;                // false: there may be more of them
};

struct AuditLimits {
    Duration keep = std::chrono::hours(24 * 400);
    std::uint64_t max_bytes = 256ULL << 20;
};

// The audit trail. Each row carries a hash over its own bytes and the hash of the row before, so a row that
// is changed, left out or put in shows. It does not stop somebody who can write the file from making a whole
// new chain: for that, keep the last hash elsewhere.
class Audit {
 public:
    // Of one account and source in ten minutes, so many wrong tries have rows of their own.
    static constexpr std::int64_t rows_of_their_own = 5;
    static constexpr Duration sum_length = std::chrono::minutes(10);

    explicit Audit(Database& database) : database_(database) {}

    // Inside a Change, last: the entry stands or falls with what it tells.
    Result<std::int64_t> append(const AuditEntry& entry);
    // The same for a wrong try from `source`, which is a sum's after the first few.
    Result<void> append_try(const AuditEntry& entry, std::string_view source);
    // Inside a Change: writes the sums whose time is over.
    Result<void> close_sums(Time now);
    // Inside a Change: drops rows that are too old or too many, oldest first, some thousands at a time, and
    // leaves a checkpoint. True: there is more to drop.
    Result<bool> prune(const AuditLimits& limits, Time now);

    Result<std::vector<AuditEntry>> list(const AuditFilter& filter, std::uint64_t limit);  // newest first
    Result<AuditPage> page(AuditFilter filter, std::uint64_t offset, std::uint64_t limit);
    // Looks through the account's newest rows, at most `most_recent`. `is_login` says of a service whether
    // its sessions are logins.
    static constexpr std::int64_t most_recent = 1000;
    Result<RecentLogins> recent_logins(ObjectId user, bool (*is_login)(std::string_view service));
    Result<AuditChain> verify();
    Result<std::uint64_t> bytes();    // about
    Result<std::int64_t> head_seq();  // 0: nothing was ever written

    // After a commit that wrote rows. One listener.
    void on_append(std::function<void()> listener) { listener_ = std::move(listener); }
    void end_of_change(bool committed);  // for Change

 private:
    Result<bool> count_up(const AuditEntry& entry, std::string_view source, Time now);
    Result<void> close_sum(std::int64_t subject, std::string_view source, std::string_view action);
    Result<std::vector<AuditEntry>> open_sums(const AuditFilter& filter);
    Result<AuditPage> find(const AuditFilter& filter, bool in_sums, std::uint64_t offset,
                           std::uint64_t limit);

    Database& database_;
    std::function<void()> listener_;
    bool appended_ = false;
};

// With a connection of its own, for a worker.
Result<AuditPage> read_audit(const std::string& path, const AuditFilter& filter, std::uint64_t offset,
                             std::uint64_t limit);
Result<AuditChain> verify_audit(const std::string& path);

// Closes sums and prunes, in a transaction of its own; true: there is more to do.
Result<bool> tend_audit(Store& store, const AuditLimits& limits, Time now);

}  // namespace userd::store
