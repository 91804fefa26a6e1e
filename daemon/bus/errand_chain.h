// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/bus/call.h"
#include "daemon/bus/record.h"
#include "daemon/errands/homes.h"

namespace userd::bus {

// What an item says to people.
std::string told(const ErrandItem& item);

// One call that takes several errands, one after another. It lives as long as somebody is to call it back.
class ErrandChain : public std::enable_shared_from_this<ErrandChain> {
 public:
    ErrandChain(Core& core, const Call& call, const User& user, ChangeOptions options)
        : core_(core), call_(call), user_(user), options_(options), sees_private_(call.may_see(user)) {}
    virtual ~ErrandChain() = default;
    void begin() { finish(start()); }

 protected:
    virtual Result<void> start() = 0;
    // After an errand that failed: goes on all the same, or says why not.
    virtual Result<void> failed(Error error) { return Failure(std::move(error)); }
    // What was done before it came to a failure, a text each: nobody should have to guess.
    virtual std::vector<std::string> done() const;

    // What a step came to: an Error is the end of it all.
    virtual void finish(const Result<void>& step) { call_.finish(step); }

    using Then = std::function<Result<void>(ErrandOutcome)>;
    Result<void> run(const ErrandRequest& request, Then then, Errands::Listener listener = {});
    // Goes on when the host's own files do not name the user, or with `clean` when they do.
    Result<void> look_for_name(bool clean, std::function<Result<void>()> then);
    Result<void> clean_name(std::function<Result<void>()> then);  // when look_for_name found something

    ErrandRequest stop_request(std::uint32_t what) const;
    ErrandRequest give_request(const User& heir, std::vector<std::string> paths) const;
    void keep(const ErrandItem& item);  // for the record
    Errands::Listener keeper();         // of an errand whose items are kept at once: it may fail later
    void tell(Fields& record) const;    // `stopped`, `cleaned` and `left`
    Result<void> reply(const Outcome& outcome) { return reply_change(call_, outcome, sees_private_); }

    Core& core_;
    Call call_;
    User user_;
    ChangeOptions options_;
    std::vector<std::string> stopped_, cleaned_, left_;

 private:
    Result<void> with_deeds(Result<void> result) const;
    bool named_ = false;
    bool sees_private_;  // as of the beginning: in the end the user may be gone
};

}  // namespace userd::bus
