// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/value.h"
#include "daemon/runtime/clock.h"
#include "daemon/store/groups.h"

namespace userd::state {

// One field that an apply changes. Lists name what comes and goes; secrets are only named.
struct FieldChange {
    std::string field;
    Value before, after;
    std::vector<std::string> added, removed;
};

// A membership with an end, which an exact list leaves alone.
struct Kept {
    std::string group;
    Time until;
};

enum class Deed { none, create, change, suspend, remove };

// What becomes of one user or group.
struct ObjectPlan {
    bool is_group = false;
    std::string name, was;  // was: renamed from
    Deed deed = Deed::none;
    std::vector<FieldChange> changes;
    std::vector<Kept> kept;
    std::string why;           // of suspend and remove
    bool needs_prune = false;  // only done with --prune, which was not given
};

// Why the whole cannot be done: nothing is changed then.
struct PlanProblem {
    bool is_group = false;
    std::string name;
    Error error;
};

struct Plan {
    std::string set;
    std::uint64_t generation = 0;     // of the directory that it was held against
    std::vector<ObjectPlan> objects;  // without those of Deed::none
    std::uint64_t unchanged = 0;
    std::vector<PlanProblem> problems;  // at most 50
    std::vector<std::string> notes;
    bool changed = false;  // something was, or in a dry run would be, done
};

// The reply of Apply, as org.userd1(5) describes it.
std::string to_json(const Plan& plan);

// How a list of groups is to be held against the groups that somebody is in.
struct MembershipRule {
    bool only_add = false;  // at-least
    bool strict = false;    // takes timed memberships away too
    // Groups whose members another place governs: left alone.
    std::function<bool(std::string_view group)> is_governed_elsewhere;
};
struct MembershipDelta {
    std::vector<std::string> add, remove;
    std::vector<std::string> make_standing;  // of `add`: timed so far
    std::vector<Kept> kept;
    bool empty() const { return add.empty() && remove.empty(); }
};
MembershipDelta compare_memberships(const std::vector<store::Membership>& now,
                                    const std::vector<std::string>& wanted, const MembershipRule& rule);

// The brake of --prune: `limit` is "5%" or a number. policy_violation beyond it.
Result<void> check_prune_limit(std::uint64_t pruned, std::uint64_t managed, std::string_view limit);

}  // namespace userd::state
