// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <string>

#include "daemon/bus/questions.h"

namespace userd::bus {

enum class Verdict {
    denied,
    challenge,
    granted
};  // challenge: polkit would ask a person, who was not offered

// Asks polkit, by a plain call, about a caller it knows by the unique name: a pid could be another's by then.
// Never waits: polkit's agent logs the person in through pam_userd, that is through this very daemon.
class Polkit {
 public:
    using Then = std::function<void(Verdict)>;

    explicit Polkit(sd_bus* bus) : bus_(bus) {}

    // `then` runs once, not before `ask` returns; not at all when the caller is forgotten first. polkit
    // gone, silent past the bound, or saying anything odd is `denied`.
    void ask(const std::string& sender, const char* action, bool interactive, Duration bound, Then then);

    void forget(const std::string& sender);  // it has left the bus

    static constexpr Duration bound_quiet = std::chrono::seconds(25),
                              bound_interactive = std::chrono::seconds(120);

 private:
    struct Asked {
        std::uint64_t number = 0;    // of this table
        std::uint64_t question = 0;  // of questions_
        std::string sender;
        Then then;
    };
    Result<void> send(Asked& asked, const char* action, bool interactive, Duration bound);
    void answered(std::uint64_t number, sd_bus_message* answer);
    void cancel(std::uint64_t number);

    sd_bus* bus_;
    Questions questions_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, Asked> asked_;
};

}  // namespace userd::bus
