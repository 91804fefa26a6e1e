// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/model/user.h"
#include "daemon/model/value.h"
#include "daemon/runtime/clock.h"
#include "daemon/runtime/workers.h"
#include "daemon/store/backup_file.h"

namespace userd {
namespace store {
class Store;
struct StagedBackup;
}  // namespace store

// Backups of the whole directory and their restore, while it is used. What is slow runs on the worker; files
// come as descriptors. Authorisation is the caller's. Main thread only; `done` is called once, unless the
// workers go before.
class Archive {
 public:
    using Done = std::function<void(Result<Fields>)>;
    // `restored` runs when another store is in place: keys, snapshot and the host's files are to be looked at
    // afresh. All references outlive this.
    Archive(store::Store& store, Workers& workers, const Clock& clock, std::string root,
            std::function<Result<void>()> restored);

    // made_at, generation, size, key_id, sealing_key (how it comes along: passphrase, public-key, left-out,
    // none).
    void backup(const Actor& actor, Fd file, store::BackupKey with, Done done);
    void check(Fd file, Done done);  // the same, of a backup that is whole

    struct RestoreOptions {
        bool replace = false;  // also a directory that is not empty
        bool dry_run = false;
    };
    // Besides: aside (where the old store is), key_missing. exists: there is something, and no `replace`.
    void restore(const Actor& actor, Fd file, store::BackupKey with, RestoreOptions options, Done done);

    // Into the trail: hashes of passwords are handed out, of one set or of all.
    Result<void> note_password_export(const Actor& actor, std::string_view set);

 private:
    Result<void> append(const Actor& actor, std::string_view action, std::string detail);
    Result<void> refuse_unless_empty();
    Result<Fields> put_in_place(const store::StagedBackup& staged);

    store::Store& store_;
    Workers& workers_;
    const Clock& clock_;
    const std::string root_;
    std::function<Result<void>()> restored_;
    bool busy_ = false;  // one at a time: they use the same temporary files
};

}  // namespace userd
