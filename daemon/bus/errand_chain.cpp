// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/errand_chain.h"

#include <fmt/ranges.h>

#include "common/base/text.h"

namespace userd::bus {
namespace {

constexpr std::size_t most_named = 3;   // places in an error
constexpr std::size_t most_told = 100;  // things in a record
using Kind = wire::ErrandKind;
using Item = wire::ItemKind;

Error still_named(const std::string& name, const std::vector<ErrandItem>& items) {
    std::string places;
    for (std::size_t i = 0; i < items.size() && i < most_named; ++i)
        places +=
            fmt::format("{}{} ({})", i == 0 ? "" : ", ", escaped(items[i].path), escaped(items[i].detail));
    if (items.size() > most_named) places += fmt::format(" and {} more", items.size() - most_named);
    return {Errc::policy_violation,
            fmt::format("the name {} still stands in {}", name, places),
            "--clean takes it out of there, --leave lets it stand",
            {}};
}

}  // namespace

std::string told(const ErrandItem& item) {
    return item.detail.empty() ? escaped(item.path)
                               : fmt::format("{}: {}", escaped(item.path), escaped(item.detail));
}

Result<void> ErrandChain::run(const ErrandRequest& request, Then then, Errands::Listener listener) {
    if (core_.errands == nullptr)
        return failed({Errc::unavailable, "userd-homes is not set up here", {}, {}});
    core_.errands->run(
        request,
        [self = shared_from_this(), then = std::move(then)](Result<ErrandOutcome> outcome) {
            self->finish(self->with_deeds(outcome ? then(std::move(*outcome))
                                                  : self->failed(std::move(outcome.error()))));
        },
        std::move(listener));
    return {};
}

Result<void> ErrandChain::with_deeds(Result<void> result) const {
    if (result || options_.dry_run) return result;
    if (const auto deeds = done(); !deeds.empty())
        result.error().message += fmt::format("; done before: {}", fmt::join(deeds, ", "));
    return result;
}

std::vector<std::string> ErrandChain::done() const {
    std::vector<std::string> deeds;
    if (!stopped_.empty()) deeds.push_back(fmt::format("{} thing(s) stopped", stopped_.size()));
    if (!cleaned_.empty()) deeds.push_back(fmt::format("the name taken out of {} place(s)", cleaned_.size()));
    return deeds;
}

Result<void> ErrandChain::look_for_name(bool clean, std::function<Result<void>()> then) {
    return run(errand_for(user_, Kind::find_names),
               [this, clean, then = std::move(then)](const ErrandOutcome& outcome) -> Result<void> {
                   named_ = !outcome.items.empty();
                   if (named_ && !clean) return Failure(still_named(user_.name, outcome.items));
                   if (options_.dry_run)
                       for (const auto& item : outcome.items) keep(item);
                   return then();
               });
}

Result<void> ErrandChain::clean_name(std::function<Result<void>()> then) {
    if (!named_) return then();
    return run(
        errand_for(user_, Kind::clean_names),
        [then = std::move(then)](const ErrandOutcome&) { return then(); }, keeper());
}

ErrandRequest ErrandChain::stop_request(std::uint32_t what) const {
    ErrandRequest request = errand_for(user_, Kind::stop_jobs);
    request.what = what;
    return request;
}

ErrandRequest ErrandChain::give_request(const User& heir, std::vector<std::string> paths) const {
    ErrandRequest request = errand_for(user_, Kind::change_owner);
    request.to_uid = request.to_gid = heir.uid;
    request.paths = std::move(paths);
    return request;
}

void ErrandChain::keep(const ErrandItem& item) {
    auto& list = item.kind == Item::note ? left_ : item.kind == Item::name ? cleaned_ : stopped_;
    if (list.size() < most_told) list.push_back(told(item));
}

Errands::Listener ErrandChain::keeper() {
    Errands::Listener listener;
    listener.item = [this](const ErrandItem& item) { keep(item); };
    return listener;
}

void ErrandChain::tell(Fields& record) const {
    record["stopped"] = stopped_;
    record["cleaned"] = cleaned_;
    record["left"] = left_;
}

}  // namespace userd::bus
