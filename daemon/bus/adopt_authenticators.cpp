// SPDX-License-Identifier: LGPL-2.1-or-later
// ~/.google_authenticator of our users: read by userd-homes, recorded, then put aside there. What is in it is
// whatever the user wrote, and is looked at here, without root.
#include <string.h>

#include "daemon/bus/adoption.h"
#include "daemon/login/authenticator_file.h"
#include "daemon/store/adoptions.h"

namespace userd::bus {
namespace {

using Kind = wire::ErrandKind;

constexpr std::uint64_t page_size = 1000, most_users = 2000;  // userd-homes takes 3000 errands a minute
constexpr std::size_t most_text = 64 << 10;

class AuthenticatorChain : public Adoption {
 public:
    using Adoption::Adoption;

 protected:
    Result<void> find_users() {
        users_ = named_users();
        for (std::uint64_t offset = 0; is_all_;) {
            const auto page = TRY(core_.directory.list_users({}, offset, page_size, false));
            if (page.total > most_users)
                return fail(Error{Errc::limits,
                                  fmt::format("there are {} users, and at most {} at once are looked at",
                                              page.total, most_users),
                                  "naming them",
                                  {}});
            for (const auto& row : page.rows)
                if (auto user = TRY(core_.directory.get_user(std::get<std::string>(row.at("name"))));
                    user.kind == UserKind::person)  // others have no codes
                    users_.push_back(std::move(user));
            offset += page.rows.size();
            if (page.rows.empty() || offset >= page.total) break;
        }
        return {};
    }

    bool next_user() {
        if (users_.empty()) return false;
        user_ = std::move(users_.back());
        users_.pop_back();
        return true;
    }

    std::vector<User> users_;
    User user_;  // whose turn it is
};

class AuthenticatorAdoption final : public AuthenticatorChain {
 public:
    using AuthenticatorChain::AuthenticatorChain;

 private:
    struct Found {
        User user;
        std::optional<AuthenticatorFile> file;  // none: recorded before, and the file may still lie there
    };

    Result<void> start() override {
        TRY(find_users());
        return read_next();
    }

    Result<void> read_next() {
        if (!next_user()) return rehearse();
        text_ = Secret::with_size(most_text);
        size_ = 0;
        is_reading_ = true;
        Errands::Listener listener;
        listener.item = [weak = weak_from_this()](ErrandItem item) {
            if (const auto self = std::static_pointer_cast<AuthenticatorAdoption>(weak.lock()))
                self->take(item);
        };
        return run(
            errand_for(user_, Kind::read_authenticator), [this](const ErrandOutcome&) { return judge(); },
            std::move(listener));
    }

    void take(ErrandItem& item) {
        if (item.kind == wire::ItemKind::text && item.detail.size() <= most_text - size_) {
            memcpy(text_.data() + size_, item.detail.data(), item.detail.size());
            size_ += item.detail.size();
        }
        explicit_bzero(item.detail.data(), item.detail.size());
    }

    Result<void> judge() {
        text_.shrink(size_);
        const auto state = TRY(core_.credentials.authenticator_adoption(user_.id));
        if (state == AdoptionState::taking) {
            found_.push_back({user_, std::nullopt});
        } else if (size_ == 0) {
            if (!is_all_)
                tell_row(user_.name, user_.uid, "unchanged",
                         {state ? "adopted before" : "no .google_authenticator in the home"});
        } else if (auto file = parse_authenticator_file(text_)) {
            found_.push_back({user_, std::move(*file)});
        } else {
            refuse_row(user_.name, Error(file.error()));
        }
        return read_next();
    }

    Result<void> rehearse() {
        ChangeOptions trial = options_;
        trial.dry_run = true;
        std::erase_if(found_, [&](const Found& found) {
            if (!found.file) return false;
            const auto recorded =
                core_.credentials.adopt_authenticator(call_.actor(), found.user.id, *found.file, trial);
            if (!recorded) refuse_row(found.user.name, recorded.error());
            return !recorded;
        });
        TRY(check_refused());
        if (!options_.dry_run) return adopt_next();
        for (const auto& found : found_)
            tell_row(found.user.name, found.user.uid, "adopted", notes_on(found));
        return answer();
    }

    static Notes notes_on(const Found& found) {
        if (!found.file) return {"begun before"};
        Notes notes = found.file->notes;
        if (found.file->key.size() * 8 < weakest_bits)
            notes.push_back(fmt::format("its key has {} bits (weak-totp-key)", found.file->key.size() * 8));
        notes.push_back(fmt::format("{} scratch codes", found.file->scratch.size()));
        return notes;
    }

    Result<void> adopt_next() {
        if (found_.empty()) return answer();
        const Found found = std::move(found_.back());
        found_.pop_back();
        user_ = found.user;
        is_reading_ = false;
        if (found.file) {
            const auto recorded =
                core_.credentials.adopt_authenticator(call_.actor(), user_.id, *found.file, {});
            if (!recorded) {
                tell_row(user_.name, user_.uid, "failed", {recorded.error().message});
                return adopt_next();
            }
        }
        return run(errand_for(user_, Kind::put_authenticator_aside),
                   [this, notes = notes_on(found)](const ErrandOutcome&) -> Result<void> {
                       TRY(core_.credentials.end_authenticator_adoption(user_.id));
                       tell_row(user_.name, user_.uid, "adopted", notes);
                       return adopt_next();
                   });
    }

    Result<void> failed(Error error) override {
        if (!is_reading_) {
            tell_row(user_.name, user_.uid, "failed", {error.message, "the same again finishes it"});
            return adopt_next();
        }
        if (error.code == Errc::unavailable || error.code == Errc::busy) return Failure(std::move(error));
        if (!is_all_ || error.code != Errc::not_ours) refuse_row(user_.name, std::move(error));
        return read_next();
    }

    static constexpr std::size_t weakest_bits = 112;  // NIST SP 800-63B
    bool is_reading_ = true;
    Secret text_;
    std::size_t size_ = 0;
    std::vector<Found> found_;
};

class AuthenticatorReturn final : public AuthenticatorChain {
 public:
    using AuthenticatorChain::AuthenticatorChain;

 private:
    Result<void> start() override {
        TRY(find_users());
        ChangeOptions trial = options_;
        trial.dry_run = true;
        std::vector<User> good;
        for (auto& user : users_) {
            if (is_all_ && !TRY(core_.credentials.authenticator_adoption(user.id))) continue;
            const auto allowed = core_.credentials.begin_authenticator_return(call_.actor(), user.id, trial);
            if (allowed)
                good.push_back(std::move(user));
            else
                refuse_row(user.name, allowed.error());
        }
        users_ = std::move(good);
        TRY(check_refused());
        if (!options_.dry_run) return return_next();
        for (const auto& user : users_) tell_row(user.name, user.uid, "given-back");
        return answer();
    }

    Result<void> return_next() {
        if (!next_user()) return answer();
        TRY(core_.credentials.begin_authenticator_return(call_.actor(), user_.id, options_));
        return run(errand_for(user_, Kind::put_authenticator_back),
                   [this](const ErrandOutcome&) -> Result<void> {
                       TRY(core_.credentials.end_authenticator_return(call_.actor(), user_.id, options_));
                       tell_row(user_.name, user_.uid, "given-back");
                       return return_next();
                   });
    }

    Result<void> failed(Error error) override {
        tell_row(user_.name, user_.uid, "failed",
                 {error.message, error.hint.empty() ? "the same again finishes it" : "try: " + error.hint});
        return return_next();
    }
};

}  // namespace

void adopt_authenticators(Core& core, const Call& call, std::vector<std::string> names,
                          ChangeOptions options) {
    std::make_shared<AuthenticatorAdoption>(core, call, std::move(names), options)->begin();
}

void give_authenticators_back(Core& core, const Call& call, std::vector<std::string> names,
                              ChangeOptions options) {
    std::make_shared<AuthenticatorReturn>(core, call, std::move(names), options)->begin();
}

}  // namespace userd::bus
