// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-bus.h>

#include <string>
#include <vector>

#include "ctl/client.h"
#include "ctl/problem.h"
#include "daemon/model/value.h"

namespace userd::ctl {

// a{sv} and aa{sv} in and out of messages. Numbers go out as the reference says: uid and gid as `u`, limits
// and generation as `t`, all others (times) as `x`. All return a negative errno on failure, as sd-bus does.
int append_fields(sd_bus_message* message, const Fields& fields);
int append_secrets(sd_bus_message* message, const Secrets& secrets);
int read_fields(sd_bus_message* message, Fields& fields);
int read_rows(sd_bus_message* message, std::vector<Fields>& rows);
int read_disclosed(sd_bus_message* message, Disclosed& disclosed);
// One `h`: the memfd is read to its end, at most `most` bytes.
int read_secret(sd_bus_message* message, Secret& secret, std::size_t most = std::size_t{64} << 10U);
int append_secret(sd_bus_message* message, const Secret& secret);

}  // namespace userd::ctl
