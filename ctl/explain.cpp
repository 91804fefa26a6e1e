// SPDX-License-Identifier: LGPL-2.1-or-later
// Who gets in, and why somebody does not: explain and report access. The daemon decides with the code that
// decides logins; here it is shown.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/list.h"
#include "ctl/log.h"
#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

using nlohmann::json;

constexpr std::uint64_t page_size = 200;        // the most that ExplainAll answers at once
constexpr std::uint64_t most_looked_at = 5000;  // rows of the trail, for the last denied attempt
constexpr std::uint64_t rows_at_once = 500;

bool is_true(const Fields& fields, std::string_view name) {
    const auto* flag = std::get_if<bool>(&value_of(fields, name));
    return flag != nullptr && *flag;
}

std::int64_t time_of(const Fields& row) {
    const auto* time = std::get_if<std::int64_t>(&value_of(row, "time"));
    return time != nullptr ? *time : 0;
}

Answer<Fields> query_of(const Args& args, std::int64_t now) {
    Fields query;
    if (args.has("service")) query["service"] = args.text("service");
    if (args.has("from")) query["from"] = args.text("from");
    if (args.has("at")) query["at"] = TRY(parse_time(args.text("at"), now));
    return query;
}

// Whose login is asked about; nobody: root, whom the directory does not know.
struct Who {
    std::string name, path;
};

Answer<Who> who_is_meant(Client& client, const Args& args) {
    std::string name = args.words.empty() ? std::string() : args.words[0];
    if (name.empty()) name = text_of(TRY(client.who_am_i()), "name");
    if (name.empty()) return Who{};
    const Found found = TRY(client.get_user(name));
    return Who{text_of(found.record, "name"), found.path};
}

// The newest row of a refused login, of one account or of all; none: empty.
Answer<Fields> last_denied(Client& client, const Who& who) {
    for (std::uint64_t offset = 0; offset < most_looked_at; offset += rows_at_once) {
        const Page page = TRY(who.path.empty() ? client.list_audit({}, {}, offset, rows_at_once)
                                               : client.list_audit_of(who.path, {}, offset, rows_at_once));
        Fields newest;  // sums that are still open, without a number, stand before all rows
        const auto age = [](const Fields& row) { return std::pair(time_of(row), row.contains("number")); };
        for (const Fields& row : page.rows) {
            const std::string action = text_of(row, "action");
            if (action != "login.denied" && action != "account.denied") continue;
            if (newest.empty() || age(row) > age(newest)) newest = row;
        }
        if (!newest.empty()) return newest;
        if (page.rows.size() < rows_at_once) break;
    }
    return Fields{};
}

std::string detail_of(const Fields& row, const char* name) {
    const json detail = json::parse(text_of(row, "detail"), nullptr, false);
    const bool is_text = detail.is_object() && detail.contains(name) && detail[name].is_string();
    return is_text ? detail[name].get<std::string>() : std::string();
}

void show_denied(const Fields& row, Output& out) {
    const std::string rhost = detail_of(row, "rhost");
    const std::string subject = text_of(row, "subject");
    out.line(
        fmt::format("Last refused: {} at {} from {}, {}: {}{}",
                    escaped(subject.substr(subject.find(':') + 1)), escaped(detail_of(row, "service")),
                    rhost.empty() ? "here" : escaped(rhost), rfc3339(time_of(row)), text_of(row, "reason"),
                    text_of(row, "attempt").empty() ? "" : fmt::format(" [{}]", text_of(row, "attempt"))));
}

std::string headline(const std::string& name, const Fields& verdict) {
    const std::string reason = text_of(verdict, "reason"), with = text_of(verdict, "with");
    if (!is_true(verdict, "allowed")) return fmt::format("{} would be refused: {}", escaped(name), reason);
    return fmt::format("{} would be let in{}{}", escaped(name), with.empty() ? "" : ": " + with,
                       reason.empty() ? "" : fmt::format(" ({})", reason));
}

void show_points(const std::vector<Fields>& points, Output& out) {
    for (const Fields& point : points) {
        const std::string where = text_of(point, "where"), text = escaped(text_of(point, "text"));
        out.line(fmt::format("  {} {}", is_true(point, "good") ? "✓" : "✗",
                             where.empty() ? text : fmt::format("{:<47}   {}", text, escaped(where))));
    }
}

void show(const std::string& name, const Explained& explained, const Fields& denied, Output& out) {
    if (!out.json()) {
        out.line(headline(name, explained.verdict));
        show_points(explained.points, out);
        return;
    }
    json points = json::array();
    for (const Fields& point : explained.points)
        points.push_back({{"good", is_true(point, "good")},
                          {"reason", text_of(point, "reason")},
                          {"text", text_of(point, "text")},
                          {"where", text_of(point, "where")}});
    Fields record = explained.verdict;
    record["name"] = name;
    record["points"] = points.dump(-1, ' ', false, json::error_handler_t::replace);
    if (!denied.empty()) {
        json last = {{"service", detail_of(denied, "service")}, {"from", detail_of(denied, "rhost")}};
        last["time"] = rfc3339(time_of(denied));
        for (const char* field : {"action", "reason", "attempt"}) last[field] = text_of(denied, field);
        record["last"] = last.dump(-1, ' ', false, json::error_handler_t::replace);
    }
    out.object(record, 'j', true);
}

// For an admin, where one command is all that is missing. What else a refusal takes, such as another rule, is
// for a person to find.
void advise(const std::string& name, const Fields& verdict, Output& out) {
    constexpr std::pair<std::string_view, std::string_view> table[] = {
        {"locked-out", "userctl unlock {}"},
        {"suspended", "userctl resume {}"},
        {"pending", "userctl approve {}"},
        {"expired", "userctl update {} --expires never"},
        {"not-yet", "userctl update {} --not-before never"},
    };
    if (out.json() || is_true(verdict, "allowed")) return;
    if (const auto hint = text_of(verdict, "hint"); !hint.empty()) return out.note("  Try: " + escaped(hint));
    for (const auto& [reason, command] : table)
        if (text_of(verdict, "reason") == reason)
            out.note("  Try: " + fmt::format(fmt::runtime(command), escaped(name)));
}

// Page by page of what the daemon judges in one go.
FetchPage verdicts(Client& client, const Fields& query) {
    return [&client, query](std::uint64_t offset, std::uint64_t limit) -> Answer<Page> {
        Page all;
        while (all.rows.size() < limit) {
            const auto want = std::min(page_size, limit - all.rows.size());
            Page page = TRY(client.explain_all(query, offset + all.rows.size(), want));
            all.total = page.total;
            const bool last = page.rows.size() < want;
            for (Fields& row : page.rows) {
                row["verdict"] = is_true(row, "allowed") ? std::string("yes") : text_of(row, "reason");
                all.rows.push_back(std::move(row));
            }
            if (last) break;
        }
        return all;
    };
}

Answer<void> list_verdicts(Client& client, const Args& args, Output& out, std::vector<std::string> columns) {
    const Fields query = TRY(query_of(args, out.options().now));
    return print_list(args, out, {"users", 'w', std::move(columns), {}, 0, 0, 0}, verdicts(client, query));
}

Answer<void> explain(Client& client, const Args& args, Output& out) {
    if (args.has("all")) {
        if (!args.words.empty() || args.has("last"))
            return refuse(Exit::usage, "--all is about every user: it goes with neither a user nor --last");
        return list_verdicts(client, args, out, {"name", "verdict", "with"});
    }
    Fields query = TRY(query_of(args, out.options().now));
    Who who = TRY(who_is_meant(client, args));
    const bool is_oneself = args.words.empty() && !who.path.empty();
    if (who.path.empty() && !query.empty() && !args.has("last"))
        return refuse(problem(Exit::usage, "explain needs a user here: you are not in the directory")
                          .with_hint("userctl explain USER, or userctl explain --all"));
    Fields denied;
    if (query.empty() || args.has("last")) {
        denied = TRY(last_denied(client, who));
        if (denied.empty() && (args.has("last") || who.path.empty()))
            return refuse(Exit::not_found, "no refused login is in the audit trail{}",
                          who.name.empty() ? "" : " of " + who.name);
    }
    if (!denied.empty()) {
        show_denied(denied, out);
        const std::string subject = text_of(denied, "subject");
        if (who.path.empty()) {
            const std::string name = subject.substr(subject.find(':') + 1);
            if (subject == "user:(unknown)") {
                out.line("The name is nobody's, and is not kept: people type passwords there.");
                return {};
            }
            const Found found = TRY(client.get_user(name));
            who = {text_of(found.record, "name"), found.path};
        }
        // What is not asked for otherwise is as it was then, but for the time.
        query.try_emplace("service", detail_of(denied, "service"));
        query.try_emplace("from", detail_of(denied, "rhost"));
        out.line("Now:");
    }
    const Explained explained = TRY(client.explain(who.path, query));
    show(who.name, explained, denied, out);
    if (!is_oneself) advise(who.name, explained.verdict, out);
    return {};
}

Answer<void> report_access(Client& client, const Args& args, Output& out) {
    return list_verdicts(
        client, args, out,
        {"name", "state", "factors", "groups", "roles", "local_groups", "keys", "last_login", "verdict"});
}

const Option question_options[] = {
    {"service", 0, "SERVICE", "At this PAM service (sshd)"},
    {"from", 0, "ADDR", "From this address; without it from the host itself"},
    {"at", 0, "TIME", "At this time; without it now"},
    {"last", 0, "", "The last refused attempt, and what would happen now"},
    {"all", 0, "", "Every user, one a line"},
};
const std::span report_options = std::span(question_options).first(3);  // what login is asked about

}  // namespace

std::span<const Command> explain_commands() {
    static const Command commands[] = {
        {"user", "explain", "[USER]", "Tell whether somebody would get in, and why not", explain,
         question_options, Trait::none,
         "Decided by the rules that decide logins, for somebody who answers everything right; "
         "what a wrong password would do is not foretold. Without options it begins with the last "
         "attempt that was refused, and goes on with what the same would come to now. Without a "
         "user: the caller; for root the last refused attempt of all. It exits with 0 whatever "
         "the verdict is."},
        {"report", "access", "", "Review who may log in, with what", report_access, report_options,
         Trait::pages,
         "One line a user: state, factors, groups, roles, groups of the host (sudo), keys, last login, and "
         "whether a login at the service would be let in, or the reason why not. --format csv for a file."},
    };
    return commands;
}

}  // namespace userd::ctl
