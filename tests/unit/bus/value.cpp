// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/value.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>

using namespace userd;
using namespace userd::bus;

namespace {

// A message as it arrives, with what `fill` wrote.
BusMessage message(const std::function<int(sd_bus_message*)>& fill) {
    static const BusHandle bus = [] {
        BusHandle made;
        int ends[2];
        BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        BOOST_REQUIRE(sd_bus_new(out(made)) >= 0);
        BOOST_REQUIRE(sd_bus_set_fd(made.get(), ends[0], ends[0]) >= 0);
        BOOST_REQUIRE(sd_bus_start(made.get()) >= 0);
        close(ends[1]);
        return made;
    }();
    BusMessage made;
    BOOST_REQUIRE(sd_bus_message_new(bus.get(), out(made), SD_BUS_MESSAGE_METHOD_CALL) >= 0);
    BOOST_REQUIRE(fill(made.get()) >= 0);
    BOOST_REQUIRE(sd_bus_message_seal(made.get(), 1, 0) >= 0);
    return made;
}

// What reading the fields of `message` says: the code of its error, or none.
std::optional<Errc> refusal(const BusMessage& from, bool with_fds = false) {
    const auto fields = read_fields(from.get(), with_fds);
    if (fields) return std::nullopt;
    return fields.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(fields_come_back_as_they_were) {
    const Fields sent{{"name", "alice"},
                      {"uid", std::int64_t{70001}},
                      {"generation", std::int64_t{1} << 40U},
                      {"expires", std::int64_t{1'900'000'000}},
                      {"must_change", true},
                      {"groups", std::vector<std::string>{"ops", "web"}},
                      {"labels", std::map<std::string, std::string>{{"a", "1"}}}};
    const auto wire = message([&](auto* to) { return write(to, sent); });
    BOOST_TEST((read_fields(wire.get(), false).value().plain == sent));
}

BOOST_AUTO_TEST_CASE(ids_are_u_counters_t_and_times_x) {
    const auto wire = message([](auto* to) {
        return write(to, Fields{{"created_at", std::int64_t{5}},
                                {"generation", std::int64_t{6}},
                                {"uid", std::int64_t{7}}});
    });
    std::uint32_t uid = 0;
    std::uint64_t generation = 0;
    std::int64_t created = 0;
    const char *a = nullptr, *b = nullptr, *c = nullptr;
    BOOST_TEST(sd_bus_message_read(wire.get(), "a{sv}", 3, &a, "x", &created, &b, "t", &generation, &c, "u",
                                   &uid) > 0);
    BOOST_TEST(uid == 7U);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_not_set_is_left_out) {
    const auto wire = message([](auto* to) { return write(to, Fields{{"expires", std::monostate{}}}); });
    BOOST_TEST(read_fields(wire.get(), false).value().plain.empty());
}

BOOST_AUTO_TEST_CASE(minus_one_clears) {
    const auto wire =
        message([](auto* to) { return sd_bus_message_append(to, "a{sv}", 1, "expires", "x", INT64_C(-1)); });
    BOOST_TEST(
        std::holds_alternative<std::monostate>(read_fields(wire.get(), false).value().plain.at("expires")));
}

BOOST_AUTO_TEST_CASE(a_field_given_twice_is_refused) {
    const auto wire = message([](auto* to) {
        return sd_bus_message_append(to, "a{sv}", 2, "shell", "s", "/bin/sh", "shell", "s", "/bin/bash");
    });
    BOOST_TEST((refusal(wire) == Errc::invalid));
}

BOOST_AUTO_TEST_CASE(types_that_fit_no_field_are_refused) {
    BOOST_TEST((refusal(message([](auto* to) {
                    return sd_bus_message_append(to, "a{sv}", 1, "x", "d", 1.5);
                })) == Errc::invalid));
    BOOST_TEST((refusal(message([](auto* to) {
                    return sd_bus_message_append(to, "a{sv}", 1, "x", "t", UINT64_MAX);
                })) == Errc::invalid));
    BOOST_TEST((refusal(message([](auto* to) {
                    return sd_bus_message_append(to, "a{sv}", 1, "x", "(s)", "y");
                })) == Errc::invalid));
    BOOST_TEST((refusal(message([](auto* to) {
                    return sd_bus_message_append(to, "a{sv}", 1, "x", "h", 0);
                })) == Errc::invalid));
}

BOOST_AUTO_TEST_CASE(too_many_fields_are_refused) {
    Fields many;
    for (int i = 0; i < 300; ++i) many["field" + std::to_string(i)] = true;
    BOOST_TEST((refusal(message([&](auto* to) { return write(to, many); })) == Errc::limits));
}

BOOST_AUTO_TEST_CASE(a_descriptor_is_taken_where_it_is_expected) {
    const auto wire =
        message([](auto* to) { return sd_bus_message_append(to, "a{sv}", 1, "password", "h", 0); });
    const auto fields = read_fields(wire.get(), true).value();
    BOOST_TEST(fields.fds.at("password").get() > 0);
}

BOOST_AUTO_TEST_CASE(an_object_has_one_path) {
    BOOST_TEST(number_of_path("/org/userd1/user/_70042", user_prefix).value() == 70042U);
    for (const char* path :
         {"/org/userd1/user/_070042", "/org/userd1/user/_", "/org/userd1/user/70042", "/org/userd1/user",
          "/org/userd1/user/_4294967295", "/org/userd1/user/_4294967296", "/org/userd1/user/_1/x",
          "/org/userd1/group/_70042", "/org/userd1/user/_0"})
        BOOST_TEST(!number_of_path(path, user_prefix), path);
    BOOST_TEST(user_path(70042).text == "/org/userd1/user/_70042");
    BOOST_TEST(group_path(70042).text == "/org/userd1/group/_70042");
}

BOOST_AUTO_TEST_SUITE_END()
