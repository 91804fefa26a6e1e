// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/user_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/render.h"
#include "ctl/suggest.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

using json = nlohmann::ordered_json;

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
    {"class", 0, "CLASS", "Resource class"},
    {"mfa", 0, "inherit|off|optional|required", "Policy for one-time codes"},
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

json metadata_of(const Fields& record) {
    const json value = to_json("metadata", value_of(record, "metadata"));
    return value.is_object() ? value : json::object();
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

Answer<Value> read_json(const std::string& field, const json& value, std::int64_t now) {
    auto wrong = [&](const char* wanted) {
        return refuse(problem(Exit::invalid, "{} is {}, not {}", field, wanted,
                              value.dump(-1, ' ', false, json::error_handler_t::replace))
                          .with_field(field));
    };
    if (value.is_null()) return shape_of(field) == Shape::time ? Value(std::int64_t{-1}) : Value();
    switch (shape_of(field)) {
        case Shape::flag:
            return value.is_boolean() ? Answer<Value>(value.get<bool>()) : wrong("true or false");
        case Shape::number:
            return value.is_number_unsigned() ? Answer<Value>(value.get<std::int64_t>()) : wrong("a number");
        case Shape::list: {
            std::vector<std::string> list;
            if (!value.is_array()) return wrong("a list of texts");
            for (const json& item : value) {
                if (!item.is_string()) return wrong("a list of texts");
                list.push_back(item.get<std::string>());
            }
            return Value(list);
        }
        default:
            if (!value.is_string()) return wrong("a text");
            return read_value(field, value.get<std::string>(), now);
    }
}

}  // namespace

std::span<const Option> user_field_options() {
    return options;
}

Answer<Fields> user_fields(const Args& args, std::int64_t now) {
    Fields fields;
    for (const Option& option : options) {
        if (!args.has(option.name)) continue;
        const std::string name = field_name(option.name);
        if (option.value.empty()) {
            fields[name] = true;
        } else if (name == "metadata") {
            fields[name] = TRY(meta_edits(args.all(option.name)));
        } else if (name == "tags" || name == "groups") {
            add_list(fields, name, args.all(option.name));
        } else {
            fields[name] = TRY(read_value(name, args.text(option.name), now));
        }
    }
    return fields;
}

Answer<Fields> fields_from_json(std::string_view text, const Fields& before, std::int64_t now) {
    const json patch = json::parse(text, nullptr, false);
    if (!patch.is_object())
        return refuse(
            problem(Exit::invalid, "the patch is not a JSON object").with_hint("{\"shell\": \"/bin/sh\"}"));
    Fields fields;
    for (const auto& [name, value] : patch.items()) {
        const Field* field = find_field(name);
        if (!field || field->of.find('u') == std::string_view::npos) return refuse(unknown_field(name));
        if (field->shape == Shape::table && value.is_object()) {
            json data = metadata_of(before);
            data.merge_patch(value);
            fields[name] = data.dump(-1, ' ', false, json::error_handler_t::replace);
        } else {
            fields[name] = TRY(read_json(name, value, now));
        }
    }
    return fields;
}

}  // namespace userd::ctl
