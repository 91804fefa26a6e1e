// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/local_groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

constexpr const char* file = "/etc/userd/local-groups";

// The field at `index` of the line that begins with the name; empty: there is none.
std::string_view field_of(std::string_view text, std::string_view name, std::size_t index) {
    for (const std::string_view line : split(text, '\n'))
        if (const auto fields = split(line, ':'); fields[0] == name && index < fields.size())
            return trimmed(fields[index]);
    return {};
}

}  // namespace

Diagnoses judge_local_groups(const std::vector<std::string>& names, std::string_view list,
                             std::string_view groups) {
    Diagnoses found;
    for (const std::string& name : names) {
        const std::string_view gid = field_of(groups, name, 2), listed = field_of(list, name, 1);
        if (gid.empty())
            found.push_back(
                wrong(fmt::format("userd.yaml's local_groups name {}, which is not in /etc/group", name),
                      "take it out there, then: userctl config reload"));
        else if (listed.empty())
            found.push_back(
                wrong(fmt::format("{} lacks {}, so nobody is in it", file, name),
                      fmt::format("echo {} >>{}", shell_word(fmt::format("{}:{}", name, gid)), file)));
        else if (listed != gid)
            found.push_back(
                wrong(fmt::format("{} has {} as {}, /etc/group as {}", file, name, escaped(listed), gid),
                      fmt::format("sed -i {} {}", shell_word(fmt::format("s/^{}:.*/{}:{}/", name, name, gid)),
                                  file)));
    }
    if (found.empty()) found.push_back(right(fmt::format("those of userd.yaml are in {}", file)));
    return found;
}

}  // namespace userd::ctl
