// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/plan.h"

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "common/base/errors.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/model/value_json.h"

namespace userd::state {
namespace {

using Json = nlohmann::json;

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

// Objects are written as they are: as a tree a plan of thousands of users takes several times its text.
void append_name(std::string& json, std::string_view name) {
    json += fmt::format("{}\"{}\":", json.back() == '{' ? "" : ",", name);
}

void append_text(std::string& json, std::string_view name, std::string_view text) {
    append_name(json, name);
    append_json_string(json, text);
}

void append_value(std::string& json, std::string_view name, const Value& value) {
    append_name(json, name);
    append_json(json, value);
}

void append(std::string& json, const FieldChange& change) {
    const bool is_list = !change.added.empty() || !change.removed.empty();
    json += '{';
    if (is_list)
        append_value(json, "added", change.added);
    else
        append_value(json, "after", change.after);
    if (!is_list) append_value(json, "before", change.before);
    append_text(json, "field", change.field);
    if (is_list) append_value(json, "removed", change.removed);
    json += '}';
}

void append(std::string& json, const Kept& kept) {
    json += '{';
    append_text(json, "group", kept.group);
    append_value(json, "until", to_unix(kept.until));
    json += '}';
}

template <typename Item>
void append_list(std::string& json, const std::vector<Item>& items) {
    json += '[';
    for (const auto& item : items) {
        if (json.back() != '[') json += ',';
        append(json, item);
    }
    json += ']';
}

void append(std::string& json, const ObjectPlan& object) {
    json += '{';
    append_name(json, "changes");
    append_list(json, object.changes);
    append_text(json, "deed", word_of(object.deed));
    if (!object.kept.empty()) {
        append_name(json, "kept");
        append_list(json, object.kept);
    }
    append_text(json, "name", object.name);
    if (object.needs_prune) append_value(json, "needs_prune", true);
    if (!object.was.empty()) append_text(json, "was", object.was);
    if (!object.why.empty()) append_text(json, "why", object.why);
    json += '}';
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
    const auto text_of = [](const Json& json) {
        return json.dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    Json problems = Json::array();
    for (const auto& problem : plan.problems) problems.push_back(json_of(problem));
    auto text = text_of({{"set", plan.set},
                         {"generation", plan.generation},
                         {"changed", plan.changed},
                         {"unchanged", plan.unchanged},
                         {"problems", problems},
                         {"notes", plan.notes}});
    text.pop_back();
    for (const bool groups : {true, false}) {
        text += groups ? ",\"groups\":[" : ",\"users\":[";
        for (const auto& object : plan.objects) {
            if (object.is_group != groups) continue;
            if (text.back() != '[') text += ',';
            append(text, object);
        }
        text += "]";
    }
    return text + "}";
}

MembershipDelta compare_memberships(const std::vector<store::Membership>& now,
                                    const std::vector<std::string>& wanted, const MembershipRule& rule) {
    std::unordered_map<std::string_view, const store::Membership*> present;
    for (const auto& membership : now) present.emplace(membership.name, &membership);
    const std::unordered_set<std::string_view> listed(wanted.begin(), wanted.end());
    MembershipDelta delta;
    for (const auto& name : wanted) {
        const auto at = present.find(name);
        if (at != present.end() && !at->second->until) continue;
        delta.add.push_back(name);
        if (at != present.end()) delta.make_standing.push_back(name);
    }
    for (const auto& membership : now) {
        if (listed.contains(membership.name)) continue;
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
