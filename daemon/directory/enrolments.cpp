// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/enrolments.h"

#include <vector>

#include "daemon/model/words.h"
#include "daemon/store/credentials.h"
#include "daemon/store/store.h"

namespace userd {

MfaPolicy Enrolments::otherwise() const {
    return parse_word<MfaPolicy>(config_.mfa.policy).value_or(MfaPolicy::optional);
}

// Where no group says anything, memberships change nothing.
Result<bool> Enrolments::may_matter() const {
    return store_.credentials().any_group_has_mfa_policy();
}

Result<void> Enrolments::take(std::span<const ObjectId> users, Time at) {
    std::vector<ObjectId> fresh;
    for (const auto user : users)
        if (!left_alone_.contains(user) && !before_.contains(user)) fresh.push_back(user);
    if (!fresh.empty()) before_.merge(TRY(store::mfa_policies_of(store_, fresh, otherwise(), at)));
    return {};
}

Result<void> Enrolments::note(ObjectId user) {
    return take({&user, 1}, now_);
}

Result<void> Enrolments::note_all_in(ObjectId group, std::optional<Time> at) {
    before_.merge(TRY(store::mfa_policies_in(store_, group, otherwise(), at.value_or(now_))));
    return {};
}

Result<void> Enrolments::note_joining(std::span<const ObjectId> users, std::optional<Time> at) {
    if (users.empty() || !TRY(may_matter())) return {};
    return take(users, at.value_or(now_));
}

Result<void> Enrolments::note_joining_with(ObjectId group, std::optional<Time> at) {
    if (!TRY(may_matter())) return {};
    return note_all_in(group, at);
}

Result<store::MfaPolicies> Enrolments::now() const {
    std::vector<ObjectId> users;
    for (const auto& [user, policy] : before_) users.push_back(user);
    return store::mfa_policies_of(store_, users, otherwise(), now_);
}

Result<bool> Enrolments::open() {
    std::vector<ObjectId> users;
    for (const auto& [user, policy] : before_)
        if (policy != MfaPolicy::required && !left_alone_.contains(user)) users.push_back(user);
    if (users.empty() || end() <= now_) return false;
    const auto opened = TRY(store::open_enrolments(store_, users, otherwise(), now_, end()));
    opened_ += opened;
    return opened != 0;
}

}  // namespace userd
