// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/service.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/bus/connection.h"
#include "daemon/store/audit.h"
#include "tests/unit/bus/house.h"

using namespace userd;
using namespace userd::bus;

namespace {

constexpr const char* denied = "org.freedesktop.DBus.Error.AccessDenied";
constexpr const char* invalid = "org.freedesktop.DBus.Error.InvalidArgs";

int create_arguments(sd_bus_message* to, const char* name, const Fields& fields, std::uint64_t flags) {
    if (const int r = sd_bus_message_append(to, "s", name); r < 0) return r;
    if (const int r = write(to, fields); r < 0) return r;
    return sd_bus_message_append(to, "a{sv}t", 0, flags);
}

int update_arguments(sd_bus_message* to, const Fields& fields, const Fields& options = {}) {
    if (const int r = write(to, fields); r < 0) return r;
    if (const int r = write(to, options); r < 0) return r;
    return sd_bus_message_append(to, "t", UINT64_C(0));
}

Fields record_in(const BusMessage& answer) {
    return read_fields(answer.get(), false).value().plain;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service, House)

BOOST_AUTO_TEST_CASE(root_creates_a_user_and_everybody_sees_the_public_fields) {
    Caller root(*this, 0);
    const auto created = root.manager("CreateUser", [](auto* to) {
        return create_arguments(to, "alice", {{"email", "alice@example.org"}, {"display_name", "Alice"}}, 0);
    });
    BOOST_REQUIRE_EQUAL(error_text(created), "");
    const char* path = nullptr;
    BOOST_REQUIRE(sd_bus_message_read(created.get(), "o", &path) > 0);
    const auto record = record_in(created);
    BOOST_TEST(std::get<std::string>(record.at("email")) == "alice@example.org");
    BOOST_TEST(std::string(path) ==
               user_path(static_cast<std::uint32_t>(std::get<std::int64_t>(record.at("uid")))).text);

    Caller other(*this, 4711);
    const auto seen =
        other.manager("GetUser", [](auto* to) { return sd_bus_message_append(to, "s", "alice"); });
    BOOST_REQUIRE_EQUAL(error_text(seen), "");
    BOOST_REQUIRE(sd_bus_message_skip(seen.get(), "o") >= 0);
    const auto public_record = record_in(seen);
    BOOST_TEST(std::get<std::string>(public_record.at("display_name")) == "Alice");
    BOOST_TEST(public_record.count("email") == 0U);
}

BOOST_AUTO_TEST_CASE(without_polkit_nobody_else_may_change_anything) {
    const auto path = user_path(create("alice")).text;
    for (const std::uint32_t uid : {4711U, 1000U, 1U}) {
        Caller caller(*this, uid);
        BOOST_TEST(error_name(caller.manager(
                       "CreateUser", [](auto* to) { return create_arguments(to, "eve", {}, 0); })) == denied);
        BOOST_TEST(error_name(caller.call(path, user_interface, "Update", [](auto* to) {
                       return update_arguments(to, {{"display_name", "Eve"}});
                   })) == denied);
        BOOST_TEST(error_name(caller.manager("Reload", [](auto* to) {
                       return sd_bus_message_append(to, "t", std::uint64_t{0});
                   })) == denied);
        BOOST_TEST(error_name(caller.manager("ShowConfig")) == denied);
    }
    BOOST_TEST(!reloaded);
}

BOOST_AUTO_TEST_CASE(who_is_not_known_is_nobody) {
    for (const std::uint32_t uid : {65534U, 0xFFFFFFFFU}) {
        Caller caller(*this, uid);
        BOOST_TEST(error_name(caller.manager("Status")) == denied);
    }
}

BOOST_AUTO_TEST_CASE(an_account_changes_its_own_names_and_no_more) {
    const auto uid = create("alice", {{"display_name", "Alice"}, {"email", "alice@example.org"}});
    Caller alice(*this, uid);
    const auto path = user_path(uid).text;
    const auto changed = alice.call(path, user_interface, "Update", [](auto* to) {
        return update_arguments(to, {{"display_name", "Alice Example"}});
    });
    BOOST_TEST(error_text(changed) == "");
    for (const Fields& fields :
         {Fields{{"email", "eve@example.org"}}, Fields{{"groups", std::vector<std::string>{"ops"}}},
          Fields{{"home", "/root"}}})
        BOOST_TEST(error_name(alice.call(path, user_interface, "Update",
                                         [&](auto* to) { return update_arguments(to, fields); })) == denied);
    const auto own = alice.call(path, user_interface, "Describe");
    const auto record = record_in(own);
    BOOST_TEST(std::get<std::string>(record.at("display_name")) == "Alice Example");
    BOOST_TEST(std::get<std::string>(record.at("email")) == "alice@example.org");
}

BOOST_AUTO_TEST_CASE(an_account_reaches_no_other_account) {
    const auto alice = create("alice");
    const auto bob = user_path(create("bob", {{"email", "bob@example.org"}})).text;
    Caller caller(*this, alice);
    BOOST_TEST(error_name(caller.call(bob, user_interface, "Update", [](auto* to) {
                   return update_arguments(to, {{"display_name", "Eve"}});
               })) == denied);
    BOOST_TEST(error_name(caller.call(bob, user_interface, "MfaStatus")) == denied);
    BOOST_TEST(error_name(caller.call(bob, user_interface, "BeginTotp", [](auto* to) {
                   return sd_bus_message_append(to, "a{sv}t", 0U, UINT64_C(0));
               })) == denied);
    BOOST_TEST(record_in(caller.call(bob, user_interface, "Describe")).count("email") == 0U);
}

BOOST_AUTO_TEST_CASE(an_account_suspends_itself_where_that_is_allowed) {
    const auto uid = create("alice");
    Caller alice(*this, uid);
    const auto suspend = [&] {
        return alice.call(user_path(uid).text, user_interface, "Suspend",
                          [](auto* to) { return sd_bus_message_append(to, "a{sv}t", 0, UINT64_C(0)); });
    };
    BOOST_TEST(error_name(suspend()) == denied);
    config.users.self_suspend = true;
    BOOST_TEST(error_text(suspend()) == "");
    BOOST_TEST(directory.get_user("alice")->state_reason == closed_by_itself);
}

BOOST_AUTO_TEST_CASE(an_administrator_of_a_group_changes_its_members_and_no_more) {
    const Actor hand{0, "root", "test", {}};
    Caller alice(*this, create("alice"));
    create("bob");
    const auto group = [&](const char* name, const Fields& fields) {
        return group_path(static_cast<std::uint32_t>(std::get<std::int64_t>(
                              directory.create_group(hand, name, fields, {})->record.at("gid"))))
            .text;
    };
    const auto web = group("web", {{"administrators", std::vector<std::string>{"alice"}}});
    const auto ops = group("ops", {});
    const auto with_bob = [](sd_bus_message* to) {
        return sd_bus_message_append(to, "asa{sv}t", 1, "bob", 0, UINT64_C(0));
    };
    BOOST_TEST(error_text(alice.call(web, group_interface, "AddMembers", with_bob)) == "");
    BOOST_TEST(directory.list_members(directory.get_group("web")->id, false, 0, 10)->total == 1U);
    BOOST_TEST(error_name(alice.call(ops, group_interface, "AddMembers", with_bob)) == denied);
    BOOST_TEST(error_name(alice.call(web, group_interface, "Update", [](auto* to) {
                   return update_arguments(to, {{"description", "mine"}});
               })) == denied);
    BOOST_REQUIRE(directory.update_group(hand, directory.get_group("web")->id,
                                         {{"administrators", std::vector<std::string>{}}}, {}));
    BOOST_TEST(error_name(alice.call(web, group_interface, "RemoveMembers", with_bob)) == denied);
}

BOOST_AUTO_TEST_CASE(a_suspended_account_serves_itself_no_longer) {
    const auto uid = create("alice");
    const auto user = directory.get_user("alice").value();
    BOOST_REQUIRE(directory.suspend_user(Actor{0, "root", "test", {}}, user.id, "left", {}, {}));
    Caller alice(*this, uid);
    BOOST_TEST(error_name(alice.call(user_path(uid).text, user_interface, "Update", [](auto* to) {
                   return update_arguments(to, {{"display_name", "Eve"}});
               })) == denied);
}

BOOST_AUTO_TEST_CASE(the_own_password_takes_the_old_one) {
    const auto uid = create("alice");
    Caller alice(*this, uid);
    const auto answer = alice.call(user_path(uid).text, user_interface, "SetPassword", [](auto* to) {
        return sd_bus_message_append(to, "a{sv}a{sv}t", 1, "generate", "b", 1, 0, UINT64_C(0));
    });
    BOOST_TEST(error_name(answer) == denied);
}

BOOST_AUTO_TEST_CASE(a_generated_password_comes_back_as_a_sealed_memfd) {
    const auto uid = create("alice");
    Caller root(*this, 0);
    const auto answer = root.call(user_path(uid).text, user_interface, "SetPassword", [](auto* to) {
        return sd_bus_message_append(to, "a{sv}a{sv}t", 1, "generate", "b", 1, 0, UINT64_C(0));
    });
    BOOST_REQUIRE_EQUAL(error_text(answer), "");
    auto secrets = read_fields(answer.get(), true).value();
    char text[200];
    BOOST_TEST(read(secrets.fds.at("password").get(), text, sizeof text) > 8);
    BOOST_TEST(write(secrets.fds.at("password").get(), text, 1) < 0);
}

BOOST_AUTO_TEST_CASE(unknown_flags_options_and_types_are_refused) {
    Caller root(*this, 0);
    BOOST_TEST(error_name(root.manager(
                   "CreateUser", [](auto* to) { return create_arguments(to, "alice", {}, 4); })) == invalid);
    const auto path = user_path(create("bob")).text;
    const auto answer = root.call(path, user_interface, "Update", [](auto* to) {
        return update_arguments(to, {{"display_name", "Bob"}}, {{"force", true}});
    });
    BOOST_TEST(error_name(answer) == invalid);
    BOOST_TEST(error_text(answer).find("\nfield: force") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(more_arguments_than_a_change_takes_are_refused_before_anything_else) {
    for (const std::uint32_t uid : {0U, 4711U}) {
        Caller caller(*this, uid);
        BOOST_TEST(error_name(caller.manager("CreateUser", [](auto* to) {
                       return create_arguments(to, "alice", {{"metadata", std::string(2 << 20, 'a')}}, 0);
                   })) == "org.freedesktop.DBus.Error.LimitsExceeded");
    }
}

BOOST_AUTO_TEST_CASE(an_apply_whose_passwords_could_not_be_written_is_refused_before_any_change) {
    Caller root(*this, 0);
    BOOST_REQUIRE_EQUAL(error_text(root.manager("Status")), "");  // the bus takes descriptors from here on
    const auto apply = [&](int seals, const char* name) {
        const Fd passwords(memfd_create("passwords", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        BOOST_REQUIRE(fcntl(passwords.get(), F_ADD_SEALS, seals) == 0);
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        const Fd from(ends[0]);
        Fd to(ends[1]);
        const auto stream = fmt::format(
            "{{\"version\":1,\"set\":\"s\"}}\n{{\"user\":\"{}\",\"password\":{{\"generate\":true}}}}\n",
            name);
        BOOST_REQUIRE(write(to.get(), stream.data(), stream.size()) == static_cast<ssize_t>(stream.size()));
        to = Fd();
        const auto answer = root.manager("Apply", [&](auto* m) {
            return sd_bus_message_append(m, "ha{sv}", from.get(), 1, "passwords", "h", passwords.get());
        });
        BOOST_TEST((lseek(passwords.get(), 0, SEEK_END) > 0) == (error_name(answer) == ""));
        return error_name(answer);
    };
    BOOST_TEST(apply(F_SEAL_WRITE, "lost") == invalid);
    BOOST_TEST(apply(F_SEAL_GROW, "lost") == invalid);
    BOOST_TEST(!directory.get_user("lost"));
    BOOST_TEST(apply(0, "found") == "");
    BOOST_TEST(!!directory.get_user("found"));
}

BOOST_AUTO_TEST_CASE(a_large_group_is_shown_in_part_and_read_in_pages) {
    const Actor hand{0, "root", "test", {}};
    std::vector<std::string> names;
    BOOST_REQUIRE(directory.batch({}, [&]() -> Result<void> {
        for (int i = 0; i < 1005; ++i) {
            names.push_back(fmt::format("u{:04}", i));
            TRY(directory.create_user(hand, names.back(), {}, {}));
        }
        TRY(directory.create_group(hand, "big", {{"members", names}}, {}));
        TRY(directory.create_group(hand, "outer", {{"members", std::vector<std::string>{"group:big"}}}, {}));
        return {};
    }));
    Caller other(*this, 4711);
    const auto path = [&](const char* name) { return group_path(directory.get_group(name)->gid).text; };
    auto record = record_in(other.call(path("big"), group_interface, "Describe"));
    BOOST_TEST(std::get<std::vector<std::string>>(record.at("members")).size() == 1000U);
    BOOST_TEST(std::get<std::int64_t>(record.at("member_count")) == 1005);
    record = record_in(other.call(path("outer"), group_interface, "Describe"));
    BOOST_TEST(record.count("member_count") == 0U);

    const auto page = other.call(path("outer"), group_interface, "ListMembers", [](auto* to) {
        return sd_bus_message_append(to, "btt", 1, UINT64_C(1000), UINT64_C(10));
    });
    BOOST_REQUIRE_EQUAL(error_text(page), "");
    BOOST_REQUIRE(sd_bus_message_skip(page.get(), "aa{sv}") > 0);
    std::uint64_t total = 0;
    BOOST_REQUIRE(sd_bus_message_read(page.get(), "t", &total) > 0);
    BOOST_TEST(total == 1005U);

    BOOST_REQUIRE(directory.update_group(hand, directory.get_group("big")->id,
                                         {{"members", std::vector<std::string>{"u0000"}}}, {}));
    record = record_in(other.call(path("big"), group_interface, "Describe"));
    BOOST_TEST(std::get<std::vector<std::string>>(record.at("members")).size() == 1U);
    BOOST_TEST(record.count("member_count") == 0U);
}

BOOST_AUTO_TEST_CASE(a_moved_generation_is_a_conflict) {
    Caller root(*this, 0);
    const auto path = user_path(create("bob")).text;
    const auto now = static_cast<std::int64_t>(directory.generation());
    const auto update = [&](std::int64_t generation) {
        return error_name(root.call(path, user_interface, "Update", [&](auto* to) {
            return update_arguments(to, {{"display_name", "Bob"}}, {{"generation", generation}});
        }));
    };
    BOOST_TEST(update(now - 1) == "org.userd1.Error.GenerationConflict");
    BOOST_TEST(update(now) == "");
}

BOOST_AUTO_TEST_CASE(pages_are_bounded) {
    create("alice");
    create("bob");
    Caller other(*this, 4711);
    const auto list = [&](std::uint64_t limit) {
        return other.manager("ListUsers", [&](auto* to) {
            return sd_bus_message_append(to, "a{sv}tt", 0, UINT64_C(0), limit);
        });
    };
    BOOST_TEST(error_name(list(1001)) == invalid);
    const auto web = directory.create_group(Actor{0, "root", "test", {}}, "web", {}, {});
    BOOST_REQUIRE(web);
    const auto gid = static_cast<std::uint32_t>(std::get<std::int64_t>(web->record.at("gid")));
    BOOST_TEST(error_name(other.call(group_path(gid).text, group_interface, "ListMembers", [](auto* to) {
                   return sd_bus_message_append(to, "btt", 0, UINT64_C(0), UINT64_C(1001));
               })) == invalid);
    const auto page = list(1);
    BOOST_REQUIRE_EQUAL(error_text(page), "");
    std::uint64_t total = 0;
    BOOST_REQUIRE(sd_bus_message_skip(page.get(), "aa{sv}") >= 0);
    BOOST_REQUIRE(sd_bus_message_read(page.get(), "t", &total) > 0);
    BOOST_TEST(total == 2U);
}

BOOST_AUTO_TEST_CASE(a_search_sees_what_was_changed_before_it) {
    create("alice", {{"email", "alice@example.org"}});
    create("bob");
    const auto total = [&](std::uint32_t uid, const char* text) -> std::uint64_t {
        Caller caller(*this, uid);
        const auto page = caller.manager("ListUsers", [&](auto* to) {
            return sd_bus_message_append(to, "a{sv}tt", 1, "text", "s", text, UINT64_C(0), UINT64_C(10));
        });
        BOOST_REQUIRE_EQUAL(error_text(page), "");
        std::uint64_t count = 0;
        BOOST_REQUIRE(sd_bus_message_skip(page.get(), "aa{sv}") >= 0);
        BOOST_REQUIRE(sd_bus_message_read(page.get(), "t", &count) > 0);
        return count;
    };
    BOOST_TEST(total(0, "LIC") == 1U);
    BOOST_TEST(total(0, "example.org") == 1U);
    BOOST_TEST(total(4711, "example.org") == 0U);
    BOOST_REQUIRE(
        directory.rename_user(Actor{0, "root", "test", {}}, directory.get_user("alice")->id, "alma", {}));
    BOOST_TEST(total(4711, "alma") == 1U);
}

BOOST_AUTO_TEST_CASE(an_object_that_is_not_there_is_named_so) {
    Caller root(*this, 0);
    BOOST_TEST(error_name(root.call("/org/userd1/user/_70999", user_interface, "Describe")) ==
               "org.userd1.Error.NoSuchUser");
    BOOST_TEST(error_name(root.call("/org/userd1/group/_70999", group_interface, "Describe")) ==
               "org.userd1.Error.NoSuchGroup");
    BOOST_TEST(error_name(root.call("/org/userd1/user/alice", user_interface, "Describe")) ==
               "org.freedesktop.DBus.Error.UnknownObject");
}

BOOST_AUTO_TEST_CASE(only_root_sets_the_log_level) {
    const auto set = [&](std::uint32_t uid, const char* level) {
        Caller caller(*this, uid);
        return error_name(caller.call(manager_path, "org.freedesktop.DBus.Properties", "Set", [&](auto* to) {
            return sd_bus_message_append(to, "ssv", log_interface, "LogLevel", "s", level);
        }));
    };
    BOOST_TEST(set(4711, "debug") == denied);
    BOOST_TEST(set(0, "loud") == invalid);
    BOOST_TEST(set(0, "info") == "");
}

BOOST_AUTO_TEST_CASE(changes_are_told_without_private_data) {
    Caller other(*this, 4711);
    std::string told;
    const auto keep = [](sd_bus_message* signal, void* data, sd_bus_error*) {
        std::uint32_t uid = 0;
        const char* change = nullptr;
        if (sd_bus_message_read(signal, "us", &uid, &change) > 0) *static_cast<std::string*>(data) = change;
        return 0;
    };
    BOOST_REQUIRE(sd_bus_match_signal(other.bus(), nullptr, nullptr, manager_path, manager_interface,
                                      "UserChanged", keep, &told) >= 0);
    (void)other.manager("Status");
    create("alice");
    (void)other.manager("Status");
    BOOST_TEST(told == "created");
}

BOOST_AUTO_TEST_CASE(a_peer_gets_its_answer_behind_thousands_of_signals) {
    Caller root(*this, 0);
    (void)root.manager("Status");
    create_many();  // it reads nothing meanwhile
    BOOST_TEST(error_name(root.manager("Status")) == "");
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_nothing_loses_its_connection) {
    const auto usual = std::exchange(Connection::patience_with_readers, std::chrono::milliseconds(20));
    Caller deaf(*this, 0);
    (void)deaf.manager("Status");
    sd_bus_detach_event(deaf.bus());
    const auto is_open = [&] {
        pollfd end{sd_bus_get_fd(deaf.bus()), 0, 0};
        return poll(&end, 1, 0) == 0;
    };
    create_many();
    BOOST_TEST(is_open());
    for (int i = 0; i < 500 && is_open(); ++i) (void)loop->run_once(std::chrono::milliseconds(10));
    BOOST_TEST(!is_open());
    Connection::patience_with_readers = usual;
}

BOOST_AUTO_TEST_CASE(the_admin_socket_takes_root_alone) {
    const std::string path = "/tmp/userd-test-" + std::to_string(getpid());
    Fd listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_REQUIRE(bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(listen(listening.get(), 8) == 0);
    BOOST_REQUIRE(service.serve_admin(std::move(listening)));
    Fd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_REQUIRE(connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    unlink(path.c_str());
    for (int i = 0; i < 5; ++i) (void)loop->run_once(std::chrono::milliseconds(10));
    char byte = 0;
    const ssize_t n = recv(client.get(), &byte, 1, MSG_DONTWAIT);
    BOOST_TEST((getuid() == 0 ? n < 0 : n == 0));  // taken and silent, or closed at once
}

BOOST_AUTO_TEST_CASE(hashes_are_handed_out_to_root_alone_and_the_trail_has_it) {
    (void)create("alice");
    const auto ask = [&](std::uint32_t uid) {
        Caller caller(*this, uid);
        (void)caller.manager("Status");  // the connection is up, descriptors included
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        const auto answer = caller.manager("ExportPasswords", [&](auto* to) {
            if (const int r = sd_bus_message_append(to, "h", ends[1]); r < 0) return r;
            return write(to, Fields{{"base", std::string("dc=example,dc=org")}});
        });
        close(ends[0]);
        close(ends[1]);
        return error_name(answer);
    };
    const auto handed_out = [&] {
        return store->audit().list({}, 1).value().front().action == "store.export-passwords";
    };
    BOOST_TEST(ask(create("chief", {{"role", std::string("admin")}})) == denied);
    BOOST_TEST(!handed_out());
    BOOST_TEST(ask(0) == "");
    BOOST_TEST(handed_out());
}

BOOST_AUTO_TEST_CASE(who_calls_too_much_at_once_waits_for_nobody_else) {
    Caller greedy(*this, create("alice")), other(*this, 4711);
    const auto path = user_path(directory.get_user("alice").value().uid).text;
    (void)greedy.manager("Status");  // the connection is up, descriptors included
    int ends[2];
    BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);  // never written: each call waits for its secret
    int limited = 0;
    const auto count = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        if (sd_bus_message_is_method_error(answer, "org.freedesktop.DBus.Error.LimitsExceeded") > 0)
            ++*static_cast<int*>(data);
        return 1;
    };
    for (int i = 0; i < 40; ++i)
        BOOST_REQUIRE(sd_bus_call_method_async(greedy.bus(), nullptr, bus_name, path.c_str(), user_interface,
                                               "DisableTotp", count, &limited, "ht", ends[0],
                                               UINT64_C(0)) >= 0);
    BOOST_TEST(error_name(other.manager("Status")) == "");
    for (int i = 0; i < 200 && limited < 8; ++i) (void)loop->run_once(std::chrono::milliseconds(1));
    BOOST_TEST(limited == 8);
    close(ends[0]);
    close(ends[1]);
    for (int i = 0; i < 200; ++i) (void)loop->run_once(std::chrono::milliseconds(1));  // their ends are told
}

BOOST_AUTO_TEST_SUITE_END()
