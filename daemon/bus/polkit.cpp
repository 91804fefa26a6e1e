// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/polkit.h"

#include <fmt/core.h>

#include <cstring>

namespace userd::bus {
namespace {

constexpr const char* service = "org.freedesktop.PolicyKit1";
constexpr const char* authority_path = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char* authority = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint32_t allow_user_interaction = 1;

std::string cancellation_id(std::uint64_t number) {
    return fmt::format("userd-{}", number);
}

// (bba{ss}): is_authorized, is_challenge, details.
Verdict verdict_of(sd_bus_message* answer) {
    if (const auto* error = sd_bus_message_get_error(answer)) {
        journal::debug("polkit did not answer: {}", error->message != nullptr ? error->message : error->name);
        return Verdict::denied;
    }
    int authorized = 0, challenge = 0;
    if (sd_bus_message_enter_container(answer, 'r', "bba{ss}") <= 0 ||
        sd_bus_message_read(answer, "bb", &authorized, &challenge) <= 0)
        return Verdict::denied;
    if (authorized != 0) return Verdict::granted;
    return challenge != 0 ? Verdict::challenge : Verdict::denied;
}

}  // namespace

void Polkit::ask(const std::string& sender, const char* action, bool interactive, Duration bound, Then then) {
    const std::uint64_t number = ++last_;
    Asked& asked = asked_[number];
    asked.sender = sender;
    asked.number = number;
    asked.then = std::move(then);
    if (const auto sent = send(asked, action, interactive, bound); !sent) {
        journal::notice("{}", sent.error().message);
        auto node = asked_.extract(number);
        node.mapped().then(Verdict::denied);
    }
}

Result<void> Polkit::send(Asked& asked, const char* action, bool interactive, Duration bound) {
    BusMessage question;
    int r = sd_bus_message_new_method_call(bus_, out(question), service, authority_path, authority,
                                           "CheckAuthorization");
    if (r >= 0)
        r = sd_bus_message_append(question.get(), "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  asked.sender.c_str(), action, 0, interactive ? allow_user_interaction : 0U,
                                  cancellation_id(asked.number).c_str());
    if (r < 0) return fail(Errc::unavailable, "ask polkit: {}", std::strerror(-r));
    asked.question =
        TRY(questions_.ask(bus_, question.get(), bound,
                           [this, number = asked.number](auto* answer) { answered(number, answer); }));
    return {};
}

void Polkit::answered(std::uint64_t number, sd_bus_message* answer) {
    if (sd_bus_message_is_method_error(answer, nullptr) > 0)
        cancel(number);  // it may still hold a dialogue open
    auto node = asked_.extract(number);
    if (node) node.mapped().then(verdict_of(answer));
}

void Polkit::forget(const std::string& sender) {
    for (auto at = asked_.begin(); at != asked_.end();) {
        const auto& asked = (at++)->second;
        if (asked.sender != sender) continue;
        cancel(asked.number);
        questions_.forget(asked.question);
        asked_.erase(asked.number);
    }
}

void Polkit::cancel(std::uint64_t number) {
    BusMessage message;
    if (sd_bus_message_new_method_call(bus_, out(message), service, authority_path, authority,
                                       "CancelCheckAuthorization") < 0 ||
        sd_bus_message_append(message.get(), "s", cancellation_id(number).c_str()) < 0 ||
        sd_bus_message_set_expect_reply(message.get(), 0) < 0 ||
        sd_bus_message_set_auto_start(message.get(), 0) < 0)
        return;
    sd_bus_send(bus_, message.get(), nullptr);
}

}  // namespace userd::bus
