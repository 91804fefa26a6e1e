// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/id_mapping.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

std::uint32_t id_of(IdSlices& slices, const std::string& sid) {
    return slices.id_of(*Sid::parse(sid)).value_or(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(id_mapping)

// What libsss_idmap 2.8.2 says with the defaults of sssd-ldap(5): sss_idmap_sid_to_unix.
BOOST_AUTO_TEST_CASE(ids_are_those_of_sssd) {
    const std::pair<const char*, std::uint32_t> vectors[] = {
        {"S-1-5-21-276440914-1935126060-158727134-500", 462400500},
        {"S-1-5-21-276440914-1935126060-158727134-512", 462400512},
        {"S-1-5-21-276440914-1935126060-158727134-1106", 462401106},
        {"S-1-5-21-276440914-1935126060-158727134-199999", 462599999},
        {"S-1-5-21-276440914-1935126060-158727134-200000", 158800000},
        {"S-1-5-21-276440914-1935126060-158727134-399999", 158999999},
        {"S-1-5-21-276440914-1935126060-158727134-400001", 312200001},
        {"S-1-5-21-276440914-1935126060-158727134-650000", 7850000},
        {"S-1-5-21-276440914-1935126060-158727134-1999999", 1048999999},
        {"S-1-5-21-276440914-1935126060-158727134-2100000", 1062300000},
        {"S-1-5-21-276440914-1935126060-158727134-2199999", 1062399999},
        {"S-1-5-21-276440914-1935126060-158727134-80298", 462480298},
        {"S-1-5-21-276440914-1935126060-158727134-450134", 312250134},
        {"S-1-5-21-276440914-1935126060-158727134-2200000", 1898400000},
        {"S-1-5-21-276440914-1935126060-158727134-3000000", 1888800000},
        {"S-1-5-21-274651335-2077051681-3140753525-500", 998600500},
        {"S-1-5-21-274651335-2077051681-3140753525-512", 998600512},
        {"S-1-5-21-274651335-2077051681-3140753525-1106", 998601106},
        {"S-1-5-21-274651335-2077051681-3140753525-199999", 998799999},
        {"S-1-5-21-274651335-2077051681-3140753525-200000", 802200000},
        {"S-1-5-21-274651335-2077051681-3140753525-399999", 802399999},
        {"S-1-5-21-274651335-2077051681-3140753525-400001", 652000001},
        {"S-1-5-21-274651335-2077051681-3140753525-650000", 1989650000},
        {"S-1-5-21-274651335-2077051681-3140753525-1999999", 1541599999},
        {"S-1-5-21-274651335-2077051681-3140753525-2100000", 943500000},
        {"S-1-5-21-274651335-2077051681-3140753525-2199999", 943599999},
        {"S-1-5-21-274651335-2077051681-3140753525-124387", 998724387},
        {"S-1-5-21-274651335-2077051681-3140753525-788855", 1989788855},
        {"S-1-5-21-274651335-2077051681-3140753525-2200000", 938200000},
        {"S-1-5-21-274651335-2077051681-3140753525-3000000", 232000000},
    };
    IdSlices slices;
    for (const auto& [sid, id] : vectors) BOOST_TEST(id_of(slices, sid) == id, sid);
}

BOOST_AUTO_TEST_CASE(the_hash_is_murmur3) {
    BOOST_TEST(murmur3("", 0) == 0U);
    BOOST_TEST(murmur3("", 1) == 0x514e28b7U);
    BOOST_TEST(murmur3("test", 0x9747b28cU) == 0x704b81dcU);
    BOOST_TEST(murmur3("Hello, world!", 0x9747b28cU) == 0x24884cbaU);
    BOOST_TEST(murmur3("aaa", 0x9747b28cU) == 0x283e0130U);
}

// Two domains with the same hash: the second one takes the next slice, as in SSSD.
BOOST_AUTO_TEST_CASE(a_domain_whose_slice_is_taken_has_the_next) {
    IdSlices slices;
    const std::uint32_t first = id_of(slices, "S-1-5-21-1-2-64-0");
    BOOST_TEST(id_of(slices, "S-1-5-21-1-2-227-0") == first + IdSlices::slice_size);
    BOOST_TEST(id_of(slices, "S-1-5-21-1-2-64-0") == first);
    IdSlices alone;
    BOOST_TEST(id_of(alone, "S-1-5-21-1-2-227-0") == first);
}

BOOST_AUTO_TEST_CASE(what_is_of_no_domain_has_no_number) {
    IdSlices slices;
    for (const char* sid : {"S-1-5-32-544", "S-1-5-21-1-2-3", "S-1-1-0", "S-1-5-18", "S-1-5-21-1-2-3-4-5"})
        BOOST_TEST(!slices.id_of(*Sid::parse(sid)), sid);
}

// A server that makes domains up cannot fill the memory.
BOOST_AUTO_TEST_CASE(domains_have_an_end) {
    IdSlices slices;
    unsigned mapped = 0;
    for (std::uint32_t i = 0; i < 1000; ++i)
        mapped += slices.id_of(*Sid::parse("S-1-5-21-1-2-" + std::to_string(i) + "-500")) ? 1 : 0;
    BOOST_TEST(mapped == 100U);
    BOOST_TEST(slices.id_of(*Sid::parse("S-1-5-21-1-2-0-501")).has_value());
}

BOOST_AUTO_TEST_CASE(every_number_is_within_the_range) {
    IdSlices slices;
    for (const char* rid : {"0", "500", "199999", "200000", "4294967295"}) {
        const auto id = id_of(slices, std::string("S-1-5-21-1-2-3-") + rid);
        BOOST_TEST((id >= 200000U && id < 2000200000U));
    }
}

BOOST_AUTO_TEST_SUITE_END()
