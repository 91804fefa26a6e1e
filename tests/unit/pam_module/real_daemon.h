// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/unit/pam_module/failing_calls.h"

namespace userd::pam::test {

inline const char* const account = "userd-test-alice";  // with a password and one-time codes
inline const char* const password = "correct horse battery";

// The daemon's half of a login, nothing of it scripted: the socket at ./login, every rule, a store on the
// disk; hashes are cheap and wrong tries lock nobody. In a process of its own, which may die and is started
// again over the same store, while the socket stays: as systemd would.
class RealDaemon {
 public:
    RealDaemon();
    ~RealDaemon();
    RealDaemon(const RealDaemon&) = delete;
    RealDaemon& operator=(const RealDaemon&) = delete;

    Faults& faults() { return *faults_; }
    // Waits until what was begun is done, and starts it again if it has died. False if it does not answer.
    bool settle() { return come_round('='); }
    bool next_step();                // likewise, and its clock goes on to the next step of the codes
    std::string code() const;        // of the account, now
    std::string wrong_code() const;  // no code of these minutes
    int deaths() const { return deaths_; }
    pid_t process() const { return process_; }  // another one after a death

 private:
    void start();
    void end();
    [[noreturn]] void live(int control);
    bool come_round(char word);
    bool is_told(char word);
    bool has_ended() const;

    Shared<Faults> faults_;
    int listener_ = -1, control_ = -1;
    pid_t process_ = -1;
    int steps_ = 0;  // that the clock has gone on by
    int deaths_ = 0;
};

}  // namespace userd::pam::test
