// SPDX-License-Identifier: LGPL-2.1-or-later
// Who is asked may be gone before it answers, and who asks may ask again inside its answer: a question is out
// of the map before its asker hears of it, and the connection is never dropped under a caller of `send`.
#include "daemon/sockets/ldap_socket.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/text.h"
#include "daemon/directory/host_files.h"
#include "daemon/model/origin.h"
#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr int most_at_once = 16;                        // frames of one turn of the loop
constexpr std::size_t enough = wire::usual_ldap_frame;  // or so many bytes
constexpr std::size_t longest_request = std::size_t{16} << 10;
constexpr std::size_t most_steps = 64;               // of one test
constexpr Duration grace = std::chrono::seconds(1);  // beyond the time that userd-ldap has
constexpr const char* look = "look at: systemctl status userd-ldap.service";

// Who may speak here. In a folder of tests all programs run as one account.
std::optional<std::uint32_t> uid_of_userd_ldap(const std::string& root) {
    if (!root.empty()) return geteuid();
    HostFiles files(root);
    if (const auto read = files.read(); !read) journal::error("{}", read.error().message);
    const auto* account = files.find_user("userd-ldap");
    return account ? std::optional(account->id) : std::nullopt;
}

template <typename Message, typename Act>
Result<void> take(const std::optional<Message>& message, Act&& act) {
    if (!message) return fail(Errc::invalid, "a frame of it cannot be read");
    return act(*message);
}

RemotePasswords::Told told(const wire::LdapVerdict& verdict) {
    return {verdict.answer, std::string(verdict.text), std::chrono::seconds(verdict.expires_in),
            verdict.grace_logins};
}

Fields step_of(std::string_view step, bool is_good, std::string_view text, std::string_view hint) {
    return {{"check", std::string(step)},
            {"state", std::string(is_good ? "right" : "wrong")},
            {"message", std::string(text)},
            {"advice", std::string(hint)}};
}

}  // namespace

struct LdapSocket::Connection {
    Fd fd;
    Watch watch;  // none while the mirror settles
    bool has_greeted = false, is_lost = false;
    std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(wire::max_ldap_frame);
};

LdapSocket::LdapSocket(Loop& loop, Mirror& mirror, const Config& config)
    : loop_(loop), mirror_(mirror), config_(&config) {
    mirror_.on_wanted([this](const wire::LdapBegin& begin) {
        if (connection_ && connection_->has_greeted) send(begin);
    });
    mirror_.on_settled([this] {
        if (!connection_ || connection_->watch) return;
        if (const auto watched = watch(); !watched) hang_up(watched.error().message);
    });
}

LdapSocket::~LdapSocket() {
    mirror_.on_wanted({});
    mirror_.on_settled({});
}

Result<std::unique_ptr<LdapSocket>> LdapSocket::open(Loop& loop, Fd listener, Mirror& mirror,
                                                     const Config& config, const std::string& root) {
    std::unique_ptr<LdapSocket> socket(new LdapSocket(loop, mirror, config));
    if (listener)
        socket->listener_ = TRY(
            Listener::open(loop, std::move(listener), [raw = socket.get(), root](Fd connection, Peer peer) {
                raw->accept(std::move(connection), peer, root);
            }));
    return socket;
}

void LdapSocket::use_config(const Config& config) {
    config_ = &config;
    start_afresh("the configuration was read again");
}

void LdapSocket::start_afresh(std::string_view why) {
    hang_up(why, LOG_INFO);
}

void LdapSocket::accept(Fd fd, Peer peer, const std::string& root) {
    if (peer.uid == uid_of_userd_ldap(root)) return serve(std::move(fd));
    journal::warning("uid {} is not userd-ldap, and was turned away from its socket", peer.uid);
}

void LdapSocket::serve(Fd fd) {
    hang_up("another one takes its place", LOG_NOTICE);
    connection_ = std::make_unique<Connection>();
    connection_->fd = std::move(fd);
    if (const auto watched = watch(); !watched) hang_up(watched.error().message);
}

Result<void> LdapSocket::watch() {
    connection_->watch =
        TRY(loop_.watch_io(connection_->fd.get(), EPOLLIN, [this](std::uint32_t) { read(); }));
    return {};
}

// A first load of a large directory is thousands of frames, each a transaction: logins go on in between.
void LdapSocket::read() {
    std::size_t taken = 0;
    for (int i = 0; i < most_at_once && taken < enough && connection_; ++i) {
        if (mirror_.is_settling()) {
            connection_->watch = Watch();  // not only its events: a peer that is gone would wake us for ever
            return;
        }
        const auto frame =
            receive_frame(connection_->fd.get(), {connection_->buffer.get(), wire::max_ldap_frame});
        if (frame && !*frame) return;
        if (!frame)
            return hang_up(frame.error().message,
                           frame.error().code == Errc::unavailable ? LOG_NOTICE : LOG_WARNING);
        taken += (*frame)->size();
        const auto heard = hear(**frame);
        if (!heard) return hang_up(heard.error().message);
        // There may have been secrets in it; hearing does not end a connection but by its answer.
        if (connection_) explicit_bzero(connection_->buffer.get(), (*frame)->size());
    }
}

Result<void> LdapSocket::hear(std::string_view frame) {
    const wire::Kind kind{frame.size() < 2 ? std::uint8_t{0} : static_cast<std::uint8_t>(frame[1])};
    if (!connection_->has_greeted && kind != wire::Kind::ldap_hello)
        return fail(Errc::invalid, "it did not say hello");
    const auto here = [this](const auto& message) { return hear(message); };
    const auto mirror = [this](const auto& message) { return mirror_.hear(message); };
    switch (kind) {
        case wire::Kind::ldap_hello:
            return take(wire::decode_ldap_hello(frame), here);
        case wire::Kind::ldap_status:
            return take(wire::decode_ldap_status(frame),
                        [this](const wire::LdapStatus& status) -> Result<void> {
                            mirror_.hear(status);
                            return {};
                        });
        case wire::Kind::ldap_refresh:
            return take(wire::decode_ldap_refresh(frame), mirror);
        case wire::Kind::ldap_batch:
            return take(wire::decode_ldap_batch(frame), mirror);
        case wire::Kind::ldap_point:
            return take(wire::decode_ldap_point(frame), mirror);
        case wire::Kind::ldap_verdict:
            return take(wire::decode_ldap_verdict(frame), here);
        case wire::Kind::ldap_test_step:
            return take(wire::decode_ldap_test_step(frame), here);
        default:
            return fail(Errc::invalid, "a frame of a kind that is not for us");
    }
}

Result<void> LdapSocket::hear(const wire::LdapHello& hello) {
    if (std::exchange(connection_->has_greeted, true)) return fail(Errc::invalid, "it said hello twice");
    journal::info("userd-ldap {} is here", escaped(hello.version));
    for (const auto& begin : mirror_.begin()) send(begin);
    return {};
}

Result<void> LdapSocket::hear(const wire::LdapVerdict& verdict) {
    if (verdict.number >= next_number_) return fail(Errc::invalid, "a verdict that nobody asked for");
    const auto question = questions_.extract(verdict.number);  // none: it came too late
    if (question) question.mapped().done(told(verdict));
    return {};
}

Result<void> LdapSocket::hear(const wire::LdapTestStep& step) {
    if (step.number >= next_number_) return fail(Errc::invalid, "a step of a test that nobody asked for");
    const auto test = tests_.find(step.number);
    if (test == tests_.end()) return {};
    auto& steps = test->second.steps;
    if (steps.size() == most_steps) return fail(Errc::invalid, "more steps than a test has");
    steps.push_back(step_of(step.step, step.is_good, step.text, step.hint));
    if (step.last) end_test(step.number, "");
    return {};
}

// False: it was not sent. Where that is the peer's fault, it is hung up on soon.
template <typename Message>
bool LdapSocket::send(const Message& message) {
    if (connection_->is_lost) return false;
    Secret buffer = Secret::with_size(longest_request);
    char* bytes = reinterpret_cast<char*>(buffer.data());
    const std::size_t size = wire::encode({bytes, longest_request}, message);
    if (size == 0) return false;
    if (send_frame(connection_->fd.get(), {bytes, size})) return true;
    connection_->is_lost = true;
    loop_.call_soon([this, lost = connection_.get(), guard = std::weak_ptr(alive_)] {
        if (!guard.expired() && connection_.get() == lost && lost->is_lost) hang_up("it does not read");
    });
    return false;
}

void LdapSocket::hang_up(std::string_view why, int level) {
    if (!connection_) return;
    journal::write(level, fmt::format("userd-ldap: {}; what is mirrored stays as it is", why));
    connection_.reset();
    mirror_.hung_up();
    for (auto& [number, question] : std::exchange(questions_, {})) question.done({});
    std::vector<std::uint64_t> tests;
    for (const auto& [number, test] : tests_) tests.push_back(number);
    for (const auto number : tests) end_test(number, "it has gone");
}

void LdapSocket::check(const User& user, Secret password, Done done) {
    if (password.empty()) return tell_soon(std::move(done), wire::LdapAnswer::invalid);
    wire::LdapBind bind;
    bind.password = password.text();
    ask(user, bind, std::move(done));
}

void LdapSocket::change(const User& user, Secret old_password, Secret new_password, Done done) {
    if (old_password.empty()) return tell_soon(std::move(done), wire::LdapAnswer::invalid);
    if (new_password.empty()) return tell_soon(std::move(done), wire::LdapAnswer::refused);
    wire::LdapModifyPassword modify;
    modify.old_password = old_password.text();
    modify.new_password = new_password.text();
    ask(user, modify, std::move(done));
}

std::optional<Time> LdapSocket::away_since(const User& user) const {
    return mirror_.stale_since(server_of(user.source));
}

template <typename Message>
void LdapSocket::ask(const User& user, Message message, Done done) {
    const auto dn = mirror_.dn_of(user.id);
    if (!dn) journal::error("ask a directory server for a password: {}", dn.error().message);
    const auto* source = config_->find_ldap(server_of(user.source));
    if (!dn || dn->empty() || !source || !connection_ || !connection_->has_greeted ||
        questions_.size() >= most_waiting)
        return tell_soon(std::move(done), wire::LdapAnswer::unreachable);
    message.number = next_number_++;
    message.source = source->name;
    message.dn = *dn;
    auto timer =
        loop_.call_after(source->timeout + grace, [this, number = message.number] { give_up(number); });
    if (!timer || !send(message)) return tell_soon(std::move(done), wire::LdapAnswer::unreachable);
    questions_.emplace(message.number, Question{std::move(done), std::move(*timer)});
}

void LdapSocket::tell_soon(Done done, wire::LdapAnswer answer) {
    loop_.call_soon([done = std::move(done), answer, guard = std::weak_ptr(alive_)] {
        if (!guard.expired()) done({answer, {}, {}, 0});
    });
}

// It has a deadline of its own for each server, so it hangs; unless its answer waits here, behind what the
// mirror settles. Those who come next are not to wait for nothing.
void LdapSocket::give_up(std::uint64_t number) {
    const auto question = questions_.extract(number);
    if (!question) return;
    question.mapped().done({});
    if (!mirror_.is_settling()) hang_up("no answer to a password in time");
}

void LdapSocket::test(const std::string& source, const std::string& user, Tested tested) {
    const std::uint64_t number = next_number_++;
    auto timer = loop_.call_after(test_time_, [this, number] { end_test(number, "no answer in time"); });
    const bool is_asked =
        timer && connection_ && connection_->has_greeted && send(wire::LdapTest{number, source, user});
    Test& test = tests_[number];
    test.tested = std::move(tested);
    if (timer) test.timer = std::move(*timer);
    if (is_asked) return;
    loop_.call_soon([this, number, guard = std::weak_ptr(alive_)] {
        if (!guard.expired()) end_test(number, "it is not there");
    });
}

// With the steps that there are: how far it came is what is wanted.
void LdapSocket::end_test(std::uint64_t number, std::string_view problem) {
    auto test = tests_.extract(number);
    if (!test) return;
    auto& [tested, steps, timer] = test.mapped();
    if (!problem.empty() && steps.empty())
        return tested(fail(Error{Errc::unavailable, fmt::format("userd-ldap: {}", problem), look, {}}));
    if (!problem.empty()) steps.push_back(step_of("userd-ldap", false, problem, look));
    tested(std::move(steps));
}

}  // namespace userd
