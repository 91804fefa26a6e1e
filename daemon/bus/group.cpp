// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Group: one group, at /org/userd1/group/_GID. Its administrators stand to it as an account to
// itself.
#include "daemon/bus/dispatch.h"
#include "daemon/bus/record.h"
#include "daemon/bus/tables.h"
#include "daemon/directory/stored_members.h"

namespace userd::bus {
namespace {

constexpr std::uint64_t few_members = 2000;  // each page of more is sorted on the worker

class GroupObject {
 public:
    GroupObject(Core& core, Group group) : core_(core), group_(std::move(group)) {}
    static Result<GroupObject> find(Core& core, const Call& call);
    static Result<GroupObject> at(Core& core, std::string_view path);
    ObjectId id() const { return group_.id; }
    bool belongs_to(const Call& call) const {
        return call.caller_id() &&
               core_.directory.is_administrator(group_.id, call.caller_id()).value_or(false);
    }

    Result<void> describe(Call& call);
    Result<void> update(Call& call);
    Result<void> rename(Call& call);
    Result<void> remove(Call& call);
    Result<void> list_members(Call& call);
    Result<void> add_members(Call& call);
    Result<void> remove_members(Call& call);

    std::string target() const { return fmt::format("gid:{}", group_.gid); }
    std::string name() const { return group_.name; }
    std::uint32_t gid() const { return group_.gid; }
    std::string description() const { return group_.description; }
    std::uint64_t generation() const { return group_.generation; }

 private:
    Core& core_;
    Group group_;
};

// A gid is never given out again, so the number in the path is the same group after polkit has answered, or
// none.
Result<GroupObject> GroupObject::find(Core& core, const Call& call) {
    auto object = TRY(at(core, call.path()));
    if (call.subject() && call.subject() != object.id())
        return fail(Errc::no_such_group, "the group is gone");
    return object;
}

Result<GroupObject> GroupObject::at(Core& core, std::string_view path) {
    const auto gid = TRY(number_of_path(path, group_prefix));
    return GroupObject(core, TRY(core.directory.get_group(fmt::format("gid:{}", gid))));
}

Result<void> GroupObject::describe(Call& call) {
    return call.reply(TRY(core_.directory.group_record(group_)));
}

Result<void> GroupObject::update(Call& call) {
    const auto fields = TRY(call.read_fields());
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.update_group(call.actor(), group_.id, fields, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> GroupObject::rename(Call& call) {
    const auto name = TRY(call.read_string());
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.rename_group(call.actor(), group_.id, name, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> GroupObject::remove(Call& call) {
    const auto change = TRY(call.read_change());
    const auto outcome = TRY(core_.directory.delete_group(call.actor(), group_.id, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> GroupObject::list_members(Call& call) {
    const auto nested = TRY(call.read_bool());
    const auto [offset, limit] = TRY(call.read_extent());
    const auto count = TRY(core_.directory.list_members(group_.id, nested, 0, 0)).total;
    if (count <= few_members) {
        const auto page = TRY(core_.directory.list_members(group_.id, nested, offset, limit));
        return call.reply(page.rows, page.total);
    }
    core_.long_jobs.run(
        [path = core_.store_path, id = group_.id, now = core_.directory.now(), nested, offset = offset,
         limit = limit] { return list_stored_members(path, id, now, nested, offset, limit); },
        [call](const Result<Page>& page) mutable {
            call.finish(page ? call.reply(page->rows, page->total) : Failure(page.error()));
        });
    return {};
}

Result<void> GroupObject::add_members(Call& call) {
    const auto members = TRY(call.read_strings());
    auto change = TRY(call.read_change({"until"}));
    change.options.self_service = call.right() == Right::self;
    const auto until = TRY(time_in(change.fields, "until"));
    const auto outcome =
        TRY(core_.directory.add_members(call.actor(), target(), members, until, change.options));
    return call.reply(outcome.changed, outcome.record);
}

Result<void> GroupObject::remove_members(Call& call) {
    const auto members = TRY(call.read_strings());
    auto change = TRY(call.read_change());
    change.options.self_service = call.right() == Right::self;
    const auto outcome = TRY(core_.directory.remove_members(call.actor(), target(), members, change.options));
    return call.reply(outcome.changed, outcome.record);
}

}  // namespace

const sd_bus_vtable group_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", record),
                            (on_call<&GroupObject::describe, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Update", SD_BUS_ARGS("a{sv}", fields, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&GroupObject::update, Action::manage_groups>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Rename", SD_BUS_ARGS("s", name, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&GroupObject::rename, Action::manage_groups>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "Delete", SD_BUS_ARGS("a{sv}", options, "t", flags), SD_BUS_RESULT("b", changed, "a{sv}", record),
        (on_call<&GroupObject::remove, Action::delete_group>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListMembers", SD_BUS_ARGS("b", nested, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&GroupObject::list_members, Action::anyone>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("AddMembers", SD_BUS_ARGS("as", members, "a{sv}", options, "t", flags),
                            SD_BUS_RESULT("b", changed, "a{sv}", record),
                            (on_call<&GroupObject::add_members, Action::manage_members, Action::self_update>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS(
        "RemoveMembers", SD_BUS_ARGS("as", members, "a{sv}", options, "t", flags),
        SD_BUS_RESULT("b", changed, "a{sv}", record),
        (on_call<&GroupObject::remove_members, Action::manage_members, Action::self_update>),
        SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Name", "s", (on_get<&GroupObject::name, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Gid", "u", (on_get<&GroupObject::gid, Action::anyone>), 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Description", "s", (on_get<&GroupObject::description, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_PROPERTY("Generation", "t", (on_get<&GroupObject::generation, Action::anyone>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    SD_BUS_VTABLE_END,
};

}  // namespace userd::bus
