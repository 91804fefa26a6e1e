// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/secret.h"
#include "ctl/problem.h"

namespace userd::ctl {

// Seals for the hosts that have the other half of `public_key` (base64): a libsodium sealed box, in base64,
// for {sealed: …} of a state file.
Answer<std::string> seal(const Secret& text, std::string_view public_key);

// A new pair: the secret half in base64, as the credential userd.fleet-key holds it, and the public one.
struct FleetPair {
    Secret secret;
    std::string public_key;
};
Answer<FleetPair> make_fleet_pair();

}  // namespace userd::ctl
