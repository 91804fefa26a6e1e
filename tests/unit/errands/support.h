// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/errors.h"
#include "common/base/fd.h"
#include "daemon/errands/errands.h"

namespace userd::test {

// A userd-homes that says what the test wants.
struct FakeHomes {
    FakeHomes() {
        std::string name = "/tmp/userd-errands-XXXXXX";
        folder = mkdtemp(name.data());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        strcpy(address.sun_path, socket().c_str());
        listener = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        BOOST_REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(listen(listener.get(), 8) == 0);
    }
    ~FakeHomes() { std::filesystem::remove_all(folder); }

    std::string socket() const { return folder + "/homes.sock"; }
    wire::Errand take() {
        connection = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const ssize_t size = recv(connection.get(), buffer.bytes, sizeof buffer.bytes, 0);
        const auto errand = wire::decode_errand({buffer.bytes, static_cast<std::size_t>(size)});
        BOOST_REQUIRE(errand.has_value());
        return *errand;
    }
    // Whether one more errand has come; the connection of the last is kept open in `others`.
    bool comes() {
        pollfd waiting{listener.get(), POLLIN, 0};
        if (poll(&waiting, 1, 0) <= 0) return false;
        if (connection) others.push_back(std::move(connection));
        take();
        return true;
    }
    void say(const wire::Word& word) {
        wire::FrameBuffer out;
        const std::size_t size = wire::encode(out.span(), word);
        BOOST_REQUIRE(size > 0);
        BOOST_REQUIRE(send(connection.get(), out.bytes, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size));
    }
    void say_item(std::string_view path) {
        wire::Word word;
        word.kind = wire::WordKind::item;
        word.item = wire::ItemKind::file;
        word.path = path;
        say(word);
    }

    std::string folder;
    Fd listener, connection;
    std::vector<Fd> others;
    wire::FrameBuffer buffer;
};

struct ErrandWorld {
    FakeHomes helper;
    std::unique_ptr<Loop> loop = Loop::open().value();
    Errands errands{*loop, helper.socket()};
    std::optional<Result<ErrandOutcome>> outcome;
    Errands::Done keep = [this](Result<ErrandOutcome> result) { outcome = std::move(result); };
    void turn() {
        for (int i = 0; i < 20; ++i) (void)loop->run_once(std::chrono::milliseconds(2));
    }
    void wait() {
        for (int i = 0; i < 500 && !outcome; ++i) (void)loop->run_once(std::chrono::milliseconds(10));
        BOOST_REQUIRE(outcome.has_value());
    }
};

}  // namespace userd::test
