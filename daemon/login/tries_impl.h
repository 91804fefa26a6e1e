// SPDX-License-Identifier: LGPL-2.1-or-later
// What the files of Tries share.
#pragma once

#include "daemon/login/person.h"
#include "daemon/login/tries.h"
#include "daemon/store/credentials.h"

namespace userd {

struct Tries::Verdict {
    explicit Verdict(Reason is = Reason::internal, TryOutcome comes_to = TryOutcome::neither)
        : reason(is), outcome(comes_to) {}
    Reason reason;
    TryOutcome outcome;
    bool code = false;
    std::optional<std::int64_t> step;      // to be used up
    std::optional<std::int64_t> code_row;  // likewise
    Enrol enrol = Enrol::no;
    std::optional<BootTime> remembered;  // a code that was given before counted again
};

// What a verdict rests on, as the store has it.
struct Tries::Account {
    bool is_there = false;  // else all below is of nobody
    User user;
    Person person;
    std::optional<store::PasswordRecord> password;
    std::optional<store::OfflinePassword> offline;
    std::optional<store::TotpRecord> totp;
    std::uint64_t version = 0;  // of the store
};

// What is known of the password.
struct Tries::Finding {
    bool right = false;
    // What the try comes to in place of a wrong password, or, right as it is, in place of a success.
    Reason instead = Reason::none;
};

struct Tries::Try {
    TryRequest request;
    Done done;
    std::string source;
    TicketDesk::Answer answer = TicketDesk::Answer::busy;
    Ticket ticket;
    std::string record;                // what the password was verified against
    std::optional<Time> password_set;  // when that was set; a mere rehash leaves it
    HashOutcome hashed;
    std::optional<RemotePasswords::Told> told;  // by the directory server
    std::optional<Account> account;  // read while the hash runs; counts as long as nothing is written
    std::optional<Verdict> verdict;
    bool one_string = false;   // password and code came in one
    bool is_ended = false;     // without a judgement: `verdict` stands
    bool is_repeated = false;  // written once more, into the ballast's space
    // What is done of those that go side by side; and whether the server is asked, and still silent.
    bool has_begun = false, is_hashed = false, is_answered = false;
    bool is_put = false, is_waiting = false;
    BootTime begun_at{};
};

}  // namespace userd
