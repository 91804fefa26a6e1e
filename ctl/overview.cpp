// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/overview.h"

#include "common/base/text.h"
#include "ctl/command.h"
#include "ctl/render.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

const std::pair<std::string_view, std::string_view> used_most[] = {
    {"user", "create"},  {"user", "list"},      {"user", "get"},   {"user", "search"}, {"user", "update"},
    {"user", "suspend"}, {"password", "reset"}, {"mfa", "enable"}, {"group", "add"},   {"status", ""}};

std::string state_line(Client& client) {
    const auto status = client.status();
    if (!status) return "userd: " + status.error().message;
    std::string text = fmt::format("userd {} runs", text_of(*status, "version"));
    const auto users = client.list_users({}, 0, 1), groups = client.list_groups({}, 0, 1);
    if (users && groups)
        text += fmt::format(": {} user{}, {} group{}", grouped(users->total), users->total == 1 ? "" : "s",
                            grouped(groups->total), groups->total == 1 ? "" : "s");
    return text;
}

}  // namespace

Answer<void> overview(Client& client, Output& out) {
    if (out.json()) {
        out.object(TRY(client.status()), '\0', true);
        return {};
    }
    std::string text = state_line(client) + "\n\n";
    for (const auto& [noun, verb] : used_most)
        if (const Command* command = find_command(noun, verb))
            text += fmt::format("  userctl {:<32}  {}\n",
                                fmt::format("{} {}", title(*command), command->arguments), command->summary);
    out.text(text + "\nuserctl help shows all commands, userctl COMMAND --help one of them.\n");
    return {};
}

}  // namespace userd::ctl
