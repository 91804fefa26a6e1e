// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether pam_systemd has made the slice before us or makes it after us is all one: systemd loads a slice
// that is not there to set its properties, and keeps those set at runtime in /run/systemd/system.control,
// which is read again whenever the slice is loaded.
#include "daemon/homes/slices.h"

#include <errno.h>
#include <unistd.h>

#include <cstring>

#include "daemon/homes/system_bus.h"

namespace userd::homes {
namespace {

struct Limit {
    const char* property;
    std::uint64_t value;
};

// org.freedesktop.systemd1(5): SetUnitProperties(in s name, in b runtime, in a(sv) properties)
Result<BusRequest> set_properties(sd_bus& bus, const std::string& slice, std::span<const Limit> limits) {
    BusRequest request;
    int r = sd_bus_message_new_method_call(&bus, out(request), "org.freedesktop.systemd1",
                                           "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                           "SetUnitProperties");
    if (r >= 0) r = sd_bus_message_append(request.get(), "sb", slice.c_str(), 1);
    if (r >= 0) r = sd_bus_message_open_container(request.get(), 'a', "(sv)");
    for (const Limit& limit : limits)
        if (r >= 0 && limit.value != 0)
            r = sd_bus_message_append(request.get(), "(sv)", limit.property, "t", limit.value);
    if (r >= 0) r = sd_bus_message_close_container(request.get());
    if (r < 0) return fail(Errc::internal, "write a call to systemd: {}", std::strerror(-r));
    return request;
}

// What systemd has for all users (user-.slice.d) is not known here, so no value is set in its place.
Result<void> lift(const std::string& slice, const char* property) {
    const auto file = fmt::format("/run/systemd/system.control/{}.d/50-{}.conf", slice, property);
    if (unlink(file.c_str()) == 0 || errno == ENOENT) return {};
    return fail(Errc::io, "lift a limit, {}: {}", file, std::strerror(errno));
}

}  // namespace

Result<void> limit_slice(const wire::Errand& errand, Report& report) {
    if (!has_systemd()) return {};
    const auto slice = fmt::format("user-{}.slice", errand.uid);
    const Limit limits[] = {{"TasksMax", errand.tasks_max}, {"MemoryMax", errand.memory_max}};
    bool any = false;
    for (const Limit& limit : limits) {
        if (limit.value == 0) TRY(lift(slice, limit.property));
        any = any || limit.value != 0;
    }
    if (!any) return {};
    const auto bus = TRY(open_system_bus());
    const auto request = TRY(set_properties(*bus, slice, limits));
    TRY(call_and_wait(*bus, *request, "set the limits of " + slice));
    return report.step();
}

}  // namespace userd::homes
