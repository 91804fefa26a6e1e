// SPDX-License-Identifier: LGPL-2.1-or-later
// What the phases of a login share; for the files of this folder.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/login/attempt_log.h"
#include "daemon/login/credentials.h"
#include "daemon/login/login.h"
#include "daemon/login/remembered_codes.h"
#include "daemon/login/rules.h"
#include "daemon/login/ticket_desk.h"
#include "daemon/login/tokens.h"
#include "daemon/login/tries.h"
#include "daemon/model/origin.h"

namespace userd {

struct Login::Context {
    Context(store::Store& s, HashQueue& h, Credentials& cr, const Config& co, const Clock& cl, Loop& loop)
        : store(s),
          hashes(h),
          credentials(cr),
          config(&co),
          clock(cl),
          writes(s, loop),
          log(s, co, loop),
          desk(s, writes, loop, cl, log, co),
          remote(loop),
          tries(s, writes, h, remote, desk, log, cr.remembered_codes(), co, cl) {}
    // Before somebody sets the own password over the bus: counted like a login.
    void check_old_password(const Actor& actor, const User& user, Secret old, Credentials::Done<void> done);

    store::Store& store;
    HashQueue& hashes;
    Credentials& credentials;
    const Config* config;
    const Clock& clock;
    Tokens tokens;
    store::WriteQueue writes;
    AttemptLog log;
    TicketDesk desk;
    RemoteQueue remote;
    Tries tries;
    Login::MakeHome make_home;
    std::string host_root;  // before the paths of the host's files
};

// A dialogue of one phase: who it is about, and ways to end a turn. Continuations of what waits hold
// `alive()`.
class PhaseDialogue : public Dialogue {
 public:
    PhaseDialogue(Login::Context& context, LoginStart start, Peer peer, Reply reply);
    void begin() final;

 protected:
    // The account is ours, and this peer may run the phase for it.
    virtual void begin_for(const User& user) = 0;
    // A name that is nobody's, of a peer that may ask for anyone.
    virtual void begin_for_nobody() { say(wire::Verdict::user_unknown); }

    struct Prompt {
        wire::Ask what;
        std::string_view text;
    };
    void ask(std::initializer_list<Prompt> prompts, std::string_view error = {},
             const std::vector<std::string>& shown = {});
    void say(wire::Verdict verdict, Secret token = {}, std::string_view error = {},
             const std::vector<std::string>& shown = {});
    // The one text of every refusal, with the attempt's reference.
    std::string refusal() const;
    void fail_internally(const Error& error);

    bool from_root() const { return peer_.uid == 0; }
    Result<bool> must_change(const User& user) const;  // the password, at this login
    bool key_proved() const;                           // sshd has checked a public key
    Proof proof_for(Proof::Purpose purpose) const;
    AttemptFacts facts(std::string_view action) const;
    // What each try of this dialogue is about.
    TryRequest request_for(std::string_view action) const;
    bool is_mirror() const { return !server_of(source_).empty(); }
    // Where a code counts again that is given here; none: nowhere.
    std::optional<CodePlace> place() const { return place_of(entrance_, start_.rhost, start_.audit_session); }
    void remember_code(const CodePlace& place, BootTime given);
    std::weak_ptr<const bool> alive() const { return alive_; }

    Login::Context& context_;
    LoginStart start_;
    Peer peer_;
    Entrance entrance_;
    ObjectId user_;       // bound at the start
    std::string name_;    // of the account
    std::string source_;  // likewise
    std::string reference_;

 private:
    Reply reply_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

std::unique_ptr<Dialogue> make_authenticate(Login::Context&, LoginStart, Peer, Dialogue::Reply);
std::unique_ptr<Dialogue> make_account(Login::Context&, LoginStart, Peer, Dialogue::Reply);
std::unique_ptr<Dialogue> make_change_password(Login::Context&, LoginStart, Peer, Dialogue::Reply);
std::unique_ptr<Dialogue> make_session(Login::Context&, LoginStart, Peer, Dialogue::Reply);

}  // namespace userd
