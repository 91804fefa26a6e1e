// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/state/state_file.h"

namespace userd::ctl {

// The state stream of org.userd1(5): what goes through the pipe to the daemon, secrets included. Wiped when
// it goes.
class StateStream {
 public:
    // Reads the files and credentials that hold the secrets; what cannot be read is a problem of the state.
    explicit StateStream(StateFiles& state);
    ~StateStream();
    StateStream(const StateStream&) = delete;
    StateStream& operator=(const StateStream&) = delete;
    std::string_view text() const { return text_; }
    bool generates() const { return generates_; }  // some password is to be made up

 private:
    void add_object(StateFiles& state, const StateObject& object);
    std::string with_secret(StateFiles& state, const StateEntry& entry);
    std::string text_;
    bool generates_ = false;
};

}  // namespace userd::ctl
