// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/slices.h"

#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr Duration patience = std::chrono::seconds(10);  // of somebody who logs in

}  // namespace

// One that a former run of the daemon may have limited is not known to be free.
bool Slices::is_set(std::uint32_t uid, const ClassLimits& limits) const {
    const auto known = set_.find(uid);
    return known == set_.end() ? config_->class_limits.empty() : known->second == limits;
}

void Slices::limit(const User& user, std::function<void()> done) {
    const auto found = config_->class_limits.find(user.user_class);
    const ClassLimits limits = found == config_->class_limits.end() ? ClassLimits{} : found->second;
    if (is_set(user.uid, limits)) return done();
    ErrandRequest request;
    request.kind = wire::ErrandKind::limit_slice;
    request.uid = user.uid;
    request.tasks_max = limits.tasks_max;
    request.memory_max = limits.memory_max;
    errands_.run(
        request,
        [this, uid = user.uid, limits, done = std::move(done)](const Result<ErrandOutcome>& outcome) {
            if (outcome)
                set_[uid] = limits;
            else
                journal::warning("a session of uid {} begins without the limits of its class: {}", uid,
                                 outcome.error().message);
            done();
        },
        {}, patience);
}

}  // namespace userd
