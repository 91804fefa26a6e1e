// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <syslog.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/login/remote_passwords.h"
#include "daemon/mirror/mirror.h"
#include "daemon/model/value.h"
#include "daemon/sockets/listener.h"

namespace userd {

// /run/userd/ldap: the one connection of userd-ldap; a newer one takes the place of the older. What it says
// of the directory servers goes to the mirror; it is asked for passwords and for tests. Nothing here waits
// for it: it is read some frames at a time and not at all while the mirror settles, and is hung up on when it
// speaks nonsense, does not read, or leaves a password unanswered. What it was asked is then `unreachable`,
// the mirror's data stay, and its unit starts it again.
class LdapSocket final : public RemotePasswords {
 public:
    // Passwords that may be asked for at a time; one more is `unreachable` at once.
    static constexpr std::size_t most_waiting = 256;

    static Result<std::unique_ptr<LdapSocket>> open(Loop& loop, Fd listener, Mirror& mirror,
                                                    const Config& config, const std::string& root);
    ~LdapSocket() override;
    // Hangs up: userd-ldap is started again and reads the configuration as well. `config` outlives this.
    void use_config(const Config& config);
    void start_afresh(std::string_view why);  // hangs up: it is told anew where each source goes on
    void serve(Fd connection);                // as if accepted; for tests
    bool is_connected() const { return connection_ != nullptr; }

    void check(const User& user, Secret password, Done done) override;
    void change(const User& user, Secret old_password, Secret new_password, Done done) override;

    std::optional<Time> away_since(const User& user) const override;

    // One after the other, the way to a server and what is found there: check (a step of wire::LdapTestStep,
    // or "userd-ldap" where it said nothing more), state (right or wrong), message, advice. Called once, on
    // the loop's thread, not before `test` returned, and within half a minute.
    using Tested = std::function<void(Result<std::vector<Fields>>)>;
    void test(const std::string& source, const std::string& user, Tested tested);
    void set_test_time(Duration time) { test_time_ = time; }

 private:
    struct Connection;
    struct Question {
        Done done;
        Watch timer;
    };
    struct Test {
        Tested tested;
        std::vector<Fields> steps;
        Watch timer;
    };
    LdapSocket(Loop& loop, Mirror& mirror, const Config& config);
    void accept(Fd connection, Peer peer, const std::string& root);
    Result<void> watch();
    void read();
    Result<void> hear(std::string_view frame);
    Result<void> hear(const wire::LdapHello& hello);
    Result<void> hear(const wire::LdapVerdict& verdict);
    Result<void> hear(const wire::LdapTestStep& step);
    template <typename Message>
    bool send(const Message& message);
    void hang_up(std::string_view why, int level = LOG_WARNING);
    template <typename Message>
    void ask(const User& user, Message message, Done done);
    void tell_soon(Done done, wire::LdapAnswer answer);
    void give_up(std::uint64_t question);
    void end_test(std::uint64_t number, std::string_view problem);

    Loop& loop_;
    Mirror& mirror_;
    const Config* config_;
    Duration test_time_ = std::chrono::seconds(30);
    std::uint64_t next_number_ = 1;  // of questions and tests, on whatever connection
    std::map<std::uint64_t, Question> questions_;
    std::map<std::uint64_t, Test> tests_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Listener> listener_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace userd
