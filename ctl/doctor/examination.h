// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/snapshot/shown.h"
#include "ctl/client.h"
#include "ctl/doctor/pam_stack.h"
#include "ctl/ssh/server.h"
#include "daemon/config/config.h"

namespace userd::ctl {

// Whom and what one doctor's round is about.
struct Complaint {
    std::string root;     // before the paths of the host's files
    std::string user;     // empty: nobody in particular
    std::string service;  // of PAM
    std::int64_t now = 0;
};

// A user as lookups show him.
struct ShownUser {
    std::string name, home;
    std::uint32_t uid = 0;
};

// What the checks look at, each thing fetched once, when the first of them asks for it.
class Examination {
 public:
    Examination(Client& client, Complaint complaint);

    Complaint about;     // the user may be known later than the rest, but before any check is run
    const bool is_root;  // who runs it

    // The daemon. After one call without an answer it is not asked again.
    const Answer<Fields>& status();
    const Answer<std::vector<Fields>>& servers();  // of `userctl ldap status`
    // Findings of one rule of `userctl check`; for all of these one call.
    Answer<std::vector<Fields>> findings(std::string_view rule);
    Answer<Explained> verdict();  // of a login of about.user at about.service

    // The host.
    std::string path(std::string_view place) const { return about.root + std::string(place); }
    std::optional<std::string> read(std::string_view place) const;  // none: it cannot be read
    const LoadedConfig& config();
    const snapshot::Shown& shown();
    std::vector<ShownUser> users(std::size_t most);  // of the snapshot; about.user alone where there is one
    const Answer<PamStack>& pam_stack(std::string_view type);
    PamFiles pam_files() const;
    bool is_about_sshd() const { return about.service == "sshd"; }
    // What "sshd -T" has for about.user, or for a user of userd that has no name.
    const Answer<SshSettings>& sshd_settings();

 private:
    Client& client_;
    std::optional<Answer<Fields>> status_;
    std::optional<Answer<std::vector<Fields>>> servers_;
    std::optional<Answer<std::vector<Fields>>> findings_;
    std::optional<LoadedConfig> config_;
    std::optional<snapshot::Shown> shown_;
    std::map<std::string, Answer<PamStack>, std::less<>> stacks_;
    std::optional<Answer<SshSettings>> settings_;
};

}  // namespace userd::ctl
