// SPDX-License-Identifier: LGPL-2.1-or-later
// What a directory server sends as a value of a synchronisation control or message.
#include <stdlib.h>

#include "daemon/ldap/poller.h"
#include "daemon/ldap/sync_controls.h"

using namespace userd::ldap;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    if (const auto state = parse_sync_state(value); state && state->uuid.size() != 16) abort();
    if (const auto info = parse_sync_info(value))
        for (const auto uuid : info->uuids)
            if (uuid.size() != 16) abort();
    if (const auto mark = Mark::parse(value); mark && Mark::parse(mark->cookie()) != mark) abort();
    for (const auto change : change_numbers(value))
        if (writer_of(change).size() != 3) abort();
    (void)earlier(value, std::chrono::seconds(60));
    return 0;
}
