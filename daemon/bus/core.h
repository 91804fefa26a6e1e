// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/errands/errands.h"
#include "daemon/errands/suspensions.h"
#include "daemon/login/credentials.h"
#include "daemon/mirror/mirror.h"
#include "daemon/runtime/loop.h"
#include "daemon/runtime/workers.h"

namespace userd {
class Archive;  // daemon/directory/archive.h
namespace state {
class Applier;
}

namespace bus {

class AuditFollowers;  // daemon/bus/audit.h

// The directory servers that are mirrored, as their admin asks of them: the mirror, and for a test who speaks
// with them. All empty where none are.
struct Servers {
    std::function<std::vector<Fields>()> status;  // a record a server, by the names of fields.md
    std::function<Result<void>(std::string_view source, bool whole)> sync;
    std::function<Result<Page>(std::string_view source, std::uint64_t offset, std::uint64_t limit)>
        quarantine;
    std::function<Result<Outcome>(const Actor& actor, std::string_view source, std::uint64_t removals,
                                  const ChangeOptions& options)>
        confirm;
    // `tested` is called once, with a record for each step: check, state (right or wrong), message, advice.
    using Tested = std::function<void(Result<std::vector<Fields>>)>;
    std::function<void(const std::string& source, const std::string& user, Tested tested)> test;
    std::function<Result<Mirror::Adopted>(const Actor& actor, std::string_view source,
                                          const std::vector<std::string>& users,
                                          const ChangeOptions& options)>
        adopt = {};
};

// What the objects on the bus act on. All of it outlives the bus; main thread only.
struct Core {
    Loop& loop;
    Directory& directory;
    Credentials& credentials;
    std::function<const Config&()> config;  // as it is now
    // Reads the configuration again; an Error, and a dry run, keep the old one.
    std::function<Result<void>(const ChangeOptions&)> reload;
    std::function<Fields()> status;  // what Status tells besides version and generation
    Workers& long_jobs;              // for slow reads, each with a connection of its own
    std::string root;                // prefix of the host's files; normally empty
    std::string store_path, snapshot_folder;
    std::function<Result<void>()> rebuild_snapshot;  // afresh from the store
    state::Applier& applier;
    Archive* archive = nullptr;            // null where the store is on no disk
    std::function<std::string()> metrics;  // OpenMetrics
    AuditFollowers* followers = nullptr;   // set by the service
    Errands* errands = nullptr;            // to userd-homes; null where there is none
    Suspensions* suspensions = nullptr;    // likewise
    Servers servers = {};
    std::map<std::uint32_t, unsigned> searches = {};  // that write to a caller's pipe, by the caller's uid
};

}  // namespace bus
}  // namespace userd
