// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <boost/test/unit_test.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/login/credentials.h"
#include "daemon/login/hash_queue.h"
#include "daemon/login/login.h"
#include "daemon/login/totp.h"
#include "daemon/runtime/loop.h"
#include "daemon/store/audit.h"
#include "daemon/store/credentials.h"
#include "daemon/store/database.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"
#include "daemon/store/tickets.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

namespace userd::test {

inline constexpr ObjectId alice{1}, bob{2};
inline constexpr const char* alice_password = "correct horse battery";

inline Config cheap_config() {
    Config config;
    config.password.hash_memory = 64 * 1024;
    config.password.hash_passes = 1;
    return config;
}

// The logins of a host with two accounts: alice with password and one-time codes, bob with a password.
struct World {
    explicit World(Config c = cheap_config(), const std::string& path = ":memory:", bool with_key = true)
        : config(std::move(c)),
          store(must(store::Store::open(path))),
          hashes(*loop, 2),
          credentials(*store, hashes, config, clock),
          login(*store, hashes, credentials, config, clock, *loop) {
        if (with_key)
            must(store->credentials().use_key(
                must(store::SealingKey::from_bytes(Secret(std::string(store::SealingKey::size, 'k'))))));
        if (must(store->users().find(alice))) return;
        must(store->users().insert(sample_user(1, "alice", 70001), ""));
        must(store->users().insert(sample_user(2, "bob", 70002), ""));
        const auto hash = must(hash_password(Secret(std::string_view(alice_password)), hashes.cost));
        must(store->credentials().put_password(alice, hash, clock.now()));
        must(store->credentials().put_password(bob, hash, clock.now()));
        must(store->credentials().put_totp(alice, seed, {}, 0, clock.now()));
    }

    std::string code(int steps_off = 0) const {
        return std::string(totp_code(seed, {}, to_unix(clock.now()) / 30 + steps_off).text());
    }
    template <typename Done>
    void run_until(Done done) {
        for (int i = 0; i < 20000; ++i) {
            if (done()) return;
            must(loop->run_once(std::chrono::milliseconds(50)));
        }
        BOOST_FAIL("it did not come to an end");
    }
    void change_user(ObjectId id, void (*change)(User&)) {
        User user = *must(store->users().find(id));
        change(user);
        must(store->users().update(user, ""));
    }
    std::vector<std::string> reasons() {  // of the audit trail, oldest first
        std::vector<std::string> words;
        for (const auto& entry : must(store->audit().list({}, 1000)))
            words.insert(words.begin(), entry.reason);
        return words;
    }
    std::string last_reason() { return reasons().empty() ? "(nothing)" : reasons().back(); }

    Secret seed{"12345678901234567890"};
    Config config;
    FakeClock clock;
    std::unique_ptr<Loop> loop = must(Loop::open());
    std::unique_ptr<store::Store> store;
    HashQueue hashes;
    Credentials credentials;
    Login login;
};

// One dialogue and the answers of its person.
class Talk {
 public:
    Talk(World& world, LoginStart start, std::vector<std::string> answers, Peer peer = {0, 100})
        : answers_(answers.begin(), answers.end()),
          dialogue_(
              world.login.open(std::move(start), peer, [this](LoginTurn turn) { hear(std::move(turn)); })) {
        dialogue_->begin();
    }
    bool done() const { return verdict_.has_value(); }
    wire::Verdict verdict() const { return verdict_.value(); }
    const std::vector<std::string>& heard() const { return heard_; }  // prompts and texts
    Secret take_token() { return std::move(token_); }
    void hang_up() { dialogue_.reset(); }

 private:
    void hear(LoginTurn turn) {
        for (auto& step : turn.steps)
            if (step.kind != wire::StepKind::verdict) heard_.push_back(step.text);
        const auto& last = turn.steps.back();
        token_ = std::move(turn.token);
        if (last.kind == wire::StepKind::verdict) {
            verdict_ = last.verdict;
            return;
        }
        std::vector<Secret> texts;
        for (const auto& step : turn.steps) {
            if (step.asks == wire::Ask::other) continue;
            BOOST_REQUIRE_MESSAGE(!answers_.empty(), "an answer for " << step.text);
            texts.emplace_back(answers_.front());
            answers_.pop_front();
        }
        for (auto& text : texts) dialogue_->answer(std::move(text));
    }

    std::deque<std::string> answers_;
    std::vector<std::string> heard_;
    std::optional<wire::Verdict> verdict_;
    Secret token_;
    std::unique_ptr<Dialogue> dialogue_;
};

inline LoginStart start_of(wire::Phase phase, std::string user, std::string service = "sshd") {
    LoginStart start;
    start.phase = phase;
    start.user = std::move(user);
    start.service = std::move(service);
    start.rhost = "192.0.2.7";
    start.uid = 0;
    return start;
}
inline LoginStart authenticate(std::string user, std::string service = "sshd") {
    return start_of(wire::Phase::authenticate, std::move(user), std::move(service));
}

inline wire::Verdict verdict_of(World& world, LoginStart start, std::vector<std::string> answers,
                                Peer peer = {0, 100}) {
    Talk talk(world, std::move(start), std::move(answers), peer);
    world.run_until([&] { return talk.done(); });
    return talk.verdict();
}

}  // namespace userd::test

namespace userd::wire {
inline std::ostream& operator<<(std::ostream& stream, Verdict verdict) {
    return stream << "verdict " << static_cast<int>(verdict);
}
}  // namespace userd::wire
