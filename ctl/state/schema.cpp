// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/state/schema.h"

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/state/keys.h"
#include "daemon/config/keys.h"

namespace userd::ctl {
namespace {

using Json = nlohmann::ordered_json;

const Json text = {{"type", "string"}};
const Json words = {{"type", "array"}, {"items", text}};

Json table(Json properties, std::vector<std::string> required = {}) {
    Json schema = {
        {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

Json or_null(Json schema) {
    return {{"anyOf", {std::move(schema), {{"type", "null"}}}}};
}

// Exactly one of the sources.
Json one_source(const std::vector<std::string_view>& sources, const Json& beside = Json::object()) {
    Json forms = Json::array();
    for (const auto source : sources) {
        Json properties = beside;
        properties[std::string(source)] = source == "generate" ? Json{{"const", true}} : text;
        forms.push_back(table(std::move(properties), {std::string(source)}));
    }
    return {{"anyOf", std::move(forms)}};
}

Json properties_of(StatePart part, bool defaults_only = false);

Json schema_of(const StateKey& key) {
    switch (key.form) {
        case StateForm::text:
        case StateForm::duration:
            return text;
        case StateForm::choice: {
            Json list = Json::array();
            for (const auto word : split(key.choices, '|')) list.push_back(std::string(word));
            if (key.choices.find("off") != std::string_view::npos) list.push_back(false);  // YAML 1.1's off
            return {{"enum", std::move(list)}};
        }
        case StateForm::number:
            return {{"type", "integer"}, {"minimum", 0}, {"maximum", 4294967295}};
        case StateForm::flag:
            return {{"type", "boolean"}};
        case StateForm::time:
            return {{"type", "string"}, {"pattern", "^(never|[0-9]{4}-[0-9]{2}-[0-9]{2}.*)$"}};
        case StateForm::limit:
            return {{"type", {"string", "integer"}}};
        case StateForm::words:
        case StateForm::hosts:
            return words;
        case StateForm::members:
            return {{"type", "array"},
                    {"items", {{"anyOf", {text, table({{"name", text}, {"hosts", words}}, {"name"})}}}}};
        case StateForm::metadata:
            return {{"type", "object"}};
        case StateForm::password: {
            Json schema = one_source({"hash_file", "sealed", "credential", "generate"},
                                     {{"update", {{"enum", {"on-create", "always"}}}}});
            schema["anyOf"].push_back({{"const", "none"}});
            return schema;
        }
        case StateForm::totp:
            return one_source({"file", "sealed"});
        case StateForm::ssh_keys:
            return {{"type", "array"},
                    {"items", {{"anyOf", {text, table(properties_of(StatePart::ssh_key), {"key"})}}}}};
    }
    return Json::object();
}

Json properties_of(StatePart part, bool defaults_only) {
    Json properties = Json::object();
    for (const StateKey* key : keys_of(part)) {
        if (defaults_only && !key->in_defaults) continue;
        Json schema = key->name == "name" || key->name == "key" || part == StatePart::options
                          ? schema_of(*key)
                          : or_null(schema_of(*key));
        schema["description"] = std::string(key->help);
        properties[std::string(key->name)] = std::move(schema);
    }
    return properties;
}

Json list_of(StatePart part) {
    return {{"type", {"array", "null"}}, {"items", table(properties_of(part), {"name"})}};
}

std::string finished(Json schema, const char* title) {
    Json whole = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
    whole.update(schema);
    return whole.dump(2) + "\n";
}

// scdoc reads _ and * as marks of emphasis.
std::string plain(std::string_view words_with_marks) {
    std::string result;
    for (const char c : words_with_marks) {
        if (c == '_' || c == '*' || c == '\\' || c == '`') result += '\\';
        result += c;
    }
    return result;
}

std::string_view form_word(const StateKey& key) {
    switch (key.form) {
        case StateForm::text:
            return "text";
        case StateForm::choice:
            return key.choices;
        case StateForm::number:
            return "number";
        case StateForm::flag:
            return "true or false";
        case StateForm::time:
            return "date, or never";
        case StateForm::duration:
            return "30d, 12h";
        case StateForm::limit:
            return "5%, or a number";
        case StateForm::words:
            return "list";
        case StateForm::members:
            return "list of names";
        case StateForm::metadata:
            return key.name == "users" || key.name == "groups" ? "list" : "table";
        case StateForm::password:
            return "{hash_file, sealed, credential or generate; update} or none";
        case StateForm::totp:
            return "{file or sealed}";
        case StateForm::ssh_keys:
            return "list of keys";
        case StateForm::hosts:
            return "list of globs";
    }
    return {};
}

}  // namespace

std::string state_schema() {
    Json properties = properties_of(StatePart::file);
    properties["version"] = {{"const", 1}};
    properties["defaults"] = table({{"users", table(properties_of(StatePart::user, true))},
                                    {"groups", table(properties_of(StatePart::group, true))}});
    properties["options"] = table(properties_of(StatePart::options));
    properties["groups"] = list_of(StatePart::group);
    properties["users"] = list_of(StatePart::user);
    return finished(table(std::move(properties), {"version"}), "State file of userd");
}

std::string userd_schema() {
    Json root = table({{"version", {{"const", 1}}}});
    for (const ConfigKey& key : config_keys()) {
        Json* at = &root;
        const auto parts = split(key.path, '.');
        for (std::size_t i = 0; i < parts.size(); ++i) {
            Json& properties = (*at)["properties"];
            const std::string name(parts[i]);
            if (i + 1 == parts.size())
                properties[name] = {{"description", std::string(key.help)}};
            else if (!properties.contains(name))
                properties[name] = table(Json::object());
            at = &properties[name];
        }
    }
    return finished(std::move(root), "Configuration of userd");
}

std::string state_page() {
    struct Section {
        StatePart part;
        const char* title;
    };
    const Section sections[] = {{StatePart::file, "KEYS OF THE FILE"},
                                {StatePart::options, "OPTIONS"},
                                {StatePart::group, "GROUPS"},
                                {StatePart::user, "USERS"},
                                {StatePart::ssh_key, "SSH KEYS"}};
    std::string page;
    for (const auto& section : sections) {
        page += fmt::format("# {}\n\n", section.title);
        for (const StateKey* key : keys_of(section.part))
            page += fmt::format("*{}*: {}\n\t{}{}\n\n", plain(key->name), plain(form_word(*key)),
                                plain(key->help), key->in_defaults ? " (may stand in defaults)" : "");
    }
    return page;
}

}  // namespace userd::ctl
