// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.User: passwords, codes and keys of an account. Secrets come and go as descriptors.
#include "daemon/bus/password_arguments.h"
#include "daemon/bus/record.h"
#include "daemon/bus/user.h"
#include "daemon/login/password_policy.h"

namespace userd::bus {
namespace {

// Reads the one-time code behind `fd`, and goes on with it.
void with_code(Core& core, const Call& call, Fd fd, std::function<Result<void>(Call&, Secret)> then) {
    std::map<std::string, Fd, std::less<>> fds;
    fds.emplace("code", std::move(fd));
    read_secrets(
        core.loop, std::move(fds), [call = call, then = std::move(then)](Result<Secrets> secrets) mutable {
            call.finish(secrets ? then(call, std::move(secrets->begin()->second)) : Failure(secrets.error()));
        });
}

// One a line.
Secret joined(const std::vector<Secret>& codes) {
    std::size_t size = 0;
    for (const auto& code : codes) size += code.size() + 1;
    Secret lines = Secret::with_size(size);
    auto* to = lines.data();
    for (const auto& code : codes) {
        to = std::copy(code.bytes().begin(), code.bytes().end(), to);
        *to++ = '\n';
    }
    return lines;
}

Result<void> reply_recovery(Call& call, const std::vector<Secret>& codes) {
    SecretFields reply;
    if (!codes.empty()) reply.fds.emplace("recovery", TRY(to_memfd(joined(codes))));
    return call.reply(reply);
}

Result<void> reply_enrolment(Call& call, const TotpEnrolment& enrolment, const ChangeOptions& options) {
    SecretFields reply;
    reply.plain = {{"digits", std::int64_t{enrolment.digits}},
                   {"period", std::int64_t{enrolment.period}},
                   {"algorithm", enrolment.algorithm}};
    if (options.dry_run) return call.reply(reply);
    reply.fds.emplace("secret", TRY(to_memfd(enrolment.secret)));
    reply.fds.emplace("uri", TRY(to_memfd(enrolment.uri)));
    return call.reply(reply);
}

Result<void> reply_password(Call& call, const Secret& generated) {
    SecretFields reply;
    if (!generated.empty()) reply.fds.emplace("password", TRY(to_memfd(generated)));
    return call.reply(reply);
}

}  // namespace

Result<void> UserObject::unlock(Call& call) {
    const auto options = TRY(call.read_flags());
    return call.reply(TRY(core_.credentials.unlock(call.actor(), user_.id, options)));
}

Result<void> UserObject::set_password(Call& call) {
    auto given = TRY(call.read_secret_fields({"password", "hash", "generate", "old"}));
    const auto options = TRY(call.read_options({"must_change"}));
    const auto must_change = TRY(optional_flag(options, "must_change"));
    const bool dry_run = TRY(call.read_flags()).dry_run;
    // The account itself proves that it is itself, and cannot bring a hash, which no policy can look into.
    if (call.right() == Right::self && (given.fds.count("old") == 0 || given.fds.count("hash") > 0))
        return fail(Errc::denied, "not authorized: changing the own password takes the old one");
    read_secrets(
        core_.loop, std::move(given.fds),
        [&core = core_, id = user_.id, call, plain = std::move(given.plain), must_change,
         dry_run](Result<Secrets> secrets) mutable {
            if (!secrets) return call.fail(secrets.error());
            auto password = take_password(plain, *secrets);
            if (!password) return call.fail(password.error());
            if (!*password) return call.fail({Errc::invalid, "no password is given", {}, "password"});
            (*password)->must_change = must_change;
            (*password)->dry_run = dry_run;
            core.credentials.set_password(
                call.actor(), id, std::move(**password), [call](Result<Secret> generated) mutable {
                    call.finish(generated ? reply_password(call, *generated) : Failure(generated.error()));
                });
        });
    return {};
}

Result<void> UserObject::password_policy(Call& call) {
    return call.reply(TRY(core_.credentials.password_policy(user_.id)));
}

Result<void> UserObject::test_password(Call& call) {
    auto fd = TRY(call.read_fd());
    std::map<std::string, Fd, std::less<>> fds;
    fds.emplace("password", std::move(fd));
    read_secrets(
        core_.loop, std::move(fds), [&core = core_, id = user_.id, call](Result<Secrets> secrets) mutable {
            if (!secrets) return call.fail(secrets.error());
            core.credentials.test_password(id, std::move(secrets->begin()->second),
                                           [call](const Result<std::vector<RuleVerdict>>& verdicts) mutable {
                                               if (!verdicts) return call.fail(verdicts.error());
                                               std::vector<Fields> rows;
                                               for (const auto& verdict : *verdicts)
                                                   rows.push_back({{"rule", std::string(verdict.rule)},
                                                                   {"kept", verdict.kept},
                                                                   {"finding", verdict.text}});
                                               call.finish(call.reply(rows));
                                           });
        });
    return {};
}

Result<void> UserObject::mfa_status(Call& call) {
    return call.reply(TRY(core_.credentials.mfa_status(user_.id)));
}

Result<void> UserObject::begin_totp(Call& call) {
    auto given = TRY(call.read_secret_fields({"totp"}));
    const auto options = TRY(call.read_flags());
    auto begin = [&core = core_, id = user_.id, call, options](Result<Secrets> secrets) mutable {
        const auto done = [&]() -> Result<void> {
            auto read = TRY(std::move(secrets));
            std::optional<Secret> key;
            if (auto found = read.extract("totp")) key = std::move(found.mapped());
            return reply_enrolment(
                call, TRY(core.credentials.begin_totp(call.actor(), id, options, std::move(key))), options);
        };
        call.finish(done());
    };
    if (given.fds.empty())
        begin(Secrets{});
    else
        read_secrets(core_.loop, std::move(given.fds), begin);
    return {};
}

Result<void> UserObject::confirm_totp(Call& call) {
    auto fd = TRY(call.read_fd());
    const auto options = TRY(call.read_flags());
    with_code(core_, call, std::move(fd),
              [&core = core_, id = user_.id, options](Call& later, Secret code) -> Result<void> {
                  return reply_recovery(
                      later, TRY(core.credentials.confirm_totp(later.actor(), id, std::move(code), options)));
              });
    return {};
}

Result<void> UserObject::disable_totp(Call& call) {
    auto fd = TRY(call.read_fd());
    const auto options = TRY(call.read_flags());
    with_code(core_, call, std::move(fd),
              [&core = core_, id = user_.id, options](Call& later, Secret code) -> Result<void> {
                  TRY(core.credentials.disable_totp(later.actor(), id, std::move(code), options));
                  return later.reply();
              });
    return {};
}

Result<void> UserObject::reset_mfa(Call& call) {
    const auto given = TRY(call.read_options({"within"}));
    const auto seconds = TRY(optional_number(given, "within"));
    const auto options = TRY(call.read_flags());
    std::optional<Duration> within;
    if (seconds) within = TRY(duration_of(*seconds, "within"));
    TRY(core_.credentials.reset_mfa(call.actor(), user_.id, within, options));
    return call.reply();
}

Result<void> UserObject::create_code(Call& call) {
    const auto seconds = TRY(call.read_count());
    const auto options = TRY(call.read_flags());
    const auto valid = TRY(duration_of(static_cast<std::int64_t>(seconds), "seconds"));
    const auto code = TRY(core_.credentials.create_temporary_code(call.actor(), user_.id, valid, options));
    return call.reply(TRY(to_memfd(code)));
}

Result<void> UserObject::regenerate_recovery(Call& call) {
    auto fd = TRY(call.read_fd());
    const auto options = TRY(call.read_flags());
    with_code(core_, call, std::move(fd),
              [&core = core_, id = user_.id, options](Call& later, Secret code) -> Result<void> {
                  const auto codes =
                      TRY(core.credentials.regenerate_recovery(later.actor(), id, std::move(code), options));
                  return later.reply(TRY(to_memfd(joined(codes))));
              });
    return {};
}

Result<void> UserObject::list_remembered(Call& call) {
    return call.reply(TRY(core_.credentials.list_remembered(user_.id)));
}

Result<void> UserObject::forget_remembered(Call& call) {
    const auto options = TRY(call.read_flags());
    return call.reply(TRY(core_.credentials.forget_remembered(call.actor(), user_.id, options)));
}

Result<void> UserObject::list_ssh_keys(Call& call) {
    return call.reply(TRY(core_.credentials.list_ssh_keys(user_.id)));
}

Result<void> UserObject::add_ssh_key(Call& call) {
    const auto line = TRY(call.read_string());
    const auto key_options = TRY(call.read_fields());
    const auto options = TRY(call.read_flags());
    return call.reply(TRY(core_.credentials.add_ssh_key(call.actor(), user_.id, line, key_options, options)));
}

Result<void> UserObject::remove_ssh_key(Call& call) {
    const auto fingerprint = TRY(call.read_string());
    const auto options = TRY(call.read_flags());
    return call.reply(TRY(core_.credentials.remove_ssh_key(call.actor(), user_.id, fingerprint, options)));
}

}  // namespace userd::bus
