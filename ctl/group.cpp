// SPDX-License-Identifier: LGPL-2.1-or-later
// Groups and their members.
#include <algorithm>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/enrolment.h"
#include "ctl/list.h"
#include "ctl/output.h"
#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

Answer<Fields> group_fields(const Args& args, std::int64_t now) {
    Fields fields;
    for (const char* name : {"description", "mfa"})
        if (args.has(name)) fields[name] = args.text(name);
    if (args.has("enrol-until")) fields["enrol_until"] = TRY(parse_time(args.text("enrol-until"), now));
    if (args.has("gid")) {
        const auto number = parse_number(args.text("gid"));
        if (!number || *number > UINT32_MAX)
            return refuse(
                problem(Exit::usage, "\"{}\" is not a number", escaped(args.text("gid"))).with_field("gid"));
        fields["gid"] = static_cast<std::int64_t>(*number);
    }
    for (const char* name : {"member", "administrator"}) {
        if (!args.has(name)) continue;
        std::vector<std::string> list;
        for (const std::string& word : args.all(name))
            for (const std::string_view one : split(word, ','))
                if (!one.empty()) list.emplace_back(one);
        fields[std::string(name) + "s"] = list;
    }
    return fields;
}

Answer<void> create(Client& client, const Args& args, Output& out) {
    const auto now = out.options().now;
    const Fields fields = TRY(group_fields(args, now));
    const Found made = TRY(client.create_group(args.words[0], fields));
    out.changed("created", made.record,
                fmt::format("Created group {} (gid {}).{}", text_of(made.record, "name"),
                            text_of(made.record, "gid"), about_enrolment({}, made.record, now)),
                'g');
    return {};
}

Answer<void> get(Client& client, const Args& args, Output& out) {
    std::vector<Fields> records;
    const auto done = for_each(TRY(targets(args)), out, [&](const std::string& target) -> Answer<void> {
        records.push_back(TRY(client.get_group(target)).record);
        return {};
    });
    if (args.words.size() > 1) {
        out.objects(records, 'g', args.has("all"));
    } else if (!records.empty()) {
        out.object(records.front(), 'g', args.has("all"));
    }
    return done;
}

// A page of groups comes without who is in them: one group may have more members than there are groups.
bool shows_people(const Output& out) {
    const auto& columns = out.options().columns;
    const auto has = [&](std::string_view name) {
        return std::find(columns.begin(), columns.end(), name) != columns.end();
    };
    return (out.json() && columns.empty()) || has("members") || has("administrators");
}

Answer<void> fetch_people(Client& client, Page& page) {
    for (Fields& row : page.rows) {
        auto group = client.get_group("gid:" + text_of(row, "gid"));
        if (group)
            row = std::move(group->record);
        else if (group.error().exit != Exit::not_found)  // else it was deleted just now
            return refuse(std::move(group).error());
    }
    return {};
}

Answer<void> print_groups(Client& client, const Args& args, Output& out, const std::string& text) {
    Fields query;
    if (!text.empty()) query["text"] = text;
    for (const char* name : {"source", "sort"})
        if (args.has(name)) query[name] = args.text(name);
    const Listing wanted{"groups", 'g', {"name", "gid", "description"}, {}, 0, 0, 0};
    const auto fetch = [&](auto offset, auto limit) -> Answer<Page> {
        auto page = TRY(client.list_groups(query, offset, limit));
        if (shows_people(out)) TRY(fetch_people(client, page));
        return page;
    };
    return print_list(args, out, wanted, fetch, [&](const Page& first, Listing&) -> Answer<void> {
        if (first.total == 0) TRY(check_source(client, args));
        return {};
    });
}

Answer<void> list(Client& client, const Args& args, Output& out) {
    return print_groups(client, args, out, {});
}

Answer<void> search(Client& client, const Args& args, Output& out) {
    return print_groups(client, args, out, args.words[0]);
}

Answer<void> update(Client& client, const Args& args, Output& out) {
    const auto now = out.options().now;
    const Fields fields = TRY(group_fields(args, now));
    const std::string new_name = args.text("name");
    if (fields.empty() && new_name.empty())
        return refuse(
            problem(Exit::usage, "no field to change was given").with_hint("userctl group update --help"));
    const Found found = TRY(client.get_group(args.words[0]));
    const std::string name = text_of(found.record, "name");
    bool changed = false;
    Fields record = found.record;
    auto take = [&](Change change) {
        changed = changed || change.changed;
        record = std::move(change.record);
    };
    std::string opened;
    if (!fields.empty()) take(TRY(client.update_group(found.path, fields, {})));
    opened = about_enrolment({}, record, now);
    if (!new_name.empty()) take(TRY(client.rename_group(found.path, new_name)));
    if (!changed) {
        out.unchanged(record, "group " + name, 'g');
    } else {
        const bool renamed = !new_name.empty() && new_name != name;
        out.changed("updated", record,
                    renamed ? fmt::format("Renamed group {} to {}.", name, new_name)
                            : fmt::format("Updated group {}.", name) + opened,
                    'g');
    }
    return {};
}

Answer<void> remove(Client& client, const Args& args, Output& out) {
    const auto names = TRY(targets(args));
    bool asked = false;
    return for_each(names, out, [&](const std::string& target) -> Answer<void> {
        const Found found = TRY(client.get_group(target));
        const std::string name = text_of(found.record, "name");
        const auto deed = [&]() -> Answer<void> {
            TRY(client.change_group(found.path, "Delete", {}));
            return {};
        };
        if (!asked)
            TRY(make_sure(client, args,
                          names.size() == 1 ? fmt::format("Delete the group {} for good?", name)
                                            : fmt::format("Delete {} groups for good?", names.size()),
                          deed));
        asked = true;
        TRY(deed());
        out.changed("deleted", found.record,
                    fmt::format("Deleted group {} (gid {}).", name, text_of(found.record, "gid")), 'g');
        return {};
    });
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + escaped(name);
    return text;
}

// The members among the arguments: all after the group.
Answer<std::vector<std::string>> members_of(const Args& args) {
    Args rest = args;
    rest.words.erase(rest.words.begin());
    return targets(rest);
}

// The path of a group of the directory; empty: not one of those, so perhaps one of /etc/group.
Answer<std::string> path_of_ours(Client& client, const std::string& name) {
    auto found = client.get_group(name);
    if (found) return found->path;
    if (found.error().exit == Exit::not_found) return std::string();
    return refuse(std::move(found).error());
}

// When the membership is to end, in seconds; 0: never.
Answer<std::int64_t> end_of(const Args& args, std::int64_t now) {
    if (args.has("for") && args.has("until"))
        return refuse(Exit::usage, "--for and --until exclude each other");
    if (args.has("for")) return now + TRY(parse_duration(args.text("for")));
    if (!args.has("until")) return 0;
    return std::max<std::int64_t>(TRY(parse_time(args.text("until"), now)), 0);
}

Answer<void> add(Client& client, const Args& args, Output& out) {
    Fields options;
    const auto now = out.options().now;
    const auto until = TRY(end_of(args, now));
    if (until != 0) options["until"] = until;
    const auto members = TRY(members_of(args));
    const auto path = TRY(path_of_ours(client, args.words[0]));
    const Change change = TRY(path.empty() ? client.add_members(args.words[0], members, options)
                                           : client.change_members(path, "AddMembers", members, options));
    if (!change.changed) {
        out.unchanged(change.record, fmt::format("{}: already in {}", joined(members), args.words[0]), 'g');
        return {};
    }
    const std::string end = until == 0        ? ""
                            : args.has("for") ? " for " + friendly_span(until - now)
                                              : " until " + rfc3339(until);
    out.changed("updated", change.record,
                fmt::format("Added {} to {}{}.{}", joined(members), args.words[0], end,
                            about_enrolment({}, change.record, now)),
                'g');
    return {};
}

Answer<void> take_out(Client& client, const Args& args, Output& out) {
    const auto members = TRY(members_of(args));
    const auto path = TRY(path_of_ours(client, args.words[0]));
    const Change change = TRY(path.empty() ? client.remove_members(args.words[0], members)
                                           : client.change_members(path, "RemoveMembers", members, {}));
    if (!change.changed) {
        out.unchanged(change.record, fmt::format("{}: not in {}", joined(members), args.words[0]), 'g');
    } else {
        out.changed("updated", change.record,
                    fmt::format("Removed {} from {}.{}", joined(members), args.words[0],
                                about_enrolment({}, change.record, out.options().now)),
                    'g');
    }
    return {};
}

Answer<void> members(Client& client, const Args& args, Output& out) {
    const Found found = TRY(client.get_group(args.words[0]));
    const bool nested = args.has("nested");
    Listing wanted{"members", 'b', {"name", "type", "uid", "gid", "until"}, {}, 0, 0, 0};
    if (nested) wanted.columns = {"name", "uid", "until", "via"};
    return print_list(args, out, wanted, [&](auto offset, auto limit) {
        return client.list_members(found.path, nested, offset, limit);
    });
}

const Option create_options[] = {
    {"gid", 0, "NUMBER", "This gid, instead of the next free one"},
    {"description", 0, "TEXT", "What the group is for"},
    {"mfa", 0, "inherit|off|optional|required", "Policy for one-time codes of its members"},
    {"enrol-until", 0, "TIME",
     "With --mfa required: until then a login of who must have codes now sets them up"},
    {"member", 0, "MEMBER,…", "Exactly these members: users, and groups as group:NAME", true},
    {"administrator", 0, "USER,…", "Exactly these administrators", true},
};
const Option update_options[] = {
    {"name", 0, "NAME", "Give the group another name; its gid and its members stay"},
    {"description", 0, "TEXT", "What the group is for"},
    {"mfa", 0, "inherit|off|optional|required", "Policy for one-time codes of its members"},
    {"enrol-until", 0, "TIME",
     "With --mfa required: until then a login of who must have codes now sets them up"},
    {"member", 0, "MEMBER,…", "Exactly these members: users, and groups as group:NAME", true},
    {"administrator", 0, "USER,…", "Exactly these administrators", true},
};
const Option get_options[] = {{"all", 'a', "", "Also the fields that are not set"}};
const Option list_options[] = {{"source", 0, "local|SOURCE", "Of this host, or of this directory server"},
                               {"sort", 0, "FIELD", "In this order; -FIELD: backwards"}};
const Option member_options[] = {
    {"nested", 0, "", "All users, those in member groups too, and by which way"}};
const Option add_options[] = {
    {"for", 0, "DURATION", "Only for so long: 90s, 15m, 2h, 3d; the membership ends by itself"},
    {"until", 0, "TIME", "Only until then"},
};

}  // namespace

std::span<const Command> group_commands() {
    static const Command commands[] = {
        {"group", "create", "NAME", "Create a group", create, create_options, Trait::changes},
        {"group", "get", "GROUP…", "Show groups", get, get_options},
        {"group", "list", "", "List groups", list, list_options, Trait::pages},
        {"group", "search", "TEXT", "List the groups in whose name or description a text stands", search,
         list_options, Trait::pages},
        {"group", "update", "GROUP", "Change a group", update, update_options, Trait::changes},
        {"group", "delete", "GROUP…", "Delete groups for good", remove, {}, Trait::changes | Trait::destroys},
        {"group", "add", "GROUP MEMBER…", "Put users and groups into a group", add, add_options,
         Trait::changes,
         "MEMBER is a user, or a group, as group:NAME: its members are in GROUP as long as it is. "
         "GROUP may be a group of /etc/group that local_groups of userd.yaml lists; it takes "
         "users only. A membership without an end is not given one: take the member out first."},
        {"group",
         "remove",
         "GROUP MEMBER…",
         "Take users and groups out of a group",
         take_out,
         {},
         Trait::changes},
        {"group", "members", "GROUP", "List the members of a group", members, member_options, Trait::pages},
    };
    return commands;
}

}  // namespace userd::ctl
