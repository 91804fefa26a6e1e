// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/sync_controls.h"

#include <boost/test/unit_test.hpp>

using namespace userd;
using namespace std::string_literals;
using ldap::SyncInfo;
using ldap::SyncState;

namespace {

const std::string uuid = "0123456789abcdef";

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap_sync_controls)

BOOST_AUTO_TEST_CASE(a_request_asks_for_persist_and_carries_the_cookie) {
    BOOST_TEST(ldap::write_sync_request("").value() == "\x30\x03\x0a\x01\x03"s);
    BOOST_TEST(ldap::write_sync_request("abc").value() == "\x30\x08\x0a\x01\x03\x04\x03"s + "abc");
    const std::string longer(200, 'c');
    BOOST_TEST(ldap::write_sync_request(longer).value() ==
               "\x30\x82\0\xcf\x0a\x01\x03\x04\x82\0\xc8"s + longer);
    BOOST_TEST(!ldap::write_sync_request(std::string(5000, 'c')).has_value());
}

BOOST_AUTO_TEST_CASE(a_cookie_of_openldap_without_a_change_number_is_none) {
    BOOST_TEST(ldap::is_usable_cookie("rid=000,csn=20261122181440.225878Z#000000#000#000000"));
    BOOST_TEST(ldap::is_usable_cookie("ldap.example.org:389#cn=x:dc=example,dc=org#12"));
    for (const char* cookie :
         {"", "rid=000", "rid=000,csn=", "rid=000,csn=nonsense", "rid=000,csn=20261122181440Z#"})
        BOOST_TEST(!ldap::is_usable_cookie(cookie), cookie);
}

BOOST_AUTO_TEST_CASE(the_change_numbers_of_a_cookie_are_told_apart_by_their_writers) {
    const std::string one = "20261122181440.225878Z#000000#001#000000",
                      two = "20261122181441.000001Z#00000a#0ff#000000";
    BOOST_TEST(ldap::change_numbers("rid=000,csn=" + one) == std::vector<std::string_view>{one});
    BOOST_TEST((ldap::change_numbers("rid=001,sid=001,csn=" + one + ";" + two) ==
                std::vector<std::string_view>{one, two}));
    BOOST_TEST((ldap::change_numbers("rid=001,csn=" + one + ",delcsn=" + two) ==
                std::vector<std::string_view>{one}));
    BOOST_TEST(ldap::writer_of(one) == "001");
    BOOST_TEST(ldap::writer_of(two) == "0ff");
    BOOST_TEST(ldap::writer_of("001") == "");
    for (const auto& cookie : {""s, "rid=000"s, "rid=000,csn="s, "rid=000,csn=" + one + ";",
                               "rid=000,csn=" + one + "x", "rid=000,csn=" + one.substr(1), "csn=" + one,
                               "rid=000,csn=20261122181440.225878Z#00000)#000#000000"s,
                               "ldap.example.org:389#cn=x,csn=" + one + "#12"})
        BOOST_TEST(ldap::change_numbers(cookie).empty(), cookie);
}

BOOST_AUTO_TEST_CASE(a_cookie_of_another_making_is_told) {
    constexpr const char* openldap = "rid=000,csn=20261122181440.225878Z#000000#000#000000";
    BOOST_TEST(ldap::are_of_one_making(openldap, "rid=000,csn=20261122181441.000000Z#000000#000#000000"));
    BOOST_TEST(ldap::are_of_one_making("ldap.example.org:389#x#12", "ldap.example.org:389#x#13"));
    BOOST_TEST(!ldap::are_of_one_making("\xff", openldap));
}

BOOST_AUTO_TEST_CASE(a_state_has_a_kind_a_key_and_perhaps_a_cookie) {
    const auto added = "\x30\x15\x0a\x01\x01\x04\x10"s + uuid;
    const auto deleted = "\x30\x1a\x0a\x01\x03\x04\x10"s + uuid + "\x04\x03" + "abc";
    const auto plain = ldap::parse_sync_state(added), with = ldap::parse_sync_state(deleted);
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST((plain->kind == SyncState::Kind::add));
    BOOST_TEST(plain->uuid == uuid);
    BOOST_TEST(!plain->cookie.has_value());
    BOOST_REQUIRE(with.has_value());
    BOOST_TEST((with->kind == SyncState::Kind::gone));
    BOOST_TEST(with->cookie.value() == "abc");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_phase_is_the_end_of_the_refresh_unless_it_says_otherwise) {
    const auto deletes = "\xa1\x05\x04\x03"s + "abc", presents = "\xa2\x03\x01\x01\0"s;
    const auto done = ldap::parse_sync_info(deletes), present = ldap::parse_sync_info(presents);
    BOOST_REQUIRE(done.has_value());
    BOOST_TEST((done->kind == SyncInfo::Kind::refresh_delete));
    BOOST_TEST(done->is_refresh_done);
    BOOST_TEST(done->cookie.value() == "abc");
    BOOST_REQUIRE(present.has_value());
    BOOST_TEST((present->kind == SyncInfo::Kind::refresh_present));
    BOOST_TEST(!present->is_refresh_done);
}

BOOST_AUTO_TEST_CASE(a_set_of_keys_is_present_unless_it_says_deleted) {
    const std::string set = "\x31\x24\x04\x10"s + uuid + "\x04\x10" + uuid;
    const auto present_set = "\xa3\x26"s + set, gone_set = "\xa3\x29\x01\x01\xff"s + set;
    const auto present = ldap::parse_sync_info(present_set), gone = ldap::parse_sync_info(gone_set);
    BOOST_REQUIRE(present.has_value());
    BOOST_TEST(!present->are_deleted);
    BOOST_REQUIRE(present->uuids.size() == 2);
    BOOST_TEST(present->uuids[1] == uuid);
    BOOST_REQUIRE(gone.has_value());
    BOOST_TEST(gone->are_deleted);
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_too_long_or_of_another_form_is_nothing) {
    const std::string state = "\x30\x15\x0a\x01\x01\x04\x10"s + uuid;
    for (std::size_t size = 0; size < state.size(); ++size)
        BOOST_TEST(!ldap::parse_sync_state(state.substr(0, size)).has_value());
    for (const auto& bad :
         {"\x30\x80\x0a\x01\x01"s, "\x30\x84\xff\xff\xff\xff"s, "\x30\x85\1\1\1\1\1"s,
          "\x30\x15\x0a\x01\x04\x04\x10"s + uuid, "\x30\x14\x0a\x01\x01\x04\x0f"s + uuid.substr(1)})
        BOOST_TEST(!ldap::parse_sync_state(bad).has_value());
    for (const auto& bad : {""s, "\xa4\0"s, "\xa1\x02\x01\0"s, "\xa3\0"s, "\xa3\x05\x31\x03\x04\x01x"s})
        BOOST_TEST(!ldap::parse_sync_info(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
