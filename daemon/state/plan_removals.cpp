// SPDX-License-Identifier: LGPL-2.1-or-later
// Nobody is deleted at once: a user that shall go is suspended, with a reason that says by which set, and
// deleted when options.delete_after has passed since then.
#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/rights.h"
#include "daemon/model/origin.h"
#include "daemon/state/planner.h"
#include "daemon/store/audit.h"
#include "daemon/store/store.h"

namespace userd::state {

std::string Planner::absent_reason() const {
    return fmt::format("absent in {}", wanted_.set);
}
std::string Planner::pruned_reason() const {
    return fmt::format("no longer listed in {}", wanted_.set);
}

bool Planner::was_removed_by_us(const User& user) const {
    return user.state == UserState::suspended &&
           (user.state_reason == absent_reason() || user.state_reason == pruned_reason());
}

// None: the trail does not go back so far.
Result<std::optional<Time>> Planner::suspended_since(const User& user, const std::string& reason) {
    store::AuditFilter filter;
    filter.subject_id = user.id;
    filter.reason = reason;
    for (const auto& entry : TRY(parts_.store.audit().list(filter, 10)))
        if (entry.action == "user.suspend" || entry.action == "user.reject") return entry.time;
    return std::nullopt;
}

// Who gets the files must be there when the time has come; before that it is enough that a file makes them.
Result<std::optional<User>> Planner::heir_of(const User& user, const std::string& name, Deed deed) {
    if (name.empty()) return std::optional<User>();
    const auto refuse = [&](std::string message) {
        problem(false, user.name, Error{Errc::invalid, std::move(message), "", "transfer_to"});
        return std::optional<User>();
    };
    if (name == user.name) return refuse("the files would go to the very user who goes");
    auto heir = TRY(find_user(name));
    if (heir && deed == Deed::remove)
        if (auto may = check_heir(actor_, user, *heir); !may) {
            problem(false, user.name, std::move(may).error().with_field("transfer_to"));
            return std::optional<User>();
        }
    if (heir) return heir;
    const bool is_made = std::any_of(wanted_.users.begin(), wanted_.users.end(), [&](const auto& other) {
        return other.name == name && other.state != WantedState::absent;
    });
    if (deed != Deed::remove && is_made) return std::optional<User>();
    return refuse(fmt::format("there is no user {}, who should get the files", escaped(name)));
}

Result<void> Planner::plan_removal(const User& user, const Removal& removal) {
    const auto& reason = removal.reason;
    ObjectPlan object{.name = user.name, .why = removal.why};
    object.needs_prune = removal.is_prune && !options_.prune;
    if (user.state == UserState::suspended && user.state_reason == reason) {
        const auto since = TRY(suspended_since(user, reason)).value_or(user.updated_at);
        if (wanted_.delete_after && now_ >= since + *wanted_.delete_after) object.deed = Deed::remove;
    } else {
        object.deed = Deed::suspend;
        if (removal.is_prune) ++pruned_;
    }
    auto heir = TRY(heir_of(user, removal.transfer_to, object.deed));
    if (object.deed == Deed::remove && heir) object.why += fmt::format(", files go to {}", heir->name);
    if (object.deed == Deed::remove && !object.needs_prune) departing_.push_back({user, std::move(heir)});
    if (object.deed != Deed::none && !object.needs_prune)
        step(removals_last, false, user.name,
             [this, id = user.id, state = user.state, deed = object.deed, reason]() -> Result<void> {
                 if (deed == Deed::remove)
                     TRY(parts_.directory.delete_user(actor_, id, change_options()));
                 else if (state == UserState::pending)
                     TRY(parts_.directory.reject_user(actor_, id, reason, change_options()));
                 else
                     TRY(parts_.directory.suspend_user(actor_, id, reason, std::nullopt, change_options()));
                 return {};
             });
    if (removal.is_prune && object.deed == Deed::none) return {};
    finish(std::move(object));
    return {};
}

Result<void> Planner::prune_users() {
    std::set<std::string_view> listed;
    for (const auto& user : wanted_.users) {
        listed.insert(user.name);
        listed.insert(user.was);
    }
    std::map<std::string_view, const User*> gone;  // by name: the plan has an order
    for (const auto& [name, user] : of_set_)
        if (!listed.contains(name) && !is_mirrored(user)) gone.emplace(name, &user);
    for (const auto& [name, user] : gone)
        TRY(plan_removal(*user, {pruned_reason(), "no longer listed", true, {}}));
    if (!options_.prune) return {};
    const auto& limit = !options_.prune_limit.empty() ? options_.prune_limit : wanted_.prune_limit;
    if (auto held = check_prune_limit(pruned_, of_set_.size(), limit.empty() ? "5%" : limit); !held)
        problem(false, "", std::move(held).error());
    return {};
}

}  // namespace userd::state
