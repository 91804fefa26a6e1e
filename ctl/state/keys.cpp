// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/state/keys.h"

namespace userd::ctl {
namespace {

using enum StatePart;
using Form = StateForm;

const StateKey table[] = {
    {file, "version", Form::number, false, "Version of the format: 1"},
    {file, "set", Form::text, false,
     "Name under which the objects are managed. An object of another set, or of none, is refused "
     "(--take-over)"},
    {file, "hosts", Form::hosts, false, "The file is for these hosts only"},
    {file, "defaults", Form::metadata, false,
     "Under users and groups, values for the keys that an object leaves out"},
    {file, "options", Form::metadata, false, "How exact the file is, see OPTIONS"},
    {file, "groups", Form::metadata, false, "The groups, see GROUPS"},
    {file, "users", Form::metadata, false, "The users, see USERS"},

    {options, "membership", Form::choice, false,
     "at-least: groups, local_groups, members and roles only add, and never take away", "exact|at-least"},
    {options, "ssh_authorized_keys", Form::choice, false, "at-least: keys that are not listed stay",
     "exact|at-least"},
    {options, "prune_limit", Form::limit, false,
     "How many of the set's users --prune may suspend at once; 5% unless said"},
    {options, "delete_after", Form::duration, false,
     "Users that are absent, or pruned, are deleted so long after their suspension; never unless said"},

    {group, "name", Form::text, false, "Name of the group"},
    {group, "was", Form::text, false, "Its name before: renames once, then does nothing"},
    {group, "hosts", Form::hosts, false, "The group stands in the file on these hosts only"},
    {group, "gid", Form::number, false, "Number; cannot change later"},
    {group, "description", Form::text, true, "What it is for"},
    {group, "members", Form::members, false,
     "Users in it. A membership stands on the user or on the group, not on both"},
    {group, "mfa", Form::choice, true, "Policy for one-time codes of its members",
     "inherit|off|optional|required"},
    {group, "administrators", Form::words, true, "Users who may change its members"},

    {user, "name", Form::text, false, "Login name"},
    {user, "was", Form::text, false, "The login name before: renames once, then does nothing"},
    {user, "hosts", Form::hosts, false, "The user stands in the file on these hosts only"},
    {user, "uid", Form::number, false, "Number; cannot change later"},
    {user, "kind", Form::choice, true, "What logs in; cannot change later", "person|service|sftp"},
    {user, "state", Form::choice, false,
     "absent: suspended now, deleted after options.delete_after; pending: a new user waits for approval. "
     "Left out: not managed",
     "pending|active|suspended|absent"},
    {user, "transfer_to", Form::text, false, "Who gets the files of a user that is absent"},
    {user, "first_name", Form::text, false, "First name"},
    {user, "last_name", Form::text, false, "Last name"},
    {user, "display_name", Form::text, false, "Full name as shown; the GECOS field"},
    {user, "email", Form::text, false, "Mail address"},
    {user, "phone", Form::text, false, "Phone number"},
    {user, "shell", Form::text, true, "Login shell"},
    {user, "home", Form::text, false, "Home directory"},
    {user, "primary_group", Form::text, true,
     "Primary group; private: one of the user's own name and number"},
    {user, "groups", Form::members, true, "Groups of the directory that the user is in"},
    {user, "local_groups", Form::members, true, "Groups of /etc/group that the user is in"},
    {user, "role", Form::text, true,
     "The one role of the user: every other is taken away. user: none. Roles themselves are made by "
     "userctl role"},
    {user, "roles", Form::words, true, "The same where there are several; not beside role"},
    {user, "class", Form::text, true, "Resource class"},
    {user, "tags", Form::words, true, "Words of your own, to list by"},
    {user, "metadata", Form::metadata, true, "Values of your own, nested"},
    {user, "mfa", Form::choice, true, "Policy for one-time codes", "inherit|off|optional|required"},
    {user, "notify", Form::choice, true, "Which mails the user gets", "all|security|none"},
    {user, "not_before", Form::time, true, "No login before"},
    {user, "expires", Form::time, true, "No login after"},
    {user, "must_change", Form::flag, true, "A new user must change the password at the first login"},
    {user, "ssh_authorized_keys", Form::ssh_keys, true, "Public keys: lines, or tables, see SSH KEYS"},
    {user, "password", Form::password, true, "See SECRETS; never the password itself"},
    {user, "totp", Form::totp, false, "Key of the authenticator, see SECRETS"},

    {ssh_key, "key", Form::text, false, "The line of authorized_keys, with or without a comment"},
    {ssh_key, "expires", Form::time, false, "No login with it after"},
    {ssh_key, "from", Form::words, false, "Networks and hosts that it may be used from"},
    {ssh_key, "options", Form::words, false, "Options of authorized_keys(5) that restrict it"},
};

}  // namespace

std::span<const StateKey> state_keys() {
    return table;
}

std::vector<const StateKey*> keys_of(StatePart part) {
    std::vector<const StateKey*> keys;
    for (const StateKey& key : table)
        if (key.part == part) keys.push_back(&key);
    return keys;
}

const StateKey* find_state_key(StatePart part, std::string_view name) {
    for (const StateKey& key : table)
        if (key.part == part && key.name == name) return &key;
    return nullptr;
}

}  // namespace userd::ctl
