// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "daemon/bus/caller.h"
#include "daemon/bus/questions.h"

namespace userd::bus {

// Who is behind the unique names of the system bus, as the broker says. It took the uid from the socket when
// the connection was made, and never gives a unique name to another: so an answer holds for good, and neither
// pid nor /proc is ever looked at. Asked without waiting: sd_bus_query_sender_creds() would stop the loop for
// a round trip.
class Callers {
 public:
    using Then = std::function<void(const Caller&)>;

    explicit Callers(sd_bus* bus) : bus_(bus) {}

    // `then` gets a caller who is not known when the broker does not say, or when too many wait already.
    void identify(const std::string& sender, Then then);

 private:
    void ask(const std::string& sender);
    void learn(const std::string& sender, const Caller& caller);

    static constexpr std::size_t max_known = 1024, max_asked = 256, max_waiting = 64;
    sd_bus* bus_;
    Questions questions_;
    std::map<std::string, Caller> known_;
    std::list<std::string> order_;  // oldest first
    std::map<std::string, std::vector<Then>> waiting_;
};

}  // namespace userd::bus
