// SPDX-License-Identifier: LGPL-2.1-or-later
// An application that uses PAM: a handle, a person at the keyboard, and the service's stack in a folder of
// its own.
#pragma once

#include <security/pam_appl.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace userd::pam::test {

inline const char* const nobody = "userd-test-nobody";  // a name that no source on the host knows

class Application {
 public:
    // The stack is the text of a pam.d(5) file; MODULE and PROBE in it stand for the two modules' paths.
    explicit Application(const std::string& stack, const char* user = nobody, bool has_conversation = true);
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    std::vector<std::string> answers;                // given in turn; none left: no answer
    std::vector<std::pair<int, std::string>> shown;  // PAM message style and text
    bool keeps_texts = true;                     // or `shown` stays empty, and nothing is allocated for it
    std::function<int(pam_response**)> instead;  // replaces the person
    std::function<void()> at_prompt;
    unsigned delay_us = 0;  // what pam_fail_delay was asked for; nobody sleeps

    int authenticate(int flags = 0) { return pam_authenticate(pamh, flags); }
    int account(int flags = 0) { return pam_acct_mgmt(pamh, flags); }
    int change_password(int flags = 0) { return pam_chauthtok(pamh, flags); }
    std::string prompts() const;  // texts of the prompts, joined

    pam_handle_t* pamh = nullptr;

 private:
    static int converse(int count, const pam_message** messages, pam_response** responses, void* self);
    static void delay(int code, unsigned microseconds, void* self);
    int respond(const pam_message& message, pam_response& response);
    pam_conv conversation_;
    std::size_t next_ = 0;
};

// A stack of our module alone, in all four groups.
extern const char* const only_userd;

// In a folder of its own, so that ./login is this test's; for a fixture.
class OwnFolder {
 public:
    OwnFolder();
    ~OwnFolder();

 private:
    std::string path_;
};

}  // namespace userd::pam::test
