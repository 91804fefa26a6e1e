// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/remote_queue.h"

#include <utility>

namespace userd {
namespace {

constexpr Duration longest_wait_for_a_turn = std::chrono::seconds(8);

std::shared_ptr<Secret> shared(Secret secret) {  // a std::function is copied, a Secret never
    return std::make_shared<Secret>(std::move(secret));
}

}  // namespace

void RemoteQueue::check(Lane lane, const User& user, Secret password, Duration at_most, Done done) {
    ask(
        std::move(lane), user.source,
        [user, password = shared(std::move(password))](RemotePasswords& passwords, Done told) {
            passwords.check(user, std::move(*password), std::move(told));
        },
        at_most, std::move(done));
}

void RemoteQueue::change(Lane lane, const User& user, Secret old_password, Secret new_password,
                         Duration at_most, Done done) {
    ask(
        std::move(lane), user.source,
        [user, from = shared(std::move(old_password)), to = shared(std::move(new_password))](
            RemotePasswords& passwords, Done told) {
            passwords.change(user, std::move(*from), std::move(*to), std::move(told));
        },
        at_most, std::move(done));
}

std::optional<Time> RemoteQueue::away_since(const User& user) const {
    return passwords_ == nullptr ? std::nullopt : passwords_->away_since(user);
}

void RemoteQueue::ask(Lane lane, const std::string& source, Put put, Duration at_most, Done done) {
    const auto question = std::make_shared<Question>();
    question->done = std::move(done);
    open_.insert(question);
    auto timer = loop_.call_after(at_most, [this, late = std::weak_ptr(question)] {
        if (const auto one = late.lock()) end(one, {});
    });
    if (timer) question->timer = *std::move(timer);
    auto& desk = desks_[source];
    if (!desk) desk = std::make_unique<Desk>(loop_, longest_wait_for_a_turn);
    desk->turns.wait(
        std::move(lane),
        [this, &desk = *desk, question, put = std::move(put)] { start(desk, question, put); },
        [this, question] { end_soon(question); });
}

void RemoteQueue::start(Desk& desk, const Shared& question, const Put& put) {
    if (!question->done) return;  // it waited too long
    if (passwords_ == nullptr) return end_soon(question);
    ++desk.asked;
    put(*passwords_,
        [this, guard = std::weak_ptr(alive_), &desk, question](const RemotePasswords::Told& told) {
            if (guard.expired()) return;
            --desk.asked;
            desk.turns.serve();
            end(question, told);
        });
}

void RemoteQueue::end_soon(const Shared& question) {
    loop_.call_soon([this, guard = std::weak_ptr(alive_), question] {
        if (!guard.expired()) end(question, {});
    });
}

void RemoteQueue::end(const Shared& question, const RemotePasswords::Told& told) {
    const Shared one = question;  // the timer that calls may go, and its copy with it
    const Done done = std::exchange(one->done, {});
    if (!done) return;
    one->timer = Watch();
    open_.erase(one);
    done(told);
}

}  // namespace userd
