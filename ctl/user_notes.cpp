// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/user_notes.h"

#include <unistd.h>

#include "common/base/text.h"
#include "ctl/host_accounts.h"
#include "ctl/render.h"
#include "ctl/target.h"
#include "ctl/time_text.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

std::string_view last_part(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string doubt_about_end(const Fields& record, std::int64_t now) {
    const auto* end = std::get_if<std::int64_t>(&value_of(record, "expires"));
    if (!end || *end > now) return {};
    return fmt::format("{} cannot log in: the account ended on {}", text_of(record, "name"), rfc3339(*end));
}

std::string doubt_about_shell(const Fields& record) {
    const std::string shell = text_of(record, "shell");
    const auto program = last_part(shell);
    if (is_listed_shell(shell) || program == "nologin" || program == "false") return {};
    if (access((config_root() + shell).c_str(), X_OK) != 0)
        return fmt::format("{} is not a program of this host: {} gets no shell", shell,
                           text_of(record, "name"));
    return fmt::format("/etc/shells does not list {}: some services refuse it", shell);
}

// Homes are named after their users: who else has this one is looked for by its name.
std::string doubt_about_home(Client& client, const Fields& record) {
    const std::string home = text_of(record, "home"), name = text_of(record, "name");
    if (home == "/") return "the home / is the host's root folder: nothing is made there for " + name;
    std::string owner = local_owner_of_home(home);
    const std::string other(last_part(home));
    if (owner.empty() && other != name && !other.empty())
        if (const auto found = client.get_user(other); found && text_of(found->record, "home") == home)
            owner = other;
    return owner.empty() ? "" : fmt::format("{} is the home of {} too", home, owner);
}

}  // namespace

void tell_doubts(Client& client, const Args& args, const Fields& record, Output& out) {
    const auto tell = [&](const std::string& doubt) {
        if (!doubt.empty()) out.note("! " + escaped(doubt));
    };
    if (args.has("expires")) tell(doubt_about_end(record, out.options().now));
    if (args.has("shell")) tell(doubt_about_shell(record));
    if (args.has("home")) tell(doubt_about_home(client, record));
}

}  // namespace userd::ctl
