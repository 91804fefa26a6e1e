// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/lockout.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "daemon/login/rules.h"

namespace userd {

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

unsigned free_tickets(const store::Counter& counter, const LockoutRules& rules, Time now) {
    const unsigned taken = counter.failures + counter.open;
    return is_locked(counter, now) || taken >= rules.failures ? 0 : rules.failures - taken;
}

store::Counter with_ticket(store::Counter counter) {
    ++counter.open;
    return counter;
}

store::Counter after_right(store::Counter counter) {
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
    if (counter.failures >= rules.failures) {
        const Duration length = rules.duration * (1LL << std::min(counter.locks, 20U));
        counter.locked_until = now + std::min(length, rules.longest);
        ++counter.locks;
        counter.failures = 0;  // a fresh set of tickets when the lock-out ends
    }
    return counter;
}

store::Counter after_crash(store::Counter counter, const LockoutRules& rules, Time now) {
    const unsigned cut_off = counter.open;
    counter.open = 0;
    return cut_off == 0 ? counter : after_wrong(counter, rules, now, cut_off);
}

}  // namespace userd
