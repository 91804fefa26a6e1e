// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/base/text.h"
#include "daemon/login/dialogue.h"
#include "daemon/login/login_news.h"
#include "daemon/login/ssh_key.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/credentials.h"
#include "daemon/store/users.h"

namespace userd {
namespace {

Result<void> note_login(store::Store& store, ObjectId user, std::string_view ssh_auth_info, Time now) {
    TRY(store.users().record_login(user, now));
    for (const auto line : split(ssh_auth_info, '\n')) {
        if (!line.starts_with("publickey ")) continue;
        const auto key = SshKey::parse(line.substr(std::string_view("publickey ").size()));
        if (key) TRY(store.credentials().touch_ssh_key(user, key->fingerprint, now));
    }
    return {};
}

// Nothing that can fail, and no disk, stands between a person and a session: when it began and ended is
// written soon after, and what cannot be written is told in the journal.
class Session final : public PhaseDialogue {
 public:
    using PhaseDialogue::PhaseDialogue;
    void answer(Secret) override { say(wire::Verdict::system_err); }

 private:
    void begin_for(const User& user) override {
        if (!from_root()) return say(wire::Verdict::denied);
        if (start_.phase != wire::Phase::open_session) {
            record(facts("session.close"), [] { return Result<void>(); });
            return say(wire::Verdict::success);
        }
        remember_for_session();
        auto news = news_for(user);
        record(facts("session.open"),
               [&store = context_.store, id = user.id, info = start_.ssh_auth_info,
                now = context_.clock.now()] { return note_login(store, id, info, now); });
        if (!context_.make_home) return say(wire::Verdict::success, {}, {}, news);
        context_.make_home(user, [this, guard = alive(), home = user.home,
                                  news = std::move(news)](const Result<void>& made) {
            if (!made) journal::warning("make the home {}: {}", home, made.error().message);
            if (guard.expired()) return;
            say(wire::Verdict::success, {},
                made ? ""
                     : fmt::format("Your home {} could not be made. The login goes on without it.", home),
                news);
        });
    }

    std::vector<std::string> news_for(const User& user) const {
        if ((start_.flags & wire::flag_silent) != 0) return {};
        auto news = login_news(context_.store, *context_.config, user, entrance_, context_.clock.now());
        if (news) return *std::move(news);
        journal::warning("tell of the last login: {}", news.error().message);
        return {};
    }

    // Only now has the login session its number. One that has none of its own, but that of sshd, is shared.
    void remember_for_session() {
        if (start_.audit_session == wire::no_audit_session) return;
        const BootTime now = context_.clock.boot_now();
        auto proof = context_.tokens.find(start_.token, proof_for(Proof::Purpose::account), now);
        if (!proof && start_.service == "sshd")
            proof = context_.tokens.take_of_child(proof_for(Proof::Purpose::account), now);
        if (!proof || !proof->code) return;
        if (!start_.rhost.empty() && start_.audit_session == proof->audit_session) return;
        remember_code({start_.audit_session, {}}, *proof->code);
    }

    // `first` and the row of the trail, in one transaction.
    void record(AttemptFacts facts, std::function<Result<void>()> first) {
        context_.writes.write(
            [&log = context_.log, facts = std::move(facts), first = std::move(first),
             now = context_.clock.now()]() -> Result<void> {
                TRY(first());
                return log.record_session(facts, now);
            },
            [](const Result<void>& written) {
                if (!written) journal::warning("record a session: {}", written.error().message);
            });
    }
};

}  // namespace

std::unique_ptr<Dialogue> make_session(Login::Context& context, LoginStart start, Peer peer,
                                       Dialogue::Reply reply) {
    return std::make_unique<Session>(context, std::move(start), peer, std::move(reply));
}

}  // namespace userd
