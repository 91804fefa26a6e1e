// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/model/host_account.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"
#include "common/names.h"

namespace userd {
namespace {

enum Field { name, uid, gecos, home, shell, changed, expires, groups, fingerprint, hash, count };

std::string day_text(std::optional<std::int64_t> day) {
    return day ? std::to_string(*day) : "";
}

std::optional<std::int64_t> parse_day(std::string_view text) {
    const auto number = parse_number(text);
    if (!number || *number > 10'000'000) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

}  // namespace

Secret to_text(const HostAccount& account) {
    const std::string plain =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", account.name, account.uid, account.gecos,
                    account.home, account.shell, day_text(account.changed_day), day_text(account.expires_day),
                    fmt::join(account.groups, ","), account.fingerprint);
    Secret text = Secret::with_size(plain.size() + account.hash.size());
    const auto end = std::copy(plain.begin(), plain.end(), text.data());
    std::copy(account.hash.bytes().begin(), account.hash.bytes().end(), end);
    return text;
}

Result<HostAccount> parse_host_account(std::string_view text) {
    const auto fields = split(text, '\n');
    const auto number = fields.size() == count ? parse_number(fields[uid]) : std::nullopt;
    const auto print = fields.size() == count ? parse_number(fields[fingerprint]) : std::nullopt;
    if (!number || !print || *number > UINT32_MAX || is_reserved_id(static_cast<std::uint32_t>(*number)) ||
        !is_lookup_name(fields[name]) || fields[hash].empty())
        return fail(Errc::internal, "what userd-homes told of an account cannot be read");
    HostAccount account;
    account.name = fields[name];
    account.uid = static_cast<std::uint32_t>(*number);
    account.gecos = fields[gecos];
    account.home = fields[home];
    account.shell = fields[shell];
    account.changed_day = parse_day(fields[changed]);
    account.expires_day = parse_day(fields[expires]);
    for (const auto group : split(fields[groups], ','))
        if (!group.empty()) account.groups.emplace_back(group);
    account.fingerprint = *print;
    account.hash = Secret(fields[hash]);
    return account;
}

}  // namespace userd
