// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/wire/login.h"
#include "daemon/login/rules.h"
#include "daemon/model/user.h"
#include "daemon/runtime/clock.h"

namespace userd {

// Where a code was given: in a login session of this host, or over ssh from an address.
struct CodePlace {
    std::uint32_t session = wire::no_audit_session;  // the kernel's number; of who comes over ssh none
    std::string address;                             // of the ssh client; empty: in that session
    auto operator<=>(const CodePlace&) const = default;
};

// Of who comes to the entrance: from an address the one at sshd, from here the session. None: another host at
// another service, one that is known by its name alone, no session. sshd's own session is nobody's place: all
// who come to it would share it.
std::optional<CodePlace> place_of(const Entrance& entrance, std::string_view rhost,
                                  std::uint32_t audit_session);

// The longest that a code may count again at the place, by any rule (remember_mfa).
Duration longest_memory(const Config& config, const CodePlace& place);

// Which codes count again, and since when: kept in memory, on the clock that nobody can set, at most
// `most_places`; the oldest go first. To count again makes no code younger. Main thread only.
class RememberedCodes {
 public:
    static constexpr std::size_t most_places = 4096;
    static constexpr Duration longest = std::chrono::hours(24);  // of any rule

    // A right code of the user was given there; an older one there is forgotten. One of before a `forget`
    // stays forgotten, though a token of that time still tells of it.
    void note(ObjectId user, const CodePlace& place, BootTime given, BootTime now);
    // When the code was given that counts again there by the rule that made the demand; none: there is none.
    std::optional<BootTime> find(ObjectId user, const CodePlace& place, const Demand& demand,
                                 BootTime now) const;
    void forget(ObjectId user, BootTime now);
    void forget_all(BootTime now);

    struct Entry {
        CodePlace place;
        BootTime given;
    };
    // Those of the user that some rule may let count still.
    std::vector<Entry> list(ObjectId user, const Config& config, BootTime now) const;

 private:
    std::map<std::pair<ObjectId, CodePlace>, BootTime> given_;
    std::map<ObjectId, BootTime> forgotten_;  // for as long as a token of before may come
    BootTime all_forgotten_{BootTime::min()};
};

}  // namespace userd
