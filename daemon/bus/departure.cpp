// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/departure.h"

#include <fmt/ranges.h>

#include "daemon/bus/errand_chain.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {
namespace {

using Kind = wire::ErrandKind;
using Item = wire::ItemKind;

class Departure : public ErrandChain {
 public:
    Departure(Core& core, const Call& call, const User& user, Legacy legacy, ChangeOptions options)
        : ErrandChain(core, call, user, options), legacy_(std::move(legacy)) {}

 private:
    Result<void> start() override {
        ChangeOptions trial = options_;  // whatever else forbids it is told before anything is touched
        trial.dry_run = true;
        TRY(core_.directory.delete_user(call_.actor(), user_.id, trial));
        if (legacy_.leave) return prepare();
        return look_for_name(legacy_.clean, [this] { return look(); });
    }

    Result<void> look() {
        ErrandRequest request = errand_for(user_, Kind::scan);
        request.what = wire::Sought::everything;
        Errands::Listener listener;
        listener.item = [this](const ErrandItem& item) { owned_.add(item, user_.home); };
        return run(
            request, [this](const ErrandOutcome&) { return judge(); }, std::move(listener));
    }

    Result<void> judge() {
        TRY(owned_.check_settled(user_.name, legacy_));
        return prepare();
    }

    Result<void> prepare() {
        if (options_.dry_run) return forget();
        if (!legacy_.leave && !owned_.runs()) return settle_home();
        phase_ = Phase::stopping;
        return run(stop_request(wire::Sought::jobs | wire::Sought::processes),
                   [this](const ErrandOutcome& outcome) {
                       keep(outcome.items);
                       return settle_home();
                   });
    }

    Result<void> settle_home() {
        if (legacy_.home != Legacy::Home::archive && legacy_.home != Legacy::Home::remove) return give_away();
        phase_ = Phase::home;
        const auto kind = legacy_.home == Legacy::Home::archive ? Kind::archive_home : Kind::remove_home;
        return run(errand_for(user_, kind), [this](const ErrandOutcome& outcome) {
            archive_ = outcome.archive;
            keep(outcome.items);
            return give_away();
        });
    }

    Result<void> give_away() {
        phase_ = Phase::giving;
        if (!legacy_.heir) return clean();
        return run(give_request(*legacy_.heir, {}), [this](const ErrandOutcome& outcome) -> Result<void> {
            given_ = static_cast<std::int64_t>(outcome.count);
            const std::size_t left_before = left_.size();
            keep(outcome.items);
            if (left_.size() > left_before && !legacy_.leave)
                return fail(
                    Error{Errc::owns_resources,
                          fmt::format("{} thing(s) could not be given to {}, the first: {}",
                                      left_.size() - left_before, legacy_.heir->name, left_[left_before]),
                          "see to them, or --leave",
                          {}});
            return clean();
        });
    }

    Result<void> clean() {
        return clean_name([this] { return forget(); });
    }

    virtual Result<void> forget() {
        Outcome outcome = TRY(core_.directory.delete_user(call_.actor(), user_.id, options_));
        tell(outcome.record);
        outcome.record["archive"] = archive_;
        outcome.record["transferred"] = given_;
        return call_.reply(outcome.changed, outcome.record);
    }

    Result<void> failed(Error error) override {
        // A home that is not there is as good as removed.
        if (phase_ == Phase::home && error.code == Errc::not_ours) return give_away();
        if (legacy_.leave && phase_ == Phase::stopping) {
            journal::warning("delete {}: what runs for the user was not stopped: {}", user_.name,
                             error.message);
            return settle_home();
        }
        if (phase_ == Phase::looking)
            error = Error{
                error.code,
                fmt::format("what {} owns cannot be looked through: {}", user_.name, error.message),
                (error.hint.empty() ? "" : error.hint + "; or ") + "--leave deletes the user without looking",
                {}};
        return Failure(std::move(error));
    }

    enum class Phase { looking, stopping, home, giving };
    Phase phase_ = Phase::looking;
    Owned owned_;
    std::string archive_;

 protected:
    Legacy legacy_;
    std::int64_t given_ = 0;
};

// All of a departure but the end: a state file's own transaction deletes the user.
class Settlement final : public Departure {
 public:
    Settlement(Core& core, const Call& call, const User& user, Legacy legacy, Settled done)
        : Departure(core, call, user, std::move(legacy), {}), done_(std::move(done)) {}

 private:
    Result<void> forget() override {
        std::string said;
        if (legacy_.heir)
            said = fmt::format("{} files of {} went to {}", given_, user_.name, legacy_.heir->name);
        if (!stopped_.empty())
            said += fmt::format("{}{} stopped: {}", said.empty() ? "" : "; ", user_.name,
                                fmt::join(stopped_, ", "));
        done_(std::move(said));
        return {};
    }

    void finish(const Result<void>& step) override {
        if (step) return;
        auto error = step.error();
        error.hint = fmt::format(
            "transfer_to: USER beside state: absent, or userctl delete {} with "
            "--transfer-to, --clean or --leave",
            user_.name);
        done_(Failure(std::move(error)));
    }

    Settled done_;
};

class Handover final : public ErrandChain {
 public:
    Handover(Core& core, const Call& call, const User& user, const User& heir, std::vector<std::string> paths,
             ChangeOptions options)
        : ErrandChain(core, call, user, options), heir_(heir), paths_(std::move(paths)) {}

 private:
    Result<void> start() override {
        if (options_.dry_run) return look();
        Fields plan{{"to", heir_.name}};
        if (!paths_.empty()) plan["paths"] = paths_;
        TRY(record("user.transfer", plan));  // what breaks off half way is in the trail too
        if (!paths_.empty()) return give();
        return run(stop_request(wire::Sought::jobs), [this](const ErrandOutcome& outcome) {
            keep(outcome.items);
            return give();
        });
    }

    Result<void> look() {
        ErrandRequest request = errand_for(user_, Kind::scan);
        request.what = wire::Sought::files;
        request.paths = paths_;
        Errands::Listener listener;
        listener.item = [this](const ErrandItem& item) {
            if (item.kind != Item::file || item.detail.starts_with("entry")) return;
            ++files_;
            bytes_ += item.bytes;
        };
        return run(
            request, [this](const ErrandOutcome&) { return answer(); }, std::move(listener));
    }

    Result<void> give() {
        return run(give_request(heir_, paths_), [this](const ErrandOutcome& outcome) -> Result<void> {
            files_ = outcome.count;
            bytes_ = outcome.bytes;
            keep(outcome.items);
            TRY(record("user.transfer.done", facts()));
            return answer();
        });
    }

    Result<void> answer() {
        Fields record = facts();
        record["name"] = user_.name;
        tell(record);
        return call_.reply(files_ > 0 || !stopped_.empty(), record);
    }

    Fields facts() const {
        return {{"to", heir_.name},
                {"files", static_cast<std::int64_t>(files_)},
                {"bytes", static_cast<std::int64_t>(bytes_)}};
    }
    Result<void> record(std::string_view action, const Fields& facts) {
        return core_.directory.record_deed(call_.actor(), user_, action, {}, facts);
    }

    User heir_;
    std::vector<std::string> paths_;
    std::uint64_t files_ = 0, bytes_ = 0;
};

}  // namespace

void delete_user(Core& core, const Call& call, const User& user, Legacy legacy, ChangeOptions options) {
    std::make_shared<Departure>(core, call, user, std::move(legacy), options)->begin();
}

void settle_departure(Core& core, const Call& call, const User& user, std::optional<User> heir,
                      Settled done) {
    Legacy legacy;
    legacy.home = heir ? Legacy::Home::unsaid : Legacy::Home::keep;
    legacy.heir = std::move(heir);
    std::make_shared<Settlement>(core, call, user, std::move(legacy), std::move(done))->begin();
}

void transfer_files(Core& core, const Call& call, const User& user, const User& heir,
                    std::vector<std::string> paths, const ChangeOptions& options) {
    std::make_shared<Handover>(core, call, user, heir, std::move(paths), options)->begin();
}

}  // namespace userd::bus
