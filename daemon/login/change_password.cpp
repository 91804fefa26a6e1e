// SPDX-License-Identifier: LGPL-2.1-or-later
// PRELIM proves the old password and changes nothing; its token lets UPDATE set a new one, in one call of
// Credentials. A password that a directory server keeps is changed there, by its owner alone: the old one
// goes with the proof.
#include <memory>
#include <optional>

#include "daemon/login/dialogue.h"
#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr int most_tries = 3;

class ChangePassword : public PhaseDialogue {
 public:
    using PhaseDialogue::PhaseDialogue;

 protected:
    bool has_flag(std::uint32_t flag) const { return (start_.flags & flag) != 0; }
    // Root, in the caller's own process, need not know the old password; an expired one is its owner's to
    // change.
    bool old_password_needed() const { return !entrance_.by_root || has_flag(wire::flag_expired_only); }
    Result<bool> nothing_to_do(const User& user) const {
        return has_flag(wire::flag_expired_only) && !TRY(must_change(user));
    }
    void say_kept_elsewhere() {
        say(wire::Verdict::authtok_err, {},
            fmt::format(
                "The password of {} is kept by the directory server {}: it is changed there, or by {} "
                "with the old one.",
                name_, server_of(source_), name_));
    }
    void say_server_away() {
        say(wire::Verdict::authinfo_unavail, {}, "The directory server cannot be reached; try again later.");
    }
};

class Prelim final : public ChangePassword {
 public:
    using ChangePassword::ChangePassword;

    void answer(Secret text) override {
        TryRequest request = request_for("password");
        request.asked = {true, false};
        request.old_password = true;
        if (is_mirror())
            old_ = std::make_shared<const Secret>(text.clone());  // for the server, with the new one
        request.password = std::move(text);
        context_.tries.run(std::move(request), [this, guard = alive()](const TryResult& result) {
            if (!guard.expired()) finish(result);
        });
    }

 private:
    void begin_for(const User& user) override {
        const auto nothing = nothing_to_do(user);
        if (!nothing) return fail_internally(nothing.error());
        if (!*nothing && !old_password_needed() && is_mirror()) return say_kept_elsewhere();
        if (*nothing || !old_password_needed()) return say(wire::Verdict::success);
        ask({{wire::Ask::password, "Current password: "}});
    }

    void finish(const TryResult& result) {
        if (result.reason == Reason::none) {
            Proof proof = proof_for(Proof::Purpose::change_password);
            proof.password_set = result.password_set;
            proof.old_password = std::move(old_);
            return say(wire::Verdict::success,
                       context_.tokens.issue(std::move(proof), context_.clock.boot_now()));
        }
        if (result.reason == Reason::busy) return say(wire::Verdict::authinfo_unavail, {}, refusal());
        if (result.reason == Reason::ldap_unreachable) return say_server_away();
        if (++tries_ >= most_tries) return say(wire::Verdict::maxtries, {}, refusal());
        ask({{wire::Ask::password, "Current password: "}}, "The password is not right.");
    }

    std::shared_ptr<const Secret> old_;
    int tries_ = 0;
};

class Update final : public ChangePassword {
 public:
    using ChangePassword::ChangePassword;

    void answer(Secret text) override {
        if (!asked_again_) {
            first_ = std::move(text);
            asked_again_ = true;
            return ask({{wire::Ask::new_password_again, "Retype new password: "}});
        }
        asked_again_ = false;
        if (!equal(first_, text)) return refuse("The passwords are not the same.");
        if (first_.empty()) return refuse("An empty password is no password.");
        set(std::move(first_));
    }

 private:
    void begin_for(const User& user) override {
        const auto nothing = nothing_to_do(user);
        if (!nothing) return fail_internally(nothing.error());
        if (*nothing) return say(wire::Verdict::success);
        if (!old_password_needed() && is_mirror()) return say_kept_elsewhere();
        if (old_password_needed()) {
            const auto proof = context_.tokens.find(start_.token, proof_for(Proof::Purpose::change_password),
                                                    context_.clock.boot_now());
            if (!proof) return say(wire::Verdict::auth_err, {}, refusal());
            proved_ = proof->password_set;
            old_ = proof->old_password;
        }
        ask({{wire::Ask::new_password, "New password: "}});
    }

    void set(Secret password) {
        NewPassword request;
        request.password = std::move(password);
        request.must_change = false;
        request.replaces = proved_;
        if (old_) request.proved_old = old_->clone();
        const bool by_root = !old_password_needed();
        const Actor actor{by_root          ? 0
                          : peer_.uid == 0 ? start_.uid
                                           : peer_.uid,
                          by_root ? "root" : name_, "login", by_root ? ObjectId{} : user_};
        context_.credentials.set_password(actor, user_, std::move(request),
                                          [this, guard = alive()](const Result<Secret>& result) {
                                              if (!guard.expired()) finish(result);
                                          });
    }

    void finish(const Result<Secret>& result) {
        if (result) return say(wire::Verdict::success);
        switch (result.error().code) {
            case Errc::password_refused:
                return refuse("Refused: " + result.error().message + ".");
            case Errc::busy:
                return say(wire::Verdict::authinfo_unavail, {}, "The host is busy; try again.");
            case Errc::unavailable:
                if (is_mirror()) return say_server_away();
                [[fallthrough]];
            default:
                journal::error("change a password: {}", result.error().message);
                return say(wire::Verdict::authtok_err, {}, "The password was not changed.");
        }
    }

    void refuse(const std::string& why) {
        if (++tries_ >= most_tries) return say(wire::Verdict::maxtries, {}, why);
        ask({{wire::Ask::new_password, "New password: "}}, why);
    }

    std::optional<Time> proved_;
    std::shared_ptr<const Secret> old_;
    Secret first_;
    bool asked_again_ = false;
    int tries_ = 0;
};

}  // namespace

std::unique_ptr<Dialogue> make_change_password(Login::Context& context, LoginStart start, Peer peer,
                                               Dialogue::Reply reply) {
    if ((start.flags & wire::flag_prelim) != 0)
        return std::make_unique<Prelim>(context, std::move(start), peer, std::move(reply));
    return std::make_unique<Update>(context, std::move(start), peer, std::move(reply));
}

}  // namespace userd
