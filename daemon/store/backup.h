// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "common/base/result.h"
#include "daemon/store/backup_file.h"
#include "daemon/store/store.h"

// Backups of the store while it is used, and the way back. All but `settle_restore` is for a worker: files
// are handed in as descriptors that somebody else opened.
namespace userd::store {

// Writes a backup of the store at `path` to `fd`, a regular file, from its beginning, and syncs it. `key`:
// the sealing key, when there is one.
Result<BackupHeader> write_backup(const std::string& path, int fd, const std::optional<Secret>& key,
                                  const BackupKey& with, Time now);

// A backup that was read, checked and laid beside the store at `path`, not yet in its place.
struct StagedBackup {
    BackupHeader header;
    std::string path;
    std::optional<Secret> key;
};
// Reads the file behind `fd` and checks all of it: header, hashes, SQLite's own check, the schema, what the
// header says of it. With `with` the key is unwrapped. On an Error nothing is left behind.
Result<StagedBackup> stage_backup(const std::string& path, int fd, const std::optional<BackupKey>& with);
void drop_staged(const StagedBackup& staged);

// Makes the staged store the successor of the one at `path`: codes that were used stay used, numbers that
// were given stay taken, its generation is above both, and snapshots know it for another store.
Result<void> settle_restore(const StagedBackup& staged, const std::string& path, Time now);

}  // namespace userd::store
