// SPDX-License-Identifier: LGPL-2.1-or-later
// The files are the caller's own descriptors: the daemon opens no path for anybody.
#include "daemon/bus/backup.h"

#include <memory>

#include "daemon/bus/record.h"
#include "daemon/bus/secret_fd.h"
#include "daemon/directory/archive.h"

namespace userd::bus {
namespace {

Archive::Done answer(Call call) {
    return [call = std::move(call)](Result<Fields> facts) mutable {
        call.finish(facts ? call.reply(*facts) : Failure(std::move(facts).error()));
    };
}

// What a call came with beside the file, when its secrets have been read.
struct Given {
    Fd file;
    store::BackupKey key;
};

void with_secrets(Core& core, const Call& call, SecretFields given, Fd file,
                  std::function<void(Call, Given)> then) {
    auto held = std::make_shared<Fd>(std::move(file));
    read_secrets(core.loop, std::move(given.fds),
                 [call = call, held, then = std::move(then)](Result<Secrets> secrets) mutable {
                     if (!secrets) return call.fail(secrets.error());
                     Given all{std::move(*held), {}};
                     if (auto one = secrets->extract("passphrase"))
                         all.key.passphrase = std::move(one.mapped());
                     if (auto one = secrets->extract("private_key")) {
                         auto key = store::parse_x25519(one.mapped().text(), true);
                         if (!key) return call.fail(key.error());
                         all.key.x25519 = std::move(*key);
                     }
                     then(call, std::move(all));
                 });
}

Result<void> can_archive(const Core& core) {
    if (core.archive == nullptr) return fail(Errc::not_supported, "this userd keeps no store on a disk");
    return {};
}

}  // namespace

Result<void> BackupObject::backup(Call& call) {
    TRY(can_archive(core_));
    auto file = TRY(call.read_fd());
    auto secrets = TRY(call.read_secret_fields({"passphrase"}));
    const auto options = TRY(call.read_options({"key_to", "without_key"}));
    if (TRY(call.read_flags()).dry_run)
        return fail(Error{Errc::invalid, "a backup is no change: there is nothing to try", {}, "flags"});
    const auto key_to = TRY(optional_text(options, "key_to"));
    const bool without = TRY(optional_flag(options, "without_key")).value_or(false);
    if ((secrets.fds.empty() ? 0 : 1) + (key_to.empty() ? 0 : 1) + (without ? 1 : 0) != 1)
        return fail(
            Error{Errc::invalid,
                  "exactly one of passphrase, key_to and without_key says what becomes of the sealing key",
                  "--passphrase-file, --key-to or --without-key",
                  {}});
    auto recipient = std::make_shared<Secret>();
    if (!key_to.empty()) *recipient = TRY(store::parse_x25519(key_to, false));
    with_secrets(core_, call, std::move(secrets), std::move(file),
                 [&core = core_, recipient](Call later, Given given) {
                     if (!recipient->empty()) given.key.x25519 = std::move(*recipient);
                     core.archive->backup(later.actor(), std::move(given.file), std::move(given.key),
                                          answer(later));
                 });
    return {};
}

Result<void> BackupObject::check(Call& call) {
    TRY(can_archive(core_));
    core_.archive->check(TRY(call.read_fd()), answer(call));
    return {};
}

Result<void> BackupObject::restore(Call& call) {
    TRY(can_archive(core_));
    auto file = TRY(call.read_fd());
    auto secrets = TRY(call.read_secret_fields({"passphrase", "private_key"}));
    const auto options = TRY(call.read_options({"replace"}));
    const auto flags = TRY(call.read_flags());
    const Archive::RestoreOptions how{TRY(optional_flag(options, "replace")).value_or(false), flags.dry_run};
    with_secrets(core_, call, std::move(secrets), std::move(file),
                 [&core = core_, how](Call later, Given given) {
                     core.archive->restore(later.actor(), std::move(given.file), std::move(given.key), how,
                                           answer(later));
                 });
    return {};
}

}  // namespace userd::bus
