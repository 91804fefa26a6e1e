// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/ownership.h"

#include <algorithm>

#include "common/wire/ldap.h"
#include "daemon/model/remote.h"
#include "daemon/store/remote.h"
#include "daemon/store/store.h"

namespace userd {

namespace {

const LdapSource* find_server(const Config& config, std::string_view source) {
    const auto found = std::find_if(config.ldap.begin(), config.ldap.end(),
                                    [&](const auto& one) { return one.name == server_of(source); });
    return found == config.ldap.end() ? nullptr : &*found;
}

Failure owns(const Config& config, std::string_view source, std::string_view name, std::string_view field) {
    return owned_by_server(config, source, fmt::format("change the {} of {}", field, name), field);
}

Value value_in(const Fields& record, std::string_view name) {
    const auto at = record.find(name);
    return at == record.end() ? Value() : at->second;
}

}  // namespace

bool is_served(const Config& config, std::string_view source) {
    return find_server(config, source) != nullptr;
}

Result<std::string> kept_out(store::Store& store, const User& user) {
    if (!is_mirrored(user)) return std::string();
    const auto entry = TRY(store.remote().find_by_user(user.id));
    if (!entry) return std::string();
    if (entry->vanished_at) return vanished_reason(user.source);
    const auto facts = wire::decode_ldap_entry(entry->frame);
    return facts && facts->is_disabled ? disabled_reason(user.source) : std::string();
}

Failure owned_by_server(const Config& config, std::string_view source, std::string_view deed,
                        std::string_view field) {
    return fail(
        Error{Errc::read_only_source,
              fmt::format("Cannot {}: it comes from the directory server {}", deed, server_of(source)),
              advice_on_server(config, source, "changing it"), std::string(field)});
}

std::string advice_on_server(const Config& config, std::string_view source, std::string_view deed) {
    const auto* server = find_server(config, source);
    const auto name = server_of(source);
    if (server == nullptr)
        return fmt::format("{} is not under ldap in userd.yaml any more: put it back there", name);
    return fmt::format("{} on {}; userctl ldap sync {} brings it here at once", deed, server->uris.front(),
                       name);
}

Result<void> check_owner(const User& before, const UserDraft& after, const Fields& asked,
                         const Config& config) {
    if (!is_mirrored(before)) return {};
    const Fields was = row_record(before), now = row_record(after.user);
    for (const auto& entry : asked) {
        const auto* field = find_user_field(entry.first);
        if (field == nullptr || field->owner != Owner::server) continue;
        const std::string_view told = field->name == "primary_group" ? "gid" : field->name;
        if (value_in(was, told) != value_in(now, told))
            return owns(config, before.source, before.name, field->name);
    }
    return {};
}

Result<void> check_owner(const Group& before, const GroupDraft& after, const Config& config) {
    if (!is_mirrored(before)) return {};
    if (after.members.asked()) return owns(config, before.source, before.name, "members");
    if (after.administrators.asked()) return owns(config, before.source, before.name, "administrators");
    const Fields was = row_record(before), now = row_record(after.group);
    for (const auto& field : group_fields())
        if (field.owner == Owner::server && value_in(was, field.name) != value_in(now, field.name))
            return owns(config, before.source, before.name, field.name);
    return {};
}

Result<void> check_members_owner(const Group& group, const Config& config) {
    if (!is_mirrored(group)) return {};
    return owns(config, group.source, group.name, "members");
}

}  // namespace userd
