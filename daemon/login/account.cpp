// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/account.h"

namespace userd {

Reason standing_of(const User& user) {
    if (user.collides) return Reason::collides;
    switch (user.state) {
        case UserState::active:
            return Reason::none;
        case UserState::pending:
            return Reason::pending;
        case UserState::suspended:
            return user.state_reason == closed_by_itself ? Reason::self_closed : Reason::suspended;
    }
    return Reason::internal;
}

AccountVerdict judge_account(const User& user, const Entrance& entrance, const Access& access,
                             const Demand& demand, bool code_proved, bool has_password, Time now) {
    if (const Reason standing = standing_of(user); standing != Reason::none)
        return {wire::Verdict::perm_denied, standing};
    if (has_ended(user, now)) return {wire::Verdict::acct_expired, Reason::expired};
    if (user.not_before && now < *user.not_before) return {wire::Verdict::perm_denied, Reason::not_yet};
    // Where sshd's chroot is not known to be in force for it, nothing at all is open to an sftp account.
    if (user.kind == UserKind::sftp && !entrance.confines)
        return {wire::Verdict::perm_denied, Reason::not_confined};
    if (access.reason != Reason::none) return {wire::Verdict::perm_denied, access.reason};
    if (needs_code(demand) && !code_proved) return {wire::Verdict::perm_denied, Reason::mfa_missing};
    // Who cannot be asked, or was let in by root, is not asked for a new password.
    if (user.must_change && has_password && voice_at(entrance) == Voice::all_rules)
        return {wire::Verdict::new_authtok_reqd, Reason::must_change};
    return {wire::Verdict::success, Reason::none};
}

}  // namespace userd
