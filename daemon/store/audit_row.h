// SPDX-License-Identifier: LGPL-2.1-or-later
// A row of the audit trail and its hash; for the files of the trail.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "daemon/store/audit.h"
#include "daemon/store/columns.h"
#include "daemon/store/database.h"

namespace userd::store {

#define USERD_AUDIT_COLUMNS \
    "seq, time, actor, origin, action, subject, subject_id, txn, reason, attempt, detail"
// The same of a sum, as the row that it will become.
#define USERD_SUM_COLUMNS                                                                       \
    "0, last, actor, origin, action, subject, subject_id, 0, reason, attempt, "                 \
    "json_set(detail, '$.count', count, '$.first', first / 1000000, '$.last', last / 1000000, " \
    "'$.reasons', json(reasons), '$.attempts', json(attempts))"

AuditEntry read_audit_entry(const Query& row);  // of either

using AuditHash = std::array<std::uint8_t, 32>;

AuditHash read_audit_hash(const Query& row, int column);
AuditHash hash_of(const AuditEntry& entry, const AuditHash& previous);
std::string to_hex(const AuditHash& hash);

// One end of the chain, as audit_chain keeps it.
struct AuditLink {
    std::int64_t seq = 0;
    AuditHash hash{};
};
Result<AuditLink> chain_head(Database& database);
Result<AuditLink> chain_start(Database& database);  // the last row that was dropped

}  // namespace userd::store
