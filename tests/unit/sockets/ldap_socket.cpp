// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/sockets/ldap_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view base = "dc=example,dc=org", dn = "uid=ada,dc=example,dc=org";

LdapSource corp() {
    LdapSource source;
    source.name = "corp";
    source.uris = {"ldap://127.0.0.1"};
    source.base = "dc=example,dc=org";
    source.id_ranges = {{200000, 299999}};
    source.timeout = 200ms;
    return source;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

struct World : DirectoryFixture {
    World() : mirror((config.ldap.push_back(corp()), *store), directory, *loop, clock, config) {}
    template <typename Done>
    void run_until(Done done) {
        const auto until = std::chrono::steady_clock::now() + 60s;
        while (!done()) {
            BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < until, "it did not come to an end");
            must(loop->run_once(20ms));
        }
    }

    std::unique_ptr<Loop> loop = must(Loop::open());
    Mirror mirror;
    std::unique_ptr<LdapSocket> socket = must(LdapSocket::open(*loop, Fd(), mirror, config, host.path()));
};

// What userd-ldap does, or what a broken one does.
struct Speaker {
    explicit Speaker(World& w) : world(w) {
        int fds[2];
        BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        fd.reset(fds[0]);
        world.socket->serve(Fd(fds[1]));
    }
    template <typename Message>
    void say(const Message& message) {
        std::vector<char> buffer(64 << 10);
        say_bytes({buffer.data(), wire::encode(std::span<char>(buffer), message)});
    }
    void say_bytes(std::string_view bytes) const {
        BOOST_REQUIRE(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                      static_cast<ssize_t>(bytes.size()));
    }
    // The next frame; "" when the core has hung up.
    std::string hear() {
        std::string frame(64 << 10, '\0');
        ssize_t size = -1;
        world.run_until([&] {
            size = recv(fd.get(), frame.data(), frame.size(), MSG_DONTWAIT);
            return size >= 0 || errno == ECONNRESET;
        });
        frame.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return frame;
    }
    void greet() {
        say(wire::LdapHello{"0.1.0"});
        BOOST_REQUIRE(wire::decode_ldap_begin(hear()).has_value());
    }
    void put(const std::string& name, std::uint32_t number) {
        wire::LdapEntry entry;
        const std::string id = fmt::format("{:016}", number), where = fmt::format("uid={},{}", name, base);
        entry.uuid = id;
        entry.dn = where;
        entry.name = name;
        entry.number = entry.gid = number;
        entry.home = "/home/all";
        entry.shell = "/bin/bash";
        char item[1024], items[2048];
        wire::ValuesWriter list(items);
        BOOST_REQUIRE(list.put({item, wire::encode(item, entry)}));
        say(wire::LdapBatch{"corp", wire::Values::parse(list.bytes()).value()});
    }
    // The whole directory: ada.
    void refresh() {
        say(wire::LdapRefresh{"corp", "tie", true});
        put("ada", 200001);
        say(wire::LdapPoint{"corp", "cookie-1", wire::LdapPointKind::refreshed_rest});
        world.run_until([&] { return world.directory.get_user("ada").has_value(); });
        world.run_until([&] { return !world.mirror.is_settling(); });
    }

    World& world;
    Fd fd;
};

// Ada, mirrored, and userd-ldap that mirrors her.
struct Mirrored : World {
    Mirrored() : speaker(*this) {
        speaker.greet();
        speaker.refresh();
        ada = must(directory.get_user("ada"));
    }
    // What is told of a password; `answer` plays userd-ldap.
    template <typename Answer>
    RemotePasswords::Told check(std::string_view password, Answer answer) {
        std::optional<RemotePasswords::Told> told;
        socket->check(ada, Secret(password), [&](const RemotePasswords::Told& t) { told = t; });
        BOOST_TEST(!told.has_value());  // not before the call returned
        answer();
        run_until([&] { return told.has_value(); });
        return *told;
    }

    Speaker speaker;
    User ada;
};

bool is(const RemotePasswords::Told& told, wire::LdapAnswer answer) {
    return told.answer == answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap_socket)

BOOST_FIXTURE_TEST_CASE(a_hello_is_answered_with_where_each_source_goes_on, World) {
    Speaker speaker(*this);
    speaker.say(wire::LdapHello{"0.1.0"});
    const auto frame = speaker.hear();
    const auto begin = wire::decode_ldap_begin(frame);
    BOOST_REQUIRE(begin.has_value());
    BOOST_TEST((begin->source == "corp" && begin->cookie.empty()));
    must(mirror.want_sync("corp", true));
    const auto again_frame = speaker.hear();
    const auto again = wire::decode_ldap_begin(again_frame);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(again->whole);
}

BOOST_FIXTURE_TEST_CASE(what_is_mirrored_goes_on_at_its_cookie_for_the_next_one, Mirrored) {
    speaker.fd.reset();
    run_until([&] { return !socket->is_connected(); });
    BOOST_TEST(directory.get_user("ada").has_value());
    Speaker next(*this);
    next.say(wire::LdapHello{"0.1.0"});
    const auto frame = next.hear();
    const auto begin = wire::decode_ldap_begin(frame);
    BOOST_REQUIRE(begin.has_value());
    BOOST_TEST((begin->cookie == "cookie-1" && begin->tie == "tie"));
}

BOOST_FIXTURE_TEST_CASE(nonsense_is_hung_up_on_and_the_next_one_is_heard, World) {
    char buffer[256];
    const auto bytes_of = [&](const auto& message) {
        return std::string(buffer, wire::encode(std::span<char>(buffer), message));
    };
    const std::string hello = bytes_of(wire::LdapHello{"0.1.0"});
    const std::string begin = bytes_of(wire::LdapBegin{"corp", "", "", false});
    const std::vector<std::vector<std::string>> talks = {
        {"x"},
        {std::string(100, '\0')},
        {bytes_of(wire::LdapRefresh{"corp", "", true})},  // no hello
        {hello, hello},
        {hello, begin},  // ours
        {hello, hello.substr(0, 5)},
        {hello, bytes_of(wire::LdapVerdict{7, wire::LdapAnswer::ok, "", 0, 0})},  // nobody asked
        {hello, bytes_of(wire::LdapTestStep{7, "bind", true, "", "", true})},
        {hello, bytes_of(wire::LdapBatch{"nobody", {}})},
    };
    for (const auto& talk : talks) {
        Speaker speaker(*this);
        for (const auto& bytes : talk) speaker.say_bytes(bytes);
        for (std::string heard = "?"; !heard.empty();) heard = speaker.hear();
        BOOST_TEST(!socket->is_connected());
    }
    Speaker good(*this);
    good.greet();
    good.refresh();
    BOOST_TEST(directory.get_user("ada").has_value());
}

// What is settled takes many turns of the loop; the next frame, or the end, waits for it, and wakes nobody.
BOOST_FIXTURE_TEST_CASE(while_the_mirror_settles_nothing_more_is_read, World) {
    Speaker speaker(*this);
    speaker.greet();
    speaker.say(wire::LdapRefresh{"corp", "tie", true});
    constexpr std::uint32_t many = 2000;
    for (std::uint32_t i = 0; i < many; ++i) {
        speaker.put(fmt::format("u{}", i), 200000 + i);
        must(loop->run_once(0ms));
    }
    speaker.say(wire::LdapPoint{"corp", "cookie-1", wire::LdapPointKind::refreshed_rest});
    run_until([&] { return mirror.is_settling(); });
    speaker.say_bytes("nonsense");
    speaker.fd.reset();
    int turns = 0;
    run_until([&] {
        ++turns;
        BOOST_TEST((socket->is_connected() || !mirror.is_settling()));
        return !socket->is_connected();
    });
    BOOST_TEST(turns > 1);
    BOOST_TEST(directory.get_user("u1999").has_value());
    BOOST_TEST(mirror.begin().at(0).cookie == "cookie-1");
}

BOOST_FIXTURE_TEST_CASE(a_newer_connection_takes_the_place_of_the_older, World) {
    Speaker older(*this);
    older.greet();
    Speaker newer(*this);
    BOOST_TEST(older.hear().empty());
    newer.greet();
    BOOST_TEST(socket->is_connected());
}

BOOST_FIXTURE_TEST_CASE(a_password_is_asked_for_by_dn_and_the_answer_comes_back, Mirrored) {
    const auto told = check("s3cret", [&] {
        const auto frame = speaker.hear();
        const auto bind = wire::decode_ldap_bind(frame);
        BOOST_REQUIRE(bind.has_value());
        BOOST_TEST((bind->source == "corp" && bind->dn == dn && bind->password == "s3cret"));
        speaker.say(wire::LdapVerdict{bind->number, wire::LdapAnswer::must_change, "change it", 60, 2});
        speaker.say(wire::LdapVerdict{bind->number, wire::LdapAnswer::ok, "", 0, 0});  // once is enough
    });
    BOOST_TEST(is(told, wire::LdapAnswer::must_change));
    BOOST_TEST((told.text == "change it" && told.expires_in == 60s && told.grace_logins == 2));
    BOOST_TEST(socket->is_connected());

    std::optional<RemotePasswords::Told> changed;
    socket->change(ada, Secret(std::string_view("old")), Secret(std::string_view("new")),
                   [&](const RemotePasswords::Told& t) { changed = t; });
    const auto frame = speaker.hear();
    const auto modify = wire::decode_ldap_modify_password(frame);
    BOOST_REQUIRE(modify.has_value());
    BOOST_TEST((modify->old_password == "old" && modify->new_password == "new" && modify->dn == dn));
    speaker.say(wire::LdapVerdict{modify->number, wire::LdapAnswer::refused, "too short", 0, 0});
    run_until([&] { return changed.has_value(); });
    BOOST_TEST(is(*changed, wire::LdapAnswer::refused));
}

BOOST_FIXTURE_TEST_CASE(an_empty_password_goes_nowhere, Mirrored) {
    BOOST_TEST(is(check("", [] {}), wire::LdapAnswer::invalid));
    std::optional<RemotePasswords::Told> told;
    socket->change(ada, Secret(std::string_view("old")), Secret(),
                   [&](const RemotePasswords::Told& t) { told = t; });
    run_until([&] { return told.has_value(); });
    BOOST_TEST(is(*told, wire::LdapAnswer::refused));
    char byte;
    BOOST_TEST(recv(speaker.fd.get(), &byte, 1, MSG_DONTWAIT) == -1);
}

BOOST_FIXTURE_TEST_CASE(without_userd_ldap_passwords_are_unreachable, Mirrored) {
    const auto told = check("s3cret", [&] { speaker.fd.reset(); });  // it goes with the question
    BOOST_TEST(is(told, wire::LdapAnswer::unreachable));
    BOOST_TEST(is(check("s3cret", [] {}), wire::LdapAnswer::unreachable));
    Speaker silent(*this);  // one that has said nothing yet is not there either
    BOOST_TEST(is(check("s3cret", [] {}), wire::LdapAnswer::unreachable));
    ada.source = "ldap:gone";
    BOOST_TEST(is(check("s3cret", [] {}), wire::LdapAnswer::unreachable));
}

BOOST_FIXTURE_TEST_CASE(since_when_a_server_is_away_is_known, Mirrored) {
    speaker.say(wire::LdapStatus{"corp", wire::LdapPhase::following, "ldap://127.0.0.1", "", ""});
    run_until([&] { return !socket->away_since(ada); });
    speaker.say(wire::LdapStatus{"corp", wire::LdapPhase::failed, "", "connection refused", ""});
    run_until([&] { return socket->away_since(ada).has_value(); });
    BOOST_TEST((socket->away_since(ada) == clock.now()));
    ada.source = "local";
    BOOST_TEST(!socket->away_since(ada).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_silent_one_is_unreachable_in_time_and_hung_up_on, Mirrored) {
    const auto before = std::chrono::steady_clock::now();
    BOOST_TEST(is(check("s3cret", [] {}), wire::LdapAnswer::unreachable));
    BOOST_TEST((std::chrono::steady_clock::now() - before >= 1s));
    BOOST_TEST(!socket->is_connected());
}

BOOST_FIXTURE_TEST_CASE(one_that_does_not_read_makes_nobody_wait, Mirrored) {
    const std::string password(wire::max_password, 'p');
    std::size_t told = 0;
    const std::size_t asked = LdapSocket::most_waiting + 50;
    for (std::size_t i = 0; i < asked; ++i)
        socket->check(ada, Secret(std::string_view(password)), [&](const RemotePasswords::Told& t) {
            BOOST_TEST(is(t, wire::LdapAnswer::unreachable));
            ++told;
        });
    run_until([&] { return told == asked; });
    BOOST_TEST(!socket->is_connected());
}

BOOST_FIXTURE_TEST_CASE(a_reload_of_the_configuration_hangs_up, Mirrored) {
    const auto told = check("s3cret", [&] { socket->use_config(config); });
    BOOST_TEST(is(told, wire::LdapAnswer::unreachable));
    BOOST_TEST(!speaker.hear().empty());  // the question
    BOOST_TEST(speaker.hear().empty());
}

BOOST_FIXTURE_TEST_CASE(the_steps_of_a_test_are_told_as_far_as_they_came, Mirrored) {
    std::optional<Result<std::vector<Fields>>> told;
    const auto ask = [&] {
        told.reset();
        socket->test("corp", "ada", [&](Result<std::vector<Fields>> t) { told.emplace(std::move(t)); });
        BOOST_TEST(!told.has_value());
        const auto frame = speaker.hear();
        const auto test = wire::decode_ldap_test(frame);
        BOOST_REQUIRE(test.has_value());
        BOOST_TEST((test->source == "corp" && test->user == "ada"));
        return test->number;
    };
    auto number = ask();
    speaker.say(wire::LdapTestStep{number, "connect", true, "to 127.0.0.1", "", false});
    speaker.say(wire::LdapTestStep{number, "bind", false, "invalid credentials", "look at bind.dn", true});
    run_until([&] { return told.has_value(); });
    auto steps = must(*std::move(told));
    BOOST_REQUIRE(steps.size() == 2U);
    BOOST_TEST(text_of(steps[0], "check") == "connect");
    BOOST_TEST((text_of(steps[0], "state") == "right" && text_of(steps[1], "state") == "wrong"));
    BOOST_TEST(text_of(steps[1], "advice") == "look at bind.dn");

    number = ask();
    speaker.say(wire::LdapTestStep{number, "connect", true, "to 127.0.0.1", "", false});
    must(loop->run_once(50ms));
    speaker.fd.reset();
    run_until([&] { return told.has_value(); });
    steps = must(*std::move(told));
    BOOST_REQUIRE(steps.size() == 2U);
    BOOST_TEST(text_of(steps[1], "check") == "userd-ldap");

    told.reset();
    socket->test("corp", "", [&](Result<std::vector<Fields>> t) { told.emplace(std::move(t)); });
    run_until([&] { return told.has_value(); });
    BOOST_TEST(code_of(*told) == Errc::unavailable);
}

BOOST_FIXTURE_TEST_CASE(a_test_that_is_not_answered_ends, Mirrored) {
    socket->set_test_time(20ms);
    std::optional<Result<std::vector<Fields>>> told;
    socket->test("corp", "", [&](Result<std::vector<Fields>> t) { told.emplace(std::move(t)); });
    run_until([&] { return told.has_value(); });
    BOOST_TEST(code_of(*told) == Errc::unavailable);
    BOOST_TEST(socket->is_connected());
}

BOOST_FIXTURE_TEST_CASE(only_the_account_of_userd_ldap_is_let_in, World) {
    const auto path = host.path() + "/socket";
    const auto address = address_of(path);
    const auto listen_in = [&](const std::string& folder) {
        ::unlink(path.c_str());
        Fd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        BOOST_REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(listen(listener.get(), 4) == 0);
        socket.reset();
        socket = must(LdapSocket::open(*loop, std::move(listener), mirror, config, folder));
        Fd peer(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        BOOST_REQUIRE(connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        return peer;
    };
    const Fd own = listen_in(host.path());  // in a folder of tests all is one account's
    run_until([&] { return socket->is_connected(); });
    const Fd stranger = listen_in("");  // we are not userd-ldap
    char byte;
    ssize_t size = -1;
    run_until([&] { return (size = recv(stranger.get(), &byte, 1, MSG_DONTWAIT)) >= 0; });
    BOOST_TEST(size == 0);
    BOOST_TEST(!socket->is_connected());
}

BOOST_AUTO_TEST_SUITE_END()
