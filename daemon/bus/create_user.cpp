// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/create_user.h"

#include "daemon/bus/password_arguments.h"
#include "daemon/bus/record.h"

namespace userd::bus {
namespace {

class Creation : public std::enable_shared_from_this<Creation> {
 public:
    Creation(Core& core, const Call& call, NewUser request)
        : core_(core), call_(call), request_(std::move(request)) {}

    void start(SecretFields given) {
        read_secrets(core_.loop, std::move(given.fds),
                     [self = shared_from_this(), plain = std::move(given.plain)](Result<Secrets> secrets) {
                         self->call_.finish(secrets ? self->prepare(plain, *std::move(secrets))
                                                    : Failure(secrets.error()));
                     });
    }

 private:
    Result<void> prepare(const Fields& plain, Secrets secrets) {
        auto password = TRY(take_password(plain, secrets));
        if (auto totp = secrets.extract("totp")) totp_ = std::move(totp.mapped());
        if (!password) return create();
        password->must_change = TRY(optional_flag(request_.fields, "must_change"));
        User candidate;  // the policy refuses a password that contains the person's names
        candidate.name = request_.name;
        candidate.first_name = text_in(request_.fields, "first_name");
        candidate.last_name = text_in(request_.fields, "last_name");
        candidate.display_name = text_in(request_.fields, "display_name");
        candidate.email = text_in(request_.fields, "email");
        core_.credentials.prepare_password(candidate, *std::move(password),
                                           [self = shared_from_this()](Result<PreparedPassword> prepared) {
                                               if (!prepared) return self->call_.fail(prepared.error());
                                               self->password_ = *std::move(prepared);
                                               self->call_.finish(self->create());
                                           });
        return {};
    }

    Result<void> create() {
        SecretFields secrets;  // made first: after the change nothing may stand in its way
        if (password_ && !password_->generated.empty() && !request_.options.dry_run)
            secrets.fds.emplace("password", TRY(to_memfd(password_->generated)));
        Outcome outcome;
        if (request_.keys.empty())
            outcome = TRY(make(request_.options));
        else
            TRY(core_.directory.batch(request_.options, [&] { return make_with_keys(outcome); }));
        Fields record = outcome.record;
        if (!request_.options.dry_run) {
            const auto user = TRY(core_.directory.get_user(request_.name));
            record = TRY(user_record(core_, user, true));
        }
        return call_.reply(user_path(number_in(record, "uid")), record, secrets);
    }

    Result<Outcome> make(const ChangeOptions& options) {
        return core_.directory.create_user(call_.actor(), request_.name, request_.fields, options,
                                           [this](const User& user) { return store_credentials(user); });
    }

    // In a batch: a key that is refused takes the account with it.
    Result<void> make_with_keys(Outcome& outcome) {
        ChangeOptions part;
        part.owes = request_.options.owes;
        outcome = TRY(make(part));
        const auto user = TRY(core_.directory.get_user(request_.name));
        for (const auto& key : request_.keys)
            TRY(core_.credentials.add_ssh_key(call_.actor(), user.id, key, {}));
        return {};
    }

    Result<void> store_credentials(const User& user) {
        if (password_) TRY(core_.credentials.store_password(user, *password_));
        if (totp_) TRY(core_.credentials.store_totp(user, *std::exchange(totp_, std::nullopt)));
        return {};
    }

    Core& core_;
    Call call_;
    NewUser request_;
    std::optional<PreparedPassword> password_;
    std::optional<Secret> totp_;
};

}  // namespace

void create_user(Core& core, const Call& call, NewUser request, SecretFields secrets) {
    std::make_shared<Creation>(core, call, std::move(request))->start(std::move(secrets));
}

}  // namespace userd::bus
