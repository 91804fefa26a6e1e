// SPDX-License-Identifier: LGPL-2.1-or-later
#include <pwd.h>

#include "nss_module/answer.h"

namespace userd::nss {
namespace {

using snapshot::Found;
using snapshot::Position;
using snapshot::Status;
using snapshot::User;

Cursor cursor{0};

// One copy: the record's strings as they stand, and the "x" behind them.
nss_status answer(const User& user, passwd* out, char* buffer, std::size_t size, int* error) {
    const std::size_t strings = user.strings_size;
    if (size < strings + 2) return buffer_too_small(error);
    std::memcpy(buffer, snapshot::strings_of(user), strings);
    std::memcpy(buffer + strings, "x", 2);
    *out = {.pw_name = buffer,
            .pw_passwd = buffer + strings,
            .pw_uid = user.uid,
            .pw_gid = user.gid,
            .pw_gecos = buffer + user.name_size + 1,
            .pw_dir = buffer + user.home_at,
            .pw_shell = buffer + user.shell_at};
    return NSS_STATUS_SUCCESS;
}

nss_status answer(const Found<User>& user, passwd* out, char* buffer, std::size_t size, int* error) {
    if (user.status != Status::found) return without_record(user.status, error);
    return answer(*user.record, out, buffer, size, error);
}

}  // namespace

USERD_NSS_EXPORT nss_status _nss_userd_getpwnam_r(const char* name, passwd* out, char* buffer,
                                                  std::size_t size, int* error) noexcept {
    const std::string_view asked = asked_name(name);
    if (asked.empty()) return not_found(error);
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    return answer(lease.view().find_user(asked), out, buffer, size, error);
}

USERD_NSS_EXPORT nss_status _nss_userd_getpwuid_r(uid_t uid, passwd* out, char* buffer, std::size_t size,
                                                  int* error) noexcept {
    if (is_reserved_id(uid)) return not_found(error);
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    return answer(lease.view().find_user(uid), out, buffer, size, error);
}

USERD_NSS_EXPORT nss_status _nss_userd_setpwent(int /*stay_open*/) noexcept {
    cursor.store(0);
    return NSS_STATUS_SUCCESS;
}

USERD_NSS_EXPORT nss_status _nss_userd_endpwent() noexcept {
    cursor.store(0);
    return NSS_STATUS_SUCCESS;
}

// The cursor moves only with an answer that was given: not when the buffer was too small, and not when
// another thread took the same entry meanwhile.
USERD_NSS_EXPORT nss_status _nss_userd_getpwent_r(passwd* out, char* buffer, std::size_t size,
                                                  int* error) noexcept {
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    std::uint64_t before = cursor.load();
    for (;;) {
        Position position = Position::of(before);
        const nss_status status = answer(lease.view().next_user(position), out, buffer, size, error);
        if (status != NSS_STATUS_SUCCESS || cursor.compare_exchange_strong(before, position.word()))
            return status;
    }
}

}  // namespace userd::nss
