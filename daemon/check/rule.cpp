// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/rule.h"

#include <algorithm>

#include "daemon/check/directory_rules.h"
#include "daemon/check/user_rules.h"

namespace userd {

namespace {

using enum Severity;

// clang-format off
const Rule table[] = {
    // What the store holds.
    {"member-missing", error,
     "A membership, a role held or a right to administer names an account, a group or a role that does not exist",
     "removes it", nullptr, rules::member_missing},
    {"orphaned-credential", error,
     "A password, key, code or tag belongs to no account",
     "removes it", nullptr, rules::orphaned_credential},
    {"id-duplicate", error,
     "Two objects have one number or one name, or one that belonged to a deleted object",
     "", nullptr, rules::id_duplicate},
    {"dead-nested-group", error,
     "A group has as member a group that is gone, or that leads back to itself",
     "removes the membership of a group that is gone", nullptr, rules::dead_nested_group},
    {"role-scope-stale", warning,
     "A role names a group or another role that no longer exists: it reaches fewer than it says",
     "takes the name out of the role; a scope that is empty then reaches nobody", nullptr, rules::role_scope_stale},
    {"snapshot-differs", error,
     "Lookups see something else than the store holds",
     "makes the snapshot anew", nullptr, rules::snapshot_differs},
    // The directory and the host.
    {"id-foreign", warning,
     "A number lies neither in ids.ranges nor in ids.accept, or is reserved",
     "", rules::id_foreign, rules::group_id_foreign},
    {"id-taken", error,
     "The host's own /etc/passwd or /etc/group has the name or the number: ours is withdrawn from lookups and logins",
     "", rules::id_taken, rules::group_id_taken},
    {"subid-overlap", error,
     "A number lies in a range of subordinate ids: a local user's namespace could act as its owner",
     "", rules::subid_overlap, rules::group_subid_overlap},
    {"subid-range", warning,
     "Numbers of a directory server lie where useradd takes subordinate ids from: a local user made later could act as their owners",
     "", nullptr, rules::subid_range},
    {"stale-name", warning,
     "The name of a deleted or renamed user still stands in the host's files: a new user of that name would inherit it",
     "", nullptr, rules::stale_name},
    {"local-group-missing", error,
     "A local group that users are in, or may be put into, is not both in /etc/group and in /etc/userd/local-groups",
     "takes over the new number of a group that has one", nullptr, rules::local_group_missing},
    {"home-missing", warning,
     "A user who has logged in has no home directory",
     "", rules::home_missing},
    {"home-owner", error,
     "A home directory belongs to somebody else",
     "", rules::home_owner},
    {"shell-unlisted", warning,
     "A login shell is not in /etc/shells",
     "", rules::shell_unlisted},
    // Accounts and how they log in.
    {"expired-active", note,
     "An account is past its end and still active",
     "suspends it", rules::expired_active},
    {"stale-account", note,
     "An active account has seen no login for 90 days",
     "", rules::stale_account},
    {"mfa-missing", warning,
     "A one-time code is required of an account that has none enrolled, and its time to enrol is over",
     "", rules::mfa_missing},
    {"weak-totp-key", warning,
     "The key of the one-time codes is shorter than 112 bits",
     "", nullptr, rules::weak_totp_key},
    {"code-ahead", error,
     "The last one-time code used lies in the future, as after a clock that was set forward: none is right until then",
     "", nullptr, rules::code_ahead},
    {"key-expired", note,
     "An SSH key is past its end",
     "removes it", nullptr, rules::key_expired},
};
// clang-format on

}  // namespace

std::string_view to_word(Severity severity) {
    switch (severity) {
        case note:
            return "note";
        case warning:
            return "warning";
        case error:
            return "error";
    }
    return {};
}

std::span<const Rule> all_rules() {
    return table;
}

const Rule* find_rule(std::string_view name) {
    const auto* found =
        std::find_if(std::begin(table), std::end(table), [&](const Rule& rule) { return rule.name == name; });
    return found == std::end(table) ? nullptr : found;
}

}  // namespace userd
