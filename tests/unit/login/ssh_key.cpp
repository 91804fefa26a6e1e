// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/ssh_key.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

const std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh";
const std::string plain = "ssh-ed25519 " + blob;

bool taken(const std::string& line) {
    return SshKey::parse(line).has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ssh_key)

BOOST_AUTO_TEST_CASE(a_public_key_is_read_with_its_fingerprint) {
    const auto key = SshKey::parse(plain + " alice@laptop, the old one\n").value();
    BOOST_TEST(key.type == "ssh-ed25519");
    BOOST_TEST(key.key == blob);
    BOOST_TEST(key.comment == "alice@laptop, the old one");
    BOOST_TEST(key.fingerprint.starts_with("SHA256:"));
    BOOST_TEST(key.fingerprint.size() == 7 + 43);
    BOOST_TEST(SshKey::parse(plain).value().fingerprint == key.fingerprint);
}

BOOST_AUTO_TEST_CASE(options_are_kept_and_limits_taken_out) {
    const auto key = SshKey::parse(
                         "restrict,from=\"10.0.0.0/8,!10.1.0.0/16\",command=\"echo \\\"a, b\\\"\","
                         "expiry-time=\"20301231\" " +
                         plain)
                         .value();
    BOOST_TEST(key.options == "restrict,command=\"echo \\\"a, b\\\"\"");
    BOOST_TEST(key.sources == "10.0.0.0/8,!10.1.0.0/16");
    BOOST_TEST((key.expires == from_unix(1'924'905'600)));
    store::SshKeyRecord record;
    record.type = key.type;
    record.key = key.key;
    record.options = key.options;
    record.sources = key.sources;
    BOOST_TEST(authorized_keys_line(record) ==
               "restrict,command=\"echo \\\"a, b\\\"\",from=\"10.0.0.0/8,!10.1.0.0/16\" " + plain);
}

BOOST_AUTO_TEST_CASE(what_widens_or_is_no_key_is_refused) {
    for (const std::string& line : std::vector<std::string>{
             std::string(), std::string("ssh-ed25519"), "ssh-rsa " + blob, "ssh-dss " + blob,
             "ssh-ed25519 AAAA", "ssh-ed25519 " + blob + "!", plain + "\n" + plain, plain + " \x1b[31m",
             "cert-authority " + plain, "principals=\"root\" " + plain,
             "environment=\"LD_PRELOAD=x\" " + plain, "from=10.0.0.1 " + plain, "from=\"a b\" " + plain,
             "from=\"x\"y\" " + plain, "command=\"echo " + plain, "expiry-time=\"20301331\" " + plain,
             "expiry-time=\"soon\" " + plain, std::string(9000, 'x')})
        BOOST_TEST(!taken(line), line);
}

BOOST_AUTO_TEST_SUITE_END()
