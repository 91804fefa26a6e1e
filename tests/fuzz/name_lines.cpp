// SPDX-License-Identifier: LGPL-2.1-or-later
// The host's own files, of any form. A name that was taken out is not found again where it was removable,
// what is left never grows, and a text without the name stays as it is to the byte.
#include "daemon/homes/name_lines.h"

#include <cstdlib>

using namespace userd::homes;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto form = static_cast<NameFile>(data[0] % 7);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto found = find_name(form, text, "alice");
    const auto kept = without_name(form, text, "alice");
    for (const auto& line : find_name(form, kept, "alice"))
        if (line.removable && form != NameFile::sudoers) abort();
    if (kept.size() > text.size() + 2 * found.size() || (found.empty() && kept != text)) abort();
    if (kept.size() > text.size() && form != NameFile::access) abort();
    return 0;
}
