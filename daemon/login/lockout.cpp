// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/lockout.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "daemon/login/rules.h"

namespace userd {

LockoutRules rules_of(const Config& config, std::string_view counter) {
    LockoutRules rules(config);
    if (!counter.empty()) rules.stop_after = 0;
    return rules;
}

std::string source_of(std::string_view rhost) {
    if (rhost.empty() || rhost == "localhost") return "local";
    if (const auto address = parse_address(rhost)) {
        unsigned char bytes[16];
        std::memcpy(bytes, address->address, sizeof bytes);
        static constexpr unsigned char v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
        const bool v4 = std::memcmp(bytes, v4_prefix, sizeof v4_prefix) == 0;
        if (v4 ? bytes[12] == 127 : std::memcmp(bytes, &in6addr_loopback, 16) == 0) return "local";
        std::memset(bytes + (v4 ? 15 : 8), 0, v4 ? 1 : 8);
        char text[INET6_ADDRSTRLEN] = {};
        inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + 12 : bytes, text, sizeof text);
        return fmt::format("{}/{}", text, v4 ? 24 : 64);
    }
    std::string name;
    for (const char c : rhost) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
}

bool is_locked(const store::Counter& counter, Time now) {
    return counter.locked_until && now < *counter.locked_until;
}

bool is_stopped(const store::Counter& counter) {
    return counter.locked_until == until_unlocked;
}

unsigned free_tickets(const store::Counter& counter, const LockoutRules& rules, Time now) {
    const auto left_of = [](unsigned all, unsigned taken) { return taken < all ? all - taken : 0; };
    if (is_locked(counter, now)) return 0;
    const unsigned free = left_of(rules.failures, counter.failures + counter.open);
    return rules.stop_after == 0 ? free
                                 : std::min(free, left_of(rules.stop_after, counter.total + counter.open));
}

store::Counter with_ticket(store::Counter counter) {
    ++counter.open;
    return counter;
}

store::Counter after_right(store::Counter counter) {
    if (is_stopped(counter)) return after_neither(counter);
    store::Counter fresh;
    fresh.open = counter.open > 0 ? counter.open - 1 : 0;
    return fresh;
}

store::Counter after_neither(store::Counter counter) {
    if (counter.open > 0) --counter.open;
    return counter;
}

store::Counter after_wrong(store::Counter counter, const LockoutRules& rules, Time now, unsigned tries) {
    counter = after_neither(counter);
    counter.failures += tries;
    counter.total += tries;
    counter.last_failure = now;
    if (counter.failures >= rules.failures && !is_stopped(counter)) {
        const Duration length = rules.duration * (1LL << std::min(counter.locks, 20U));
        counter.locked_until = now + std::min(length, rules.longest);
        ++counter.locks;
        counter.failures = 0;  // a fresh set of tickets when the lock-out ends
    }
    return with_stop(counter, rules);
}

store::Counter with_stop(store::Counter counter, const LockoutRules& rules) {
    if (rules.stop_after > 0 && counter.total >= rules.stop_after) counter.locked_until = until_unlocked;
    return counter;
}

store::Counter after_clock_set(store::Counter counter, Duration by, Time latest) {
    if (counter.locked_until && !is_stopped(counter))
        counter.locked_until = std::min(*counter.locked_until + by, latest);
    return counter;
}

store::Counter after_crash(store::Counter counter, const LockoutRules& rules, Time now) {
    const unsigned cut_off = counter.open;
    counter.open = 0;
    if (is_locked(counter, now) && !is_stopped(counter))
        counter.locked_until = std::min(*counter.locked_until, now + rules.longest);
    return cut_off == 0 ? counter : after_wrong(counter, rules, now, cut_off);
}

}  // namespace userd
