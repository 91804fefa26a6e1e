// SPDX-License-Identifier: LGPL-2.1-or-later
// Everybody is asked the same there, whoever it is; all answers are in before anything is said about one.
#include "daemon/login/dialogue.h"
#include "daemon/store/credentials.h"

namespace userd {
namespace {

class Authenticate final : public PhaseDialogue {
 public:
    using PhaseDialogue::PhaseDialogue;

    void answer(Secret text) override {
        const bool is_password = prompts_.password && answered_ == 0;
        (is_password ? password_ : code_) = std::move(text);
        if (++answered_ == prompts_.count()) try_it();
    }

 private:
    void begin_for(const User&) override { begin_for_nobody(); }
    void begin_for_nobody() override {
        // Only where the default asks for no code does it matter whether somebody has a policy of its own.
        bool mfa_somewhere = false;
        if (context_.config->mfa.policy == "off") {
            const auto any = context_.store.credentials().any_mfa_policy();
            if (!any) return fail_internally(any.error());
            mfa_somewhere = *any;
        }
        prompts_ = prompts_at(*context_.config, entrance_, key_proved(), mfa_somewhere);
        const Prompt password{wire::Ask::password, "Password: "},
            code{wire::Ask::code, "Verification code: "};
        if (prompts_.password && prompts_.code)
            ask({password, code});
        else if (prompts_.password)
            ask({password});
        else if (prompts_.code)
            ask({code});
        else
            try_it();
    }

    void try_it() {
        TryRequest request;
        request.facts = facts("login");
        request.typed_name = start_.user;
        request.entrance = entrance_;
        request.asked = prompts_;
        request.key = key_proved();
        request.password = std::move(password_);
        request.code = std::move(code_);
        context_.tries.run(std::move(request), [this, guard = alive()](const TryResult& result) {
            if (!guard.expired()) finish(result);
        });
    }

    void finish(const TryResult& result) {
        switch (result.reason) {
            case Reason::none: {
                Proof proof = proof_for(Proof::Purpose::account);
                proof.code = result.code;
                say(wire::Verdict::success,
                    context_.tokens.issue(std::move(proof), context_.clock.boot_now()));
                return;
            }
            case Reason::busy:
                say(wire::Verdict::authinfo_unavail, {}, refusal());
                return;
            case Reason::internal:
                say(wire::Verdict::system_err, {}, refusal());
                return;
            default:
                say(wire::Verdict::auth_err, {}, refusal());
                return;
        }
    }

    Prompts prompts_;
    unsigned answered_ = 0;
    Secret password_, code_;
};

}  // namespace

std::unique_ptr<Dialogue> make_authenticate(Login::Context& context, LoginStart start, Peer peer,
                                            Dialogue::Reply reply) {
    return std::make_unique<Authenticate>(context, std::move(start), peer, std::move(reply));
}

}  // namespace userd
