// SPDX-License-Identifier: LGPL-2.1-or-later
// Roles, and who holds them.
#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/enrolment.h"
#include "ctl/list.h"
#include "ctl/output.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + escaped(name);
    return text;
}

// "a,b" is the whole list, "+a" adds, "-a" takes away.
void add_list(Fields& fields, const std::string& name, const std::vector<std::string>& words) {
    std::map<std::string, std::vector<std::string>> lists;
    for (const std::string& word : words)
        for (const std::string_view part : split(word, ',')) {
            if (part.empty()) continue;
            const bool edits = part[0] == '+' || part[0] == '-';
            lists[name + (part[0] == '+'   ? "_add"
                          : part[0] == '-' ? "_remove"
                                           : "")]
                .emplace_back(part.substr(edits ? 1 : 0));
        }
    if (lists.empty()) lists[name];  // --scope "": the empty list
    for (auto& [key, list] : lists) fields[key] = std::move(list);
}

Fields role_fields(const Args& args) {
    Fields fields;
    if (args.has("description")) fields["description"] = args.text("description");
    if (args.has("grant")) add_list(fields, "grants", args.all("grant"));
    if (args.has("scope")) add_list(fields, "scope", args.all("scope"));
    if (args.has("exclude")) add_list(fields, "excluded", args.all("exclude"));
    if (args.has("group")) add_list(fields, "groups", args.all("group"));
    return fields;
}

Answer<void> create(Client& client, const Args& args, Output& out) {
    const Found made = TRY(client.create_role(args.words[0], role_fields(args)));
    out.changed("created", made.record, fmt::format("Created role {}.", text_of(made.record, "name")), 'r');
    return {};
}

Answer<void> get(Client& client, const Args& args, Output& out) {
    std::vector<Fields> records;
    const auto done = for_each(TRY(targets(args)), out, [&](const std::string& target) -> Answer<void> {
        records.push_back(TRY(client.get_role(target)).record);
        return {};
    });
    if (args.words.size() > 1) {
        out.objects(records, 'r', args.has("all"));
    } else if (!records.empty()) {
        out.object(records.front(), 'r', args.has("all"));
    }
    return done;
}

Answer<void> list(Client& client, const Args& args, Output& out) {
    const Listing wanted{"roles", 'r', {"name", "description", "scope"}, {}, 0, 0, 0};
    return print_list(args, out, wanted,
                      [&](auto offset, auto limit) { return client.list_roles(offset, limit); });
}

Answer<void> update(Client& client, const Args& args, Output& out) {
    const Fields fields = role_fields(args);
    if (fields.empty())
        return refuse(
            problem(Exit::usage, "no field to change was given").with_hint("userctl role update --help"));
    const Found found = TRY(client.get_role(args.words[0]));
    const Change change = TRY(client.update_role(found.path, fields));
    const std::string name = text_of(found.record, "name");
    if (change.changed)
        out.changed("updated", change.record, fmt::format("Updated role {}.", name), 'r');
    else
        out.unchanged(change.record, "role " + name, 'r');
    return {};
}

Answer<void> remove(Client& client, const Args& args, Output& out) {
    const auto names = TRY(targets(args));
    TRY(make_sure(args, names.size() == 1 ? fmt::format("Delete the role {}?", escaped(names[0]))
                                          : fmt::format("Delete {} roles?", names.size())));
    return for_each(names, out, [&](const std::string& target) -> Answer<void> {
        const Found found = TRY(client.get_role(target));
        TRY(client.change_role(found.path, "Delete"));
        out.changed("deleted", found.record, fmt::format("Deleted role {}.", text_of(found.record, "name")),
                    'r');
        return {};
    });
}

// The users among the arguments: all after the role.
Answer<std::vector<std::string>> users_of(const Args& args) {
    Args rest = args;
    rest.words.erase(rest.words.begin());
    return targets(rest);
}

Answer<void> grant(Client& client, const Args& args, Output& out) {
    const auto users = TRY(users_of(args));
    const Found found = TRY(client.get_role(args.words[0]));
    const Change change = TRY(client.change_holders(found.path, "Grant", users));
    if (change.changed)
        out.changed("updated", change.record,
                    fmt::format("Granted {} to {}.{}", args.words[0], joined(users),
                                about_enrolment({}, change.record, out.options().now)),
                    'r');
    else
        out.unchanged(change.record, fmt::format("{} granted to {} already", args.words[0], joined(users)),
                      'r');
    return {};
}

Answer<void> revoke(Client& client, const Args& args, Output& out) {
    const auto users = TRY(users_of(args));
    const Found found = TRY(client.get_role(args.words[0]));
    const Change change = TRY(client.change_holders(found.path, "Revoke", users));
    if (change.changed)
        out.changed("updated", change.record,
                    fmt::format("Revoked {} from {}.", args.words[0], joined(users)), 'r');
    else
        out.unchanged(change.record, fmt::format("{} not granted to {}", args.words[0], joined(users)), 'r');
    return {};
}

Answer<void> members(Client& client, const Args& args, Output& out) {
    const Found found = TRY(client.get_role(args.words[0]));
    const Listing wanted{"members", 'h', {"name", "uid", "granted_by", "granted_at"}, {}, 0, 0, 0};
    return print_list(args, out, wanted, [&](auto offset, auto limit) {
        return client.list_holders(found.path, offset, limit);
    });
}

Answer<void> choose_default(Client& client, const Args& args, Output& out) {
    Args own = args;  // the argument is a role: whose is always the caller
    own.words.clear();
    const Found self = TRY(user_or_self(client, own));
    if (args.words.empty()) {
        out.values(self.record, {"role"});
        return {};
    }
    const std::string role = args.words[0] == "none" ? "" : args.words[0];
    const Change change = TRY(client.set_default_role(self.path, role));
    if (change.changed)
        out.changed("updated", change.record,
                    role.empty() ? std::string("Your calls have all your roles.")
                                 : fmt::format("Your calls drop to the role {}.", role),
                    'u');
    else
        out.unchanged(change.record, "default role", 'u');
    return {};
}

#define ROLE_OPTIONS                                                                               \
    {"description", 0, "TEXT", "What the role is for"},                                            \
        {"grant", 0, "GRANT,…", "What its holders may do: user.read, password.reset, …", true},    \
        {"scope", 0, "GROUP,…", "Only to the members of these groups, and to these groups", true}, \
        {"exclude", 0, "ROLE,…", "To nobody who holds one of these roles", true}, {                \
        "group", 'g', "GROUP,…", "Groups that come with the role, and go with it", true            \
    }
const Option role_options[] = {ROLE_OPTIONS};
const Option get_options[] = {{"all", 'a', "", "Also the fields that are not set"}};

constexpr std::string_view more_on_lists =
    "In update, +WORD adds to a list and -WORD takes away; words without a sign are the whole list.";
constexpr std::string_view more_on_grants =
    "Grants: user.read user.create user.update user.suspend user.unlock user.delete ssh-key.update "
    "password.reset mfa.reset mfa.code group.create group.update group.delete group.members role.manage "
    "role.grant directory.apply directory.check directory.repair audit.read.\n\n"
    "A role never reaches an account with more rights than its holder has, whatever its scope.";

}  // namespace

std::span<const Command> role_commands() {
    static const Command commands[] = {
        {"role", "list", "", "List roles", list, {}, Trait::pages},
        {"role", "get", "ROLE…", "Show roles", get, get_options},
        {"role", "create", "NAME", "Create a role", create, role_options, Trait::changes, more_on_grants},
        {"role", "update", "ROLE", "Change a role", update, role_options, Trait::changes, more_on_lists},
        {"role",
         "delete",
         "ROLE…",
         "Delete roles that nobody holds",
         remove,
         {},
         Trait::changes | Trait::destroys},
        {"role", "grant", "ROLE USER…", "Give a role to users", grant, {}, Trait::changes},
        {"role", "revoke", "ROLE USER…", "Take a role from users", revoke, {}, Trait::changes},
        {"role", "members", "ROLE", "List who holds a role", members, {}, Trait::pages},
        {"role",
         "default",
         "[ROLE]",
         "Show or choose the role that your own calls drop to",
         choose_default,
         {},
         Trait::changes,
         "none: your calls have all your roles. --as ROLE chooses another for one call."},
    };
    return commands;
}

}  // namespace userd::ctl
