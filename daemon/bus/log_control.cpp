// SPDX-License-Identifier: LGPL-2.1-or-later
// org.freedesktop.LogControl1 at /org/userd1, for `systemctl service-log-level userd`:
// org.freedesktop.LogControl1(5).
#include <array>
#include <cstring>
#include <string_view>

#include "daemon/bus/dispatch.h"
#include "daemon/bus/tables.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {
namespace {

constexpr std::array<std::string_view, 8> levels{"emerg",   "alert",  "crit", "err",
                                                 "warning", "notice", "info", "debug"};

class LogControlObject {
 public:
    static Result<LogControlObject> find(Core&, const Call&) { return LogControlObject{}; }
    static Result<LogControlObject> at(Core&, std::string_view) { return LogControlObject{}; }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    std::string log_level() const {
        return std::string(levels.at(static_cast<std::size_t>(journal::level())));
    }
    std::string log_target() const { return "journal"; }
    std::string syslog_identifier() const { return "userd"; }
    Result<void> set(Call& call);
};

Result<void> set_level(std::string_view text) {
    for (std::size_t i = 0; i < levels.size(); ++i)
        if (levels[i] == text) {
            journal::set_level(static_cast<int>(i));
            return {};
        }
    return fail(Errc::invalid, "no such log level");
}

// Properties.Set(s interface, s property, v value).
Result<void> LogControlObject::set(Call& call) {
    const auto interface = TRY(call.read_string());
    const auto property = TRY(call.read_string());
    const auto value = TRY(call.read_variant_string());
    if (interface != log_interface || property != "LogLevel")
        return fail(Errc::not_supported, "{}.{} cannot be set", interface, property);
    TRY(set_level(value));
    return call.reply();
}

// Never reached: take_property_set answers before.
int refuse_set(sd_bus*, const char*, const char*, const char*, sd_bus_message*, void*, sd_bus_error*) {
    return -EACCES;
}

}  // namespace

int take_property_set(sd_bus_message* message, void* connection, sd_bus_error* error) noexcept {
    if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Set") <= 0) return 0;
    if (sd_bus_message_has_signature(message, "ssv") <= 0) return 0;
    return on_call<&LogControlObject::set, Action::root>(message, connection, error);
}

const sd_bus_vtable log_control_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", (on_get<&LogControlObject::log_level, Action::anyone>),
                             refuse_set, 0, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", (on_get<&LogControlObject::log_target, Action::anyone>),
                             refuse_set, 0, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("SyslogIdentifier", "s", (on_get<&LogControlObject::syslog_identifier, Action::anyone>),
                    0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_VTABLE_END,
};

}  // namespace userd::bus
