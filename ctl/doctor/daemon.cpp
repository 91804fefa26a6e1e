// SPDX-License-Identifier: LGPL-2.1-or-later
// The daemon itself, what it reads, and what it says of itself.
#include <unistd.h>

#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/host_accounts.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr const char* make_room = "make room on the file system of /var/lib/userd, or mount it writable";

// What Status may complain of, and what to do about it.
const struct {
    const char *field, *remedy;
} complaints[] = {
    {"key_problem",
     "put the sealing key back (credential userd.key, or /var/lib/userd/key), then: systemctl restart userd"},
    {"disk_problem", make_room},
    {"blocklist_problem", "mend password.blocklist in userd.yaml, then: userctl config reload"},
};

}  // namespace

Diagnosis without_daemon(const Problem& problem) {
    if (problem.exit == Exit::denied) return not_checked("needs root");
    if (problem.exit == Exit::unreachable) return not_checked("userd does not answer");
    return not_checked(without_controls(problem.message));
}

namespace look_at {

Diagnoses daemon(Examination& host) {
    const auto& status = host.status();
    if (status) return {right("userd " + text_of(*status, "version") + " answers")};
    if (status.error().exit != Exit::unreachable) return {without_daemon(status.error())};
    return {wrong(without_controls(status.error().message), "systemctl restart userd")};
}

Diagnoses store(Examination& host) {
    const auto& status = host.status();
    if (!status) return {without_daemon(status.error())};
    Diagnoses found;
    if (text_of(*status, "writable") == "false")
        found.push_back(wrong("the store cannot be written: no change is taken", make_room));
    for (const auto& [field, remedy] : complaints)
        if (status->contains(field))
            found.push_back(wrong(without_controls(text_of(*status, field)), remedy));
    if (found.empty()) found.push_back(right("it can be written, and its key is there"));
    return found;
}

Diagnoses configuration(Examination& host) {
    const std::string file = host.path("/etc/userd/userd.yaml");
    if (!host.is_root && access(file.c_str(), F_OK) == 0 && access(file.c_str(), R_OK) != 0)
        return {not_checked("needs root")};
    Diagnoses found;
    for (const ConfigProblem& problem : host.config().problems)
        found.push_back(
            wrong(without_controls(to_text(problem)), "mend that line, then: userctl config reload"));
    if (found.empty()) found.push_back(right("userd.yaml and its drop-ins are right"));
    return found;
}

Diagnoses system_accounts(Examination&) {
    for (const char* name : {"userd", "userd-keys"})
        if (!has_local_user(name))
            return {wrong(std::string("/etc/passwd lacks the system account ") + name, "systemd-sysusers")};
    return {right("userd and userd-keys are in /etc/passwd")};
}

}  // namespace look_at
}  // namespace userd::ctl
