// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ctl/state/state_file.h"
#include "daemon/config/yaml_tree.h"

namespace userd::ctl {

// Reads single values of the state file. What is wrong goes to `complain`; then the value is not to be used.
class StateValues {
 public:
    // `hides`: the line must not be shown, a secret may stand in it.
    using Complain = std::function<void(const YamlNode& at, std::string message, bool hides)>;
    StateValues(std::string host, Complain complain)
        : host_(std::move(host)), complain_(std::move(complain)) {}

    // The value as JSON; fills `names` for Form::members. Empty: something was wrong.
    std::string read(const StateKey& key, const YamlNode& node, std::vector<std::string>& names) const;
    bool is_for_here(const YamlNode& globs) const;
    void unknown_key(StatePart part, const YamlNode& key, std::string_view of_what) const;

 private:
    struct Reader;
    std::string host_;
    Complain complain_;
};

}  // namespace userd::ctl
