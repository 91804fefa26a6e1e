// SPDX-License-Identifier: LGPL-2.1-or-later
// One message between our own programs: one SOCK_SEQPACKET frame.
//
//     version (1 byte) · kind (1 byte) · fields…        field: tag (1) · length (4, little endian) · bytes
//
// Fields come in any order and at most once each; a reader skips the tags it does not know, so a newer peer
// may add some. What a kind's fields mean stands in login.h, keys.h, homes.h and
// ldap.h. Free of the C++ runtime: the PAM module, the daemon, userd-ldap and the fuzzers read with this one
// reader. Nothing here allocates, logs or throws; what is read are views into the caller's frame.
#pragma once

#include <string.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace userd::wire {

// Largest frame of the login and keys sockets (ldap: max_ldap_frame). A longer one never fits the receiver's
// buffer: MSG_TRUNC, closed.
inline constexpr std::size_t max_frame = 8192;

// The version that is written, and the oldest that is still read. A process keeps an old module for months,
// so a change that an older reader cannot skip raises the first and keeps the second one behind it.
inline constexpr std::uint8_t current_version = 1;
inline constexpr std::uint8_t oldest_version = current_version > 1 ? current_version - 1 : 1;

enum class Kind : std::uint8_t {
    login_start = 1,
    login_answer = 2,
    login_steps = 3,
    keys_request = 16,
    keys_reply = 17,
    homes_errand = 32,
    homes_word = 33,
    ldap_begin = 48,
    ldap_bind = 49,
    ldap_modify_password = 50,
    ldap_test = 51,
    ldap_hello = 64,
    ldap_status = 65,
    ldap_refresh = 66,
    ldap_batch = 67,
    ldap_point = 68,
    ldap_entry = 69,
    ldap_members = 70,
    ldap_present = 71,
    ldap_gone = 72,
    ldap_refused = 73,
    ldap_verdict = 74,
    ldap_test_step = 75,
    ldap_totp = 76,
};

// A received frame whose outline holds: version spoken here, every field within the frame, no tag twice.
class Frame {
 public:
    // None: not such a frame. `bytes` (what recvmsg returned) must outlive the frame and all views from it.
    static std::optional<Frame> parse(std::string_view bytes);

    std::uint8_t version() const { return static_cast<std::uint8_t>(bytes_[0]); }
    Kind kind() const { return Kind{static_cast<std::uint8_t>(bytes_[1])}; }

    // The bytes of a field; none when it is absent (a present field may be empty).
    std::optional<std::string_view> find(std::uint8_t tag) const;
    // The number in a field; none when it is absent or not exactly as long as T.
    template <typename T>
    std::optional<T> number(std::uint8_t tag) const;

 private:
    static constexpr std::size_t indexed = 32;  // tags below are found at once
    explicit Frame(std::string_view bytes) : bytes_(bytes) {}
    std::string_view bytes_;
    std::uint32_t starts_[indexed] = {};  // of the fields; 0: absent
};

// Builds a frame by appending to the caller's buffer; nothing but what was put is ever sent.
class FrameWriter {
 public:
    FrameWriter(std::span<char> buffer, Kind kind);

    void put(std::uint8_t tag, std::string_view bytes);
    template <typename T>
    void put_number(std::uint8_t tag, T value);

    // Room for a field of `size` bytes that the caller fills; empty when it does not fit.
    std::span<char> reserve(std::uint8_t tag, std::size_t size);

    // Length of the finished frame; 0 when something did not fit.
    std::size_t size() const { return failed_ ? 0 : used_; }

 private:
    std::span<char> buffer_;
    std::size_t used_ = 0;
    bool failed_ = false;
};

// A frame's buffer that forgets: frames carry passwords and tokens.
struct FrameBuffer {
    FrameBuffer() = default;
    FrameBuffer(const FrameBuffer&) = delete;
    FrameBuffer& operator=(const FrameBuffer&) = delete;
    ~FrameBuffer() { explicit_bzero(bytes, sizeof bytes); }
    std::span<char> span() { return bytes; }
    char bytes[max_frame];
};

// Integers are little endian whatever the machine.
template <typename T>
T load_number(const char* from) {
    T value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;)
        value = static_cast<T>((std::uint64_t{value} << 8) | static_cast<std::uint8_t>(from[i]));
    return value;
}

template <typename T>
void store_number(char* to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<char>(std::uint64_t{value} >> (8 * i));
}

template <typename T>
std::optional<T> Frame::number(std::uint8_t tag) const {
    const auto bytes = find(tag);
    if (!bytes || bytes->size() != sizeof(T)) return std::nullopt;
    return load_number<T>(bytes->data());
}

template <typename T>
void FrameWriter::put_number(std::uint8_t tag, T value) {
    char bytes[sizeof(T)];
    store_number(bytes, value);
    put(tag, {bytes, sizeof(T)});
}

}  // namespace userd::wire
