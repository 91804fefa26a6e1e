// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

#include "common/base/result.h"
#include "common/base/secret.h"

namespace userd::state {

// The key for which `userctl seal` seals what state files carry: the X25519 secret of a libsodium sealed box.
class FleetKey {
 public:
    // The systemd credential `userd.fleet-key` ($CREDENTIALS_DIRECTORY): 32 bytes in base64. None when there
    // is none.
    static Result<std::optional<FleetKey>> load();
    static Result<FleetKey> parse(std::string_view base64);

    // Of what seal() or `userctl seal` made for this key. invalid: for another key, or damaged.
    Result<Secret> open(std::string_view base64) const;

 private:
    explicit FleetKey(Secret bytes) : secret_(std::move(bytes)) {}
    Secret secret_;
};

}  // namespace userd::state
