// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace userd {

// What went wrong, in the words of the D-Bus reference: each value but `internal` and `io` is one D-Bus error
// name (common/base/errors is the table). Faces translate; everybody else passes an Error on unchanged.
enum class Errc {
    internal,       // a fault of ours or of the machine; org.freedesktop.DBus.Error.Failed
    io,             // the disk or the store failed; the change did not happen
    invalid,        // InvalidArgs: the input has a bad form; `field` names it
    denied,         // AccessDenied
    auth_required,  // InteractiveAuthorizationRequired
    not_supported,  // NotSupported
    limits,         // LimitsExceeded
    no_such_user,
    no_such_group,
    no_such_role,
    exists,
    not_suspended,
    owns_resources,
    policy_violation,  // also: wrong state for what was asked
    bad_code,
    too_many_tries,
    generation_conflict,
    read_only_source,
    code_required,
    last_admin,
    password_refused,
    not_ours,
    busy,
    no_space,
    unavailable,
};

// `message` says what was attempted and why it failed, for a person, never with a secret; `hint` what to do;
// `field` the field of the input that is at fault, by its name in the one set of names (display_name,
// email…).
struct Error {
    Errc code = Errc::internal;
    std::string message;
    std::string hint;
    std::string field;

    Error&& with_hint(std::string text) && {
        hint = std::move(text);
        return std::move(*this);
    }
    Error&& with_field(std::string name) && {
        field = std::move(name);
        return std::move(*this);
    }
};

template <typename T>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

// Starts an error: `return fail(Errc::unavailable, "connect to {}", uri);`
template <typename... Args>
[[nodiscard]] Failure fail(Errc code, fmt::format_string<Args...> text, Args&&... args) {
    return Failure(Error{code, fmt::format(text, std::forward<Args>(args)...), {}, {}});
}
[[nodiscard]] inline Failure fail(Error error) {
    return Failure(std::move(error));
}

namespace detail {
template <typename T, typename E>
T take(tl::expected<T, E>&& result) {
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace detail

}  // namespace userd

// Hands back the value of a Result, or returns its Error from the calling function. Once per statement.
#define TRY(expression)                                                     \
    __extension__({                                                         \
        auto userd_result_ = (expression);                                  \
        if (!userd_result_) [[unlikely]]                                    \
            return ::tl::make_unexpected(std::move(userd_result_).error()); \
        ::userd::detail::take(std::move(userd_result_));                    \
    })
