// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/bus/sd_bus.h"
#include "daemon/config/config.h"
#include "daemon/model/value.h"

// Our values as D-Bus types, both ways. `write` returns what sd-bus returns: negative is an errno.
namespace userd::bus {

struct ObjectPath {
    std::string text;
};

// An a{sv} that carries descriptors beside plain values: secrets, in either direction.
struct SecretFields {
    Fields plain;
    std::map<std::string, Fd, std::less<>> fds;
};

int write(sd_bus_message* to, const ObjectPath& path);
int write(sd_bus_message* to, const std::string& text);
int write(sd_bus_message* to, const char* text) = delete;  // would be a bool
int write(sd_bus_message* to, bool flag);
int write(sd_bus_message* to, std::uint32_t id);
int write(sd_bus_message* to, std::uint64_t count);
int write(sd_bus_message* to, const std::vector<std::string>& list);  // as
int write(sd_bus_message* to, const Fd& fd);                          // h; the message gets a copy of its own
int write(sd_bus_message* to, const Fields& fields);                  // a{sv}; a null is left out
int write(sd_bus_message* to, const std::vector<Fields>& rows);       // aa{sv}
int write(sd_bus_message* to, const SecretFields& fields);            // a{sv} with h among the values
int write(sd_bus_message* to, const std::map<std::string, Config::Shown>& shown);  // a{s(ss)}

// a{sv}. Any integer type is a number and −1 is null; a field given twice, an unknown type or more than a few
// hundred fields are `invalid`. With `fds`, an h goes there, else it is refused.
Result<SecretFields> read_fields(sd_bus_message* from, bool with_fds);

// The number of /org/userd1/user/_70042 under the prefix /org/userd1/user.
Result<std::uint32_t> number_of_path(std::string_view path, std::string_view prefix);
ObjectPath user_path(std::uint32_t uid);
ObjectPath group_path(std::uint32_t gid);
// The name is escaped, as names of roles hold a hyphen and paths do not.
ObjectPath role_path(const std::string& name);
Result<std::string> role_of_path(std::string_view path);

}  // namespace userd::bus
