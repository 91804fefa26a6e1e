// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/problem.h"

#include <unistd.h>

#include <iterator>

namespace userd::ctl {
namespace {

struct Row {
    std::string_view name;
    Exit exit;
};

const Row rows[] = {
    {"org.userd1.Error.NoSuchUser", Exit::not_found},
    {"org.userd1.Error.NoSuchGroup", Exit::not_found},
    {"org.userd1.Error.NoSuchRole", Exit::not_found},
    {"org.userd1.Error.CodeRequired", Exit::denied},
    {"org.userd1.Error.BadCode", Exit::denied},
    {"org.userd1.Error.TooManyTries", Exit::denied},
    {"org.freedesktop.DBus.Error.AccessDenied", Exit::denied},
    {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", Exit::denied},
    {"org.userd1.Error.Exists", Exit::conflict},
    {"org.userd1.Error.NotSuspended", Exit::conflict},
    {"org.userd1.Error.OwnsResources", Exit::conflict},
    {"org.userd1.Error.PolicyViolation", Exit::conflict},
    {"org.userd1.Error.GenerationConflict", Exit::conflict},
    {"org.userd1.Error.ReadOnlySource", Exit::conflict},
    {"org.userd1.Error.LastAdmin", Exit::conflict},
    {"org.userd1.Error.NotOurs", Exit::conflict},
    {"org.userd1.Error.PasswordRefused", Exit::invalid},
    {"org.freedesktop.DBus.Error.InvalidArgs", Exit::invalid},
    {"org.userd1.Error.Busy", Exit::unreachable},
    {"org.userd1.Error.Unavailable", Exit::unreachable},
    {"org.freedesktop.DBus.Error.NoReply", Exit::unreachable},
    {"org.freedesktop.DBus.Error.Timeout", Exit::unreachable},
    {"org.freedesktop.DBus.Error.TimedOut", Exit::unreachable},
    {"org.freedesktop.DBus.Error.Disconnected", Exit::unreachable},
    {"org.freedesktop.DBus.Error.NoServer", Exit::unreachable},
    {"org.freedesktop.DBus.Error.FileNotFound", Exit::unreachable},
    {"org.freedesktop.DBus.Error.ServiceUnknown", Exit::unreachable},
    {"org.freedesktop.DBus.Error.NameHasNoOwner", Exit::unreachable},
};

}  // namespace

Exit exit_for(std::string_view name) {
    for (const Row& row : rows)
        if (row.name == name) return row.exit;
    return Exit::failed;
}

Answer<void> only_root(std::string_view what, std::string_view noun) {
    if (geteuid() == 0) return {};
    return refuse(Problem{Exit::denied,
                          "org.freedesktop.DBus.Error.AccessDenied",
                          fmt::format("not authorized: only root may {}", what),
                          fmt::format("sudo userctl {} …", noun),
                          {},
                          {}});
}

}  // namespace userd::ctl
