// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "daemon/login/credentials.h"

namespace userd {

// One-time codes are set up inside a login, after a right password: a key is shown, as a QR code and as
// text, and a code that it makes turns it on. Three wrong codes make a new key.
class Enrolment {
 public:
    static constexpr unsigned most_keys = 3;

    // `user` acts for itself. `credentials` outlives it.
    Enrolment(Credentials& credentials, Actor actor, ObjectId user)
        : credentials_(credentials), actor_(std::move(actor)), user_(user) {}

    // What to show before the question for the first code.
    Result<std::vector<std::string>> begin();

    enum class Outcome { again, done, given_up };
    struct Verdict {
        Outcome outcome = Outcome::given_up;
        std::string error;               // what was wrong
        std::vector<std::string> shown;  // a new key, or when it is done the recovery codes
    };
    Result<Verdict> answer(Secret code);

 private:
    Result<std::vector<std::string>> show_key();

    Credentials& credentials_;
    Actor actor_;
    ObjectId user_;
    unsigned keys_ = 0;
};

}  // namespace userd
