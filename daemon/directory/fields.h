// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/directory/list_edit.h"
#include "daemon/model/role.h"
#include "daemon/model/user.h"
#include "daemon/model/value.h"

namespace userd {

// A user as a call wants it: the row, and what stands in other tables.
struct UserDraft {
    User user;
    std::string email_folded;
    std::optional<std::int64_t> uid;           // asked for; creation only
    std::optional<std::string> primary_group;  // asked for: "private" or a group's name
    ListEdit tags, groups, local_groups, roles;
};

struct RoleDraft {
    Role role;
    ListEdit grants, scope, excluded, groups;
};

struct GroupDraft {
    Group group;
    std::optional<std::int64_t> gid;  // asked for; creation only
    std::optional<Time> enrol_until;  // with mfa required: for its members; kept by them alone
    ListEdit members, administrators;
};

// The shell of users of the kind sftp.
inline constexpr const char* no_shell = "/usr/sbin/nologin";
// What no single field can see. invalid, policy_violation.
Result<void> check_whole(const User& user);

// Enrolment is not opened until a time that is over. invalid.
Result<void> check_enrol_until(std::optional<Time> until, Time now);

// Who may set a field. What no row names, nobody may.
enum class Settable { never, at_creation, by_admin, by_self };

// Whose a field of a mirrored object is (daemon/directory/ownership.h): this host's, or its server's alone.
enum class Owner { host, server };

// One field of the one set of names: who sees it, who sets it, and how its text is read. The tables are the
// whole truth: docs/reference/fields.md is held against them.
struct UserField {
    std::string_view name;
    bool is_private;  // seen by the account itself and who may read-private
    Owner owner;
    Settable settable;
    Result<void> (*set)(UserDraft& draft, const Value& value, std::string_view field,
                        const Config& config) = nullptr;
    RoleGrant grant = RoleGrant::user_update;  // of a role that lets somebody else set it
};
struct GroupField {
    std::string_view name;
    Owner owner;
    Settable settable;
    Result<void> (*set)(GroupDraft& draft, const Value& value, std::string_view field) = nullptr;
};

struct RoleField {
    std::string_view name;
    Settable settable;
    Result<void> (*set)(RoleDraft& draft, const Value& value, std::string_view field) = nullptr;
};

std::span<const RoleField> role_fields();
std::span<const UserField> user_fields();
std::span<const GroupField> group_fields();
const UserField* find_user_field(std::string_view name);
bool may_set_on_oneself(const UserField& field, const Config& config);

enum class Purpose { creation, change, self_service };
// Reads the given fields, and only them, into the draft. Errors: invalid, denied; with the field's name.
Result<void> apply_fields(UserDraft& draft, const Fields& fields, const Config& config, Purpose purpose);
Result<void> apply_fields(RoleDraft& draft, const Fields& fields, Purpose purpose);
Result<void> apply_fields(GroupDraft& draft, const Fields& fields, Purpose purpose);

// The fields that stand in the object's own row, the private ones too; what is not set is left out.
Fields row_record(const User& user, const Fields* only = nullptr);  // only: those that it names
Fields row_record(const Group& group);

}  // namespace userd
