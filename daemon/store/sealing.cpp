// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/sealing.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "common/base/fd.h"

namespace userd::store {
namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(SealingKey::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

// The internal id as eight bytes, little endian: the associated data of a sealed text.
struct OwnerBytes {
    explicit OwnerBytes(ObjectId owner) {
        for (std::size_t i = 0; i < sizeof bytes; ++i)
            bytes[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(owner.value) >> (8 * i));
    }
    unsigned char bytes[8];
};

std::string key_id(const Secret& key) {
    unsigned char hash[8 + 8];
    static constexpr std::string_view purpose = "userd key id";
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(purpose.data()),
                       purpose.size(), key.bytes().data(), key.size());
    char text[2 * 8 + 1];
    sodium_bin2hex(text, sizeof text, hash, 8);
    return text;
}

Result<Secret> read_key(int fd, const std::string& path) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return fail(Errc::unavailable, "sealing key {}: not a regular file", path);
    if ((status.st_mode & 0077) != 0)
        return fail(Errc::unavailable, "sealing key {}: others may read it (mode {:o})", path,
                    status.st_mode & 07777);
    Secret key = Secret::with_size(SealingKey::size + 1);  // one more: a longer file shows
    const ssize_t got = pread(fd, key.data(), key.size(), 0);
    if (got != static_cast<ssize_t>(SealingKey::size))
        return fail(Errc::unavailable, "sealing key {}: not {} bytes", path, SealingKey::size);
    key.shrink(SealingKey::size);
    return key;
}

Result<std::optional<SealingKey>> load_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
        if (errno == ENOENT) return std::optional<SealingKey>();
        return fail(Errc::unavailable, "open sealing key {}: {}", path, strerror(errno));
    }
    Secret bytes = TRY(read_key(fd.get(), path));
    return std::optional(TRY(SealingKey::from_bytes(std::move(bytes))));
}

std::string folder(const std::string& root) {
    return root + "/var/lib/userd";
}

constexpr const char* beside_name = "/key.restored";

Result<void> sync_folder(const std::string& root) {
    const Fd dir(::open(folder(root).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!dir || fsync(dir.get()) != 0) return fail(Errc::io, "sync {}: {}", folder(root), strerror(errno));
    return {};
}

}  // namespace

SealingKey::SealingKey(Secret bytes) : bytes_(std::move(bytes)), id_(key_id(bytes_)) {}

Result<SealingKey> SealingKey::from_bytes(Secret bytes) {
    if (bytes.size() != size) return fail(Errc::invalid, "a sealing key has {} bytes", size);
    return SealingKey(std::move(bytes));
}

SealingKey SealingKey::random() {
    return SealingKey(Secret::random(size));
}

Result<std::optional<SealingKey>> SealingKey::load(const std::string& root) {
    if (const char* credentials = std::getenv("CREDENTIALS_DIRECTORY")) {
        auto key = TRY(load_file(std::string(credentials) + "/userd.key"));
        if (key) return key;
    }
    return load_file(folder(root) + "/key");
}

Result<std::optional<SealingKey>> SealingKey::load(const std::string& root, std::string_view id) {
    auto key = TRY(load(root));
    if (!key || key->id() == id) return key;
    auto file = TRY(load_file(folder(root) + "/key"));
    if (file && file->id() == id) return file;
    auto beside = TRY(load_file(folder(root) + beside_name));
    if (!beside || beside->id() != id) return key;
    TRY(take_from_beside(root, "key.before-restore"));
    return beside;
}

Result<void> SealingKey::write(const std::string& path) const {
    ::unlink(path.c_str());  // of a start that was cut short: nobody has used it
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail(Errc::io, "create {}: {}", path, strerror(errno));
    if (::write(fd.get(), bytes_.bytes().data(), size) != static_cast<ssize_t>(size) || fsync(fd.get()) != 0)
        return fail(errno == ENOSPC ? Errc::no_space : Errc::io, "write {}: {}", path, strerror(errno));
    return {};
}

Result<void> SealingKey::save(const std::string& root) const {
    const std::string path = folder(root) + "/key";
    const std::string temporary = path + ".new";
    TRY(write(temporary));
    // link, unlike rename, never replaces a key
    if (link(temporary.c_str(), path.c_str()) != 0)
        return fail(errno == EEXIST ? Errc::exists : Errc::io, "make {}: {}", path, strerror(errno));
    ::unlink(temporary.c_str());
    return sync_folder(root);
}

Result<void> SealingKey::save_beside(const std::string& root) const {
    TRY(write(folder(root) + beside_name));
    return sync_folder(root);
}

Result<void> SealingKey::take_from_beside(const std::string& root, std::string_view aside) {
    const std::string path = folder(root) + "/key", kept = fmt::format("{}/{}", folder(root), aside);
    if (link(path.c_str(), kept.c_str()) != 0 && errno != ENOENT && errno != EEXIST)
        return fail(Errc::io, "keep {} as {}: {}", path, kept, strerror(errno));
    if (rename((folder(root) + beside_name).c_str(), path.c_str()) != 0)
        return fail(Errc::io, "make {}: {}", path, strerror(errno));
    return sync_folder(root);
}

std::vector<std::uint8_t> SealingKey::seal(ObjectId owner, std::span<const std::uint8_t> text) const {
    const OwnerBytes owner_bytes(owner);
    std::vector<std::uint8_t> sealed(nonce_size + text.size() + tag_size);
    randombytes_buf(sealed.data(), nonce_size);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_size, nullptr, text.data(), text.size(),
                                               owner_bytes.bytes, sizeof owner_bytes.bytes, nullptr,
                                               sealed.data(), bytes_.bytes().data());
    return sealed;
}

std::optional<Secret> SealingKey::open(ObjectId owner, std::span<const std::uint8_t> sealed) const {
    if (sealed.size() < nonce_size + tag_size) return std::nullopt;
    const OwnerBytes owner_bytes(owner);
    Secret text = Secret::with_size(sealed.size() - nonce_size - tag_size);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            text.data(), nullptr, nullptr, sealed.data() + nonce_size, sealed.size() - nonce_size,
            owner_bytes.bytes, sizeof owner_bytes.bytes, sealed.data(), bytes_.bytes().data()) != 0)
        return std::nullopt;
    return text;
}

std::vector<std::uint8_t> SealingKey::hash(ObjectId owner, std::string_view text) const {
    const OwnerBytes owner_bytes(owner);
    std::vector<std::uint8_t> hash(crypto_generichash_BYTES);
    crypto_generichash_state state;
    crypto_generichash_init(&state, bytes_.bytes().data(), bytes_.size(), hash.size());
    crypto_generichash_update(&state, owner_bytes.bytes, sizeof owner_bytes.bytes);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    crypto_generichash_final(&state, hash.data(), hash.size());
    sodium_memzero(&state, sizeof state);
    return hash;
}

}  // namespace userd::store
