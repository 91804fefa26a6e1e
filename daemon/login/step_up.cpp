// SPDX-License-Identifier: LGPL-2.1-or-later
// Step-up: who has one-time codes gives one before an act that is worth it, and then none for a while. It is
// kept in memory, on the clock that nobody can set, so a restart asks again.
#include "daemon/login/credentials_impl.h"

namespace userd {

Result<void> Credentials::step_up(const Actor& actor, Secret code) {
    if (!actor.user) return fail(Errc::not_ours, "{} has no account here, and so no codes", actor.name);
    const User user = TRY(impl_->user(actor.user));
    if (!TRY(impl_->store.credentials().has_totp(user.id)))
        return fail(Errc::policy_violation, "one-time codes are not on for {}", user.name);
    auto change = TRY(begin_with_code(*impl_, actor, "user.step-up", user, code));
    TRY(impl_->audit(actor, "user.step-up", user));
    TRY(change.commit());
    const BootTime now = impl_->clock.boot_now();
    std::erase_if(impl_->stepped_up, [&](const auto& entry) { return entry.second <= now; });
    impl_->stepped_up[user.id] = now + impl_->config->step_up.duration;
    return {};
}

Result<bool> Credentials::needs_step_up(ObjectId caller) const {
    if (!caller) return false;
    const auto held = impl_->stepped_up.find(caller);
    if (held != impl_->stepped_up.end() && impl_->clock.boot_now() < held->second) return false;
    return TRY(impl_->store.credentials().has_totp(caller));
}

}  // namespace userd
