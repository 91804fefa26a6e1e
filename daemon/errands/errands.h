// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/wire/homes.h"
#include "daemon/runtime/loop.h"

namespace userd {

// What is asked of userd-homes, owned: the fields are those of wire::Errand.
struct ErrandRequest {
    wire::ErrandKind kind = wire::ErrandKind::create_home;
    std::uint32_t uid = 0, gid = 0, to_uid = 0, to_gid = 0, mode = 0, what = 0;
    std::uint64_t most = 0, tasks_max = 0, memory_max = 0;
    bool sftp = false;
    std::string name, to_name, home, to_home, skeleton;
    std::vector<std::string> paths;
};

struct ErrandItem {
    wire::ItemKind kind = wire::ItemKind::note;
    std::string path, detail;  // bytes
    std::uint64_t bytes = 0;
};

struct ErrandOutcome {
    std::uint64_t count = 0, bytes = 0;
    std::string archive;            // path of what was written
    std::vector<ErrandItem> items;  // those that no listener took
};

// The way to userd-homes: one connection an errand, nothing here waits. Main thread only. When it goes, what
// is under way is given up and nobody is called any more. Searches wait for one another, so that they never
// take all the places there are in userd-homes: a login that needs a home finds one.
class Errands {
 public:
    // `silence`: an errand that says nothing for so long, and no more than twice that, is given up.
    Errands(Loop& loop, std::string socket, Duration silence = std::chrono::minutes(10));
    ~Errands();
    Errands(const Errands&) = delete;
    Errands& operator=(const Errands&) = delete;

    using Done = std::function<void(Result<ErrandOutcome>)>;  // called once, never inside run()
    struct Listener {
        std::function<void(ErrandItem)> item;  // empty: they are kept for the outcome, at most `most_kept`
        std::function<void(std::uint64_t count, std::uint64_t bytes)> progress;
    };
    static constexpr std::size_t most_kept = 1000;
    static constexpr std::size_t most_scans = 4;  // at a time

    // `patience`: how long the whole errand may take; none: as long as userd-homes says something.
    std::uint64_t run(const ErrandRequest& request, Done done, Listener listener = {},
                      std::optional<Duration> patience = std::nullopt);
    void pause(std::uint64_t errand, bool resting);  // items come no more for a while
    void cancel(std::uint64_t errand);               // gives it up without a word

 private:
    struct Running;
    Result<Watch> set_timer(std::uint64_t number, std::optional<Duration> patience);
    void launch(std::uint64_t number, const ErrandRequest& request);
    Result<void> start(std::uint64_t number, const ErrandRequest& request);
    void launch_next();  // of the searches that wait
    void read(std::uint64_t number);
    bool take(Running& running, const wire::Word& word);  // false: it was the last
    void finish(std::uint64_t number, Result<ErrandOutcome> outcome);

    Loop& loop_;
    std::string socket_;
    Duration silence_;
    std::uint64_t next_number_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Running>> running_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace userd
