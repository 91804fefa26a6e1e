// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/examination.h"

#include <unistd.h>

#include "ctl/findings.h"
#include "ctl/ssh/checks.h"
#include "ctl/target.h"
#include "ctl/whole_file.h"

namespace userd::ctl {
namespace {

constexpr const char* snapshot_folder = "/var/lib/userd/nss";
const std::vector<std::string> rules = {"id-taken", "subid-overlap", "code-ahead"};

}  // namespace

Examination::Examination(Client& client, Complaint complaint)
    : about(std::move(complaint)), is_root(geteuid() == 0), client_(client) {}

const Answer<Fields>& Examination::status() {
    if (!status_) status_ = client_.status();
    return *status_;
}

const Answer<std::vector<Fields>>& Examination::servers() {
    if (!servers_ && !status()) servers_ = refuse(status().error());
    if (!servers_) servers_ = client_.ldap_status();
    return *servers_;
}

Answer<std::vector<Fields>> Examination::findings(std::string_view rule) {
    if (!status()) return refuse(status().error());
    if (!findings_) {
        std::vector<Fields> all;
        const auto count = with_findings(all, [&](const Fd& pipe) {
            Fields options{{"rules", rules}};
            if (!about.user.empty()) options["targets"] = std::vector<std::string>{about.user};
            return client_.check(pipe, options);
        });
        findings_ = count ? Answer<std::vector<Fields>>(std::move(all)) : refuse(count.error());
    }
    std::vector<Fields> of_rule;
    for (const Fields& finding : TRY(Answer<std::vector<Fields>>(*findings_)))
        if (text_of(finding, "rule") == rule) of_rule.push_back(finding);
    return of_rule;
}

Answer<Explained> Examination::verdict() {
    if (!status()) return refuse(status().error());
    const Found found = TRY(client_.get_user(about.user));
    return client_.explain(found.path, {{"service", about.service}});
}

std::optional<std::string> Examination::read(std::string_view place) const {
    const auto text = read_whole_file(path(place));
    return text ? *text : std::nullopt;
}

const LoadedConfig& Examination::config() {
    if (!config_) config_ = load_config(about.root);
    return *config_;
}

const snapshot::Shown& Examination::shown() {
    // Below another root than the host's own the files are the caller's.
    if (!shown_) shown_.emplace(path(snapshot_folder).c_str(), about.root.empty() ? 0 : geteuid());
    return *shown_;
}

std::vector<ShownUser> Examination::users(std::size_t most) {
    std::vector<ShownUser> list;
    if (!shown().is_open()) return list;
    const snapshot::View& view = shown().view();
    const auto add = [&](const snapshot::User& user) {
        const char* strings = snapshot::strings_of(user);
        list.push_back({strings, strings + user.home_at, user.uid});
    };
    if (!about.user.empty()) {
        const auto found = view.find_user(about.user);
        if (found.status == snapshot::Status::found) add(*found.record);
        return list;
    }
    snapshot::Position position;
    for (auto user = view.next_user(position); user.status == snapshot::Status::found && list.size() < most;
         user = view.next_user(position))
        add(*user.record);
    return list;
}

PamFiles Examination::pam_files() const {
    return [this](const std::string& name) {
        auto text = read("/etc/pam.d/" + name);
        return text ? text : read("/usr/lib/pam.d/" + name);
    };
}

const Answer<PamStack>& Examination::pam_stack(std::string_view type) {
    const auto found = stacks_.find(type);
    if (found != stacks_.end()) return found->second;
    return stacks_.emplace(type, read_pam_stack(pam_files(), about.service, type)).first->second;
}

const Answer<SshSettings>& Examination::sshd_settings() {
    if (!settings_)
        settings_ = [&]() -> Answer<SshSettings> {
            const SshServer sshd = TRY(SshServer::find(about.root));
            return sshd.settings(about.user.empty() ? ssh_probe_name : about.user, ssh_probe_address);
        }();
    return *settings_;
}

}  // namespace userd::ctl
