// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/secret.h"
#include "daemon/login/attempt_log.h"
#include "daemon/login/hash_queue.h"
#include "daemon/login/remembered_codes.h"
#include "daemon/login/remote_queue.h"
#include "daemon/login/rules.h"
#include "daemon/login/ticket_desk.h"
#include "daemon/store/write_queue.h"

namespace userd {

// One try at an account: everything that was asked and answered.
struct TryRequest {
    AttemptFacts facts;      // facts.user none: a name that is nobody's, `typed_name`
    std::string typed_name;  // only tells nobodies apart; never logged
    Entrance entrance;
    Prompts asked;
    std::optional<CodePlace> place;  // where a code that was given before may count again
    bool key = false;                // sshd has checked a key
    bool old_password = false;       // before a change of it: the password alone counts, whatever the rules
    bool may_enrol = false;          // the peer can show an enrolment
    bool mirrored = false;           // a directory server says whether the password is right
    Secret password, code;           // of what was asked
};

// A right password of an account that must have a code, has none, and may still enrol.
enum class Enrol {
    no,
    here,       // let the person do it now; nothing is recorded yet
    elsewhere,  // refused: this client answers all questions alike, or shows nothing
};

struct TryResult {
    Reason reason = Reason::internal;  // none: right
    std::optional<BootTime> code;      // when the one-time code was given that counted: now, or before
    std::optional<Time> password_set;  // when the password was set that was tried
    Enrol enrol = Enrol::no;
    std::vector<std::string> news;  // what the directory server has to say to who got in
};

// Runs tries: ticket, hash, then the verdict with all that follows from it in one write. A try that has
// begun ends and counts whether or not anybody still waits for it. Main thread only.
//
// Where a directory server keeps the password, it is asked as soon as the ticket is durable, while the hash
// is run against what it found right before. That hash counts only while the server is away.
class Tries {
 public:
    Tries(store::Store& store, store::WriteQueue& writes, HashQueue& hashes, RemoteQueue& remote,
          TicketDesk& desk, AttemptLog& log, const RememberedCodes& remembered, const Config& config,
          const Clock& clock)
        : store_(store),
          writes_(writes),
          hashes_(hashes),
          remote_(remote),
          desk_(desk),
          log_(log),
          remembered_(remembered),
          config_(&config),
          clock_(clock) {}
    void use_config(const Config& config) { config_ = &config; }

    using Done = std::function<void(const TryResult&)>;
    void run(TryRequest request, Done done);
    // After a try that ended with Enrol::here, when codes are on: records the login that is right now.
    void complete(AttemptFacts facts, Done done);

 private:
    struct Try;
    using Shared = std::shared_ptr<Try>;
    struct Verdict;
    struct Account;
    struct Finding;
    void begin(const Shared& one, TicketDesk::Answer answer);
    Result<void> prepare(Try& one);
    Result<unsigned> digits_of_code(Try& one);
    void ask_server(const Shared& one);
    void go_on(const Shared& one);
    static HashQueue::Lane lane_of(const Try& one);
    void renew(const Shared& one);
    Result<void> keep(const Try& one, const std::string& record);
    void end(Try& one, Reason reason);
    Result<bool> know_account(Try& one);
    Verdict verdict_of(Try& one);
    Result<Verdict> judge(Try& one);
    static bool is_new_password(const Try& one);
    Finding find_of_password(const Try& one) const;
    Finding find_of_server(const Try& one) const;
    Result<void> judge_code(const Try& one, const Demand& demand, bool password, Verdict& verdict);
    Result<void> record(Try& one);
    Result<void> note_of_server(const Try& one);
    bool wants_renewal(const Try& one) const;
    static std::vector<std::string> news_of(const Try& one);
    void tell(const Shared& one, const Result<void>& written);

    store::Store& store_;
    store::WriteQueue& writes_;
    HashQueue& hashes_;
    RemoteQueue& remote_;
    TicketDesk& desk_;
    AttemptLog& log_;
    const RememberedCodes& remembered_;
    const Config* config_;
    const Clock& clock_;
};

}  // namespace userd
