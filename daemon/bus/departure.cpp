// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/departure.h"

#include <fmt/ranges.h>

#include "common/base/text.h"
#include "daemon/bus/errand_chain.h"

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
        if (!options_.dry_run) hold_ = TRY(core_.directory.hold_user(user_));
        TRY(try_out());
        options_.generation.reset();  // what is done here raises it
        if (legacy_.leave) return prepare();
        return look_for_name(legacy_.clean, [this] { return look(); });
    }

    // Whatever else forbids it is told before anything is touched, and between the steps.
    Result<void> try_out() {
        ChangeOptions trial = options_;
        trial.dry_run = true;
        TRY(core_.directory.delete_user(call_.actor(), user_.id, trial));
        return {};
    }

    Result<void> look() {
        ErrandRequest request = errand_for(user_, Kind::scan);
        request.what = wire::Sought::everything;
        Errands::Listener listener;
        listener.item = [this](const ErrandItem& item) {
            owned_.add(item, user_.home);
            if (options_.dry_run && item.kind != Item::file && item.kind != Item::note) keep(item);
        };
        return run(
            request, [this](const ErrandOutcome&) { return judge(); }, std::move(listener));
    }

    Result<void> judge() {
        TRY(owned_.check_settled(user_.name, legacy_));
        return prepare();
    }

    Result<void> prepare() {
        if (options_.dry_run) return foretell();
        if (!owned_.runs()) return settle_home();  // nor when nobody has looked: all is left as it is
        TRY(try_out());
        phase_ = Phase::stopping;
        return run(
            stop_request(wire::Sought::jobs | wire::Sought::processes),
            [this](const ErrandOutcome&) { return settle_home(); }, keeper());
    }

    Result<void> foretell() {
        const bool is_there = legacy_.leave || owned_.has_home();
        if (legacy_.home == Legacy::Home::archive && is_there)
            archive_ = fmt::format("/var/lib/userd-homes/{}-{}-TIME.tar", user_.name, user_.uid);
        home_gone_ = is_there;
        return forget();
    }

    Result<void> settle_home() {
        if (legacy_.home != Legacy::Home::archive && legacy_.home != Legacy::Home::remove) return give_away();
        TRY(try_out());
        phase_ = Phase::home;
        const bool archives = legacy_.home == Legacy::Home::archive;
        return run(
            errand_for(user_, archives ? Kind::archive_home : Kind::remove_home),
            [this, archives](const ErrandOutcome& outcome) -> Result<void> {
                archive_ = outcome.archive;
                home_gone_ = true;
                phase_ = Phase::giving;
                TRY(record_home(archives ? "user.home.archive" : "user.home.remove"));
                return give_away();
            },
            keeper());
    }

    Result<void> record_home(std::string_view action) {
        Fields after;
        if (!archive_.empty()) after["archive"] = archive_;
        return core_.directory.record_deed(call_.actor(), user_, action, {{"home", user_.home}}, after);
    }

    Result<void> give_away() {
        phase_ = Phase::giving;
        if (!legacy_.heir) return clean();
        TRY(try_out());
        left_before_ = left_.size();
        return run(
            give_request(*legacy_.heir, {}),
            [this](const ErrandOutcome& outcome) -> Result<void> {
                given_ = static_cast<std::int64_t>(outcome.count);
                if (left_.size() > left_before_ && !legacy_.leave)
                    return fail(Error{
                        Errc::owns_resources,
                        fmt::format("{} thing(s) could not be given to {}, the first: {}",
                                    left_.size() - left_before_, legacy_.heir->name, left_[left_before_]),
                        "see to them, or --leave",
                        {}});
                return clean();
            },
            keeper());
    }

    Result<void> clean() {
        TRY(try_out());
        return clean_name([this] { return forget(); });
    }

    virtual Result<void> forget() {
        hold_.reset();
        Outcome outcome = TRY(core_.directory.delete_user(call_.actor(), user_.id, options_));
        tell(outcome.record);
        outcome.record["archive"] = archive_;
        outcome.record["home_fate"] = home_fate();
        outcome.record["transferred"] = given_;
        return reply(outcome);
    }

    std::string home_fate() const {
        if (legacy_.home != Legacy::Home::archive && legacy_.home != Legacy::Home::remove) return "kept";
        return !home_gone_ ? "none" : archive_.empty() ? "removed" : "archived";
    }

    std::vector<std::string> done() const override {
        auto deeds = ErrandChain::done();
        if (!archive_.empty())
            deeds.push_back(fmt::format("the home {} archived in {} and removed", user_.home, archive_));
        else if (home_gone_)
            deeds.push_back(fmt::format("the home {} removed", user_.home));
        else if (is_doubtful_)
            deeds.push_back(fmt::format("the home {} perhaps in part removed", user_.home));
        if (given_ > 0) deeds.push_back(fmt::format("{} file(s) given to {}", given_, legacy_.heir->name));
        return deeds;
    }

    Result<void> failed(Error error) override {
        // A home that is not there is as good as removed.
        if (phase_ == Phase::home && error.code == Errc::not_ours) return give_away();
        is_doubtful_ = phase_ == Phase::home && error.code == Errc::unavailable;  // it broke off somewhere
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
    bool home_gone_ = false, is_doubtful_ = false;
    std::size_t left_before_ = 0;  // the gift

 protected:
    Legacy legacy_;
    std::int64_t given_ = 0;
    Directory::Hold hold_;
};

// All of a departure but the end: a state file's own transaction deletes the user.
class Settlement final : public Departure {
 public:
    Settlement(Core& core, const Call& call, const User& user, Legacy legacy, Settled done)
        : Departure(core, call, user, std::move(legacy), {}), done_(std::move(done)) {}

 private:
    Result<void> forget() override {
        hold_.reset();  // the transaction may begin with the suspension
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
        std::vector<std::string> texts;
        for (const auto& path : paths_) texts.push_back(escaped(path));
        if (!texts.empty()) plan["paths"] = std::move(texts);
        TRY(record("user.transfer", plan));  // what breaks off half way is in the trail too
        if (!paths_.empty()) return give();
        return run(
            stop_request(wire::Sought::jobs), [this](const ErrandOutcome&) { return give(); }, keeper());
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
        return run(
            give_request(heir_, paths_),
            [this](const ErrandOutcome& outcome) -> Result<void> {
                files_ = outcome.count;
                bytes_ = outcome.bytes;
                TRY(record("user.transfer.done", facts()));
                return answer();
            },
            keeper());
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
