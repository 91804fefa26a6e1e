// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/user_fields.h"

#include <algorithm>

#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

const Option options[] = {
    {"first-name", 0, "TEXT", "First name"},
    {"last-name", 0, "TEXT", "Last name"},
    {"display-name", 0, "TEXT", "Full name as shown; else first and last name"},
    {"email", 'e', "ADDRESS", "Mail address"},
    {"phone", 0, "NUMBER", "Phone number, in any common form: \"+44 (0)1234 56789\""},
    {"kind", 0, "person|service|sftp", "person; service: keys only; sftp: files only, in a chroot"},
    {"primary-group", 0, "GROUP", "Primary group; left out: a private group of the user's own name"},
    {"group", 'g', "GROUP",
     "Put into this group, of the directory or of /etc/group; in update also +GROUP, -GROUP", true},
    {"role", 0, "ROLE", "This role alone; in update also +ROLE and -ROLE", true},
    {"super-user", 0, "", "The same as --role admin"},
    {"class", 0, "CLASS", "Resource class"},
    {"mfa", 0, "inherit|off|optional|required", "Policy for one-time codes"},
    {"enrol-until", 0, "TIME", "Until then a login sets up codes that it must have; never: it does not"},
    {"uid", 0, "NUMBER", "This uid, instead of the next free one"},
    {"shell", 0, "PATH", "Login shell"},
    {"home", 0, "PATH", "Home directory"},
    {"tag", 0, "TAG,…", "Tags; in update also +TAG and -TAG", true},
    {"meta", 0, "KEY=VALUE", "A value of your own; a.b=V nests, KEY= removes", true},
    {"notify", 0, "all|security|none", "Mails to the user"},
    {"not-before", 0, "TIME", "No login before this time"},
    {"expires", 0, "TIME", "No login after this time; never: no end"},
    {"must-change", 0, "", "The password must be changed at the next login"},
};

// The option --first-name sets the field first_name.
std::string field_name(std::string_view option) {
    if (option == "group") return "groups";
    if (option == "tag") return "tags";
    if (option == "role") return "roles";
    if (option == "meta") return "metadata";
    std::string name(option);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

// "web,ops" is the whole list, "+ops" adds, "-web" takes away; the daemon applies them in one transaction.
void add_list(Fields& fields, const std::string& name, const std::vector<std::string>& words) {
    std::map<std::string, std::vector<std::string>> lists;
    for (const std::string& word : words)
        for (const std::string_view part : split(word, ',')) {
            if (part.empty()) continue;
            const bool edits = part[0] == '+' || part[0] == '-';
            const std::string key = part[0] == '+' ? name + "_add" : part[0] == '-' ? name + "_remove" : name;
            lists[key].emplace_back(part.substr(edits ? 1 : 0));
        }
    if (lists.empty()) lists[name];  // --tag "": the empty list
    for (auto& [key, list] : lists) fields[key] = std::move(list);
}

// a.b=V sets the value at that path, K= removes it; the daemon merges.
Answer<Value> meta_edits(const std::vector<std::string>& words) {
    std::map<std::string, std::string> edits;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return refuse(problem(Exit::usage, "--meta takes KEY=VALUE, not \"{}\"", escaped(word))
                              .with_field("metadata"));
        edits[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return Value(edits);
}

Answer<Value> read_value(std::string_view field, const std::string& text, std::int64_t now) {
    switch (shape_of(field)) {
        case Shape::time: {
            auto time = parse_time(text, now);
            if (!time) return refuse(std::move(time).error().with_field(std::string(field)));
            return Value(*time);
        }
        case Shape::number: {
            const auto number = parse_number(text);
            if (!number || *number > UINT32_MAX)
                return refuse(problem(Exit::usage, "\"{}\" is not a number", escaped(text))
                                  .with_field(std::string(field)));
            return Value(static_cast<std::int64_t>(*number));
        }
        default:
            return Value(text);
    }
}

}  // namespace

std::span<const Option> user_field_options() {
    return options;
}

std::vector<std::string> settable_fields() {
    std::vector<std::string> names;
    for (const Option& option : options)
        if (option.name != "uid" && option.name != "kind") names.push_back(field_name(option.name));
    names.emplace_back("local_groups");
    return names;
}

Answer<Fields> user_fields(const Args& args, std::int64_t now) {
    Fields fields;
    for (const Option& option : options) {
        if (!args.has(option.name)) continue;
        const std::string name = field_name(option.name);
        if (option.name == "super-user") {
            fields["roles"] = std::vector<std::string>{"admin"};
        } else if (option.value.empty()) {
            fields[name] = true;
        } else if (name == "metadata") {
            fields[name] = TRY(meta_edits(args.all(option.name)));
        } else if (name == "tags" || name == "groups" || name == "roles") {
            add_list(fields, name, args.all(option.name));
        } else {
            fields[name] = TRY(read_value(name, args.text(option.name), now));
        }
    }
    return fields;
}

}  // namespace userd::ctl
