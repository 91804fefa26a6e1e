// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/connection.h"

namespace userd::bus {

// One method or property as the tables have it, with who may.
struct PublishedMember {
    std::string interface, member;
    std::string signature;  // of the arguments; of a property its type
    bool is_property = false;
    Action action = Action::none;
    Action self = Action::none;
};

// Every method and property of every interface, read from the tables that sd-bus dispatches by.
std::vector<PublishedMember> published_members();

// The tables of docs/reference/rights.md, in Markdown.
std::string rights_page();

}  // namespace userd::bus
