// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/tokens.h"

#include <algorithm>

#include "common/wire/login.h"

namespace userd {
namespace {
constexpr std::size_t most_tokens = 4096;

bool is_about_the_same(const Proof& proof, const Proof& asked) {
    return proof.purpose == asked.purpose && proof.user == asked.user && proof.service == asked.service;
}

}  // namespace

Secret Tokens::issue(Proof proof, BootTime now) {
    if (now >= next_sweep_ || entries_.size() >= most_tokens) sweep(now);
    if (entries_.size() >= most_tokens)
        entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
            return a.second.ends < b.second.ends;
        }));
    Secret token = Secret::random(wire::token_size);
    entries_.insert_or_assign(std::string(token.text()), Entry{std::move(proof), now + lifetime});
    return token;
}

// Not at each issue: an ended token proves nothing meanwhile.
void Tokens::sweep(BootTime now) {
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.ends <= now; });
    next_sweep_ = now + lifetime;
}

std::optional<Proof> Tokens::find(const Secret& token, const Proof& asked, BootTime now) {
    const auto entry = entries_.find(token.text());
    if (entry == entries_.end() || entry->second.ends <= now) return std::nullopt;
    const Proof& proof = entry->second.proof;
    if (!is_about_the_same(proof, asked) || proof.peer != asked.peer) return std::nullopt;
    return proof;
}

std::optional<Proof> Tokens::take_of_child(const Proof& asked, BootTime now) {
    Entry* newest = nullptr;
    for (auto& [token, entry] : entries_) {
        const Proof& proof = entry.proof;
        if (entry.ends <= now || !is_about_the_same(proof, asked) || proof.peer.uid != asked.peer.uid ||
            proof.parent == 0 || proof.parent != static_cast<std::uint32_t>(asked.peer.pid))
            continue;
        if (newest == nullptr || newest->ends < entry.ends) newest = &entry;
    }
    if (newest == nullptr) return std::nullopt;
    const Proof found = newest->proof;
    newest->proof.parent = 0;
    return found;
}

}  // namespace userd
