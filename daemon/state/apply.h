// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/state/planner.h"

namespace userd::state {

struct Applied {
    Plan plan;
    std::vector<std::pair<std::string, Secret>> passwords;  // generated ones, by user
};

// Sees to what a user who is to be deleted leaves behind, and says what it did; calls back once, perhaps
// before it returns. May be asked again for the same user.
using Settle = std::function<void(const Departing& user, std::function<void(Result<std::string>)>)>;

// Makes the directory what state files ask for: one plan, one transaction, all or nothing. A dry run does all
// of it and rolls back, so what it accepts can be done. Main thread only.
class Applier {
 public:
    Applier(const Parts& parts, const Config& config) : parts_(parts), config_(&config) {}
    void use_config(const Config& config) { config_ = &config; }

    // `done` is called exactly once, perhaps before this returns: passwords that are generated, and files
    // that are handed over, take their time. A plan with problems is no error: nothing has changed, and they
    // say why. Errors: generation_conflict, and what a store that fails gives. The applier must outlive the
    // call.
    using Done = std::function<void(Result<Applied>)>;
    // Who acts is asked afresh each time it goes on: rights may have gone meanwhile. An error ends it.
    using WhoActs = std::function<Result<Actor>()>;
    void apply(WhoActs who, Wanted wanted, const ApplyOptions& options, Done done, Settle settle = {});

 private:
    struct Run;
    void go_on(const std::shared_ptr<Run>& run);
    Result<bool> prepare(const std::shared_ptr<Run>& run, Planner& planner);
    void generate_next(const std::shared_ptr<Run>& run);
    Result<bool> settle(const std::shared_ptr<Run>& run, Planner& planner);
    Result<void> carry_out(Run& run, Planner& planner, bool dry_run);

    Parts parts_;
    const Config* config_;
};

}  // namespace userd::state
