// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/model/user.h"

namespace userd {

enum class Severity {
    note,     // worth knowing: a person may have left
    warning,  // does not do what somebody expects
    error,    // two records contradict each other, or one the host
};
std::string_view to_word(Severity severity);

struct Rule;

// One thing that is not as it should be.
struct Finding {
    const Rule* rule = nullptr;
    std::string subject;    // "user:alice", "group:web", "host:/etc/userd/local-groups", "store", "snapshot"
    ObjectId id;            // of the user or group; none where it is neither
    std::uint32_t uid = 0;  // of a user, else 0
    std::string message;    // what, in one sentence without a full stop
    std::string advice;     // what to do where repair does nothing
    bool repairable = false;
    std::string detail;  // what repair needs besides: a fingerprint, a group's name
};

}  // namespace userd
