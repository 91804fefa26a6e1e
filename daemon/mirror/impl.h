// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/mirror/intake.h"
#include "daemon/mirror/mirror.h"
#include "daemon/mirror/settler.h"
#include "daemon/store/audit.h"
#include "daemon/store/remote.h"

namespace userd {

class AdoptionPlan;  // daemon/mirror/adoption_plan.h

// Where a source goes on.
inline wire::LdapBegin begin_of(const store::RemoteSource& row, bool whole) {
    return {.source = row.name, .cookie = row.cookie, .tie = row.tie, .whole = whole};
}

struct Mirror::Impl {
    Impl(store::Store& opened, Directory& users, Loop& events, const Clock& time, const Config& configuration)
        : store(opened), directory(users), loop(events), clock(time), config(&configuration) {}

    // What is known of a source while the program runs.
    struct Source {
        explicit Source(store::Store& store) : intake(store) {}
        store::RemoteSource row;
        Intake intake;
        bool is_refreshing = false, is_whole = false;
        std::string tie;  // of the cookies that come
        bool wants_whole = false;
        std::optional<wire::LdapPhase> phase;
        std::string server, problem, hint;
        std::optional<Time> stale_since;
        std::string trouble;          // with what it said: settling failed
        bool is_cookie_void = false;  // until all was sent again
        std::optional<Time> compare_at;
    };
    // A settling under way: what is gone, then whose turn it is, then the cookie.
    struct Job {
        std::string source;
        std::vector<std::int64_t> gone;
        std::size_t next_gone = 0;
        bool hold = false;
        bool is_point = false;
        bool is_whole = false;  // a Point after all there is was told
        std::string cookie;
        Actor actor;
        std::string action = "ldap.sync";
        Tally tally;
        IdRun ids;
        bool is_large = false;    // takes more than one slice
        bool is_settled = false;  // but for what the last slice does
    };

    // mirror.cpp
    Result<Source*> source(std::string_view name);  // not_supported: the configuration has none
    Result<Source*> open_source(std::string_view name);
    void note_trouble(Source& source, const Error& error);

    // settling.cpp
    Result<void> start(Job job);
    Result<bool> slice();  // true: that was the last
    Result<bool> attempt(bool gently);
    Result<bool> work(Settler& settler, Settler::Deadline deadline);
    Result<void> finish(Source& source, Settler& settler);
    Result<void> finish_now();
    void go_on();
    void end_job();
    Result<std::vector<std::int64_t>> gone_by(Source& source, wire::LdapPointKind kind);
    Result<bool> must_hold(const Source& source, const std::vector<std::int64_t>& gone,
                           wire::LdapPointKind kind);
    Result<void> judge_anew(Source& source, const LdapSource& configured);
    Result<bool> has_work(const Source& source, const LdapSource& configured);
    void tend();
    void compare_now_and_then();

    // adopt.cpp
    Result<void> audit(const Actor& actor, std::string_view action, std::string_view subject, ObjectId id,
                       std::string detail);
    Result<void> hand_over(const Actor& actor, Source& source, const LdapSource& rules, AdoptionPlan& plan);

    store::Store& store;
    Directory& directory;
    Loop& loop;
    const Clock& clock;
    const Config* config;
    std::map<std::string, std::unique_ptr<Source>, std::less<>> sources;
    std::optional<Job> job;
    bool is_connected = false;
    std::optional<Error> broken;  // what came is lost in part: all is to be said again
    std::function<void(const wire::LdapBegin&)> wanted;
    std::function<void()> settled;
    std::uint64_t host_version = 0,
                  looked_at = 0;  // the host's files and the directory, when the quarantined were
    Watch timer;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

}  // namespace userd
