// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/archive.h"

#include <ctime>

#include "common/base/json.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/audit.h"
#include "daemon/store/backup.h"
#include "daemon/store/credentials.h"
#include "daemon/store/groups.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

std::string key_word(const store::BackupHeader& header) {
    if (header.wrap == store::KeyWrap::passphrase) return "passphrase";
    if (header.wrap == store::KeyWrap::public_key) return "public-key";
    return header.key_id.empty() ? "none" : "left-out";
}

Fields facts_of(const store::BackupHeader& header) {
    Fields facts{{"made_at", to_unix(header.made_at)},
                 {"generation", static_cast<std::int64_t>(header.generation)},
                 {"size", static_cast<std::int64_t>(header.database_size + store::BackupHeader::size)},
                 {"sealing_key", key_word(header)}};
    if (!header.key_id.empty()) facts["key_id"] = header.key_id;
    return facts;
}

// 20261120T081400Z
std::string stamp(Time now) {
    const std::time_t seconds = to_unix(now);
    std::tm parts{};
    char text[32] = "";
    if (::gmtime_r(&seconds, &parts) != nullptr) std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    return text;
}

Failure under_way() {
    return fail(Error{Errc::busy, "another backup or restore is under way", "again in a while", {}});
}

}  // namespace

Archive::Archive(store::Store& store, Workers& workers, const Clock& clock, std::string root,
                 std::function<Result<void>()> restored)
    : store_(store),
      workers_(workers),
      clock_(clock),
      root_(std::move(root)),
      restored_(std::move(restored)) {}

void Archive::backup(const Actor& actor, Fd file, store::BackupKey with, Done done) {
    if (busy_) return done(under_way());
    busy_ = true;
    auto job = [path = store_.path(), file = std::move(file), key = store_.credentials().key_bytes(),
                with = std::move(with),
                now = clock_.now()] { return store::write_backup(path, file.get(), key, with, now); };
    workers_.run(std::move(job), [this, actor, done = std::move(done)](Result<store::BackupHeader> header) {
        busy_ = false;
        if (!header) return done(fail(std::move(header).error()));
        const auto noted = [&]() -> Result<void> {
            auto change = TRY(store_.begin());
            TRY(store_.note_backup(header->made_at));
            TRY(append(
                actor, "store.backup",
                fmt::format(R"({{"generation":{},"key":"{}"}})", header->generation, key_word(*header))));
            return change.commit();
        }();
        // The backup is whole all the same.
        if (!noted) journal::warning("note a backup: {}", noted.error().message);
        done(facts_of(*header));
    });
}

Result<void> Archive::append(const Actor& actor, std::string_view action, std::string detail) {
    auto entry = store::entry_by(actor, clock_.now(), action, "store");
    entry.detail = std::move(detail);
    TRY(store_.audit().append(entry));
    return {};
}

Result<void> Archive::note_password_export(const Actor& actor, std::string_view set) {
    std::string detail = "{\"set\":";
    append_json_string(detail, set);
    auto change = TRY(store_.begin());
    TRY(append(actor, "store.export-passwords", detail + '}'));
    return change.commit();
}

void Archive::check(Fd file, Done done) {
    if (busy_) return done(under_way());
    busy_ = true;
    workers_.run(
        [path = store_.path(), file = std::move(file)] { return store::stage_backup(path, file.get(), {}); },
        [this, done = std::move(done)](Result<store::StagedBackup> staged) {
            busy_ = false;
            if (!staged) return done(fail(std::move(staged).error()));
            store::drop_staged(*staged);
            done(facts_of(staged->header));
        });
}

Result<void> Archive::refuse_unless_empty() {
    const auto users = TRY(store_.users().list({}, 0, 1)).total;
    const auto groups = TRY(store_.groups().list({}, 0, 1)).total;
    if (users + groups == 0) return {};
    return fail(Error{Errc::exists,
                      fmt::format("the directory is not empty: {} user{}, {} group{}", users,
                                  users == 1 ? "" : "s", groups, groups == 1 ? "" : "s"),
                      "--replace; the store as it is now is kept aside",
                      {}});
}

Result<Fields> Archive::put_in_place(const store::StagedBackup& staged) {
    const Time now = clock_.now();
    const std::string aside = fmt::format("before-restore-{}", stamp(now));
    TRY(store::settle_restore(staged, store_.path(), now));
    bool takes_key = false;
    if (staged.key) {
        const auto key =
            TRY(store::SealingKey::from_bytes(staged.key->clone()));  // the staged one stays as it is
        const auto own = TRY(store::SealingKey::load(root_, key.id()));
        takes_key = !own || own->id() != key.id();
        if (takes_key) TRY(key.save_beside(root_));
    }
    TRY(store_.replace(staged.path, store_.path() + "." + aside));
    if (takes_key) TRY(store::SealingKey::take_from_beside(root_, "key." + aside));
    Fields facts = facts_of(staged.header);
    facts["aside"] = store_.path() + "." + aside;
    facts["generation"] = static_cast<std::int64_t>(store_.generation());
    if (const auto seen = restored_(); !seen) {
        journal::error("{}", seen.error().message);
        facts["problem"] = seen.error().message;
    }
    facts["key_missing"] = !staged.header.key_id.empty() && !store_.credentials().has_key();
    return facts;
}

void Archive::restore(const Actor& actor, Fd file, store::BackupKey with, RestoreOptions options, Done done) {
    if (busy_) return done(under_way());
    if (!options.replace)
        if (auto empty = refuse_unless_empty(); !empty) return done(fail(std::move(empty).error()));
    busy_ = true;
    auto job = [path = store_.path(), file = std::move(file), with = std::optional(std::move(with))] {
        return store::stage_backup(path, file.get(), with);
    };
    workers_.run(std::move(job),
                 [this, actor, options, done = std::move(done)](Result<store::StagedBackup> staged) {
                     busy_ = false;
                     if (!staged) return done(fail(std::move(staged).error()));
                     auto result = [&]() -> Result<Fields> {
                         if (!options.replace)
                             TRY(refuse_unless_empty());  // somebody may have been created meanwhile
                         if (options.dry_run) return facts_of(staged->header);
                         return put_in_place(*staged);
                     }();
                     store::drop_staged(*staged);
                     if (result && !options.dry_run)
                         journal::notice("{} restored a backup; the store that was there is {}", actor.name,
                                         std::get<std::string>(result->at("aside")));
                     done(std::move(result));
                 });
}

}  // namespace userd
