// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/store/credentials.h"

namespace userd {

// What ~/.google_authenticator holds that goes on to be of use here.
struct AuthenticatorFile {
    Secret key;  // at least 80 bits, as google-authenticator(1) makes them
    store::TotpShape shape;
    std::int64_t last_step = 0;      // the highest step that the file says is used up
    std::vector<Secret> scratch;     // codes of 8 digits that are not used
    std::vector<std::string> notes;  // what it asks for that counts no more, for a person
};

// The file's text is the user's own: any bytes. Refused: no key or one below 80 bits, a counter (HOTP)
// instead of the time, a step that is not 10 to 120 s long.
Result<AuthenticatorFile> parse_authenticator_file(const Secret& text);

}  // namespace userd
