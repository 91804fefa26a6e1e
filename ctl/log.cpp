// SPDX-License-Identifier: LGPL-2.1-or-later
// The audit trail: who did what, when, from where. -f leaves a call waiting at the daemon, which answers when
// a row is there: nobody polls.
#include "ctl/log.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/field.h"
#include "ctl/list.h"
#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

using nlohmann::json;

constexpr std::int64_t wait_seconds = 20;  // of one call that follows
constexpr std::uint64_t shown_before_following = 10, most_before_following = 1000;

std::string bare(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "-";
    if (!value.is_array()) return value.dump();
    std::string text;
    for (const auto& item : value) text += (text.empty() ? "" : ",") + bare(item);
    return text.empty() ? "-" : text;
}

std::string bare(const std::string& field, const json& value) {
    const bool is_time = shape_of(field) == Shape::time && value.is_number_integer();
    return is_time ? rfc3339(value.get<std::int64_t>()) : bare(value);
}

// "shell: /bin/sh → /bin/bash"
std::string changes_of(const json& detail) {
    const json none = json::object();
    const auto part = [&](const char* name) -> const json& {
        return detail.contains(name) && detail[name].is_object() ? detail[name] : none;
    };
    const json &before = part("before"), &after = part("after");
    std::string text;
    const auto add = [&](const std::string& change) { text += (text.empty() ? "" : ", ") + change; };
    if (before.empty()) {  // something new: what it has from the start
        for (const auto& [name, value] : after.items())
            if (bare(value) != "-" && name != "id" && name != "created_at")
                add(fmt::format("{}={}", name, bare(name, value)));
        return text;
    }
    if (after.empty()) return text;  // gone: the detail keeps what it was
    for (const auto& [name, value] : before.items())
        add(fmt::format("{}: {} → {}", name, bare(name, value),
                        after.contains(name) ? bare(name, after[name]) : "-"));
    for (const auto& [name, value] : after.items())
        if (!before.contains(name)) add(fmt::format("{}: - → {}", name, bare(name, value)));
    return text;
}

std::string text_in(const json& detail, const char* name) {
    return detail.contains(name) && detail[name].is_string() ? detail[name].get<std::string>() : "";
}

// Whose trail is asked for: all of it, one object's by its name, or one user's by the user's own object.
struct Trail {
    std::string about, path;
};

Answer<Page> fetch(Client& client, const Trail& trail, const Fields& query, std::uint64_t offset,
                   std::uint64_t limit) {
    return trail.path.empty() ? client.list_audit(trail.about, query, offset, limit)
                              : client.list_audit_of(trail.path, query, offset, limit);
}

Answer<Trail> trail_of(Client& client, const Args& args) {
    if (args.has("about")) {
        const std::string about = args.text("about");
        if (!args.words.empty()) return refuse(Exit::usage, "a user and --about exclude each other");
        if (about.find(':') == std::string::npos)
            return refuse(problem(Exit::usage, "\"{}\" does not say what it is", escaped(about))
                              .with_hint("--about group:" + about));
        return Trail{about, {}};
    }
    if (!args.words.empty()) {
        auto user = client.get_user(args.words[0]);
        if (user) return Trail{{}, user->path};
        // Deleted: the trail still knows the name.
        const bool is_name = args.words[0].find(':') == std::string::npos;
        if (user.error().exit != Exit::not_found || !is_name) return refuse(std::move(user).error());
        const Trail gone{"user:" + args.words[0], {}};
        const auto rows = fetch(client, gone, {}, 0, 1);
        if (!rows || rows->total == 0) return refuse(std::move(user).error());
        return gone;
    }
    const bool asks_for_all = args.has("everyone") || args.has("attempt") || args.has("txn");
    const Fields me = TRY(client.who_am_i());
    if (asks_for_all || !me.contains("name")) return Trail{};
    return Trail{{}, TRY(client.get_user(text_of(me, "name"))).path};
}

Answer<Fields> query_of(const Args& args, std::int64_t now) {
    Fields query;
    if (args.has("reason")) query["reason"] = args.text("reason");
    if (args.has("attempt")) {
        std::string reference = args.text("attempt");
        std::transform(reference.begin(), reference.end(), reference.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        query["attempt"] = reference;
    }
    if (args.has("since")) {
        const std::string since = args.text("since");
        const auto ago = parse_duration(since);
        query["since"] = ago ? std::max<std::int64_t>(now - *ago, 0) : TRY(parse_time(since, now));
    }
    if (args.has("txn")) {
        const auto txn = parse_number(args.text("txn"));
        if (!txn || *txn > INT64_MAX) return refuse(Exit::usage, "--txn is a number");
        query["txn"] = static_cast<std::int64_t>(*txn);
    }
    return query;
}

// One a line, in JSON too.
void show_row(Output& out, const Fields& row) {
    const std::string line = out.json() ? to_text(to_json(readable_row(row, false), 'l'))
                                        : log_line(readable_row(row, true), rfc3339(number_of(row, "time")));
    out.text(line + "\n");
    out.flush();
}

// How many rows stand before the new ones.
Answer<std::uint64_t> rows_before(const Args& args) {
    if (args.has("all") || args.has("offset"))
        return refuse(Exit::usage, "--follow goes with --limit, not with --all or --offset");
    if (!args.has("limit")) return shown_before_following;
    const auto limit = parse_number(args.text("limit"));
    if (limit && *limit > 0 && *limit <= most_before_following) return *limit;
    return refuse(problem(Exit::usage, "--limit is a number from 1 to {} here, not \"{}\"",
                          most_before_following, escaped(args.text("limit")))
                      .with_field("limit"));
}

Answer<void> follow(Client& client, const Args& args, const Trail& trail, Fields query, Output& out) {
    const auto wanted = TRY(rows_before(args));
    const Page last = TRY(fetch(client, trail, query, 0, wanted));
    std::int64_t after = 0;
    for (auto row = last.rows.rbegin(); row != last.rows.rend(); ++row) {
        after = std::max(after, number_of(*row, "number"));
        if (number_of(*row, "number") > 0) show_row(out, *row);
    }
    query["wait"] = wait_seconds;
    for (;;) {
        query["after"] = after;
        const Page page = TRY(fetch(client, trail, query, 0, 1000));
        for (const Fields& row : page.rows) {
            after = std::max(after, number_of(row, "number"));
            show_row(out, row);
        }
    }
}

Answer<void> verify(Client& client, Output& out) {
    const Chain chain = TRY(client.verify_audit());
    Fields summary = chain.summary;
    std::vector<std::string> checkpoints;
    for (const Fields& one : chain.checkpoints) {
        const auto* time = std::get_if<std::int64_t>(&value_of(one, "time"));
        checkpoints.push_back(fmt::format("{} {}: rows up to {} were dropped", rfc3339(time ? *time : 0),
                                          text_of(one, "number"), text_of(one, "dropped_to")));
    }
    summary["checkpoints"] = checkpoints;
    summary["whole"] = !summary.contains("broken");
    if (out.json()) {
        out.object(summary, 'v', false);
    } else {
        const auto head = text_of(summary, "head");
        if (!summary.contains("broken"))
            out.line(fmt::format("The audit trail is whole: {} rows, {} to {}.", text_of(summary, "rows"),
                                 text_of(summary, "first"), head));
        out.line(fmt::format("head {} {}", head, text_of(summary, "head_hash")));
        for (const auto& line : checkpoints) out.line("checkpoint " + line);
    }
    if (!summary.contains("broken")) return {};
    return refuse(problem(Exit::invalid, "the audit trail does not hold: {}", text_of(summary, "problem"))
                      .with_hint("compare the rows with the journal, and with a backup"));
}

Answer<void> log(Client& client, const Args& args, Output& out) {
    if (args.has("verify")) return verify(client, out);
    const Fields query = TRY(query_of(args, out.options().now));
    const Trail trail = TRY(trail_of(client, args));
    if (args.has("follow")) return follow(client, args, trail, query, out);
    const Listing wanted{
        "rows",
        'l',
        {"time", "actor", "action", "subject", "reason", "count", "attempt", "origin", "changes"},
        {},
        0,
        0,
        0};
    return print_list(args, out, wanted, [&](auto offset, auto limit) -> Answer<Page> {
        auto page = TRY(fetch(client, trail, query, offset, limit));
        for (Fields& row : page.rows) row = readable_row(std::move(row), out.human());
        return page;
    });
}

const Option log_options[] = {
    {"follow", 'f', "", "Show the last rows, then each new one as it is written"},
    {"about", 0, "WHAT", "What was done to this: group:web, user:alice, role:helpdesk"},
    {"since", 0, "TIME", "Not before this time; a length of time counts back from now (2h)"},
    {"reason", 0, "WORD", "Only with this reason: bad-code, locked-out"},
    {"attempt", 0, "REF", "The login attempt with the reference that the person was shown"},
    {"txn", 0, "NUMBER", "What one change of the directory did, by its generation"},
    {"everyone", 0, "", "The whole trail, not only the caller's own rows"},
    {"verify", 0, "", "Check the whole chain; print its head and its checkpoints"},
};

}  // namespace

Fields readable_row(Fields row, bool for_people) {
    const auto* text = std::get_if<std::string>(&value_of(row, "detail"));
    const json detail = text ? json::parse(*text, nullptr, false) : json::object();
    if (!detail.is_object()) return row;
    if (detail.contains("count") && detail["count"].is_number_integer())
        row["count"] = detail["count"].get<std::int64_t>();
    row["changes"] = changes_of(detail);
    if (!for_people) return row;
    const std::string service = text_in(detail, "service"), rhost = text_in(detail, "rhost");
    if (!service.empty()) row["origin"] = service + (rhost.empty() ? "" : " from " + rhost);
    return row;
}

std::string log_line(const Fields& row, std::string_view time) {
    const auto part = [&](const char* name) { return escaped(text_of(row, name)); };
    std::string line =
        fmt::format("{} {} {}", time, part("actor").empty() ? "-" : part("actor"), part("action"));
    if (!part("subject").empty()) line += " " + part("subject");
    if (row.contains("count")) line += " ×" + part("count");
    if (!part("reason").empty()) line += " " + part("reason");
    if (!part("attempt").empty()) line += " [" + part("attempt") + "]";
    line += " (" + part("origin") + ")";
    if (!part("changes").empty()) line += ": " + part("changes");
    return line;
}

std::span<const Command> log_commands() {
    static const Command commands[] = {
        {"log", "", "[USER]", "Show what was done, by whom, and how logins went", log, log_options,
         Trait::pages,
         "Without a user: the caller's own rows; root, whom the directory does not know, sees "
         "all. The rows of others take the right to read private fields.\n\n"
         "Wrong tries of one account and source share one row when there are more than five in "
         "ten minutes; its count says how many. Such a row has no number while the ten minutes "
         "last.\n\n"
         "Each row carries a hash over itself and the row before. --verify names the first row "
         "that was changed, removed or put in; keep the head that it prints somewhere else, since "
         "who can write the store could make a whole new chain. Rows that were dropped for age or "
         "size (audit.keep, audit.max_size) leave a checkpoint."},
    };
    return commands;
}

}  // namespace userd::ctl
