// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/store/credentials.h"

namespace userd {

// A public key as one line of authorized_keys(5).
struct SshKey {
    std::string type, key;    // "ssh-ed25519", base64
    std::string fingerprint;  // SHA256:…
    std::string comment;
    std::string options;  // those that restrict, but for from= and expiry-time=
    std::string sources;  // of from="…"
    std::optional<Time> expires;

    // Refused (invalid): kinds of keys that nobody should use, options that would widen what the key may do
    // (cert-authority, principals, environment…), and whatever is not one line.
    static Result<SshKey> parse(std::string_view line);
};

// Patterns for from="…": addresses, networks, host patterns, comma separated.
bool is_source_list(std::string_view text);

// The line that sshd reads. Its expiry is the daemon's to judge, and is left out.
std::string authorized_keys_line(const store::SshKeyRecord& key);

}  // namespace userd
