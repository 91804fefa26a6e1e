// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/person.h"

#include "daemon/store/credentials.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"

namespace userd {

Result<Person> load_person(store::Store& store, const User& user, Time now) {
    Person person;
    person.name = user.name;
    person.age = now - user.created_at;
    person.source = user.source;
    person.mfa = user.kind == UserKind::service ? MfaPolicy::off : user.mfa;  // keys only
    if (user.primary_group) {
        if (const auto group = TRY(store.groups().find(user.primary_group)))
            person.groups.push_back(group->name);
    } else {
        person.groups.push_back(user.name);  // the private group
    }
    for (auto& membership : TRY(store.groups().of_user(user.id, now)))
        person.groups.push_back(std::move(membership.name));
    for (auto& membership : TRY(store.groups().local_of_user(user.id, now)))
        person.groups.push_back(std::move(membership.name));
    for (auto& role : TRY(store.roles().of_user(user.id))) person.roles.push_back(std::move(role.name));
    person.group_mfa = TRY(store.credentials().group_mfa_policies(user.id, now));
    person.enrolled = TRY(store.credentials().has_totp(user.id));
    return person;
}

}  // namespace userd
