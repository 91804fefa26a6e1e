// SPDX-License-Identifier: LGPL-2.1-or-later
// The messages of /run/userd/login. The module says Start; the daemon replies Steps; the module shows them,
// and sends an Answer to the prompts that end them; and so on until Steps end with a verdict:
//
//     Start  → Steps [info Welcome…, ask_hidden "Password: ", ask_hidden "Verification code: "]
//     Answer → Steps [verdict success], token
//
// Steps that end with neither prompt nor verdict are followed by more Steps, unasked. A connection carries
// one dialogue. Free of the C++ runtime; decoded views point into the frame. encode returns the frame's
// length, or 0 when a value breaks the limits below; decode returns none for what breaks them.
#pragma once

#include <array>

#include "common/wire/frame.h"

namespace userd::wire {

inline constexpr std::size_t max_name = 255;       // service, user, rhost, tty, ruser
inline constexpr std::size_t max_answer = 1024;    // what a person may type
inline constexpr std::size_t max_step_text = 512;  // what one step may show
inline constexpr std::size_t max_steps = 64;       // in one frame
inline constexpr std::size_t max_prompts = 2;      // likewise
inline constexpr std::size_t max_turns = 128;      // frames of Steps in one dialogue
inline constexpr std::size_t max_auth_info =
    4096;  // SSH_AUTH_INFO_0; a longer one is left out, proving nothing
inline constexpr std::size_t token_size = 32;
inline constexpr std::uint32_t no_audit_session = UINT32_MAX;  // as the kernel has it

enum class Phase : std::uint8_t {
    authenticate = 1,
    account = 2,
    change_password = 3,  // with exactly one of flag_prelim and flag_update
    open_session = 4,
    close_session = 5,
};

inline constexpr std::uint32_t flag_silent = 1U << 0;        // the module will show no info and no error
inline constexpr std::uint32_t flag_prelim = 1U << 1;        // check the old password and reachability
inline constexpr std::uint32_t flag_update = 1U << 2;        // change it; the token is the proof from prelim
inline constexpr std::uint32_t flag_expired_only = 1U << 3;  // only if it must be changed (sshd, login)

// Opens a dialogue. Strings are bytes without NUL, not UTF-8, and empty when PAM has no such item.
struct Start {
    Phase phase = Phase::authenticate;
    std::string_view service;
    std::string_view user;  // never empty
    std::string_view rhost;
    std::string_view tty;
    std::string_view ruser;
    std::uint32_t uid =
        UINT32_MAX;  // real uid of the caller; believe it only from a peer whose kernel uid is 0
    std::uint32_t flags = 0;
    bool known = false;  // pam_modutil_getpwnam found the name in some source of the host
    std::uint32_t audit_session = no_audit_session;  // believe it only from root
    // authenticate and open_session only: lines such as "publickey ssh-ed25519 AAAA…"
    std::string_view ssh_auth_info;
    // process that called this one, believed from root only; 0: not told, as by modules before there was
    // this. sshd proves who somebody is in a child of the process that opens the session.
    std::uint32_t parent = 0;
    // account and open_session: from authenticate, if that ran on the same PAM handle; update: from prelim;
    // else, or if there was none, empty
    std::string_view token;
};

// What a person answered to the prompts that ended turn `turn`, in their order. The texts are secrets.
struct Answer {
    std::uint64_t dialogue = 0;
    std::uint32_t turn = 0;
    std::size_t count = 0;                            // of texts, at least one
    std::array<std::string_view, max_prompts> texts;  // no NUL
};

enum class StepKind : std::uint8_t {
    info = 1,
    error = 2,
    ask_hidden = 3,
    ask_visible = 4,
    verdict = 5,
};

// What a prompt asks for: passwords may be taken from, and are kept in, PAM_AUTHTOK and PAM_OLDAUTHTOK; all
// else always comes from the conversation. An empty password never leads to success.
enum class Ask : std::uint8_t {
    other = 0,
    password = 1,  // the one that counts now
    new_password = 2,
    new_password_again = 3,
    code = 4,
};

// PAM's codes by name. The numbers are ours: an unset verdict denies, and PAM_IGNORE cannot be said.
enum class Verdict : std::uint8_t {
    denied = 0,  // AUTH_ERR, PERM_DENIED, AUTHTOK_ERR or SESSION_ERR, as the phase has it
    success = 1,
    auth_err = 2,
    user_unknown = 3,
    authinfo_unavail = 4,
    maxtries = 5,
    acct_expired = 6,
    perm_denied = 7,
    new_authtok_reqd = 8,
    authtok_err = 9,  // change_password: the new password was not taken
    try_again = 10,   // change_password, prelim: not now
    system_err = 11,
    session_err = 12,
};
inline constexpr std::uint8_t verdict_count = 13;

struct Step {
    StepKind kind = StepKind::verdict;
    Ask asks = Ask::other;              // ask_hidden and ask_visible
    Verdict verdict = Verdict::denied;  // verdict
    std::string_view text;  // without NUL and line end; may be empty in a verdict, which shows none

    bool is_prompt() const { return kind == StepKind::ask_hidden || kind == StepKind::ask_visible; }
};

// The steps of a frame, checked when it was decoded: `for (const Step& step : steps.list)`.
class StepList {
 public:
    class Iterator {
     public:
        explicit Iterator(const char* at) : at_(at) {}
        Step operator*() const;
        Iterator& operator++();
        bool operator==(const Iterator&) const = default;

     private:
        const char* at_;
    };

    StepList() = default;
    explicit StepList(std::string_view checked) : bytes_(checked) {}
    Iterator begin() const { return Iterator(bytes_.data()); }
    Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }

 private:
    std::string_view bytes_;
};

// The daemon's reply. There is at least one step; only the last may be a verdict, and prompts stand at the
// end, with nothing between them.
struct Steps {
    std::uint64_t dialogue = 0;  // chosen by the daemon, the same in the whole dialogue
    std::uint32_t turn = 0;      // 0 in the first reply, one more in each further one; the Answer repeats it
    std::string_view token;      // with a success only; else empty
    StepList list;               // decode fills it, encode takes the steps apart
};

std::size_t encode(std::span<char> out, const Start& start);
std::size_t encode(std::span<char> out, const Answer& answer);
std::size_t encode(std::span<char> out, const Steps& head, std::span<const Step> steps);

std::optional<Start> decode_start(std::string_view frame);
std::optional<Answer> decode_answer(std::string_view frame);
std::optional<Steps> decode_steps(std::string_view frame);

}  // namespace userd::wire
