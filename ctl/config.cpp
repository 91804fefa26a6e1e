// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration file, read here and not by the daemon: it must be possible to mend one that the daemon
// refuses.
#include "daemon/config/config.h"

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/config_set.h"
#include "ctl/output.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

Answer<void> show(Client&, const Args&, Output& out) {
    const LoadedConfig loaded = load_config(config_root());
    if (!loaded.config) return report_problems(loaded.problems, {}, out);
    Listing listing{"settings", 'c', {"key", "value", "where"}, {}, loaded.config->shown.size(), 0, 0};
    for (const auto& [key, setting] : loaded.config->shown)
        listing.rows.push_back({{"key", key}, {"value", setting.value}, {"where", setting.where}});
    out.list(listing);
    return {};
}

}  // namespace

std::span<const Command> config_commands() {
    static const Command commands[] = {
        {"config",
         "show",
         "",
         "Show every setting in force, and where it stands",
         show,
         {},
         Trait::none,
         "Reads userd.yaml and its drop-ins itself and needs no daemon."},
        {"config",
         "set",
         "KEY=VALUE…",
         "Change settings of userd.yaml, as root",
         set_config,
         {},
         Trait::changes,
         "Writes /etc/userd/userd.yaml.d/90-userctl.yaml and lets the daemon read it; what is refused leaves "
         "everything as it was. VALUE is YAML: '[sudo, adm]'. KEY= takes the setting out of that file."},
        {"config",
         "reload",
         "",
         "Let the daemon read the configuration anew, as root",
         reload_config,
         {},
         Trait::changes,
         "Login rules with which no admin could log in any more are refused: the old ones stay, unless "
         "--allow-lockout is given."},
    };
    return commands;
}

}  // namespace userd::ctl
