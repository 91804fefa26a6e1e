// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/account.h"

#include <fmt/core.h>

#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/email.h"
#include "daemon/directory/phone.h"
#include "daemon/directory/plain_text.h"
#include "daemon/model/remote.h"

namespace userd {

namespace {

std::string or_nothing(Result<std::string> parsed) {
    return parsed ? *std::move(parsed) : std::string();
}

// A template with {name} and {uid}; what they stand for is not looked at again.
std::string filled(std::string_view text, const User& user) {
    const std::pair<std::string_view, std::string> words[] = {{"{name}", user.name},
                                                              {"{uid}", std::to_string(user.uid)}};
    std::string result;
    while (!text.empty()) {
        const auto word = std::find_if(std::begin(words), std::end(words),
                                       [&](const auto& one) { return text.starts_with(one.first); });
        const bool is_word = word != std::end(words);
        result += is_word ? std::string_view(word->second) : text.substr(0, 1);
        text.remove_prefix(is_word ? word->first.size() : 1);
    }
    return result;
}

std::string path_or_nothing(std::string_view text) {
    return text.empty() ? std::string() : or_nothing(parse_path(text, "path"));
}

std::string home_of(const User& user, std::string_view told, const LdapSource& source, const Config& config) {
    const auto& ours = source.overrides;
    if (!ours.home.empty()) return filled(ours.home, user);
    auto home = path_or_nothing(told);
    const auto& prefix = ours.home_prefix_strip;
    // A whole part of the path: /nfs is not cut from /nfsroot/alice, and no home becomes the root of all.
    if (!prefix.empty() && home.starts_with(prefix) && home.size() > prefix.size() + 1 &&
        home[prefix.size()] == '/')
        home.erase(0, prefix.size());
    return home.empty() ? filled(config.users.home, user) : home;
}

// `shell_missing`: where the server names none, or one that this host does not have.
std::string shell_of(std::string_view told, const LdapSource& source, const Config& config,
                     const HostFiles& host) {
    const auto& ours = source.overrides;
    if (!ours.shell.empty()) return ours.shell;
    auto shell = path_or_nothing(told);
    if (!ours.shell_missing.empty() && (shell.empty() || !host.is_shell(shell))) return ours.shell_missing;
    return shell.empty() ? config.users.shell : shell;
}

}  // namespace

void take_facts(User& user, const wire::LdapEntry& facts, const LdapSource& source, const Config& config,
                const HostFiles& host) {
    user.first_name = or_nothing(parse_gecos(facts.first_name, "first_name"));
    user.last_name = or_nothing(parse_gecos(facts.last_name, "last_name"));
    user.display_name = or_nothing(parse_gecos(facts.display_name, "display_name"));
    if (user.display_name.empty())
        user.display_name = std::string(trimmed(fmt::format("{} {}", user.first_name, user.last_name)));
    const auto email = Email::parse(trimmed(facts.email), {});
    user.email = email ? email->text : std::string();
    user.phone = or_nothing(parse_phone(facts.phone));
    user.shell = shell_of(facts.shell, source, config, host);
    user.home = home_of(user, facts.home, source, config);
    user.expires_there = facts.ends_at == 0
                             ? std::nullopt
                             : std::optional(from_unix(static_cast<std::int64_t>(facts.ends_at)));
}

bool bar(User& user, Barred barred) {
    const bool is_out = user.state == UserState::suspended;
    const bool by_server = is_suspended_by_server(user);
    if (barred == Barred::no) {
        if (!is_out || !by_server) return false;
        user.state = UserState::active;
        user.state_reason.clear();
        user.suspended_until.reset();
        return true;
    }
    if (is_out && !by_server) {
        user.suspended_until.reset();
        return false;
    }
    user.state = UserState::suspended;
    user.state_reason =
        barred == Barred::vanished ? vanished_reason(user.source) : disabled_reason(user.source);
    user.suspended_until.reset();
    return !is_out;
}

}  // namespace userd
