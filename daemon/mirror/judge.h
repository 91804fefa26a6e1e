// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/directory/host_files.h"
#include "daemon/store/remote.h"

namespace userd {

// Why an entry of a directory server is left out: a word of userd.yaml(5)'s list, and what stands in its way
// for a person. Empty: nothing does.
struct Objection {
    std::string problem, detail;
    explicit operator bool() const { return !problem.empty(); }
};

// What can be said of a name and a number alone: bad-name, privileged-name, name-taken (a local account's or
// group's), reserved-id, id-range, id-taken (the host's).
Objection object_to(std::string_view name, std::uint32_t number, const LdapSource& source,
                    const Config& config, const HostFiles& host);

// A user or group as its source wants it, against who has the name or the number. A user of the private kind
// (gid = uid) has them in both spaces; else users and groups of one source have spaces of their own. `own`:
// what it is here already.
struct Claimant {
    bool is_group = false, is_private = false;
    ObjectId own;
    std::string_view name;
    std::uint32_t number = 0;
    std::string_view tag;
};
bool is_in_the_way(const store::RemoteClaim& claim, const Claimant& claimant);
Objection object_to(const store::RemoteClaim& claim, const Claimant& claimant);

}  // namespace userd
