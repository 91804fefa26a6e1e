// SPDX-License-Identifier: LGPL-2.1-or-later
// The header of a backup and the texts of X25519 keys: a file from anywhere. What is taken is written the
// same again, byte by byte.
#include <algorithm>
#include <string_view>

#include "daemon/store/backup_file.h"

using namespace userd::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto header = parse_backup_header({data, size});
    if (header) {
        const auto again = encode(*header);
        if (!parse_backup_header(again)) __builtin_trap();
        if (header->wrapped.size() > BackupHeader::most_wrapped) __builtin_trap();
    }
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const bool is_private : {false, true}) {
        const auto key = parse_x25519(text, is_private);
        if (key && key->size() != 32) __builtin_trap();
    }
    return 0;
}
