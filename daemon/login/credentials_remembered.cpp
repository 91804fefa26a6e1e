// SPDX-License-Identifier: LGPL-2.1-or-later
// Codes that count again for a while, as an admin or the account itself sees and ends them.
#include "daemon/login/credentials_impl.h"

namespace userd {

RememberedCodes& Credentials::remembered_codes() {
    return impl_->remembered;
}

Result<std::vector<Fields>> Credentials::list_remembered(ObjectId id) const {
    const Time now = impl_->clock.now();
    const BootTime boot = impl_->clock.boot_now();
    std::vector<Fields> rows;
    for (const auto& [place, given] : impl_->remembered.list(id, *impl_->config, boot)) {
        Fields row{{"given_at", to_unix(now - (boot - given))},
                   {"until", to_unix(now - (boot - given) + longest_memory(*impl_->config, place))}};
        if (place.address.empty())
            row["session"] = std::int64_t{place.session};
        else
            row["from"] = place.address;
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<bool> Credentials::forget_remembered(const Actor& actor, ObjectId id, const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    if (actor.user != id)
        TRY(check_user(impl_->store, actor, RoleGrant::mfa_reset, user, impl_->clock.now()));
    if (impl_->remembered.list(id, *impl_->config, impl_->clock.boot_now()).empty()) {
        if (!options.dry_run) forget_codes(id);  // what today's rules let lapse, tomorrow's may not
        return false;
    }
    auto change = TRY(impl_->store.begin());
    TRY(impl_->audit(actor, "mfa.forget", user));
    if (options.dry_run) return true;
    TRY(change.commit());
    forget_codes(id);
    return true;
}

void Credentials::forget_codes(ObjectId id) {
    impl_->stepped_up.erase(id);
    impl_->remembered.forget(id, impl_->clock.boot_now());
}

void Credentials::forget_all_codes() {
    impl_->stepped_up.clear();
    impl_->remembered.forget_all(impl_->clock.boot_now());
}

}  // namespace userd
