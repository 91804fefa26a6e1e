// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/errors.h"
#include "common/base/text.h"

namespace userd::state {
namespace {

using Json = nlohmann::json;

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Json json_of(const Value& value) {
    return std::visit(
        [](const auto& v) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
                return nullptr;
            else
                return v;
        },
        value);
}

const char* word_of(Deed deed) {
    switch (deed) {
        case Deed::create:
            return "create";
        case Deed::change:
            return "change";
        case Deed::suspend:
            return "suspend";
        case Deed::remove:
            return "delete";
        case Deed::none:
            break;
    }
    return "none";
}

Json json_of(const FieldChange& change) {
    Json json = {{"field", change.field}};
    if (!change.added.empty() || !change.removed.empty()) {
        json["added"] = change.added;
        json["removed"] = change.removed;
    } else {
        json["before"] = json_of(change.before);
        json["after"] = json_of(change.after);
    }
    return json;
}

Json json_of(const ObjectPlan& object) {
    Json json = {{"name", object.name}, {"deed", word_of(object.deed)}, {"changes", Json::array()}};
    if (!object.was.empty()) json["was"] = object.was;
    if (!object.why.empty()) json["why"] = object.why;
    if (object.needs_prune) json["needs_prune"] = true;
    for (const auto& change : object.changes) json["changes"].push_back(json_of(change));
    for (const auto& kept : object.kept)
        json["kept"].push_back({{"group", kept.group}, {"until", to_unix(kept.until)}});
    return json;
}

Json json_of(const PlanProblem& problem) {
    return {{problem.is_group ? "group" : "user", problem.name},
            {"name", dbus_error_name(problem.error.code)},
            {"message", problem.error.message},
            {"hint", problem.error.hint},
            {"field", problem.error.field}};
}

}  // namespace

std::string to_json(const Plan& plan) {
    Json json = {{"set", plan.set},           {"generation", plan.generation},
                 {"changed", plan.changed},   {"unchanged", plan.unchanged},
                 {"users", Json::array()},    {"groups", Json::array()},
                 {"problems", Json::array()}, {"notes", plan.notes}};
    for (const auto& object : plan.objects)
        json[object.is_group ? "groups" : "users"].push_back(json_of(object));
    for (const auto& problem : plan.problems) json["problems"].push_back(json_of(problem));
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

MembershipDelta compare_memberships(const std::vector<store::Membership>& now,
                                    const std::vector<std::string>& wanted, const MembershipRule& rule) {
    MembershipDelta delta;
    for (const auto& name : wanted) {
        const auto at = std::find_if(now.begin(), now.end(), [&](const store::Membership& membership) {
            return membership.name == name;
        });
        if (at != now.end() && !at->until) continue;
        delta.add.push_back(name);
        if (at != now.end()) delta.make_standing.push_back(name);
    }
    for (const auto& membership : now) {
        if (contains(wanted, membership.name)) continue;
        if (rule.is_governed_elsewhere && rule.is_governed_elsewhere(membership.name)) continue;
        if (membership.until && !rule.strict)
            delta.kept.push_back({membership.name, *membership.until});
        else if (!rule.only_add || (membership.until && rule.strict))
            delta.remove.push_back(membership.name);
    }
    return delta;
}

Result<void> check_prune_limit(std::uint64_t pruned, std::uint64_t managed, std::string_view limit) {
    if (pruned == 0) return {};
    const bool is_share = limit.ends_with('%');
    const auto number = parse_number(is_share ? limit.substr(0, limit.size() - 1) : limit);
    if (!number)
        return fail(Error{Errc::invalid, fmt::format("\"{}\" is no limit", escaped(limit)), "5% or a number",
                          "prune_limit"});
    const bool is_too_many = is_share ? pruned * 100 > managed * *number : pruned > *number;
    if (!is_too_many) return {};
    return fail(Error{Errc::policy_violation,
                      fmt::format("{} of the {} users of the set would be pruned, and the limit is {}",
                                  pruned, managed, limit),
                      fmt::format("--prune-limit {}, if that is meant", pruned), ""});
}

}  // namespace userd::state
