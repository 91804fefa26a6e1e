// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/body_size.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "common/base/errors.h"

namespace userd::bus {
namespace {

constexpr std::size_t framing = 8;  // length and padding, about

bool is_container(char type) {
    return type == SD_BUS_TYPE_ARRAY || type == SD_BUS_TYPE_VARIANT || type == SD_BUS_TYPE_STRUCT ||
           type == SD_BUS_TYPE_DICT_ENTRY;
}

bool is_text(char type) {
    return type == SD_BUS_TYPE_STRING || type == SD_BUS_TYPE_OBJECT_PATH || type == SD_BUS_TYPE_SIGNATURE;
}

// One item without items in it; negative when it cannot be read.
int add_basic(sd_bus_message* message, char type, std::size_t& size) {
    union {
        const char* text;
        std::uint64_t number;
    } value{};
    const int r = sd_bus_message_read_basic(message, type, &value);
    size += framing;
    if (r > 0 && is_text(type)) size += std::strlen(value.text);
    return r;
}

// All that follows at this level. The format bounds how deep containers nest.
int add_items(sd_bus_message* message, std::size_t& size, std::size_t most) {
    char type = 0;
    const char* contents = nullptr;
    int r = 0;
    while ((r = sd_bus_message_peek_type(message, &type, &contents)) > 0) {
        if (is_container(type)) {
            size += framing;
            if (r = sd_bus_message_enter_container(message, type, contents); r < 0) return r;
            if (r = add_items(message, size, most); r < 0) return r;
            if (r = sd_bus_message_exit_container(message); r < 0) return r;
        } else if (r = add_basic(message, type, size); r < 0) {
            return r;
        }
        if (size > most) return -EMSGSIZE;
    }
    return r;
}

}  // namespace

Result<std::size_t> body_size(sd_bus_message* message, std::size_t most) {
    std::size_t size = 0;
    const int r = add_items(message, size, most);
    if (r == -EMSGSIZE)
        return fail(Error{Errc::limits, fmt::format("the arguments are more than {} KiB", most >> 10),
                          "the same in smaller parts", ""});
    if (r < 0) return fail(Errc::invalid, "the arguments cannot be read: {}", std::strerror(-r));
    if (const int back = sd_bus_message_rewind(message, 1); back < 0)
        return fail(Errc::invalid, "the message cannot be read: {}", std::strerror(-back));
    return size;
}

}  // namespace userd::bus
