// SPDX-License-Identifier: LGPL-2.1-or-later
// ~/.google_authenticator: whatever a user writes there. What is taken is within its bounds.
#include "daemon/login/authenticator_file.h"

#include <cstdlib>

#include "daemon/login/codes.h"
#include "daemon/login/totp.h"

using namespace userd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file =
        parse_authenticator_file(Secret(std::string_view(reinterpret_cast<const char*>(data), size)));
    if (!file) return 0;
    if (file->key.size() < 10 || file->scratch.size() > 10 || file->last_step < 0) abort();
    if (totp_code(file->key, file->shape, 59000000).size() != 6) abort();
    for (const auto& code : file->scratch)
        if (!parse_code(code, file->shape.digits)) abort();
    for (const auto& note : file->notes)
        if (note.size() > 100) abort();
    return 0;
}
