// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "daemon/login/remote_passwords.h"
#include "tests/unit/login/support.h"

namespace userd::test {

inline constexpr ObjectId carol{3};
inline constexpr const char* carol_password = "known to the server";

inline Config config_with_corp() {
    Config config = cheap_config();
    LdapSource corp;
    corp.name = "corp";
    config.ldap.push_back(corp);
    return config;
}

// A directory server, or all of them, with one password for everybody.
struct Server : RemotePasswords {
    explicit Server(Loop& l) : loop(l) {}

    void check(const User& user, Secret given, Done done) override {
        ++asked;
        was_empty = was_empty || given.empty();
        if (on_check) on_check(user);
        Told told = what_it_says;
        if (is_away) told = {};
        if (!is_away && given.text() != password) told = Told{wire::LdapAnswer::invalid, "", {}, 0};
        answer(std::move(done), std::move(told));
    }
    void change(const User&, Secret from, Secret to, Done done) override {
        ++changes;
        Told told = of_a_change;
        if (is_away) told = {};
        if (!is_away && from.text() != password) told.answer = wire::LdapAnswer::invalid;
        if (told.answer == wire::LdapAnswer::ok) {
            password = to.text();
            what_it_says.answer = wire::LdapAnswer::ok;
        }
        answer(std::move(done), std::move(told));
    }
    std::optional<Time> away_since(const User&) const override { return since; }

    void answer(Done done, Told told) {
        held.push_back([done = std::move(done), told = std::move(told)] { done(told); });
        if (!is_silent) speak();
    }
    void speak() {
        for (auto& word : std::exchange(held, {})) loop.call_soon(std::move(word));
    }

    Loop& loop;
    std::string password = carol_password;
    Told what_it_says{wire::LdapAnswer::ok, "", {}, 0};  // to the right password
    Told of_a_change{wire::LdapAnswer::ok, "", {}, 0};
    bool is_away = false, is_silent = false, was_empty = false;
    std::optional<Time> since;
    int asked = 0, changes = 0;
    std::vector<std::function<void()>> held;
    std::function<void(const User&)> on_check;
};

// The host of World, and carol of the directory server corp.
struct Mirrored : World {
    explicit Mirrored(Config c = config_with_corp(), const std::string& path = ":memory:")
        : World(std::move(c), path), server(*loop) {
        login.use_remote_passwords(&server);
        if (must(store->users().find(carol))) return;
        User user = sample_user(3, "carol", 200003);
        user.source = "ldap:corp";
        must(store->users().insert(user, ""));
    }
    ~Mirrored() { login.use_remote_passwords(nullptr); }

    wire::Verdict comes(std::string password = carol_password, std::string code = "") {
        return verdict_of(*this, authenticate("carol"), {std::move(password), std::move(code)});
    }
    // Until a verifier that is made after the verdict is there.
    void settle() {
        run_until([&] { return must(store->credentials().find_offline_password(carol)).has_value(); });
    }
    store::Counter strangers() { return must(store->tickets().find(carol, "")); }
    User record() { return *must(store->users().find(carol)); }

    Server server;
};

}  // namespace userd::test
