// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/errors.h"

#include <algorithm>

#include "common/base/text.h"

namespace userd {
namespace {

struct Row {
    Errc code;
    const char* name;
};

// `io` has a row of its own name for the way out only: to a caller, a store that failed is one that is not
// there.
constexpr Row rows[] = {
    {Errc::internal, "org.freedesktop.DBus.Error.Failed"},
    {Errc::invalid, "org.freedesktop.DBus.Error.InvalidArgs"},
    {Errc::denied, "org.freedesktop.DBus.Error.AccessDenied"},
    {Errc::auth_required, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"},
    {Errc::not_supported, "org.freedesktop.DBus.Error.NotSupported"},
    {Errc::limits, "org.freedesktop.DBus.Error.LimitsExceeded"},
    {Errc::no_such_user, "org.userd1.Error.NoSuchUser"},
    {Errc::no_such_group, "org.userd1.Error.NoSuchGroup"},
    {Errc::no_such_role, "org.userd1.Error.NoSuchRole"},
    {Errc::exists, "org.userd1.Error.Exists"},
    {Errc::not_suspended, "org.userd1.Error.NotSuspended"},
    {Errc::owns_resources, "org.userd1.Error.OwnsResources"},
    {Errc::policy_violation, "org.userd1.Error.PolicyViolation"},
    {Errc::bad_code, "org.userd1.Error.BadCode"},
    {Errc::too_many_tries, "org.userd1.Error.TooManyTries"},
    {Errc::generation_conflict, "org.userd1.Error.GenerationConflict"},
    {Errc::read_only_source, "org.userd1.Error.ReadOnlySource"},
    {Errc::code_required, "org.userd1.Error.CodeRequired"},
    {Errc::last_admin, "org.userd1.Error.LastAdmin"},
    {Errc::password_refused, "org.userd1.Error.PasswordRefused"},
    {Errc::not_ours, "org.userd1.Error.NotOurs"},
    {Errc::busy, "org.userd1.Error.Busy"},
    {Errc::no_space, "org.userd1.Error.NoSpace"},
    {Errc::unavailable, "org.userd1.Error.Unavailable"},
    {Errc::io, "org.userd1.Error.Unavailable"},
};

constexpr std::string_view hint_mark = "hint: ", field_mark = "field: ";

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

const char* dbus_error_name(Errc code) {
    for (const auto& row : rows)
        if (row.code == code) return row.name;
    return rows[0].name;
}

Errc errc_of_dbus_name(std::string_view name) {
    for (const auto& row : rows)
        if (name == row.name) return row.code;
    return Errc::internal;
}

std::string to_wire(const Error& error) {
    std::string text = one_line(error.message);
    if (!error.hint.empty()) text += fmt::format("\n{}{}", hint_mark, one_line(error.hint));
    if (!error.field.empty()) text += fmt::format("\n{}{}", field_mark, one_line(error.field));
    return text;
}

Error error_from_wire(std::string_view name, std::string_view text) {
    Error error{errc_of_dbus_name(name), {}, {}, {}};
    for (const auto line : split(text, '\n')) {
        if (line.substr(0, hint_mark.size()) == hint_mark)
            error.hint = line.substr(hint_mark.size());
        else if (line.substr(0, field_mark.size()) == field_mark)
            error.field = line.substr(field_mark.size());
        else if (error.message.empty())
            error.message = line;
    }
    return error;
}

}  // namespace userd
