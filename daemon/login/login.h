// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"
#include "common/wire/login.h"
#include "daemon/config/config.h"
#include "daemon/login/tokens.h"
#include "daemon/runtime/loop.h"

namespace userd {
class AttemptLog;
class Credentials;
class HashQueue;
class RemotePasswords;
namespace store {
class Store;
}

// How a dialogue begins: what the module said (wire::Start, owned). Names are bytes.
struct LoginStart {
    wire::Phase phase = wire::Phase::authenticate;
    std::string service, user, rhost, tty, ruser;
    std::uint32_t uid = 0xFFFFFFFF;
    std::uint32_t flags = 0;
    bool known = false;
    std::uint32_t audit_session = wire::no_audit_session;
    std::uint32_t parent = 0;
    std::string ssh_auth_info;
    Secret token;
};

struct LoginStep {
    wire::StepKind kind = wire::StepKind::verdict;
    wire::Ask asks = wire::Ask::other;
    wire::Verdict verdict = wire::Verdict::denied;
    std::string text;
};

// What the daemon says at once: ends with prompts or a verdict. The token comes with a success only.
struct LoginTurn {
    std::vector<LoginStep> steps;
    Secret token;
};

// One dialogue. `answer` is called for each prompt of a turn, in their order. `reply` is called once after
// `begin` and once after the last answer of a turn, at once or later, and never after the dialogue is gone;
// the dialogue may be dropped inside it.
class Dialogue {
 public:
    using Reply = std::function<void(LoginTurn)>;
    virtual ~Dialogue() = default;
    virtual void begin() = 0;
    virtual void answer(Secret text) = 0;
};

// The logins of this host: every rule on who gets in, as dialogues that a face carries. Main thread only; all
// references outlive it.
class Login {
 public:
    Login(store::Store& store, HashQueue& hashes, Credentials& credentials, const Config& config,
          const Clock& clock, Loop& loop);
    ~Login();

    // At start, once, before the first dialogue: tries that a crash cut off count.
    Result<void> recover();
    // Now and then: wrong tries that the disk had no room for are written, and lock-outs last as long as they
    // should though the wall clock was set.
    void tend();
    // After a reload: `config` must outlive the login.
    void use_config(const Config& config);

    // Before a session opens: sets its limits, makes the home and calls back. Without it, or when that fails,
    // the session opens all the same.
    using MakeHome = std::function<void(const User&, std::function<void(Result<void>)>)>;
    void use_homes(MakeHome make_home);
    // Who asks the directory servers about the passwords of their users; null, as in the beginning: none can
    // be reached. It outlives the login, or is taken back.
    void use_remote_passwords(RemotePasswords* passwords);
    // `root` goes before the paths of the host's files, such as what sshd is set up for.
    void use_host(std::string root);

    // The peer is the kernel's word; only from uid 0 the start's uid, rhost, tty, ruser, SSH_AUTH_INFO_0,
    // audit session and parent are believed.
    std::unique_ptr<Dialogue> open(LoginStart start, Peer peer, Dialogue::Reply reply);

    // Lines for sshd's AuthorizedKeysCommand: the keys of an active account that have not ended; else
    // nothing.
    Result<std::string> authorized_keys(std::string_view user) const;

    const AttemptLog& log() const;  // what the attempts came to

    struct Context;

 private:
    std::unique_ptr<Context> context_;
};

}  // namespace userd
