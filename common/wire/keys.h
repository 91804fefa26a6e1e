// SPDX-License-Identifier: LGPL-2.1-or-later
// The messages of /run/userd/keys: userd-ssh-keys asks once, the daemon replies with the text that sshd wants
// to read, in as many frames as it takes. Same rules as login.h.
#pragma once

#include "common/wire/frame.h"

namespace userd::wire {

inline constexpr std::size_t max_keys_text = max_frame - 64;  // in one frame

struct KeysRequest {
    std::string_view user;     // 1 to 255 bytes without NUL
    std::string_view service;  // empty: sshd
};

// Frames are joined as they come; a line may go on in the next one. An account without keys, a foreign and an
// inactive one get one empty frame.
struct KeysReply {
    std::string_view lines;  // authorized_keys(5)
    bool more = false;       // another frame follows
};

std::size_t encode(std::span<char> out, const KeysRequest& request);
std::size_t encode(std::span<char> out, const KeysReply& reply);

std::optional<KeysRequest> decode_keys_request(std::string_view frame);
std::optional<KeysReply> decode_keys_reply(std::string_view frame);

}  // namespace userd::wire
