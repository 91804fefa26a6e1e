// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/login/attempt_log.h"
#include "daemon/runtime/clock.h"

namespace userd {

// What the daemon knows of itself in numbers. No names of users.
struct Measurements {
    std::string version;
    Time started_at;
    std::uint64_t users = 0, groups = 0;
    std::uint64_t generation = 0, published = 0;                     // of the store, and what lookups see
    std::uint64_t store_bytes = 0, audit_bytes = 0, audit_rows = 0;  // audit_rows: ever written
    std::uint64_t hashes_waiting = 0, hash_workers = 0, hashes_done = 0, hashes_refused = 0;
    std::uint64_t locked_accounts = 0, stopped_accounts = 0;  // by wrong tries; stopped: until an admin acts
    Duration hash_time{};                                     // of those done, together
    bool writable = false, on_bus = false, has_key_problem = false, has_snapshot_problem = false;
    std::optional<Time> last_backup;
    AttemptLog::Counts attempts;
    // Of a directory server that is mirrored.
    struct Server {
        std::string name;
        std::uint64_t users = 0, groups = 0, quarantined = 0, held = 0;  // held: removals that wait
        std::optional<Time> synced_at;                                   // none: never yet
        Duration stale{};                                                // 0: it is followed
        bool is_up = false;
    };
    std::vector<Server> servers;
};

// As OpenMetrics text, ending with "# EOF"; node exporter's older parser reads it as well.
std::string open_metrics(const Measurements& now);
// Puts the text at `path`, 0644, by rename: a reader sees the old one or the new one.
Result<void> write_metrics(const std::string& path, const std::string& text);

}  // namespace userd
