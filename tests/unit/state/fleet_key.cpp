// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/fleet_key.h"

#include <sodium.h>

#include <array>

#include "tests/unit/state/support.h"

using namespace userd;
using namespace userd::test;
using state::FleetKey;

namespace {

std::string base64(std::span<const std::uint8_t> bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
}

struct Pair {
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> open_half{};
    std::array<unsigned char, crypto_box_SECRETKEYBYTES> secret{};
    Pair() { crypto_box_keypair(open_half.data(), secret.data()); }
    FleetKey key() const { return must(FleetKey::parse(base64(secret) + "\n")); }
    std::string seal(std::string_view text) const {
        std::vector<std::uint8_t> box(text.size() + crypto_box_SEALBYTES);
        crypto_box_seal(box.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                        open_half.data());
        return base64(box);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fleet_key)

BOOST_AUTO_TEST_CASE(what_is_sealed_for_the_key_opens_with_it_alone) {
    const Pair ours, other;
    const auto sealed = ours.seal("$argon2id$…");
    BOOST_TEST(must(ours.key().open(sealed)).text() == "$argon2id$…");
    BOOST_TEST(!other.key().open(sealed));
    BOOST_TEST(!ours.key().open(sealed.substr(0, 40)));
    BOOST_TEST(!ours.key().open("no base64!"));
    BOOST_TEST(!ours.key().open(std::string(10000, 'A')));
    auto torn = sealed;
    torn[50] = torn[50] == 'A' ? 'B' : 'A';
    BOOST_TEST(!ours.key().open(torn));
}

BOOST_AUTO_TEST_CASE(a_key_of_another_length_is_refused) {
    BOOST_TEST(!FleetKey::parse("AAAA"));
    BOOST_TEST(!FleetKey::parse(""));
}

BOOST_FIXTURE_TEST_CASE(sealed_secrets_are_applied_and_named_when_they_cannot_be, StateFixture) {
    const Pair pair;
    const auto wanted =
        fmt::format(R"({{"user":"alice","totp":{{"sealed":"{}"}},"password":{{"sealed":"{}"}}}})",
                    pair.seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
                    pair.seal("$argon2id$v=19$m=64,t=1,p=1$YWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYQ"));
    BOOST_TEST(diff(wanted).find("no credential userd.fleet-key") != std::string::npos);
    fleet_key = pair.key();
    BOOST_TEST(text_of(apply(wanted)) == "+ alice\n");
    BOOST_TEST(text_of(apply(wanted)) == "");
    BOOST_TEST(must(store->credentials().find_totp(id_of("alice"))).has_value());
    fleet_key = Pair().key();
    BOOST_TEST(diff(wanted).find("another key") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
