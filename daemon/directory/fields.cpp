// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/fields.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "common/base/text.h"
#include "daemon/directory/email.h"
#include "daemon/directory/metadata.h"
#include "daemon/directory/phone.h"
#include "daemon/directory/plain_text.h"
#include "daemon/directory/value_reader.h"
#include "daemon/model/words.h"

namespace userd {

namespace {

constexpr std::size_t most_words = 1000;  // in one list

template <std::string User::*member>
Result<void> set_gecos(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    const auto text = TRY(read_text(value, field));
    draft.user.*member = TRY(parse_gecos(text, field));
    return {};
}

template <std::optional<Time> User::*member>
Result<void> set_time(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    draft.user.*member = TRY(read_time(value, field));
    return {};
}

// One of an enumeration's words; clearing brings `otherwise`.
template <typename Enum>
Result<Enum> read_word(const Value& value, std::string_view field, Enum otherwise) {
    const auto text = TRY(read_text(value, field));
    if (text.empty()) return otherwise;
    if (const auto word = parse_word<Enum>(text)) return *word;
    std::string known;
    for (const auto& row : Words<Enum>::table)
        known += fmt::format("{}{}", known.empty() ? "" : ", ", row.second);
    return fail(Error{Errc::invalid, fmt::format("{} cannot be \"{}\"", field, escaped(text.substr(0, 64))),
                      fmt::format("one of {}", known), std::string(field)});
}

template <typename Enum, Enum User::*member, Enum otherwise>
Result<void> set_word(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    draft.user.*member = TRY(read_word(value, field, otherwise));
    return {};
}

Result<void> set_email(UserDraft& draft, const Value& value, std::string_view field, const Config& config) {
    const auto text = TRY(read_text(value, field));
    auto email = TRY(Email::parse(trimmed(text), config.users.email_domains));
    draft.user.email = std::move(email.text);
    draft.email_folded = std::move(email.folded);
    return {};
}

Result<void> set_phone(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    const auto text = TRY(read_text(value, field));
    draft.user.phone = TRY(parse_phone(text));
    return {};
}

// Clearing brings the configured shell back.
Result<void> set_shell(UserDraft& draft, const Value& value, std::string_view field, const Config& config) {
    const auto text = TRY(read_text(value, field));
    draft.user.shell = TRY(parse_path(text.empty() ? config.users.shell : text, field));
    return {};
}

Result<void> set_home(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    const auto text = TRY(read_text(value, field));
    draft.user.home = TRY(parse_path(text, field));
    return {};
}

Result<void> set_class(UserDraft& draft, const Value& value, std::string_view field, const Config& config) {
    const auto text = TRY(read_text(value, field));
    const auto& known = config.classes;
    const auto name = text.empty() ? config.users.user_class : text;
    if (std::find(known.begin(), known.end(), name) == known.end())
        return fail(Error{
            Errc::invalid,
            fmt::format("there is no class \"{}\" (classes in userd.yaml)", escaped(name.substr(0, 64))),
            fmt::format("one of {}", fmt::join(known, ", ")), "class"});
    draft.user.user_class = name;
    return {};
}

template <std::string User::*member>
Result<void> set_label(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    const auto text = TRY(read_text(value, field));
    draft.user.*member = text.empty() ? text : TRY(parse_word_like(text, field));
    return {};
}

Result<void> set_notify(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    auto text = TRY(read_text(value, field));
    if (text.empty()) text = "all";
    if (text != "all" && text != "security" && text != "none")
        return fail(Error{Errc::invalid, fmt::format("notify cannot be \"{}\"", escaped(text.substr(0, 64))),
                          "one of all, security, none", "notify"});
    draft.user.notify = text;
    return {};
}

Result<void> set_must_change(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    draft.user.must_change = TRY(read_flag(value, field));
    return {};
}

// A text is the whole object; a table changes single values by their dotted paths.
Result<void> set_metadata(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    if (const auto* changes = std::get_if<std::map<std::string, std::string>>(&value)) {
        draft.user.metadata = TRY(merge_metadata(draft.user.metadata, *changes));
        return {};
    }
    const auto text = TRY(read_text(value, field));
    draft.user.metadata = TRY(parse_metadata(text));
    return {};
}

Result<void> set_primary_group(UserDraft& draft, const Value& value, std::string_view field,
                               const Config& config) {
    const auto text = TRY(read_text(value, field));
    draft.primary_group = text.empty() ? config.users.primary_group : text;
    return {};
}

Result<void> set_uid(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    draft.uid = TRY(read_number(value, field));
    return {};
}

constexpr auto set_kind = set_word<UserKind, &User::kind, UserKind::person>;

// Only at creation; afterwards each way from state to state is a call of its own.
Result<void> set_first_state(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    const auto text = TRY(read_text(value, field));
    if (text != "active" && text != "pending" && !text.empty())
        return fail(Error{Errc::invalid,
                          fmt::format("a new user's state cannot be \"{}\"", escaped(text.substr(0, 64))),
                          "active or pending", "state"});
    draft.user.state = text == "pending" ? UserState::pending : UserState::active;
    return {};
}

Result<std::vector<std::string>> read_words(const Value& value, std::string_view field) {
    auto words = TRY(read_list(value, field));
    if (words.size() > most_words)
        return fail(Error{Errc::limits, fmt::format("{} has more than {} entries", field, most_words), "",
                          std::string(field)});
    return words;
}

template <ListEdit UserDraft::*list, std::vector<std::string> ListEdit::*part>
Result<void> set_list_part(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    draft.*list.*part = TRY(read_words(value, field));
    return {};
}
template <ListEdit UserDraft::*list>
Result<void> set_list(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    (draft.*list).exact = TRY(read_words(value, field));
    return {};
}

// The one role: all others are taken away. "user" is what everybody is, and leaves none.
Result<void> set_role(UserDraft& draft, const Value& value, std::string_view field, const Config&) {
    const auto text = TRY(read_text(value, field));
    draft.roles.exact = text.empty() ? std::vector<std::string>() : std::vector<std::string>{text};
    return {};
}

constexpr auto set_mfa = set_word<MfaPolicy, &User::mfa, MfaPolicy::inherit>;

using enum Settable;
using enum Owner;

// clang-format off
const UserField user_table[] = {
    // name                 private  whose   set by       how
    {"id",                  false,   host,   never},
    {"name",                false,   server, never},       // rename
    {"uid",                 false,   server, at_creation, set_uid},
    {"gid",                 false,   server, never},       // follows from primary_group
    {"first_name",          true,    server, by_self,     set_gecos<&User::first_name>},
    {"last_name",           true,    server, by_self,     set_gecos<&User::last_name>},
    {"display_name",        false,   server, by_self,     set_gecos<&User::display_name>},
    {"email",               true,    server, by_self,     set_email},      // by oneself only with users.self_email
    {"phone",               true,    server, by_self,     set_phone},
    {"shell",               false,   server, by_self,     set_shell},      // by oneself only one of /etc/shells
    {"home",                false,   server, by_admin,    set_home},
    {"kind",                false,   host,   at_creation, set_kind},
    {"primary_group",       false,   server, by_admin,    set_primary_group, RoleGrant::group_members},
    {"groups",              false,   host,   by_admin,    set_list<&UserDraft::groups>, RoleGrant::group_members},
    {"groups_add",          false,   host,   by_admin,    set_list_part<&UserDraft::groups, &ListEdit::add>, RoleGrant::group_members},
    {"groups_remove",       false,   host,   by_admin,    set_list_part<&UserDraft::groups, &ListEdit::remove>, RoleGrant::group_members},
    {"nested_groups",       false,   host,   never},       // by groups in groups
    {"local_groups",        false,   host,   by_admin,    set_list<&UserDraft::local_groups>, RoleGrant::group_members},
    {"local_groups_add",    false,   host,   by_admin,    set_list_part<&UserDraft::local_groups, &ListEdit::add>, RoleGrant::group_members},
    {"local_groups_remove", false,   host,   by_admin,    set_list_part<&UserDraft::local_groups, &ListEdit::remove>, RoleGrant::group_members},
    {"role",                true,    host,   by_admin,    set_role, RoleGrant::role_grant},
    {"roles",               true,    host,   by_admin,    set_list<&UserDraft::roles>, RoleGrant::role_grant},
    {"roles_add",           true,    host,   by_admin,    set_list_part<&UserDraft::roles, &ListEdit::add>, RoleGrant::role_grant},
    {"roles_remove",        true,    host,   by_admin,    set_list_part<&UserDraft::roles, &ListEdit::remove>, RoleGrant::role_grant},
    {"class",               true,    host,   by_admin,    set_class},
    {"tags",                true,    host,   by_admin,    set_list<&UserDraft::tags>},
    {"tags_add",            true,    host,   by_admin,    set_list_part<&UserDraft::tags, &ListEdit::add>},
    {"tags_remove",         true,    host,   by_admin,    set_list_part<&UserDraft::tags, &ListEdit::remove>},
    {"metadata",            true,    host,   by_admin,    set_metadata},
    {"state",               false,   host,   at_creation, set_first_state},
    {"state_reason",        true,    host,   never},
    {"suspended_until",     true,    host,   never},
    {"mfa",                 true,    host,   by_admin,    set_mfa, RoleGrant::mfa_reset},
    {"enrol_until",         true,    host,   by_admin,    set_time<&User::enrol_until>, RoleGrant::mfa_reset},
    {"notify",              true,    host,   by_self,     set_notify},
    {"source",              false,   host,   never},
    {"set",                 true,    host,   by_admin,    set_label<&User::set>, RoleGrant::directory_apply},
    {"created_at",          false,   host,   never},
    {"updated_at",          false,   host,   never},
    {"created_by",          true,    host,   never},
    {"last_login",          true,    host,   never},
    {"must_change",         true,    server, by_admin,    set_must_change, RoleGrant::password_reset},
    {"expires",             true,    host,   by_admin,    set_time<&User::expires>, RoleGrant::user_suspend},
    {"not_before",          true,    host,   by_admin,    set_time<&User::not_before>, RoleGrant::user_suspend},
    {"generation",          false,   host,   never},
    // Kept by the credentials.
    {"factors",             true,    host,   never},
    {"password_changed_at", true,    server, never},
    {"locked_until",        true,    host,   never},
};
// clang-format on

Result<void> set_group_gid(GroupDraft& draft, const Value& value, std::string_view field) {
    draft.gid = TRY(read_number(value, field));
    return {};
}

Result<void> set_description(GroupDraft& draft, const Value& value, std::string_view field) {
    const auto text = TRY(read_text(value, field));
    draft.group.description = TRY(parse_line(text, field));
    return {};
}

Result<void> set_group_mfa(GroupDraft& draft, const Value& value, std::string_view field) {
    draft.group.mfa = TRY(read_word(value, field, MfaPolicy::inherit));
    return {};
}

Result<void> set_group_enrol_until(GroupDraft& draft, const Value& value, std::string_view field) {
    draft.enrol_until = TRY(read_time(value, field));
    return {};
}

Result<void> set_group_set(GroupDraft& draft, const Value& value, std::string_view field) {
    const auto text = TRY(read_text(value, field));
    draft.group.set = text.empty() ? text : TRY(parse_word_like(text, field));
    return {};
}

template <ListEdit GroupDraft::*list>
Result<void> set_names(GroupDraft& draft, const Value& value, std::string_view field) {
    (draft.*list).exact = TRY(read_list(value, field));
    return {};
}

Result<void> set_role_description(RoleDraft& draft, const Value& value, std::string_view field) {
    const auto text = TRY(read_text(value, field));
    draft.role.description = TRY(parse_line(text, field));
    return {};
}

template <ListEdit RoleDraft::*list, std::vector<std::string> ListEdit::*part>
Result<void> set_part(RoleDraft& draft, const Value& value, std::string_view field) {
    draft.*list.*part = TRY(read_words(value, field));
    return {};
}
template <ListEdit RoleDraft::*list>
Result<void> set_exact(RoleDraft& draft, const Value& value, std::string_view field) {
    (draft.*list).exact = TRY(read_words(value, field));
    return {};
}

const RoleField role_table[] = {
    {"name", never},
    {"description", by_admin, set_role_description},
    {"grants", by_admin, set_exact<&RoleDraft::grants>},
    {"grants_add", by_admin, set_part<&RoleDraft::grants, &ListEdit::add>},
    {"grants_remove", by_admin, set_part<&RoleDraft::grants, &ListEdit::remove>},
    {"scope", by_admin, set_exact<&RoleDraft::scope>},
    {"scope_add", by_admin, set_part<&RoleDraft::scope, &ListEdit::add>},
    {"scope_remove", by_admin, set_part<&RoleDraft::scope, &ListEdit::remove>},
    {"excluded", by_admin, set_exact<&RoleDraft::excluded>},
    {"excluded_add", by_admin, set_part<&RoleDraft::excluded, &ListEdit::add>},
    {"excluded_remove", by_admin, set_part<&RoleDraft::excluded, &ListEdit::remove>},
    {"groups", by_admin, set_exact<&RoleDraft::groups>},
    {"groups_add", by_admin, set_part<&RoleDraft::groups, &ListEdit::add>},
    {"groups_remove", by_admin, set_part<&RoleDraft::groups, &ListEdit::remove>},
    {"built_in", never},
    {"created_at", never},
    {"updated_at", never},
    {"generation", never},
};

const GroupField group_table[] = {
    {"id", host, never},
    {"name", server, never},
    {"gid", server, at_creation, set_group_gid},
    {"description", server, by_admin, set_description},
    {"members", server, by_admin, set_names<&GroupDraft::members>},
    {"member_count", server, never},
    {"administrators", server, by_admin, set_names<&GroupDraft::administrators>},
    {"mfa", host, by_admin, set_group_mfa},
    {"enrol_until", host, by_admin, set_group_enrol_until},  // no field of its own: of its members
    {"source", host, never},
    {"set", host, by_admin, set_group_set},
    {"created_at", host, never},
    {"updated_at", host, never},
    {"generation", host, never},
};

template <typename Table>
auto find_in(const Table& table, std::string_view name) {
    const auto* found =
        std::find_if(std::begin(table), std::end(table), [&](const auto& row) { return row.name == name; });
    return found == std::end(table) ? nullptr : found;
}

template <typename Table>
Failure unknown_field(const Table& table, std::string_view name) {
    std::vector<std::string_view> words;
    for (const auto& row : table)
        if (row.settable != never) words.push_back(row.name);
    const auto near = nearest_word(name, words);
    return fail(Error{Errc::invalid, fmt::format("there is no field \"{}\"", escaped(name.substr(0, 64))),
                      near.empty() ? "" : std::string(near), std::string(name.substr(0, 64))});
}

Result<void> check_settable(std::string_view name, Settable settable, Purpose purpose) {
    if (settable == never)
        return fail(Error{Errc::invalid, fmt::format("{} cannot be set: it follows from other things", name),
                          "", std::string(name)});
    if (settable == at_creation && purpose != Purpose::creation)
        return fail(Error{Errc::invalid, fmt::format("{} cannot be changed after the creation", name), "",
                          std::string(name)});
    return {};
}

}  // namespace

std::span<const UserField> user_fields() {
    return user_table;
}
std::span<const RoleField> role_fields() {
    return role_table;
}
std::span<const GroupField> group_fields() {
    return group_table;
}
const UserField* find_user_field(std::string_view name) {
    return find_in(user_table, name);
}

namespace {

// "groups" of "groups_add".
std::string_view without_edit(std::string_view name) {
    for (const std::string_view edit : {"_add", "_remove"})
        if (name.ends_with(edit)) name.remove_suffix(edit.size());
    return name;
}

}  // namespace

Result<void> check_enrol_until(std::optional<Time> until, Time now) {
    if (!until || *until > now) return {};
    return fail(Error{Errc::invalid, "enrolment cannot be open until a time that is over", "a time to come",
                      "enrol_until"});
}

Result<void> check_whole(const User& user) {
    if (user.kind == UserKind::sftp && user.shell != no_shell)
        return fail(Error{Errc::policy_violation,
                          fmt::format("{} is an sftp account: its shell is {}", user.name, no_shell), "",
                          "shell"});
    if (user.kind == UserKind::service && user.mfa == MfaPolicy::required)
        return fail(Error{Errc::policy_violation,
                          fmt::format("{} is a service account, which logs in with keys alone: mfa cannot be "
                                      "required",
                                      user.name),
                          "off or optional", "mfa"});
    if (user.expires && user.not_before && *user.expires <= *user.not_before)
        return fail(Error{Errc::invalid,
                          fmt::format("{} could never log in: expires is not after not_before", user.name),
                          "", "expires"});
    return {};
}

bool may_set_on_oneself(const UserField& field, const Config& config) {
    return field.settable == by_self && (field.name != "email" || config.users.self_email);
}

Result<void> apply_fields(UserDraft& draft, const Fields& fields, const Config& config, Purpose purpose) {
    for (const auto& [name, value] : fields) {
        const auto* field = find_user_field(name);
        if (field == nullptr) return unknown_field(user_table, name);
        if (purpose == Purpose::self_service && !may_set_on_oneself(*field, config))
            return fail(Error{Errc::denied, fmt::format("only an admin may change {}", without_edit(name)),
                              "", name});
        TRY(check_settable(name, field->settable, purpose));
        TRY(field->set(draft, value, name, config));
    }
    return {};
}

Result<void> apply_fields(RoleDraft& draft, const Fields& fields, Purpose purpose) {
    for (const auto& [name, value] : fields) {
        const auto* field = find_in(role_table, name);
        if (field == nullptr) return unknown_field(role_table, name);
        TRY(check_settable(name, field->settable, purpose));
        TRY(field->set(draft, value, name));
    }
    return {};
}

Result<void> apply_fields(GroupDraft& draft, const Fields& fields, Purpose purpose) {
    for (const auto& [name, value] : fields) {
        const auto* field = find_in(group_table, name);
        if (field == nullptr) return unknown_field(group_table, name);
        TRY(check_settable(name, field->settable, purpose));
        TRY(field->set(draft, value, name));
    }
    return {};
}

}  // namespace userd
