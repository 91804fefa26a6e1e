// SPDX-License-Identifier: LGPL-2.1-or-later
// Everybody is asked the same there, whoever it is; all answers are in before anything is said about one.
#include "daemon/login/dialogue.h"
#include "daemon/login/enrolment.h"
#include "daemon/store/credentials.h"

namespace userd {
namespace {

class Authenticate final : public PhaseDialogue {
 public:
    using PhaseDialogue::PhaseDialogue;

    void answer(Secret text) override {
        if (enrolment_) return enrolled_ ? complete() : enrol(std::move(text));
        const bool is_password = prompts_.password && answered_ == 0;
        (is_password ? password_ : code_) = std::move(text);
        if (++answered_ == prompts_.count()) try_it();
    }

 private:
    static constexpr Prompt code_prompt{wire::Ask::code, "Verification code: "};

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
        const Prompt password_prompt{wire::Ask::password, "Password: "};
        if (prompts_.password && prompts_.code)
            ask({password_prompt, code_prompt});
        else if (prompts_.password)
            ask({password_prompt});
        else if (prompts_.code)
            ask({code_prompt});
        else
            try_it();
    }

    void try_it() {
        TryRequest request = request_for("login");
        request.asked = prompts_;
        request.place = place();
        request.key = key_proved();
        request.may_enrol = (start_.flags & wire::flag_silent) == 0;
        request.password = std::move(password_);
        request.code = std::move(code_);
        context_.tries.run(std::move(request), [this, guard = alive()](const TryResult& result) {
            if (!guard.expired()) finish(result);
        });
    }

    void begin_enrolment() {
        enrolment_.emplace(context_.credentials,
                           Actor{peer_.uid == 0 ? start_.uid : peer_.uid, name_, "login", user_}, user_);
        const auto shown = enrolment_->begin();
        if (!shown) return fail_internally(shown.error());
        ask({code_prompt}, {}, *shown);
    }

    void enrol(Secret code) {
        const auto verdict = enrolment_->answer(std::move(code));
        if (!verdict) return fail_internally(verdict.error());
        if (verdict->outcome == Enrolment::Outcome::given_up)
            return say(wire::Verdict::maxtries, {}, refusal());
        if (verdict->outcome == Enrolment::Outcome::again)
            return ask({code_prompt}, verdict->error, verdict->shown);
        enrolled_ = true;
        // A question, for a client shows what comes with one; with a success many show nothing.
        ask({{wire::Ask::other, "Write them down, then press Enter: "}}, {}, verdict->shown);
    }

    void complete() {
        context_.tries.complete(facts("login"), [this, guard = alive()](const TryResult& result) {
            if (!guard.expired()) finish(result);
        });
    }

    void finish(const TryResult& result) {
        if (result.enrol == Enrol::here) return begin_enrolment();
        if (result.enrol == Enrol::elsewhere)
            return say(wire::Verdict::auth_err, {},
                       refusal() +
                           " One-time codes must be set up first, which takes a dialogue: "
                           "ssh -o PreferredAuthentications=keyboard-interactive");
        switch (result.reason) {
            case Reason::none: {
                Proof proof = proof_for(Proof::Purpose::account);
                proof.code = result.code;
                if (const auto here = place(); here && result.code) remember_code(*here, *result.code);
                say(wire::Verdict::success,
                    context_.tokens.issue(std::move(proof), context_.clock.boot_now()), {}, result.news);
                return;
            }
            case Reason::busy:
            case Reason::ldap_unreachable:
                say(wire::Verdict::authinfo_unavail, {}, refusal());
                return;
            case Reason::expired:  // all is right but for that
                say(wire::Verdict::auth_err, {},
                    refusal() + " Your password has expired: an admin of the directory must set a new one.");
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
    std::optional<Enrolment> enrolment_;
    bool enrolled_ = false;  // what is asked last is no code
};

}  // namespace

std::unique_ptr<Dialogue> make_authenticate(Login::Context& context, LoginStart start, Peer peer,
                                            Dialogue::Reply reply) {
    return std::make_unique<Authenticate>(context, std::move(start), peer, std::move(reply));
}

}  // namespace userd
