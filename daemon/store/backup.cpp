// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/backup.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

#include "common/base/fd.h"
#include "daemon/store/columns.h"
#include "daemon/store/migrations.h"
#include "daemon/store/sealing.h"

namespace userd::store {

namespace {

constexpr std::size_t chunk_size = std::size_t{64} << 10U;

Failure system_failure(std::string_view what) {
    const int error = errno;
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return fail(full ? Errc::no_space : Errc::io, "{}: {}", what, std::strerror(error));
}

// A file of our own beside the store, which goes with this object.
class Temporary {
 public:
    explicit Temporary(std::string path) : path_(std::move(path)) { remove(); }
    ~Temporary() {
        if (!kept_) remove();
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    Result<Fd> create() const {
        Fd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!fd) return system_failure("make " + path_);
        return fd;
    }
    const std::string& path() const { return path_; }
    void keep() { kept_ = true; }

 private:
    void remove() const {
        for (const char* end : {"", "-wal", "-shm", "-journal"}) ::unlink((path_ + end).c_str());
    }
    std::string path_;
    bool kept_ = false;
};

using Piece = std::span<const std::uint8_t>;
using Sink = std::function<Result<void>(Piece)>;

// Hands all of `size` bytes from `offset` on, piece by piece.
Result<void> read_all(int fd, std::uint64_t offset, std::uint64_t size, const Sink& sink) {
    std::vector<std::uint8_t> chunk(chunk_size);
    for (std::uint64_t done = 0; done < size;) {
        const auto want = std::min<std::uint64_t>(chunk.size(), size - done);
        const ssize_t got = ::pread(fd, chunk.data(), want, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_failure("read a backup");
        if (got == 0)
            return fail(Error{Errc::invalid, "the backup is damaged: it is cut off",
                              "another backup; nothing was changed", "file"});
        TRY(sink(std::span(chunk).first(static_cast<std::size_t>(got))));
        done += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<void> write_all(int fd, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return system_failure("write a backup");
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return {};
}

class Hash {
 public:
    Hash() { crypto_generichash_init(&state_, nullptr, 0, 32); }
    void add(std::span<const std::uint8_t> bytes) {
        crypto_generichash_update(&state_, bytes.data(), bytes.size());
    }
    std::array<std::uint8_t, 32> finish() {
        std::array<std::uint8_t, 32> hash;
        crypto_generichash_final(&state_, hash.data(), hash.size());
        return hash;
    }

 private:
    crypto_generichash_state state_;
};

Result<std::uint64_t> size_of_file(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return system_failure("look at a backup");
    if (!S_ISREG(about.st_mode)) return fail(Error{Errc::invalid, "a backup is a regular file", {}, "file"});
    return static_cast<std::uint64_t>(about.st_size);
}

Result<std::string> meta(Database& database, std::string_view key) {
    auto query = TRY(database.query("SELECT CAST(value AS TEXT) FROM meta WHERE key = ?"));
    query.bind(key);
    if (!TRY(query.step())) return std::string();
    return query.text(0);
}

// What the store says of itself, as a header has it.
Result<void> describe(Database& database, BackupHeader& header) {
    auto version = TRY(database.query("PRAGMA user_version"));
    TRY(version.step());
    header.schema = static_cast<std::uint32_t>(version.integer(0));
    auto numbers =
        TRY(database.query("SELECT (SELECT value FROM meta WHERE key = 'store_id'), (SELECT value FROM meta "
                           "WHERE key = 'generation')"));
    TRY(numbers.step());
    header.store_id = static_cast<std::uint64_t>(numbers.integer(0));
    header.generation = static_cast<std::uint64_t>(numbers.integer(1));
    header.key_id = TRY(meta(database, "key_id"));
    return {};
}

Failure foreign(std::string_view why) {
    return fail(Error{Errc::invalid, fmt::format("the backup does not hold a store of userd: {}", why),
                      "another backup; nothing was changed", "file"});
}

Result<std::set<std::string>> schema_of(Database& database) {
    auto query =
        TRY(database.query("SELECT type || ' ' || name || ' ' || tbl_name || CASE type WHEN 'trigger' THEN "
                           "sql ELSE '' END FROM sqlite_schema"));
    std::set<std::string> schema;
    while (TRY(query.step())) schema.insert(query.text(0));
    return schema;
}

Result<void> expect(Database& database, const char* check, std::string_view wanted) {
    auto query = TRY(database.query(check));
    const bool row = TRY(query.step());
    if (row == !wanted.empty() && (!row || query.text(0) == wanted)) return {};
    return foreign(row ? query.text(0) : "it cannot be checked");
}

// Everything that a store promises, of a file from outside.
Result<void> check_staged(const std::string& path, const BackupHeader& header) {
    auto database = TRY(Database::open(path, Database::Mode::write));
    TRY(expect(*database, "PRAGMA integrity_check(1)", "ok"));
    BackupHeader found;
    TRY(describe(*database, found));
    if (found.schema == 0 || found.schema != header.schema || found.store_id != header.store_id ||
        found.generation != header.generation || found.key_id != header.key_id)
        return foreign("it is not what its header says");
    TRY(migrate(*database, all_migrations(), KeepCopy::no));
    const auto fresh = TRY(Database::open(":memory:", Database::Mode::create));
    TRY(migrate(*fresh));
    if (TRY(schema_of(*database)) != TRY(schema_of(*fresh))) return foreign("its tables are others");
    TRY(expect(*database, "PRAGMA foreign_key_check", ""));
    return {};
}

Result<void> hash_copy(int from, std::uint64_t size, int to, const BackupHeader& header) {
    Hash hash;
    std::uint64_t at = 0;
    const auto take = [&](Piece bytes) {
        hash.add(bytes);
        at += bytes.size();
        return write_all(to, at - bytes.size(), bytes);
    };
    TRY(read_all(from, BackupHeader::size, size, take));
    if (hash.finish() != header.database_hash)
        return fail(Error{Errc::invalid, "the backup is damaged: its contents were changed",
                          "another backup; nothing was changed", "file"});
    if (::fsync(to) != 0) return system_failure("sync the backup's copy");
    return {};
}

Result<BackupHeader> read_header(int fd, std::uint64_t size) {
    std::vector<std::uint8_t> bytes;
    TRY(read_all(fd, 0, std::min<std::uint64_t>(size, BackupHeader::size),
                 [&](std::span<const std::uint8_t> piece) -> Result<void> {
                     bytes.insert(bytes.end(), piece.begin(), piece.end());
                     return {};
                 }));
    auto header = TRY(parse_backup_header(bytes));
    if (header.database_size + BackupHeader::size != size)
        return fail(Error{Errc::invalid, "the backup is damaged: it has another length than it says",
                          "another backup; nothing was changed", "file"});
    return header;
}

}  // namespace

Result<BackupHeader> write_backup(const std::string& path, int fd, const std::optional<Secret>& key,
                                  const BackupKey& with, Time now) {
    TRY(size_of_file(fd));
    const Temporary copy(path + ".backup");
    const Fd file = TRY(copy.create());
    BackupHeader header;
    header.made_at = now;
    {
        // One read transaction: what others commit meanwhile is in the next backup. Free pages stay behind.
        auto database = TRY(open_reader(path));
        auto query = TRY(database->query("VACUUM INTO ?"));
        TRY(query.bind(copy.path()).run());
    }
    {
        auto database = TRY(Database::open(copy.path(), Database::Mode::read));
        TRY(describe(*database, header));
    }
    header.database_size = TRY(size_of_file(file.get()));
    Hash hash;
    TRY(read_all(file.get(), 0, header.database_size,
                 [&](std::span<const std::uint8_t> bytes) -> Result<void> {
                     hash.add(bytes);
                     return {};
                 }));
    header.database_hash = hash.finish();
    if (key) TRY(wrap_key(header, *key, with));
    if (::ftruncate(fd, 0) != 0) return system_failure("empty the backup file");
    std::uint64_t at = BackupHeader::size;
    const auto give = [&](Piece bytes) {
        at += bytes.size();
        return write_all(fd, at - bytes.size(), bytes);
    };
    TRY(read_all(file.get(), 0, header.database_size, give));
    TRY(write_all(fd, 0, encode(header)));
    if (::fsync(fd) != 0) return system_failure("sync the backup file");
    return header;
}

Result<StagedBackup> stage_backup(const std::string& path, int fd, const std::optional<BackupKey>& with) {
    StagedBackup staged;
    const auto size = TRY(size_of_file(fd));
    staged.header = TRY(read_header(fd, size));
    if (with && staged.header.wrap != KeyWrap::none) {
        staged.key = TRY(unwrap_key(staged.header, *with));
        const auto key = TRY(SealingKey::from_bytes(staged.key->clone()));  // to be named
        if (key.id() != staged.header.key_id) return foreign("its key is another store's");
    }
    Temporary copy(path + ".restore");
    staged.path = copy.path();
    {
        const Fd file = TRY(copy.create());
        TRY(hash_copy(fd, staged.header.database_size, file.get(), staged.header));
    }
    TRY(check_staged(copy.path(), staged.header));
    copy.keep();
    return staged;
}

void drop_staged(const StagedBackup& staged) {
    const Temporary gone(staged.path);
}

}  // namespace userd::store
