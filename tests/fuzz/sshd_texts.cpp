// SPDX-License-Identifier: LGPL-2.1-or-later
// What sshd -T prints, and sshd_config, of any bytes.
#include <cstdint>
#include <cstdlib>

#include "ctl/doctor/sshd_lines.h"
#include "ctl/ssh/server.h"

using namespace userd::ctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::size_t bytes = 0;
    for (const auto& [keyword, value] : parse_ssh_settings(text)) bytes += keyword.size() + value.size();
    if (bytes > size) std::abort();
    for (const char* keyword : {"UsePAM", "AuthorizedKeysCommand"})
        if (has_other_value(text, keyword, "yes") && text.size() < 6) std::abort();
    return 0;
}
