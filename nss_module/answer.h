// SPDX-License-Identifier: LGPL-2.1-or-later
// What all entry points share: the one reader, the table of outcomes, and the caller's buffer.
#pragma once

#include <errno.h>
#include <nss.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/names.h"
#include "common/snapshot/reader.h"

#define USERD_NSS_EXPORT extern "C" __attribute__((visibility("default")))

namespace userd::nss {

extern snapshot::Reader reader;

// The outcomes, and the only values that ever leave this module: glibc aborts the process on a status it does
// not know, and asks again with twice the buffer for as long as it gets ERANGE.
inline nss_status not_found(int* error) {
    *error = ENOENT;
    return NSS_STATUS_NOTFOUND;
}
inline nss_status buffer_too_small(int* error) {
    *error = ERANGE;
    return NSS_STATUS_TRYAGAIN;
}
inline nss_status no_memory(int* error) {
    *error = ENOMEM;
    return NSS_STATUS_TRYAGAIN;
}
inline nss_status unavailable(int* error) {
    *error = EIO;
    return NSS_STATUS_UNAVAIL;
}
inline nss_status without_view(snapshot::Reader::State state, int* error) {
    return state == snapshot::Reader::State::absent ? not_found(error) : unavailable(error);
}
inline nss_status without_record(snapshot::Status status, int* error) {
    return status == snapshot::Status::none ? not_found(error) : unavailable(error);
}

// An entry beyond this is an error, not a reason for a caller to allocate more.
inline constexpr std::size_t max_entry = std::size_t{16} << 20U;

// The name as asked; empty when it is none or too long. The grammar is held up against the record that is
// found, since only a record that bears the name can be the answer: a miss, the common case, need not pay for
// it.
inline std::string_view asked_name(const char* name) {
    if (!name) return {};
    const std::size_t size = ::strnlen(name, max_lookup_name + 1);
    return size > max_lookup_name ? std::string_view() : std::string_view(name, size);
}

// Where an enumeration stands. Setting, ending and moving are single stores: safe with threads, nothing to
// lock.
using Cursor = std::atomic<std::uint64_t>;

}  // namespace userd::nss
