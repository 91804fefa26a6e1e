// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/remembered_codes.h"

#include <algorithm>

#include "daemon/config/scalars.h"
#include "daemon/login/tokens.h"

namespace userd {
namespace {

bool speaks_at(const LoginRule& rule, const CodePlace& place) {
    const auto is_sshd = [](const std::string& service) { return service == "sshd"; };
    if (rule.services.empty()) return true;
    return place.address.empty() ? !std::all_of(rule.services.begin(), rule.services.end(), is_sshd)
                                 : std::any_of(rule.services.begin(), rule.services.end(), is_sshd);
}

}  // namespace

std::optional<CodePlace> place_of(const Entrance& entrance, std::string_view rhost,
                                  std::uint32_t audit_session) {
    if (entrance.service == "sshd") {
        // The same link-local address may be two hosts on two links.
        if (!entrance.address || rhost.find('%') != std::string_view::npos) return std::nullopt;
        return CodePlace{wire::no_audit_session, to_text(*entrance.address)};
    }
    if (!rhost.empty() || audit_session == wire::no_audit_session) return std::nullopt;
    return CodePlace{audit_session, {}};
}

Duration longest_memory(const Config& config, const CodePlace& place) {
    Duration longest{};
    for (const LoginRule& rule : config.rules)
        if (speaks_at(rule, place)) longest = std::max(longest, rule.remember_mfa);
    return longest;
}

void RememberedCodes::note(ObjectId user, const CodePlace& place, BootTime given, BootTime now) {
    const auto forgotten = forgotten_.find(user);
    if (given <= all_forgotten_ || (forgotten != forgotten_.end() && given <= forgotten->second)) return;
    if (given_.size() >= most_places) {
        std::erase_if(given_, [&](const auto& entry) { return entry.second + longest <= now; });
        if (given_.size() >= most_places)
            given_.erase(std::min_element(given_.begin(), given_.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; }));
    }
    auto& noted = given_.try_emplace({user, place}, given).first->second;
    noted = std::max(noted, given);
}

std::optional<BootTime> RememberedCodes::find(ObjectId user, const CodePlace& place, const Demand& demand,
                                              BootTime now) const {
    const auto entry = given_.find({user, place});
    if (demand.rule == nullptr || entry == given_.end() || entry->second + demand.rule->remember_mfa <= now)
        return std::nullopt;
    return entry->second;
}

void RememberedCodes::forget(ObjectId user, BootTime now) {
    std::erase_if(forgotten_, [&](const auto& entry) { return entry.second + Tokens::lifetime <= now; });
    forgotten_[user] = now;
    std::erase_if(given_, [&](const auto& entry) { return entry.first.first == user; });
}

void RememberedCodes::forget_all(BootTime now) {
    given_.clear();
    all_forgotten_ = now;
}

std::vector<RememberedCodes::Entry> RememberedCodes::list(ObjectId user, const Config& config,
                                                          BootTime now) const {
    std::vector<Entry> found;
    for (auto entry = given_.lower_bound({user, CodePlace{0, {}}});
         entry != given_.end() && entry->first.first == user; ++entry)
        if (now < entry->second + longest_memory(config, entry->first.second))
            found.push_back({entry->first.second, entry->second});
    return found;
}

}  // namespace userd
