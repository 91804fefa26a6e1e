// SPDX-License-Identifier: LGPL-2.1-or-later
// A state file (userd-state(5)) of what there is: applied where it was made, it changes nothing. What is only
// for a time, and every secret, is left out.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "daemon/bulk/exported.h"
#include "daemon/bulk/form.h"
#include "daemon/model/words.h"
#include "daemon/store/credentials.h"

namespace userd {

namespace {

// Without quotes only what every reader of YAML takes for the same text.
std::string yaml_text(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_plain = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/' ||
               c == '@';
    };
    static constexpr std::array<std::string_view, 9> words = {"null", "true", "false", "yes", "no",
                                                              "on",   "off",  "y",     "n"};
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const bool plain = !text.empty() && (is_letter(text[0]) || text[0] == '/' || text[0] == '_') &&
                       std::all_of(text.begin(), text.end(), is_plain) &&
                       std::find(words.begin(), words.end(), lower) == words.end();
    if (plain) return std::string(text);
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string yaml_list(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + yaml_text(word);
    return "[" + text + "]";
}

std::vector<std::string> words_of(std::string_view list) {
    const auto words = split(list, ',');
    return {words.begin(), words.end()};
}

bool is_time(std::string_view field) {
    return field == "not_before" || field == "expires";
}

class StateFile : public ExportWalk {
 public:
    explicit StateFile(const ExportRequest& request)
        : ExportWalk(request), set_(request.set), pins_(request.pin_ids) {}

 private:
    // One file is of one set. What belongs to another needs --take-over, once.
    Result<std::string> head() override {
        std::string text = "# Passwords and one-time codes are in no export.\n";
        if (const auto roles = TRY(exported_.own_roles()); !roles.empty())
            text += fmt::format("# Roles are made by userctl role, before this is applied: {}\n",
                                fmt::join(roles, ", "));
        if (set_.empty()) {
            auto sets = TRY(exported_.sets());
            const bool some_of_none = std::erase(sets, "") > 0;
            set_ = sets.size() == 1 ? sets.front() : "exported";
            if (some_of_none || sets.size() > 1)
                text += "# Not all of this belonged to the set: apply it with --take-over.\n";
        }
        return text + fmt::format("version: 1\nset: {}\nusers:\n", yaml_text(set_));
    }

    static void add_field(std::string& text, const Fields& record, const char* field) {
        const auto at = record.find(field);
        if (at == record.end()) return;
        if (const auto* word = std::get_if<std::string>(&at->second))
            text += fmt::format("    {}: {}\n", field,
                                field == std::string_view("metadata") ? *word : yaml_text(*word));
        else if (const auto* list = std::get_if<std::vector<std::string>>(&at->second))
            text += fmt::format("    {}: {}\n", field, yaml_list(*list));
        else if (const auto* number = std::get_if<std::int64_t>(&at->second))
            text += fmt::format("    {}: {}\n", field,
                                is_time(field) ? rfc3339(*number) : std::to_string(*number));
    }

    Result<std::string> told(const User& user, const Fields& record) override {
        std::string text = fmt::format("  - name: {}\n", yaml_text(user.name));
        if (pins_) add_field(text, record, "uid");
        if (user.kind != UserKind::person) add_field(text, record, "kind");
        text += fmt::format("    state: {}\n", to_word(user.state));
        for (const char* field :
             {"first_name", "last_name", "display_name", "email", "phone", "shell", "home", "primary_group"})
            add_field(text, record, field);
        text += fmt::format("    groups: {}\n", yaml_list(TRY(exported_.standing_groups(user))));
        text += fmt::format("    local_groups: {}\n", yaml_list(TRY(exported_.standing_local_groups(user))));
        text += role_line(TRY(exported_.roles(user)));
        for (const char* field : {"class", "tags", "metadata", "mfa", "notify", "not_before", "expires"})
            add_field(text, record, field);
        return text + TRY(ssh_keys(user));
    }

    static std::string role_line(const std::vector<std::string>& roles) {
        if (roles.size() > 1) return fmt::format("    roles: {}\n", yaml_list(roles));
        return fmt::format("    role: {}\n", roles.empty() ? "user" : yaml_text(roles.front()));
    }

    Result<std::string> ssh_keys(const User& user) {
        const auto keys = TRY(exported_.ssh_keys(user));
        if (keys.empty()) return std::string("    ssh_authorized_keys: []\n");
        std::string text = "    ssh_authorized_keys:\n";
        for (const auto& key : keys) {
            const auto line = fmt::format("{}{}{} {}{}{}", key.options, key.options.empty() ? "" : " ",
                                          key.type, key.key, key.comment.empty() ? "" : " ", key.comment);
            text += fmt::format("      - {{key: {}", yaml_text(line));
            if (key.expires) text += fmt::format(", expires: {}", rfc3339(to_unix(*key.expires)));
            if (!key.sources.empty()) text += fmt::format(", from: {}", yaml_list(words_of(key.sources)));
            text += "}\n";
        }
        return text;
    }

    std::string between() override { return "groups:\n"; }

    // A group that has groups in it lists its members itself.
    Result<std::string> told(const Group& group, const Fields& record) override {
        std::string text = fmt::format("  - name: {}\n", yaml_text(group.name));
        if (pins_) add_field(text, record, "gid");
        for (const char* field : {"description", "mfa", "administrators"}) add_field(text, record, field);
        if (TRY(exported_.lists_members(group.id)))
            text += fmt::format("    members: {}\n", yaml_list(TRY(exported_.standing_members(group))));
        return text;
    }

    std::string set_;
    bool pins_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> export_yaml(ExportRequest request) {
    return std::make_unique<StateFile>(std::move(request));
}

}  // namespace userd
