// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/state/plan_view.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
    return text;
}

std::string shown(const std::string& field, const Json& value) {
    if (value.is_null()) return "-";
    if (value.is_string()) return value.get<std::string>().empty() ? "-" : value.get<std::string>();
    if (value.is_array()) {
        const auto words = value.get<std::vector<std::string>>();
        return words.empty() ? "-" : joined(words, ",");
    }
    if (value.is_number_integer() && shape_of(field) == Shape::time)
        return rfc3339(value.get<std::int64_t>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return value.dump();
}

PlanView::Change read_change(const Json& json) {
    PlanView::Change change;
    change.field = json.at("field");
    change.is_list = json.contains("added");
    if (change.is_list) {
        change.added = json.at("added").get<std::vector<std::string>>();
        change.removed = json.at("removed").get<std::vector<std::string>>();
    } else {
        change.before = shown(change.field, json.at("before"));
        change.after = shown(change.field, json.at("after"));
    }
    return change;
}

PlanView::Object read_object(const Json& json, bool is_group) {
    PlanView::Object object;
    object.is_group = is_group;
    object.name = json.at("name");
    object.deed = json.at("deed");
    object.was = json.value("was", "");
    object.why = json.value("why", "");
    object.needs_prune = json.value("needs_prune", false);
    for (const auto& change : json.at("changes")) object.changes.push_back(read_change(change));
    for (const auto& kept : json.value("kept", Json::array()))
        object.kept.push_back({kept.at("group"), kept.at("until")});
    return object;
}

// Hands each object of a reply to `take` and keeps the rest: a plan may name twenty thousand users.
using TakeObject = std::function<void(const Json&, bool is_group)>;
Json walk(std::string_view reply, const TakeObject& take) {
    constexpr int root_key = 1, object = 2;  // depths
    std::string list;
    return Json::parse(reply, [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::key && depth == root_key) list = parsed.get<std::string>();
        const bool is_one = event == Json::parse_event_t::object_end && depth == object &&
                            (list == "groups" || list == "users");
        if (is_one) take(parsed, list == "groups");
        return !is_one;
    });
}

PlanView read(std::string_view reply) {
    PlanView plan;
    std::vector<PlanView::Object> users;
    const Json json = walk(reply, [&](const Json& object, bool is_group) {
        (is_group ? plan.objects : users).push_back(read_object(object, is_group));
    });
    std::move(users.begin(), users.end(), std::back_inserter(plan.objects));
    plan.set = json.at("set");
    plan.unchanged = json.at("unchanged");
    plan.generation = json.at("generation");
    plan.changed = json.at("changed");
    for (const auto& problem : json.at("problems")) {
        const bool is_group = problem.contains("group");
        plan.problems.push_back({is_group, problem.at(is_group ? "group" : "user"), problem.at("name"),
                                 problem.at("message"), problem.at("hint"), problem.at("field")});
    }
    plan.notes = json.at("notes").get<std::vector<std::string>>();
    return plan;
}

// Today by the clock on the wall, else with its date.
std::string end_text(std::int64_t until, std::int64_t now) {
    std::tm then{}, today{};
    const std::time_t end = until, start = now;
    if (!localtime_r(&end, &then) || !localtime_r(&start, &today)) return rfc3339(until);
    const bool same_day = then.tm_yday == today.tm_yday && then.tm_year == today.tm_year;
    return same_day ? fmt::format("{:%H:%M}", then) : fmt::format("{:%Y-%m-%d %H:%M}", then);
}

bool is_secret(const std::string& field) {
    return field == "password" || field == "totp";
}

std::string change_text(const PlanView::Change& change, const std::string& origin) {
    std::string text;
    if (change.is_list) {
        for (const auto& word : change.added) text += fmt::format("{}+{}", text.empty() ? "" : " ", word);
        for (const auto& word : change.removed) text += fmt::format("{}-{}", text.empty() ? "" : " ", word);
    } else if (is_secret(change.field)) {
        text = change.after;
    } else {
        text = fmt::format("{} → {}", change.before, change.after);
    }
    return fmt::format("{}: {}{}", change.field, without_controls(text),
                       origin.empty() ? "" : fmt::format(" ({})", origin));
}

std::string details(const PlanView::Object& object, const OriginOf& origin, std::int64_t now) {
    if (object.deed == "suspend" || object.deed == "delete")
        return fmt::format("{} → {}{}", object.why, object.deed, object.needs_prune ? " (--prune)" : "");
    std::vector<std::string> parts;
    if (object.deed == "create") {
        for (const auto& change : object.changes)
            parts.push_back(fmt::format("{}={}", change.field, without_controls(change.after)));
        return joined(parts, " ");
    }
    if (!object.was.empty()) parts.push_back(fmt::format("name: {} → {}", object.was, object.name));
    for (const bool is_list : {true, false})  // memberships first: they are what a reader looks for
        for (const auto& change : object.changes)
            if (change.is_list == is_list)
                parts.push_back(change_text(change, origin ? origin(object, change.field) : ""));
    for (const auto& kept : object.kept)
        parts.push_back(fmt::format("({} kept until {})", kept.group, end_text(kept.until, now)));
    return joined(parts, "     ");
}

std::string label(const PlanView::Object& object) {
    return (object.is_group ? "group " : "") + object.name;
}

char mark(const PlanView::Object& object) {
    return object.deed == "create"    ? '+'
           : object.deed == "change"  ? '~'
           : object.deed == "suspend" ? '!'
                                      : '-';
}

}  // namespace

Answer<PlanView> read_plan(std::string_view text) {
    try {
        return read(text);
    } catch (const Json::exception&) {
        return refuse(problem(Exit::failed, "userd's plan cannot be read")
                          .with_hint("are userctl and userd of the same version?"));
    }
}

std::string plan_counts(const PlanView& plan, bool done) {
    struct Word {
        const char *deed, *todo, *did;
    };
    const Word words[] = {{"create", "to create", "created"},
                          {"change", "to change", "changed"},
                          {"suspend", "to suspend", "suspended"},
                          {"delete", "to delete", "deleted"}};
    std::vector<std::string> parts;
    for (const auto& word : words) {
        const auto count = std::count_if(plan.objects.begin(), plan.objects.end(), [&](const auto& object) {
            return object.deed == word.deed && !(done && object.needs_prune);
        });
        if (count > 0) parts.push_back(fmt::format("{} {}", count, done ? word.did : word.todo));
    }
    parts.push_back(fmt::format("{} unchanged", plan.unchanged));
    return joined(parts, ", ");
}

std::string plan_text(const PlanView& plan, const OriginOf& origin, std::int64_t now) {
    std::size_t width = 0;
    for (const auto& object : plan.objects) width = std::max(width, label(object).size());
    std::string text = fmt::format("set {}: {}\n", plan.set, plan_counts(plan, false));
    for (const auto& object : plan.objects) {
        const auto line =
            fmt::format("  {} {:{}}   {}", mark(object), label(object), width, details(object, origin, now));
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

std::string plan_json(const PlanView& plan, std::string_view reply, bool dry_run,
                      const std::map<std::string, Secret>& passwords, bool pretty) {
    Json json = {
        {"changed", plan.changed}, {"dry_run", dry_run}, {"set", plan.set}, {"generation", plan.generation}};
    const std::pair<const char*, const char*> lists[] = {
        {"created", "create"}, {"updated", "change"}, {"suspended", "suspend"}, {"deleted", "delete"}};
    for (const auto& [name, deed] : lists) json[name] = Json::array();
    walk(reply, [&](const Json& object, bool is_group) {
        for (const auto& [name, deed] : lists) {
            if (object.at("deed") != deed) continue;
            Json shown_object = {{"type", is_group ? "group" : "user"}};
            shown_object.update(object);
            shown_object.erase("deed");
            const auto password = passwords.find(object.at("name"));
            if (!is_group && password != passwords.end()) shown_object["password"] = password->second.text();
            json[name].push_back(std::move(shown_object));
        }
    });
    json["unchanged"] = plan.unchanged;
    json["notes"] = plan.notes;
    return json.dump(pretty ? 2 : -1) + "\n";
}

}  // namespace userd::ctl
