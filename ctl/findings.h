// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "ctl/client.h"
#include "ctl/stream.h"

namespace userd::ctl {

// What the daemon's Check and Repair write while the call is under way: one JSON object a line and finding.
std::vector<Fields> read_findings(std::string_view text);

// `call` gets the daemon's end of the pipe.
template <typename Call>
auto with_findings(std::vector<Fields>& findings, const Call& call) -> decltype(call(Fd())) {
    std::string text;
    Stream stream = TRY(Stream::from_daemon([&](std::string_view more) {
        text += more;
        return true;
    }));
    auto answer = call(stream.end_of_daemon());
    stream.finish();
    findings = read_findings(text);
    return answer;
}

}  // namespace userd::ctl
