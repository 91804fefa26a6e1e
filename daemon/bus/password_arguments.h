// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "common/base/result.h"
#include "daemon/bus/secret_fd.h"
#include "daemon/login/credentials.h"
#include "daemon/model/value.h"

namespace userd::bus {

// The password among the `secrets` of CreateUser and SetPassword: `password`, `hash` or `generate`, of which
// at most one; null when there is none. Takes them out of `secrets`.
inline Result<std::optional<NewPassword>> take_password(const Fields& plain, Secrets& secrets) {
    NewPassword request;
    int sources = 0;
    if (auto given = secrets.extract("password")) request.password = std::move(given.mapped()), ++sources;
    if (auto given = secrets.extract("hash")) request.hash = std::move(given.mapped()), ++sources;
    if (auto given = secrets.extract("old")) request.old = std::move(given.mapped());
    for (const auto& [name, value] : plain) {
        const bool* flag = std::get_if<bool>(&value);
        if (name != "generate" || flag == nullptr)
            return fail(Error{Errc::invalid, fmt::format("{} is of another type", name), {}, name});
        request.generate = *flag;
        sources += *flag ? 1 : 0;
    }
    if (sources > 1)
        return fail(Error{Errc::invalid, "password, hash and generate exclude each other", {}, "password"});
    if (sources == 0) return std::nullopt;
    return request;
}

}  // namespace userd::bus
