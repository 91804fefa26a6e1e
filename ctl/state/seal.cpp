// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/state/seal.h"

#include <sodium.h>

#include <array>
#include <span>
#include <vector>

namespace userd::ctl {
namespace {

constexpr int variant = sodium_base64_VARIANT_ORIGINAL;

std::string base64(std::span<const unsigned char> bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back();  // the NUL
    return text;
}

}  // namespace

Answer<std::string> seal(const Secret& text, std::string_view public_key) {
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> key{};
    std::size_t size = 0;
    if (sodium_init() < 0 ||
        sodium_base642bin(key.data(), key.size(), public_key.data(), public_key.size(), " \t\r\n", &size,
                          nullptr, variant) != 0 ||
        size != key.size())
        return refuse(
            problem(Exit::invalid, "that is no public key: {} bytes in base64 are expected", key.size())
                .with_hint("userctl seal --new-key FILE makes a pair")
                .with_field("to"));
    std::vector<unsigned char> box(text.size() + crypto_box_SEALBYTES);
    if (crypto_box_seal(box.data(), text.bytes().data(), text.size(), key.data()) != 0)
        return refuse(Exit::invalid, "nothing can be sealed for this public key");
    return base64(box);
}

Answer<FleetPair> make_fleet_pair() {
    if (sodium_init() < 0) return refuse(Exit::failed, "cannot start libsodium");
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> key{};
    Secret secret = Secret::with_size(crypto_box_SECRETKEYBYTES);
    crypto_box_keypair(key.data(), secret.data());
    std::string text = base64(secret.bytes());
    FleetPair pair{Secret(text), base64(key)};
    sodium_memzero(text.data(), text.size());
    return pair;
}

}  // namespace userd::ctl
