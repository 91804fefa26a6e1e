// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/fleet_key.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "common/base/fd.h"
#include "common/base/text.h"

namespace userd::state {
namespace {

constexpr std::size_t longest_text = 8192;

// With or without padding; blanks and line ends are skipped.
Result<Secret> from_base64(std::string_view text, std::string_view what) {
    if (text.empty()) return Secret();
    Secret bytes = Secret::with_size(text.size());
    std::size_t size = 0;
    for (const int variant : {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING})
        if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), " \t\r\n", &size, nullptr,
                              variant) == 0) {
            bytes.shrink(size);
            return bytes;
        }
    return fail(Errc::invalid, "{} is not base64", what);
}

}  // namespace

Result<FleetKey> FleetKey::parse(std::string_view base64) {
    Secret bytes = TRY(from_base64(base64, "the fleet key"));
    if (bytes.size() != crypto_box_SECRETKEYBYTES)
        return fail(Errc::invalid, "the fleet key has {} bytes, not {}", bytes.size(),
                    crypto_box_SECRETKEYBYTES);
    return FleetKey(std::move(bytes));
}

Result<std::optional<FleetKey>> FleetKey::load() {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr) return std::nullopt;
    const std::string path = std::string(folder) + "/userd.fleet-key";
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd && errno == ENOENT) return std::nullopt;
    if (!fd) return fail(Errc::unavailable, "open {}: {}", path, std::strerror(errno));
    Secret text = Secret::with_size(256);
    const ssize_t got = ::read(fd.get(), text.data(), text.size());
    if (got < 0) return fail(Errc::unavailable, "read {}: {}", path, std::strerror(errno));
    text.shrink(static_cast<std::size_t>(got));
    return TRY(parse(text.text()));
}

Result<Secret> FleetKey::open(std::string_view base64) const {
    if (base64.size() > longest_text)
        return fail(Errc::invalid, "a sealed text is longer than {} bytes", longest_text);
    const Secret box = TRY(from_base64(base64, "a sealed text"));
    if (box.size() <= crypto_box_SEALBYTES) return fail(Errc::invalid, "a sealed text is cut off");
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> open_half{};
    crypto_scalarmult_base(open_half.data(), secret_.bytes().data());
    Secret text = Secret::with_size(box.size() - crypto_box_SEALBYTES);
    if (crypto_box_seal_open(text.data(), box.bytes().data(), box.size(), open_half.data(),
                             secret_.bytes().data()) != 0)
        return fail(Error{Errc::invalid,
                          "a sealed text was sealed for another key, or is damaged",
                          "userctl seal --to with the public key of these hosts",
                          {}});
    return text;
}

}  // namespace userd::state
