// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Role: one role, at /org/userd1/role/NAME. Who may grant it is decided twice: here by the row,
// and by the directory for each user and each right that the role would give away.
#include "daemon/bus/dispatch.h"
#include "daemon/bus/tables.h"

namespace userd::bus {
namespace {

class RoleObject {
 public:
    RoleObject(Core& core, Role role) : core_(core), role_(std::move(role)) {}
    static Result<RoleObject> find(Core& core, const Call& call);
    static Result<RoleObject> at(Core& core, std::string_view path);
    ObjectId id() const { return role_.id; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> describe(Call& call);
    Result<void> update(Call& call);
    Result<void> remove(Call& call);
    Result<void> grant(Call& call);
    Result<void> revoke(Call& call);
    Result<void> list_holders(Call& call);

    std::string name() const { return role_.name; }
    std::string description() const { return role_.description; }
    bool built_in() const { return role_.is_built_in(); }
    std::vector<std::string> grants() const {
        return std::get<std::vector<std::string>>(core_.directory.role_record(role_).at("grants"));
    }
    std::uint64_t generation() const { return role_.generation; }

 private:
    Core& core_;
    Role role_;
};

Result<RoleObject> RoleObject::find(Core& core, const Call& call) {
    if (!call.subject()) return at(core, call.path());
    auto role = TRY(core.directory.find_role(call.subject()));
    if (!role) return fail(Errc::no_such_role, "the role is gone");
    return RoleObject(core, *std::move(role));
}

Result<RoleObject> RoleObject::at(Core& core, std::string_view path) {
    const auto name = TRY(role_of_path(path));
    return RoleObject(core, TRY(core.directory.get_role(name)));
}

Result<void> RoleObject::describe(Call& call) {
    return call.reply(core_.directory.role_record(role_));
}

Result<void> RoleObject::update(Call& call) {
    const auto fields = TRY(call.read_fields());
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.update_role(call.actor(), role_.id, fields, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> RoleObject::remove(Call& call) {
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.delete_role(call.actor(), role_.id, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> RoleObject::grant(Call& call) {
    const auto users = TRY(call.read_strings());
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.grant_role(call.actor(), role_.id, users, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> RoleObject::revoke(Call& call) {
    const auto users = TRY(call.read_strings());
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.revoke_role(call.actor(), role_.id, users, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> RoleObject::list_holders(Call& call) {
    const auto [offset, limit] = TRY(call.read_extent());
    const auto page = TRY(core_.directory.list_holders(role_.id, offset, limit));
    return call.reply(page.rows, page.total);
}

}  // namespace

const sd_bus_vtable role_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", record),
                            (on_call<&RoleObject::describe, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Update", SD_BUS_ARGS("a{sv}", fields, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&RoleObject::update, Action::manage_roles>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Delete", SD_BUS_ARGS("a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&RoleObject::remove, Action::manage_roles>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Grant", SD_BUS_ARGS("as", users, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&RoleObject::grant, Action::grant_roles>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Revoke", SD_BUS_ARGS("as", users, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&RoleObject::revoke, Action::grant_roles>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "ListHolders", SD_BUS_ARGS("t", offset, "t", limit), SD_BUS_RESULT("aa{sv}", page, "t", total),
        (on_call<&RoleObject::list_holders, Action::read_private>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Name", "s", (on_get<&RoleObject::name, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Description", "s", (on_get<&RoleObject::description, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("BuiltIn", "b", (on_get<&RoleObject::built_in, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Grants", "as", (on_get<&RoleObject::grants, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Generation", "t", (on_get<&RoleObject::generation, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_VTABLE_END,
};

}  // namespace userd::bus
