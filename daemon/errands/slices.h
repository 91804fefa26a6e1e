// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>

#include "daemon/config/config.h"
#include "daemon/errands/errands.h"
#include "daemon/model/user.h"

namespace userd {

// The limits that the sessions of a user share, by the user's class. Main thread only. When it goes, nobody
// is called any more.
class Slices {
 public:
    Slices(Errands& errands, const Config& config) : errands_(errands), config_(&config) {}
    // After a reload: `config` must outlive this.
    void use_config(const Config& config) { config_ = &config; }

    // Before a session: `done` is called when the limits are set, or could not be (the journal says why); at
    // once when nothing is to be set. Where no class has limits nothing is asked of userd-homes.
    void limit(const User& user, std::function<void()> done);

 private:
    bool is_set(std::uint32_t uid, const ClassLimits& limits) const;

    Errands& errands_;
    const Config* config_;
    std::map<std::uint32_t, ClassLimits> set_;  // what each uid's slice was given; systemd keeps it
};

}  // namespace userd
