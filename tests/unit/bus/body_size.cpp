// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/body_size.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>

#include "daemon/bus/value.h"

using namespace userd;
using namespace userd::bus;

namespace {

constexpr std::size_t most = 1 << 16;

Result<std::size_t> size_of(const std::function<int(sd_bus_message*)>& fill) {
    BusHandle bus;
    int ends[2];
    BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    BOOST_REQUIRE(sd_bus_new(out(bus)) >= 0);
    BOOST_REQUIRE(sd_bus_set_fd(bus.get(), ends[0], ends[0]) >= 0);
    BOOST_REQUIRE(sd_bus_start(bus.get()) >= 0);
    close(ends[1]);
    BusMessage made;
    BOOST_REQUIRE(sd_bus_message_new(bus.get(), out(made), SD_BUS_MESSAGE_METHOD_CALL) >= 0);
    BOOST_REQUIRE(fill(made.get()) >= 0);
    BOOST_REQUIRE(sd_bus_message_seal(made.get(), 1, 0) >= 0);
    auto size = body_size(made.get(), most);
    if (size) BOOST_TEST(sd_bus_message_at_end(made.get(), 1) == (*size == 0 ? 1 : 0));  // at its beginning
    return size;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_size_of)

BOOST_AUTO_TEST_CASE(every_kind_of_argument_counts) {
    BOOST_TEST(size_of([](auto*) { return 0; }).value() == 0U);
    const auto text = size_of([](auto* to) { return sd_bus_message_append(to, "s", "0123456789"); });
    BOOST_TEST((text.value() >= 10U && text.value() < 40U));
    const auto fields = size_of([](auto* to) {
        return write(to, Fields{{"name", std::string(1000, 'a')},
                                {"groups", std::vector<std::string>(100, "staff")},
                                {"must_change", true},
                                {"uid", std::int64_t{70000}}});
    });
    BOOST_TEST((fields.value() > 2000U && fields.value() < 4000U));
}

BOOST_AUTO_TEST_CASE(a_single_argument_or_very_many_are_too_much) {
    const auto long_text = [](auto* to) {
        return sd_bus_message_append(to, "s", std::string(most, 'a').c_str());
    };
    BOOST_TEST(static_cast<int>(size_of(long_text).error().code) == static_cast<int>(Errc::limits));
    const auto many = [](auto* to) {
        return write(to, Fields{{"groups", std::vector<std::string>(most, "")}});
    };
    BOOST_TEST(static_cast<int>(size_of(many).error().code) == static_cast<int>(Errc::limits));
}

BOOST_AUTO_TEST_SUITE_END()
