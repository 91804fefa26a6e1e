// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"
#include "daemon/config/config.h"

namespace userd::ctl {

class Client;
class Args;
class Output;

// The text of 90-userctl.yaml with one key more, changed, or (an empty value) less. `value` is YAML. `now` is
// the configuration in force: a file of later order replaces a whole key of the second level ("users.name"),
// so its other parts ("users.name.max") come along.
tl::expected<std::string, std::vector<ConfigProblem>> with_setting(std::string_view text,
                                                                   const std::string& file,
                                                                   const std::string& key,
                                                                   const std::string& value,
                                                                   const Config& now);

// `config set KEY=VALUE…` and `config reload`
Answer<void> set_config(Client& client, const Args& args, Output& out);
Answer<void> reload_config(Client& client, const Args& args, Output& out);

}  // namespace userd::ctl
