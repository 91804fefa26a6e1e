// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/account.h"
#include "daemon/login/confinement.h"
#include "daemon/login/dialogue.h"
#include "daemon/login/person.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/credentials.h"
#include "daemon/store/view.h"

namespace userd {
namespace {

class Account final : public PhaseDialogue {
 public:
    using PhaseDialogue::PhaseDialogue;
    void answer(Secret) override { say(wire::Verdict::system_err); }

 private:
    void begin_for(const User& user) override {
        const auto judged = judge(user);
        if (!judged) return fail_internally(judged.error());
        if (judged->reason == Reason::none) return say(wire::Verdict::success);
        const auto about = facts("account");
        context_.writes.write(
            [&context = context_, about, reason = judged->reason] {
                return context.log.record(about, reason, context.clock.now());
            },
            [this, &context = context_, guard = alive(), about,
             judged = *judged](const Result<void>& written) {
                // That it cannot be recorded is no reason to let somebody in.
                if (!written) journal::error("record a refused account: {}", written.error().message);
                context.log.tell(about, judged.reason);
                if (!guard.expired()) refuse(judged);
            });
    }

    void refuse(const AccountVerdict& judged) {
        if (judged.verdict == wire::Verdict::new_authtok_reqd)
            return say(judged.verdict, {}, "Your password must be changed now.");
        say(judged.verdict, {}, refusal());
    }

    Result<AccountVerdict> judge(const User& subject) {
        const auto view = TRY(store::View::open(context_.store));
        User user = subject;
        user.must_change = TRY(must_change(subject));  // too old is the same
        const Time now = context_.clock.now();
        const Person person = TRY(load_person(context_.store, user, now));
        entrance_.confines = user.kind == UserKind::sftp && confines(context_.host_root, entrance_, person);
        const Demand demand = demand_of(*context_.config, entrance_, person);
        const Access access = access_of(*context_.config, entrance_, person, local_time(now));
        const auto proof =
            context_.tokens.find(start_.token, proof_for(Proof::Purpose::account), context_.clock.boot_now());
        const auto here = place();
        const bool is_remembered = here && context_.credentials.remembered_codes().find(
                                               user.id, *here, demand, context_.clock.boot_now());
        const bool has_password =
            user.must_change && (is_mirror() || TRY(context_.store.credentials().find_password(user.id)));
        return judge_account(user, entrance_, access, demand, (proof && proof->code) || is_remembered,
                             has_password, now);
    }
};

}  // namespace

std::unique_ptr<Dialogue> make_account(Login::Context& context, LoginStart start, Peer peer,
                                       Dialogue::Reply reply) {
    return std::make_unique<Account>(context, std::move(start), peer, std::move(reply));
}

}  // namespace userd
