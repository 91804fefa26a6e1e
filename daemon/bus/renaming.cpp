// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/renaming.h"

#include "daemon/bus/errand_chain.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {
namespace {

class Renaming final : public ErrandChain {
 public:
    Renaming(Core& core, const Call& call, const User& user, std::string name, RenameWishes wishes,
             ChangeOptions options)
        : ErrandChain(core, call, user, options), name_(std::move(name)), wishes_(wishes) {}

 private:
    Result<void> start() override {
        ChangeOptions trial = options_;  // whatever else forbids it is told before anything is touched
        trial.dry_run = true;
        const Outcome tried = TRY(core_.directory.rename_user(call_.actor(), user_.id, name_, trial));
        if (!tried.changed) return reply(tried);
        if (wishes_.move_home) {
            if (!user_.home.ends_with("/" + user_.name))
                return fail(Error{
                    Errc::policy_violation,
                    fmt::format("the home {} does not end in the name, so it has no new one", user_.home),
                    "userctl update --home, and move it by hand",
                    {}});
            new_home_ = user_.home.substr(0, user_.home.size() - user_.name.size()) + name_;
        }
        if (wishes_.leave) return move_home();
        return look_for_name(wishes_.clean, [this] {
            looked_ = true;
            return move_home();
        });
    }

    Result<void> move_home() {
        if (new_home_.empty() || options_.dry_run) return clean();
        looked_ = true;
        ErrandRequest request = errand_for(user_, wire::ErrandKind::move_home);
        request.to_home = new_home_;
        return run(request, [this](const ErrandOutcome&) {
            moved_ = true;
            return clean();
        });
    }

    Result<void> clean() {
        if (options_.dry_run || !wishes_.clean) return rename();
        return clean_name([this] { return rename(); });
    }

    Result<void> rename() {
        Fields record;
        const auto renamed = core_.directory.batch(options_, [&]() -> Result<void> {
            auto outcome = TRY(core_.directory.rename_user(call_.actor(), user_.id, name_, {}));
            record = std::move(outcome.record);
            if (new_home_.empty()) return {};
            outcome = TRY(core_.directory.update_user(call_.actor(), user_.id, {{"home", new_home_}}, {}));
            record = std::move(outcome.record);
            return {};
        });
        if (!renamed) return undo(renamed.error());
        tell(record);
        return reply({*renamed, record});
    }

    Result<void> undo(const Error& error) {
        if (moved_) {
            ErrandRequest back = errand_for(user_, wire::ErrandKind::move_home);
            std::swap(back.home, back.to_home);
            back.home = new_home_;
            back.to_home = user_.home;
            core_.errands->run(back, [home = user_.home](const Result<ErrandOutcome>& outcome) {
                if (!outcome) journal::error("move the home {} back: {}", home, outcome.error().message);
            });
        }
        return Failure(error);
    }

    Result<void> failed(Error error) override {
        // A home that is not there yet gets its new path all the same.
        if (looked_ && !moved_ && !new_home_.empty() && error.code == Errc::not_ours) return clean();
        if (!looked_)
            error.hint += (error.hint.empty() ? "" : "; or ") +
                          std::string("--leave renames without looking for the old name");
        return Failure(std::move(error));
    }

    std::string name_, new_home_;
    RenameWishes wishes_;
    bool looked_ = false, moved_ = false;
};

}  // namespace

void rename_user(Core& core, const Call& call, const User& user, std::string name, RenameWishes wishes,
                 ChangeOptions options) {
    std::make_shared<Renaming>(core, call, user, std::move(name), wishes, options)->begin();
}

}  // namespace userd::bus
