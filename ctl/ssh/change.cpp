// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/ssh/change.h"

#include <syslog.h>

#include "ctl/ssh/rollback.h"

namespace userd::ctl {

Answer<std::string> undo_setup(SshRecord& record, const SshServer& sshd, std::int64_t at) {
    TRY(record.tell_confined({}));
    std::string aside;
    if (const auto edited = TRY(record.find_edited())) aside = TRY(record.keep_aside(*edited));
    TRY(record.put_drop_in(record.state.before));
    TRY(sshd.reload());
    TRY(record.tell_confined(record.state.before));
    record.state = {record.state.before, std::nullopt, 0, at};
    TRY(record.save());
    disarm_rollback();
    return aside;
}

bool is_trial_open(const std::string& root, std::int64_t trial) {
    const auto record = SshRecord::open(root);
    return !record || record->state.undo_at == trial;
}

Answer<void> undo_unconfirmed(const std::string& root, std::int64_t trial, std::int64_t now) {
    auto record = TRY(SshRecord::open(root));
    if (record.state.undo_at == 0 || (trial != 0 && record.state.undo_at != trial)) {
        if (record.state.undo_at == 0) disarm_rollback();
        return {};
    }
    const SshServer sshd = TRY(SshServer::find(root));
    const auto undone = undo_setup(record, sshd, now);
    if (undone)
        syslog(LOG_AUTHPRIV | LOG_NOTICE, "ssh: undone, for nobody confirmed it");
    else
        syslog(LOG_AUTHPRIV | LOG_CRIT, "ssh: not undone: %s", undone.error().message.c_str());
    TRY(undone);
    return {};
}

}  // namespace userd::ctl
