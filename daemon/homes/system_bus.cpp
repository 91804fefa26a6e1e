// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/system_bus.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstring>

#include "common/base/text.h"

namespace userd::homes {
namespace {

constexpr std::chrono::microseconds patience = std::chrono::seconds(5);

struct BusError {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    BusError() = default;
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;
    ~BusError() { sd_bus_error_free(&error); }
};

}  // namespace

bool has_systemd() {
    return sd_booted() > 0;
}

Result<SystemBus> open_system_bus() {
    SystemBus bus;
    if (const int r = sd_bus_open_system(out(bus)); r < 0)
        return fail(Errc::unavailable, "open the system bus: {}", std::strerror(-r));
    return bus;
}

Result<void> call_and_wait(sd_bus& bus, sd_bus_message& request, std::string_view deed, const char* fine) {
    BusError error;
    const int r =
        sd_bus_call(&bus, &request, static_cast<std::uint64_t>(patience.count()), &error.error, nullptr);
    if (r >= 0 || sd_bus_error_has_name(&error.error, fine) != 0) return {};
    const char* why = error.error.message != nullptr ? error.error.message : std::strerror(-r);
    return fail(Errc::unavailable, "{}: {}", deed, escaped(why));
}

}  // namespace userd::homes
