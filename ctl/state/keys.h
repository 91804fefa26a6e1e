// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace userd::ctl {

// The one table of the state file's keys: decoder, JSON Schema and the page userd-state(5) are made from it.

// Where a key stands.
enum class StatePart { file, options, user, group, ssh_key };

// How its value is written.
enum class StateForm {
    text,
    choice,    // one of `choices`
    number,    // whole, decimal
    flag,      // true or false
    time,      // a date, with or without a time of day; never
    duration,  // 30d, 12h
    limit,     // 5% or a number
    words,     // a list of texts
    members,   // a list of names; {name: N, hosts: [GLOB…]} for some hosts only
    metadata,  // a table
    password,
    totp,
    ssh_keys,
    hosts,  // a list of globs
};

struct StateKey {
    StatePart part;
    std::string_view name;
    StateForm form;
    bool in_defaults;  // of users and groups: may stand in `defaults`
    std::string_view help;
    std::string_view choices = {};  // "off|optional|required"
};

std::span<const StateKey> state_keys();
std::vector<const StateKey*> keys_of(StatePart part);
const StateKey* find_state_key(StatePart part, std::string_view name);

}  // namespace userd::ctl
