// SPDX-License-Identifier: LGPL-2.1-or-later
// sshd is asked, not read: what other drop-ins and the main file say may win over ours.
#include "ctl/ssh/checks.h"

#include <arpa/inet.h>
#include <grp.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "common/base/text.h"
#include "daemon/config/scalars.h"

namespace userd::ctl {
namespace {

constexpr std::size_t most_looked_at = 50;
constexpr const char* here = "127.0.0.1";

bool can_log_in(std::string_view shell) {
    return !shell.ends_with("/nologin") && !shell.ends_with("/false") && !shell.ends_with("/sync");
}

bool fits_match_line(std::string_view name) {
    return !name.empty() && name[0] != '!' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '$' || c == '@' || c == '+';
    });
}

std::vector<std::vector<std::string>> lines_of_passwd(const std::string& root) {
    std::vector<std::vector<std::string>> lines;
    std::ifstream file(root + "/etc/passwd");
    for (std::string line; std::getline(file, line);) {
        const auto fields = split(line, ':');
        if (fields.size() >= 7) lines.emplace_back(fields.begin(), fields.end());
    }
    return lines;
}

bool is_named(const SshSetup& setup, const std::string& name) {
    return setup.text.find("!" + name + ",") != std::string::npos;
}

std::string value_of(const SshSettings& settings, std::string_view keyword) {
    const auto found = settings.find(keyword);
    return found == settings.end() ? std::string() : found->second;
}

Answer<void> expect(const SshSettings& settings, std::string_view keyword, std::string_view wanted,
                    std::string_view who) {
    const std::string seen = value_of(settings, keyword);
    if (seen == wanted) return {};
    return refuse(problem(Exit::conflict, "for {} sshd would have {} {}, not {}", who, keyword,
                          seen.empty() ? "nothing" : seen, wanted)
                      .with_hint("another file of /etc/ssh may win: grep -ri " + std::string(keyword) +
                                 " /etc/ssh; sshd_config must include sshd_config.d/*.conf"));
}

Answer<void> check_ours(const SshServer& sshd, const std::string& file, std::span<const SshLine> lines,
                        Network from) {
    from.bits = 128;
    const std::string network = network_text(from), address = network.substr(0, network.find('/'));
    const auto settings = TRY(sshd.settings(ssh_probe_name, address, file));
    const std::string methods = ssh_line_for(lines, from, {}, {}).methods;
    std::string shown = value_of(settings, "authenticationmethods");
    std::replace(shown.begin(), shown.end(), '\n', ' ');
    const std::string who = "users of userd from " + address;
    TRY(expect({{"authenticationmethods", shown}}, "authenticationmethods", methods, who));
    TRY(expect(settings, "kbdinteractiveauthentication", "yes", who));
    TRY(expect(settings, "authorizedkeyscommand", USERD_LIBEXECDIR "/userd-ssh-keys %u", who));
    return expect(settings, "usepam", "yes", who);
}

// A member shows whether the group is confined; without members there is nobody to ask for.
Answer<void> check_sftp(const SshServer& sshd, const std::string& file, const std::string& group) {
    const ::group* found = getgrnam(group.c_str());
    if (!found || !found->gr_mem || !found->gr_mem[0]) return {};
    const std::string member = found->gr_mem[0];
    const auto settings = TRY(sshd.settings(member, ssh_probe_address, file));
    TRY(expect(settings, "chrootdirectory", "%h", member));
    return expect(settings, "forcecommand", "internal-sftp -d /files", member);
}

}  // namespace

Answer<std::vector<std::string>> local_accounts(const std::string& root) {
    std::vector<std::string> names;
    for (const auto& line : lines_of_passwd(root)) {
        if (!fits_match_line(line[0]))
            return refuse(Exit::conflict, "sshd could not be told to leave the local account \"{}\" alone",
                          escaped(line[0]));
        names.push_back(line[0]);
    }
    if (names.empty()) return refuse(Exit::failed, "/etc/passwd could not be read");
    return names;
}

Answer<SshBefore> look_at_locals(const SshServer& sshd, const std::string& root, const SshSetup* old) {
    SshBefore before;
    for (const auto& line : lines_of_passwd(root)) {
        if (before.size() == most_looked_at) break;
        const std::string& name = line[0];
        if ((name != "root" && !can_log_in(line[6])) || (old && !is_named(*old, name))) continue;
        before.emplace_back(name, TRY(sshd.settings(name, here)));
    }
    return before;
}

Answer<void> check_meaning(const SshServer& sshd, const std::string& file, std::span<const SshLine> lines,
                           const std::string& sftp_group, const SshBefore& before) {
    TRY(sshd.test(file));
    TRY(check_ours(sshd, file, lines, *parse_network(ssh_probe_address)));
    for (const SshLine& line : lines)
        if (line.users.empty() && line.groups.empty())
            for (const Network& network : line.networks) TRY(check_ours(sshd, file, lines, network));
    if (!sftp_group.empty()) TRY(check_sftp(sshd, file, sftp_group));
    for (const auto& [name, settings] : before)
        if (TRY(sshd.settings(name, here, file)) != settings)
            return refuse(Exit::conflict,
                          "sshd would treat {} otherwise than now, who is not a user of userd", name);
    return {};
}

}  // namespace userd::ctl
