// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/planner.h"

#include <algorithm>
#include <type_traits>

#include "daemon/directory/ownership.h"
#include "daemon/model/origin.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "daemon/store/view.h"

namespace userd::state {

namespace {
constexpr std::size_t most_problems = 50;
}

Planner::Planner(const Parts& parts, const Config& config, const Actor& actor, const Wanted& wanted,
                 const ApplyOptions& options)
    : parts_(parts),
      config_(config),
      actor_(actor),
      wanted_(wanted),
      options_(options),
      now_(parts.clock.now()) {}

void Planner::problem(bool is_group, std::string_view name, Error error) {
    const bool is_known = std::any_of(  // by the plan; now a step has met it
        plan_.problems.begin(), plan_.problems.end(),
        [&](const auto& other) { return other.name == name && other.error.message == error.message; });
    if (!is_known && plan_.problems.size() < most_problems)
        plan_.problems.push_back({is_group, std::string(name), std::move(error)});
}

void Planner::step(Phase phase, bool is_group, std::string_view name, std::function<Result<void>()> run) {
    steps_[phase].push_back({is_group, std::string(name), std::move(run)});
}

void Planner::finish(ObjectPlan object) {
    if (object.deed == Deed::none && (!object.changes.empty() || !object.was.empty()))
        object.deed = Deed::change;
    if (object.deed == Deed::none) {
        ++plan_.unchanged;
        return;
    }
    plan_.changed |= !object.needs_prune;
    plan_.objects.push_back(std::move(object));
}

ChangeOptions Planner::change_options() const {
    ChangeOptions options;
    options.allow_lockout = options_.allow_lockout;
    options.owes = options_.owes;
    return options;
}

Result<void> Planner::load_set() {
    store::UserFilter filter;
    filter.set = wanted_.set;
    filter.now = now_;
    for (auto& user : TRY(parts_.store.users().list(filter, 0, INT64_MAX)).users)
        of_set_.emplace(user.name, std::move(user));
    return {};
}

Result<void> Planner::make() {
    const auto view = TRY(store::View::open(parts_.store));
    plan_.set = wanted_.set;
    plan_.generation = parts_.directory.generation();
    TRY(load_set());
    for (const auto& group : wanted_.groups)
        if (group.members) governed_.insert(group.name);
    for (const auto& user : wanted_.users)
        if (!user.was.empty()) renamed_users_[user.was] = user.name;
    for (const auto& group : wanted_.groups) TRY(plan_group(group));
    for (const auto& user : wanted_.users) TRY(plan_user(user));
    TRY(prune_users());
    TRY(prune_groups());
    if (without_uid_ > 0 && !config_.ids.by_name)
        plan_.notes.push_back(
            fmt::format("{} new user{} without a pinned uid: another host may give other numbers (uid: in "
                        "the file, or ids.assign: by-name)",
                        without_uid_, without_uid_ == 1 ? "" : "s"));
    return {};
}

// An object is managed by one set alone.
bool Planner::belongs(bool is_group, const std::string& name, const std::string& set,
                      FieldChange& takes_over) {
    if (set == wanted_.set) return true;
    if (options_.take_over) {
        takes_over = {"set", set, wanted_.set, {}, {}};
        return true;
    }
    problem(is_group, name,
            Error{Errc::exists,
                  set.empty() ? fmt::format("{} is there already and belongs to no set", name)
                              : fmt::format("{} belongs to the set {}", name, set),
                  "--take-over, if this file shall manage it", "name"});
    return false;
}

// No file says what a directory server has.
template <typename Object>
bool Planner::is_ours(const Object& object, const std::string& name) {
    if (!is_mirrored(object)) return true;
    problem(std::is_same_v<Object, Group>, name,
            owned_by_server(config_, object.source, fmt::format("manage {} by a state file", name), "name")
                .value());
    return false;
}
template bool Planner::is_ours(const User& user, const std::string& name);
template bool Planner::is_ours(const Group& group, const std::string& name);

Result<bool> Planner::run_steps(const PreparedPasswords& passwords) {
    if (std::exchange(tried_, true) && !plan_.problems.empty()) return false;  // each problem once
    passwords_ = &passwords;
    for (const auto& phase : steps_)
        for (const auto& step : phase) {
            auto done = step.run();
            if (done) continue;
            if (done.error().code == Errc::code_required) return fail(std::move(done).error());
            problem(step.is_group, step.name, std::move(done).error());
        }
    passwords_ = nullptr;
    return plan_.problems.empty();
}

}  // namespace userd::state
