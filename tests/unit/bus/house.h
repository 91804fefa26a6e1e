// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>

#include "daemon/bus/core.h"
#include "daemon/bus/sd_bus.h"
#include "daemon/bus/service.h"
#include "daemon/bus/value.h"
#include "daemon/directory/archive.h"
#include "daemon/login/hash_queue.h"
#include "daemon/state/apply.h"
#include "daemon/store/credentials.h"
#include "daemon/store/store.h"
#include "tests/unit/store/support.h"

namespace userd::bus {

// A directory in memory behind a bus::Service, and callers of any uid on socket pairs.
struct House {
    House() {
        BOOST_REQUIRE(store->credentials().use_key(store::SealingKey::random()));
        hashes.cost = {8 << 20, 1};  // enough to be right
    }

    // One caller's connection. Its calls run the loop until the answer is there.
    class Caller {
     public:
        Caller(House& house, std::uint32_t uid) : house_(house) {
            int ends[2];
            BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
            BOOST_REQUIRE(house.service.serve_peer(Fd(ends[0]), uid));
            // As small as an unprivileged daemon's: sd-bus asks for 8 MiB, and root gets them.
            const int size = 64 << 10;
            BOOST_REQUIRE(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
            BOOST_REQUIRE(sd_bus_new(out(bus_)) >= 0);
            BOOST_REQUIRE(sd_bus_set_fd(bus_.get(), ends[1], ends[1]) >= 0);
            BOOST_REQUIRE(sd_bus_attach_event(bus_.get(), house.loop->event(), 0) >= 0);
            BOOST_REQUIRE(sd_bus_start(bus_.get()) >= 0);
        }

        // The answer, or an error; `fill` writes the arguments.
        using Fill = std::function<int(sd_bus_message*)>;
        BusMessage call(
            const std::string& path, const char* interface, const char* member,
            const Fill& fill = [](auto*) { return 0; }) {
            BusMessage question, answer;
            BOOST_REQUIRE(sd_bus_message_new_method_call(bus_.get(), out(question), bus_name, path.c_str(),
                                                         interface, member) >= 0);
            BOOST_REQUIRE(fill(question.get()) >= 0);
            const auto keep = [](sd_bus_message* got, void* data, sd_bus_error*) {
                static_cast<BusMessage*>(data)->reset(sd_bus_message_ref(got));
                return 1;
            };
            BOOST_REQUIRE(sd_bus_call_async(bus_.get(), nullptr, question.get(), keep, &answer, 10'000'000) >=
                          0);
            for (int i = 0; i < 20'000 && !answer; ++i)  // each may be a signal
                (void)house_.loop->run_once(std::chrono::milliseconds(10));
            BOOST_REQUIRE(answer != nullptr);
            return answer;
        }
        // Without waiting for an answer.
        void send(const std::string& path, const char* interface, const char* member, const Fill& fill) {
            BusMessage question;
            BOOST_REQUIRE(sd_bus_message_new_method_call(bus_.get(), out(question), bus_name, path.c_str(),
                                                         interface, member) >= 0);
            BOOST_REQUIRE(fill(question.get()) >= 0);
            BOOST_REQUIRE(sd_bus_send(bus_.get(), question.get(), nullptr) >= 0);
        }
        BusMessage manager(
            const char* member, const Fill& fill = [](auto*) { return 0; }) {
            return call(manager_path, manager_interface, member, fill);
        }
        sd_bus* bus() { return bus_.get(); }

     private:
        House& house_;
        BusHandle bus_;
    };

    // More signals than fit into a socket.
    void create_many() {
        BOOST_REQUIRE(directory.batch({}, [&]() -> Result<void> {
            for (int i = 0; i < 3000; ++i) create(fmt::format("user{}", i));
            return {};
        }));
    }

    // Creates a user by root's hand and gives the uid.
    std::uint32_t create(const std::string& name, const Fields& fields = {}) {
        const auto outcome = directory.create_user(Actor{0, "root", "test", {}}, name, fields, {});
        BOOST_REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().message));
        return static_cast<std::uint32_t>(std::get<std::int64_t>(outcome->record.at("uid")));
    }

    FakeClock clock;
    Config config;
    std::unique_ptr<Loop> loop = Loop::open().value();
    test::TemporaryFolder folder;  // the store is a file: workers open it too
    std::unique_ptr<store::Store> store = store::Store::open(folder / "userd.db").value();
    Directory directory{*store, {}, config, clock, "/nonexistent"};
    HashQueue hashes{*loop, 1};
    Credentials credentials{*store, hashes, config, clock};
    bool reloaded = false;
    Workers long_jobs{*loop, 1};
    state::Applier applier{{*store, directory, credentials, clock}, config};
    Archive archive{*store, long_jobs, clock, "/nonexistent", [] { return Result<void>(); }};
    // Directory servers, as their mirror would tell of them, and what it was asked.
    std::vector<Fields> sources;
    std::vector<std::string> asked;
    Servers servers{
        [this] { return sources; },
        [this](std::string_view source, bool whole) -> Result<void> {
            asked.push_back(fmt::format("sync {}{}", source, whole ? " whole" : ""));
            return {};
        },
        [](std::string_view source, std::uint64_t offset, std::uint64_t limit) -> Result<Page> {
            return Page{{{{"dn", fmt::format("cn={}-{}-{}", source, offset, limit)}}}, 7};
        },
        [this](const Actor& actor, std::string_view source, std::uint64_t removals,
               const ChangeOptions& options) -> Result<Outcome> {
            asked.push_back(fmt::format("{} confirms {} of {}{}", actor.name, removals, source,
                                        options.dry_run ? ", trying" : ""));
            return Outcome{true, {}};
        },
        [this](const std::string& source, const std::string& user, const Servers::Tested& tested) {
            asked.push_back(fmt::format("test {} {}", source, user));
            loop->call_soon([tested] { tested(std::vector<Fields>{{{"check", "connect"}}}); });
        }};
    Service service{Core{*loop, directory, credentials, [this]() -> const Config& { return config; },
                         [this](const ChangeOptions&) -> Result<void> {
                             reloaded = true;
                             return {};
                         },
                         [] {
                             return Fields{{"writable", true}};
                         },
                         long_jobs, "/nonexistent", store->path(), "/nonexistent",
                         [] { return Result<void>(); }, applier, &archive,
                         [] { return std::string("# EOF\n"); }, nullptr, nullptr, nullptr, servers}};
};

// "" for an answer, else the name of the error.
inline std::string error_name(const BusMessage& answer) {
    const auto* error = sd_bus_message_get_error(answer.get());
    return error != nullptr ? error->name : "";
}
inline std::string error_text(const BusMessage& answer) {
    const auto* error = sd_bus_message_get_error(answer.get());
    return error != nullptr && error->message != nullptr ? error->message : "";
}

}  // namespace userd::bus
