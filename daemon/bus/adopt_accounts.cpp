// SPDX-License-Identifier: LGPL-2.1-or-later
// Accounts of /etc/passwd: found by userd-homes, recorded and published, then taken out there. As long as the
// line in /etc/passwd is there the host answers for the account, from then on we do: at no moment nobody.
#include <fmt/ranges.h>
#include <string.h>

#include <deque>
#include <set>

#include "daemon/bus/adoption.h"
#include "daemon/login/password_hash.h"
#include "daemon/model/rights.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/adoptions.h"

namespace userd::bus {
namespace {

using Kind = wire::ErrandKind;
using Item = wire::ItemKind;

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

class AccountAdoption final : public Adoption {
 public:
    using Adoption::Adoption;

 private:
    Result<void> start() override {
        for (const auto& name : names_) to_find_.push_back(name);
        if (is_all_) to_find_.emplace_back();
        return find_next();
    }

    Result<void> find_next() {
        if (to_find_.empty()) return rehearse();
        phase_ = Phase::finding;
        name_ = to_find_.front();
        to_find_.pop_front();
        return run(
            find_request(name_), [this](const ErrandOutcome&) { return find_next(); }, listener());
    }

    static ErrandRequest find_request(const std::string& name) {
        ErrandRequest request;
        request.kind = Kind::find_accounts;
        request.name = name;
        return request;
    }

    Errands::Listener listener() {
        Errands::Listener listener;
        listener.item = [weak = weak_from_this()](ErrandItem item) {
            if (const auto self = std::static_pointer_cast<AccountAdoption>(weak.lock())) self->take(item);
        };
        return listener;
    }

    void take(ErrandItem& item) {
        if (item.kind == Item::administrator) administrators_.insert(item.path);
        if (item.kind == Item::note) refuse_row(item.path, {Errc::policy_violation, item.detail, {}, {}});
        if (item.kind != Item::account) return;
        auto account = parse_host_account(item.detail);
        explicit_bzero(item.detail.data(), item.detail.size());
        if (account)
            accounts_.push_back(std::move(*account));
        else
            refuse_row(item.path, account.error());
    }

    // Whose line is gone already: begun before, and to be finished; or done.
    Result<void> find_begun(const std::string& name, Error error) {
        const auto user = core_.directory.get_user(name);
        const auto state = user ? TRY(core_.directory.adoption_of(user->id)) : std::nullopt;
        if (!state)
            refuse_row(name, std::move(error));
        else if (*state == AdoptionState::taken)
            tell_row(name, user->uid, "unchanged", {"adopted before"});
        else
            begun_.push_back(*user);
        return find_next();
    }

    Result<void> find_all_begun() {
        for (auto& user : TRY(core_.directory.adopted_users())) {
            const auto state = TRY(core_.directory.adoption_of(user.id));
            const bool is_there = std::any_of(accounts_.begin(), accounts_.end(),
                                              [&](const auto& account) { return account.name == user.name; });
            if (state != AdoptionState::taken && !is_there) begun_.push_back(std::move(user));
        }
        return {};
    }

    Result<void> record(const HostAccount& account, const ChangeOptions& options, Fields* record = nullptr) {
        if (account.has_password() && !is_acceptable_record(account.hash.text()))
            return fail(
                Error{Errc::policy_violation,
                      fmt::format("{} cannot be adopted: its password hash is of no kind that is taken here, "
                                  "or costs too much",
                                  account.name),
                      fmt::format("passwd {}: a new one is hashed anew", account.name),
                      {}});
        auto outcome = TRY(core_.directory.adopt_user(call_.actor(), account, options, [&](const User& user) {
            return core_.credentials.store_host_password(user, account);
        }));
        if (record != nullptr) *record = std::move(outcome.record);
        return {};
    }

    // All as one, undone at its end: what forbids one of them, and whether an admin is left.
    Result<void> rehearse() {
        if (is_all_) TRY(find_all_begun());
        ChangeOptions trial = options_;
        trial.dry_run = true;
        trial.allow_lockout = true;  // asked here, with the host's own administrators in mind
        std::vector<HostAccount> good;
        std::vector<std::pair<std::string, Error>> bad;
        TRY(core_.directory.batch(trial, [&]() -> Result<void> {
            for (auto& account : accounts_) {
                Fields told;
                const auto recorded = record(account, {}, &told);
                if (recorded) {
                    local_groups_[account.name] = names_in(told);
                    good.push_back(std::move(account));
                } else {
                    bad.emplace_back(account.name, recorded.error());
                }
            }
            return check_way_in(good);
        }));
        for (auto& [name, error] : bad) refuse_row(name, std::move(error));
        accounts_ = std::move(good);
        TRY(check_refused());
        if (options_.dry_run) return tell_plan();
        return finish_next();
    }

    static std::vector<std::string> names_in(const Fields& record) {
        const auto found = record.find("local_groups");
        const auto* list =
            found == record.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
        return list == nullptr ? std::vector<std::string>() : *list;
    }

    Result<void> check_way_in(const std::vector<HostAccount>& adopted) const {
        if (options_.allow_lockout) return {};
        auto left = administrators_;
        bool takes_one = false;
        for (const auto& account : adopted) {
            left.erase(account.name);
            takes_one = takes_one || std::any_of(account.groups.begin(), account.groups.end(),
                                                 [](const auto& group) { return is_root_equivalent(group); });
        }
        if (!takes_one || !left.empty()) return {};
        if (TRY(core_.credentials.admin_can_log_in()) != AdminsWay::none) return {};
        return fail(Error{Errc::last_admin,
                          "refused: afterwards no admin could log in, of userd or of /etc/passwd",
                          "a password for root, or login rules that the adopted can meet; or the same with "
                          "--allow-lockout",
                          {}});
    }

    Notes notes_on(const HostAccount& account) {
        Notes notes;
        if (!account.has_password()) notes.emplace_back("its password is locked: it has none here");
        std::vector<std::string> staying;
        for (const auto& group : account.groups)
            if (!contains(local_groups_[account.name], group)) staying.push_back(group);
        if (!staying.empty())
            notes.push_back(fmt::format("stays in {} by /etc/group", fmt::join(staying, ", ")));
        return notes;
    }

    Result<void> tell_plan() {
        for (const auto& account : accounts_)
            tell_row(account.name, account.uid, "adopted", notes_on(account), local_groups_[account.name]);
        for (const auto& user : begun_) tell_row(user.name, user.uid, "adopted", {"begun before"});
        return answer();
    }

    Result<void> finish_next() {
        if (begun_.empty()) return adopt_next();
        User user = std::move(begun_.back());
        begun_.pop_back();
        name_ = user.name;
        phase_ = Phase::taking;
        ErrandRequest request;
        request.kind = Kind::take_account;
        request.name = user.name;
        request.uid = user.uid;
        return run(request, [this, user](const ErrandOutcome&) -> Result<void> {
            TRY(core_.directory.end_adoption(call_.actor(), user.id));
            tell_row(user.name, user.uid, "adopted", {"begun before"});
            return finish_next();
        });
    }

    Result<void> adopt_next() {
        if (accounts_.empty()) return answer();
        const HostAccount account = std::move(accounts_.back());
        accounts_.pop_back();
        name_ = account.name;
        ChangeOptions options;
        options.allow_lockout = true;  // asked for all of them at once
        if (const auto recorded = record(account, options); !recorded) {
            tell_row(account.name, account.uid, "failed", {recorded.error().message});
            return adopt_next();
        }
        phase_ = Phase::taking;
        ErrandRequest request;
        request.kind = Kind::take_account;
        request.name = account.name;
        request.uid = account.uid;
        request.most = account.fingerprint;
        request.paths = local_groups_[account.name];
        return run(request, [this, uid = account.uid, notes = notes_on(account)](const ErrandOutcome&) {
            return settle(uid, notes);
        });
    }

    Result<void> settle(std::uint32_t uid, const Notes& notes) {
        const User user = TRY(core_.directory.get_user(name_));
        TRY(core_.directory.end_adoption(call_.actor(), user.id));
        tell_row(name_, uid, "adopted", notes, local_groups_[name_]);
        return adopt_next();
    }

    Result<void> failed(Error error) override {
        switch (phase_) {
            case Phase::finding:
                if (is_all_ || options_.dry_run || error.code == Errc::no_such_user) break;
                return Failure(std::move(error));
            case Phase::taking:
                return look_again(std::move(error));
            case Phase::looking_again:
                return give_up("userctl adopt passwd finishes it, or --undo", false);
        }
        if (is_all_) return Failure(std::move(error));
        if (error.code == Errc::no_such_user) return find_begun(name_, std::move(error));
        refuse_row(name_, std::move(error));
        return find_next();
    }

    // Whether its lines are there still. If so nothing has happened; if nobody can say so, we go on having
    // it.
    Result<void> look_again(Error error) {
        journal::warning("adopt {}: {}", name_, error.message);
        problem_ = std::move(error.message);
        phase_ = Phase::looking_again;
        return run(
            find_request(name_),
            [this](const ErrandOutcome&) { return give_up("nothing of it was changed", true); },
            Errands::Listener{[](ErrandItem item) { explicit_bzero(item.detail.data(), item.detail.size()); },
                              {}});
    }

    Result<void> give_up(const char* advice, bool takes_back) {
        const auto user = core_.directory.get_user(name_);
        if (takes_back && user) {
            ChangeOptions options;
            options.allow_lockout = true;
            TRY(core_.directory.begin_return(call_.actor(), user->id, options));
            TRY(core_.directory.end_return(call_.actor(), user->id));
        }
        tell_row(name_, user ? user->uid : 0, "failed", {problem_, advice});
        return finish_next();
    }

    enum class Phase { finding, taking, looking_again };
    Phase phase_ = Phase::finding;
    std::deque<std::string> to_find_;
    std::string name_, problem_;  // whose turn it is
    std::vector<HostAccount> accounts_;
    std::vector<User> begun_;
    std::set<std::string> administrators_;
    std::map<std::string, std::vector<std::string>> local_groups_;  // that become ours
};

class AccountReturn final : public Adoption {
 public:
    using Adoption::Adoption;

 private:
    Result<void> start() override {
        users_ = is_all_ ? TRY(core_.directory.adopted_users()) : named_users();
        ChangeOptions trial = options_;
        trial.dry_run = true;
        std::erase_if(users_, [&](const User& user) {
            const auto allowed = core_.directory.begin_return(call_.actor(), user.id, trial);
            if (!allowed) refuse_row(user.name, allowed.error());
            return !allowed;
        });
        TRY(check_refused());
        if (!options_.dry_run) return return_next();
        for (const auto& user : users_) tell_row(user.name, user.uid, "given-back", {old_password});
        return answer();
    }

    Result<void> return_next() {
        if (users_.empty()) return answer();
        user_ = std::move(users_.back());
        users_.pop_back();
        ChangeOptions options;
        options.allow_lockout = true;
        TRY(core_.directory.begin_return(call_.actor(), user_.id, options));
        ErrandRequest request;
        request.kind = Kind::give_account_back;
        request.name = user_.name;
        request.uid = user_.uid;
        return run(request, [this](const ErrandOutcome&) -> Result<void> {
            TRY(core_.directory.end_return(call_.actor(), user_.id));
            tell_row(user_.name, user_.uid, "given-back", {old_password});
            return return_next();
        });
    }

    // The line in /etc/passwd comes last: without it we go on answering for the account.
    Result<void> failed(Error error) override {
        const bool untouched =
            error.code == Errc::denied || error.code == Errc::exists || error.code == Errc::not_ours;
        if (untouched) TRY(core_.directory.end_adoption(call_.actor(), user_.id));
        tell_row(user_.name, user_.uid, "failed",
                 {error.message, error.hint.empty() ? "the same again finishes it" : "try: " + error.hint});
        return return_next();
    }

    static constexpr const char* old_password = "password and groups are those from before";
    std::vector<User> users_;
};

}  // namespace

void adopt_accounts(Core& core, const Call& call, std::vector<std::string> names, ChangeOptions options) {
    std::make_shared<AccountAdoption>(core, call, std::move(names), options)->begin();
}

void give_accounts_back(Core& core, const Call& call, std::vector<std::string> names, ChangeOptions options) {
    std::make_shared<AccountReturn>(core, call, std::move(names), options)->begin();
}

}  // namespace userd::bus
