// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys of google-authenticator that become ours, and go back. The used step comes along: a code that opened
// the door there opens none here.
#include <algorithm>

#include "daemon/login/authenticator_file.h"
#include "daemon/login/credentials_impl.h"
#include "daemon/store/adoptions.h"

namespace userd {
namespace {

constexpr auto authenticator = AdoptedThing::authenticator;

Failure has_other_codes(const User& user, std::string_view what) {
    return fail(Error{Errc::policy_violation,
                      fmt::format("{} {}", user.name, what),
                      fmt::format("userctl mfa status {}", user.name),
                      {}});
}

}  // namespace

Result<void> Credentials::store_host_password(const User& user, const HostAccount& account) {
    auto& table = impl_->store.credentials();
    if (!account.has_password()) return table.remove_password(user.id);
    const bool must_change = account.changed_day == 0;  // shadow(5)
    const Time now = impl_->clock.now();
    const Time set =
        account.changed_day && !must_change ? Time(std::chrono::days(*account.changed_day)) : now;
    TRY(table.put_password(user.id, account.hash.text(), std::min(set, now)));
    return table.set_must_change(user.id, must_change);
}

Result<bool> Credentials::adopt_authenticator(const Actor& actor, ObjectId id, const AuthenticatorFile& file,
                                              const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_takes_more_than_keys(user));
    TRY(check_codes_are_ours(*impl_, user));
    auto& table = impl_->store.credentials();
    auto& adoptions = impl_->store.adoptions();
    const Time now = impl_->clock.now();
    const auto row = TRY(adoptions.find(id, authenticator));
    const bool enrolled = TRY(table.has_totp(id));
    if (enrolled && row && row->state == AdoptionState::taking) return false;  // the file is still to go
    if (enrolled) return has_other_codes(user, "has one-time codes of userd already");
    const std::int64_t current = to_unix(now) / file.shape.period;
    auto change = TRY(impl_->store.begin());
    TRY(table.put_totp(id, file.key, file.shape, std::min(file.last_step, current + 1), now));
    TRY(table.remove_pending_totp(id));
    TRY(table.remove_codes(id, store::CodeKind::recovery));
    for (const auto& code : file.scratch) TRY(table.add_code(id, store::CodeKind::recovery, code, {}, now));
    TRY(adoptions.put(id, authenticator, AdoptionState::taking, now));
    TRY(impl_->audit(actor, "mfa.adopt", user));
    TRY(impl_->finish(change, id, options));
    return true;
}

Result<void> Credentials::end_authenticator_adoption(ObjectId id) {
    auto change = TRY(impl_->store.begin());
    TRY(impl_->store.adoptions().put(id, authenticator, AdoptionState::taken, impl_->clock.now()));
    return change.commit();
}

Result<std::optional<AdoptionState>> Credentials::authenticator_adoption(ObjectId id) const {
    const auto row = TRY(impl_->store.adoptions().find(id, authenticator));
    return row ? std::optional(row->state) : std::nullopt;
}

Result<void> Credentials::begin_authenticator_return(const Actor& actor, ObjectId id,
                                                     const ChangeOptions& options) {
    ChangeOptions trial = options;  // what would forbid the end is told before the file moves
    trial.dry_run = true;
    TRY(end_authenticator_return(actor, id, trial));
    if (options.dry_run) return {};
    auto change = TRY(impl_->store.begin());
    const auto row = TRY(impl_->store.adoptions().find(id, authenticator));
    // The time stays: it tells these codes from later ones.
    TRY(impl_->store.adoptions().put(id, authenticator, AdoptionState::returning, row->at));
    return change.commit();
}

Result<void> Credentials::end_authenticator_return(const Actor& actor, ObjectId id,
                                                   const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    auto& table = impl_->store.credentials();
    const auto row = TRY(impl_->store.adoptions().find(id, authenticator));
    if (!row) return has_other_codes(user, "has no one-time codes of google-authenticator");
    const auto totp = TRY(table.find_totp(id));
    if (totp && totp->made_at > row->at) return has_other_codes(user, "has enrolled anew since the adoption");
    const auto guard = TRY(impl_->guard(options));
    auto change = TRY(impl_->store.begin());
    if (totp) TRY(table.remove_totp(id));
    TRY(impl_->store.adoptions().remove(id, authenticator));
    TRY(impl_->audit(actor, "mfa.give-back", user));
    TRY(guard.after());
    return impl_->finish(change, id, options);
}

}  // namespace userd
