// SPDX-License-Identifier: LGPL-2.1-or-later
// Asks each row of each table who may, so that the published page cannot say anything else than what is asked
// when a call comes.
#include "daemon/bus/rights_page.h"

#include "daemon/bus/dispatch.h"
#include "daemon/bus/tables.h"

namespace userd::bus {

namespace {

struct Table {
    const char* interface;
    const sd_bus_vtable* rows;
};
const Table tables[] = {{manager_interface, manager_table}, {user_interface, user_table},
                        {group_interface, group_table},     {role_interface, role_table},
                        {ldap_interface, ldap_table},       {log_interface, log_control_table}};

// `type` as sd-bus-vtable.h gives it out.
constexpr int method_row = 'M', property_row = 'P', writable_row = 'W', end_row = '>';

PublishedMember method_of(const char* interface, const sd_bus_vtable& row) {
    const Row* asked = nullptr;
    row.x.method.handler(nullptr, &asked, nullptr);
    const char* signature = row.x.method.signature;  // null: no arguments
    return {interface, row.x.method.member, signature != nullptr ? signature : "",
            false,     asked->action,       asked->self};
}

std::string words_of(const PublishedMember& member) {
    const auto& facts = facts_of(member.action);
    const bool all = member.action == Action::anyone || member.action == Action::anyone_private;
    const bool self = is_self(member.action) || is_self(member.self);
    std::string role = "-";
    if (facts.grant) {
        role = fmt::format("{}", to_word(*facts.grant));
        if (facts.reach == Reach::whole) role += ", without a scope";
        if (member.action == Action::anyone_private) role = "private fields: " + role;
    }
    const bool shows = member.action == Action::anyone_private;
    return fmt::format("| {}`{}` | {} | {} | {} | {} | {} |\n", member.is_property ? "property " : "",
                       member.member, all ? "yes" : "-",
                       self    ? "yes"
                       : shows ? "private fields"
                               : "-",
                       role, facts.polkit == nullptr ? "-" : facts.polkit + sizeof "org.userd1." - 1,
                       facts.step_up == nullptr ? "-" : facts.step_up);
}

}  // namespace

std::vector<PublishedMember> published_members() {
    std::vector<PublishedMember> members;
    for (const auto& table : tables)
        for (const auto* row = table.rows; row->type != end_row; ++row) {
            if (row->type == method_row) members.push_back(method_of(table.interface, *row));
            if (row->type == property_row || row->type == writable_row)
                members.push_back({table.interface, row->x.property.member, row->x.property.signature, true,
                                   Action::anyone, Action::none});
        }
    return members;
}

std::string rights_page() {
    std::string page, interface;
    for (const auto& member : published_members()) {
        if (member.interface != interface) {
            interface = member.interface;
            page += fmt::format(
                "\n## {}\n\n| member | everybody | the account itself | a role's grant | polkit | step-up |\n"
                "|---|---|---|---|---|---|\n",
                interface);
        }
        page += words_of(member);
    }
    return page;
}

}  // namespace userd::bus
