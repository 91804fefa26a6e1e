// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking at users: get, list, search.
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/field.h"
#include "ctl/host_accounts.h"
#include "ctl/list.h"
#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/suggest.h"
#include "ctl/target.h"
#include "ctl/time_text.h"
#include "ctl/user_change.h"
#include "ctl/validate.h"
#include "ctl/yaml_text.h"

namespace userd::ctl {
namespace {

// systemd's user record (systemd.io/USER_RECORD), for tools that read those.
std::string userdb_record(const Fields& record) {
    static const std::pair<const char*, const char*> names[] = {{"userName", "name"},
                                                                {"uid", "uid"},
                                                                {"gid", "gid"},
                                                                {"realName", "display_name"},
                                                                {"emailAddress", "email"},
                                                                {"shell", "shell"},
                                                                {"homeDirectory", "home"},
                                                                {"memberOf", "groups"}};
    nlohmann::ordered_json result = {{"disposition", "regular"}, {"service", "org.userd1"}};
    for (const auto& [theirs, ours] : names)
        if (record.contains(ours)) result[theirs] = to_json(ours, value_of(record, ours));
    result["locked"] = text_of(record, "state") != "active";
    return to_text(result, 2) + "\n";
}

Answer<void> check_fields(const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (!find_field(name)) return refuse(unknown_field(name));
    return {};
}

// An empty value would say that the field is not set.
Answer<void> check_visible(const Fields& record, const std::vector<std::string>& names) {
    if (!hides_private(record)) return {};
    for (const std::string& name : names)
        if (is_private(*find_field(name)))
            return refuse(Problem{Exit::denied, "org.freedesktop.DBus.Error.AccessDenied",
                                  fmt::format("user not authorized: only an admin may see {} of {}", name,
                                              text_of(record, "name")),
                                  "the same with sudo", name, text_of(record, "name")});
    return {};
}

Answer<void> show(const std::vector<Fields>& records, const Args& args, Output& out) {
    const std::vector<std::string> wanted = args.all("property");
    const std::string form = args.text("output");
    for (const Fields& record : records) {
        if (form == "yaml") {
            out.text((records.size() > 1 ? "---\n" : "") + to_yaml(to_json(record, 'u')));
        } else if (form == "userdb") {
            out.text(userdb_record(record));
        } else if (!wanted.empty()) {
            out.values(record, wanted);
        }
    }
    if (!form.empty() || !wanted.empty()) return {};
    if (args.words.size() > 1 || records.size() > 1) {
        out.objects(records, 'u', args.has("all"));
    } else if (!records.empty()) {
        out.object(records.front(), 'u', args.has("all"));
    }
    return {};
}

Answer<void> get(Client& client, const Args& args, Output& out) {
    TRY(check_fields(args.all("property")));
    if (args.words.empty()) return show({TRY(user_or_self(client, args)).record}, args, out);
    std::vector<Fields> records;
    const auto done = for_each(TRY(targets(args)), out, [&](const std::string& target) -> Answer<void> {
        Found found = TRY(client.get_user(target));
        TRY(check_visible(found.record, args.all("property")));
        TRY(check_visible(found.record, out.options().columns));
        records.push_back(std::move(found.record));
        return {};
    });
    TRY(show(records, args, out));
    return done;
}

const Option get_options[] = {
    {"all", 'a', "", "Also the fields that are not set"},
    {"property", 'p', "FIELD", "Only the value of this field", true},
    {"output", 0, "yaml|userdb", "As YAML, or as systemd's user record"},
};

Answer<Fields> list_query(const Args& args) {
    Fields query;
    for (const char* name : {"state", "group", "role", "tag", "class", "source", "mfa", "sort"})
        if (args.has(name)) query[name] = args.text(name);
    if (args.has("disabled")) query["state"] = std::string("suspended");
    for (const char* name : {"locked", "never"})
        if (args.has(name)) query[name] = true;
    for (const char* name : {"stale", "expiring"})
        if (args.has(name)) query[name] = TRY(parse_duration(args.text(name)));
    std::string sort = args.text("sort");
    if (sort.starts_with('-')) sort.erase(0, 1);
    if (!sort.empty() && !find_field(sort)) return refuse(unknown_field(sort));
    return query;
}

const std::vector<std::string> list_columns = {"name", "uid", "state", "factors", "groups", "last_login"};
const std::vector<std::string> public_columns = {"name", "uid", "state", "groups"};

// Nobody was found: is it that what was asked for is not there at all? A slip of the finger must not read
// like an answer.
Answer<void> check_filters(Client& client, const Args& args) {
    if (args.has("group")) {
        const auto group = client.get_group(args.text("group"));
        if (!group && !has_local_group(args.text("group"))) return refuse(group.error());
    }
    if (args.has("role"))
        if (const auto role = client.get_role(args.text("role")); !role) return refuse(role.error());
    TRY(check_source(client, args));
    if (!args.has("class")) return {};
    const auto loaded = load_config(config_root());
    if (loaded.config) TRY(check_known("class", args.text("class"), loaded.config->classes));
    return {};
}

Answer<void> print_users(Client& client, const Fields& query, const Args& args, Output& out) {
    const auto fetch = [&](auto offset, auto limit) { return client.list_users(query, offset, limit); };
    return print_list(args, out, {"users", 'u', list_columns}, fetch,
                      [&](const Page& first, Listing& wanted) -> Answer<void> {
                          if (first.total == 0) TRY(check_filters(client, args));
                          if (first.rows.empty() || !hides_private(first.rows.front())) return {};
                          TRY(check_visible(first.rows.front(), out.options().columns));
                          wanted.columns = public_columns;
                          return {};
                      });
}

Answer<void> list(Client& client, const Args& args, Output& out) {
    return print_users(client, TRY(list_query(args)), args, out);
}

Answer<void> search(Client& client, const Args& args, Output& out) {
    Fields query = TRY(list_query(args));
    query["text"] = args.words[0];
    if (args.has("in")) {
        const std::string given = args.text("in");  // what split gives out lies in it
        std::vector<std::string> names;
        for (const std::string_view word : split(given, ','))
            names.emplace_back(word == "email"      ? "mail"
                               : word == "tags"     ? "tag"
                               : word == "metadata" ? "meta"
                                                    : word);
        query["in"] = names;
    }
    return print_users(client, query, args, out);
}

#define LIST_OPTIONS                                                                                      \
    {"state", 0, "pending|active|suspended", "In this state"},                                            \
        {"disabled", 0, "", "The same as --state suspended"}, {"locked", 0, "", "Locked by wrong tries"}, \
        {"group", 0, "GROUP", "In this group"}, {"role", 0, "ROLE", "With this role"},                    \
        {"tag", 0, "TAG", "With this tag"}, {"class", 0, "CLASS", "Of this class"},                       \
        {"source", 0, "local|SOURCE", "Of this host, or of this directory server"},                       \
        {"mfa", 0, "yes|no", "With, or without, an authenticator"},                                       \
        {"stale", 0, "DURATION", "Without a login for so long"}, {"never", 0, "", "Without any login"},   \
        {"expiring", 0, "DURATION", "Whose expires lies within so long"}, {                               \
        "sort", 0, "FIELD", "In this order; -FIELD: backwards"                                            \
    }

const Option list_options[] = {LIST_OPTIONS};
const Option search_options[] = {{"in", 0, "PLACE,…", "Look only there: name, mail, phone, tag, meta"},
                                 LIST_OPTIONS};

}  // namespace

std::span<const Command> user_commands() {
    static const Command commands[] = {
        create_command(),
        {"user", "get", "[TARGET…]", "Show users, without a target yourself", get, get_options},
        {"user", "list", "", "List users", list, list_options, Trait::pages},
        {"user", "search", "TEXT", "List the users in whose fields a text stands", search, search_options,
         Trait::pages},
        update_command(),
        edit_command(),
        rename_command(),
    };
    return commands;
}

}  // namespace userd::ctl
