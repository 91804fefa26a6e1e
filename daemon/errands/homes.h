// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/errands/errands.h"
#include "daemon/model/user.h"

namespace userd {

// When homes are made, and when their archives go, by users.home_create and archive.keep. Main thread only.
class Homes {
 public:
    Homes(Errands& errands, const Config& config) : errands_(errands), config_(&config) {}
    // After a reload: `config` must outlive this.
    void use_config(const Config& config);

    // Before a session: `done` is called when the home is there, or why it is not; at once when nothing is to
    // be done. Several at a time share one errand.
    using Done = std::function<void(Result<void>)>;
    void ensure(const User& user, Done done);
    // Whether `welcome` has anything to do.
    bool welcomes() const { return config_->users.home_create == "create"; }
    // A new user: the home is made now if the configuration says so. Failures go to the journal.
    void welcome(const User& user);
    // At the start and once a day: archives whose time is over go.
    void prune();

 private:
    ErrandRequest request_for(const User& user) const;

    Errands& errands_;
    const Config* config_;
    using Place = std::pair<std::uint32_t, std::string>;  // of a uid, a home
    std::map<Place, std::vector<Done>> under_way_;        // who waits for it
};

// What each errand for a user says of the user.
ErrandRequest errand_for(const User& user, wire::ErrandKind kind);

}  // namespace userd
