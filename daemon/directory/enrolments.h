// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/model/user.h"
#include "daemon/runtime/clock.h"
#include "daemon/store/mfa_policies.h"

namespace userd {

// Whoever must have codes from a change on gets the time to set them up: the login itself enrols while
// enrol_until is ahead. Whoever had to before and let it pass stays out, whatever becomes of their groups,
// until an admin resets them. One object is one change, inside its transaction.
class Enrolments {
 public:
    Enrolments(store::Store& store, const Config& config, Time now)
        : store_(store), config_(config), now_(now) {}

    // What holds for them, before something changes it; the first time counts. `note` where a word itself
    // changes, the user's own or the group's; `note_joining` who joins or leaves a group, by themselves or
    // with all who are in `group`. `at`: at which time it counts, where memberships have ended by now.
    Result<void> note(ObjectId user);
    Result<void> note_all_in(ObjectId group, std::optional<Time> at = {});
    Result<void> note_joining(std::span<const ObjectId> users, std::optional<Time> at = {});
    Result<void> note_joining_with(ObjectId group, std::optional<Time> at = {});
    // Nothing opens for the user by itself: what is said of enrol_until is said, or there was no before.
    void leave_alone(ObjectId user) { left_alone_.insert(user); }
    void end_at(std::optional<Time> end) { end_ = end; }  // none: as configured

    const store::MfaPolicies& before() const { return before_; }
    Result<store::MfaPolicies> now() const;  // of the same users

    // After the change, and again after more of it. True: somebody may enrol who might not.
    Result<bool> open();
    std::uint64_t opened() const { return opened_; }
    Time end() const { return end_.value_or(now_ + config_.mfa.enrol_window); }

 private:
    MfaPolicy otherwise() const;
    Result<bool> may_matter() const;
    Result<void> take(std::span<const ObjectId> users, Time at);

    store::Store& store_;
    const Config& config_;
    const Time now_;
    store::MfaPolicies before_;
    std::set<ObjectId> left_alone_;
    std::optional<Time> end_;
    std::uint64_t opened_ = 0;
};

}  // namespace userd
