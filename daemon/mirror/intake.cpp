// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/intake.h"

#include <string.h>

#include "daemon/store/credentials.h"
#include "daemon/store/remote.h"

namespace userd {

namespace {

// Pages that each transaction touches all over (the index by UUID) are written once for so many bytes.
constexpr std::size_t most_waiting = std::size_t{1} << 20;
constexpr std::size_t most_member_bytes = std::size_t{32} << 20;  // of one group

Failure nonsense(std::string_view what) {
    return fail(Errc::not_supported, "userd-ldap speaks nonsense: {}", what);
}

// Wipes what it owns when it goes.
struct Batches {
    std::vector<std::string> list;
    ~Batches() {
        for (auto& batch : list) explicit_bzero(batch.data(), batch.size());
    }
};

}  // namespace

void Intake::begin() {
    const Batches dropped{std::exchange(waiting_, {})};
    totp_of_.clear();
    waiting_bytes_ = 0;
    is_large_ = false;
    group_.reset();
    seen_.clear();
    gone_.clear();
}

Result<void> Intake::take(std::int64_t source, std::string_view items, Time now) {
    waiting_.emplace_back(items);
    waiting_bytes_ += items.size();
    if (waiting_bytes_ < most_waiting) return {};
    is_large_ = true;
    store_.expect_much(true);  // again and again: another source may have come to its end
    return store_all(source, now);
}

Result<void> Intake::store_all(std::int64_t source, Time now) {
    if (waiting_.empty()) return {};
    const Batches batches{std::exchange(waiting_, {})};
    waiting_bytes_ = 0;
    auto change = TRY(store_.begin(store::Purpose::mirror));
    TRY(store_.remote().begin_staging(source));
    for (const auto& batch : batches.list) {
        auto items = wire::Values::parse(batch, wire::max_ldap_frame);
        if (!items) return nonsense("a batch is no list");
        while (const auto item = items->next()) TRY(store_item(source, *item, now));
    }
    return change.commit();
}

Result<void> Intake::store_item(std::int64_t source, std::string_view item, Time now) {
    const auto kind = item.size() < 2 ? wire::Kind{} : wire::Kind{static_cast<std::uint8_t>(item[1])};
    if (group_ && kind != wire::Kind::ldap_members)
        return nonsense("the members of a group do not follow it");
    if (!totp_of_.empty() && kind != wire::Kind::ldap_totp)
        return nonsense("the secret of a user does not follow it");
    auto& remote = store_.remote();
    switch (kind) {
        case wire::Kind::ldap_entry:
            return store_entry(source, item, now);
        case wire::Kind::ldap_members:
            return store_members(source, item, now);
        case wire::Kind::ldap_totp:
            return store_totp(source, item);
        case wire::Kind::ldap_present: {
            auto present = wire::decode_ldap_present(item);
            if (!present) return nonsense("a list of who is present");
            while (const auto uuid = present->uuids.next())
                if (const auto id = TRY(remote.stage_present(source, *uuid))) see(*id);
            return {};
        }
        case wire::Kind::ldap_gone: {
            auto gone = wire::decode_ldap_gone(item);
            if (!gone) return nonsense("a list of who is gone");
            while (const auto uuid = gone->uuids.next())
                if (const auto id = TRY(remote.find_id(source, *uuid))) {
                    gone_.set(*id);
                    seen_.clear(*id);
                }
            return {};
        }
        case wire::Kind::ldap_refused: {
            const auto refused = wire::decode_ldap_refused(item);
            if (!refused) return nonsense("a refused entry");
            return refuse(source, *refused, now);
        }
        default:
            return nonsense("an item of a batch");
    }
}

Result<void> Intake::store_entry(std::int64_t source, std::string_view item, Time now) {
    const auto entry = wire::decode_ldap_entry(item);
    if (!entry) return nonsense("an entry");
    if (entry->has_totp) totp_of_ = entry->uuid;
    if (!entry->is_group) return store_facts(source, *entry, item, now, nullptr);
    group_.emplace();
    group_->frame = item;
    group_->uuid = entry->uuid;
    return {};
}

Result<void> Intake::store_members(std::int64_t source, std::string_view item, Time now) {
    auto part = wire::decode_ldap_members(item);
    if (!part || !group_ || part->uuid != group_->uuid) return nonsense("members of no group");
    auto& group = *group_;
    if (group.has_members && group.by_name != part->by_name) return nonsense("members by DN and by name");
    group.by_name = part->by_name;
    group.has_members = true;
    auto members = part->members;
    while (members.next()) ++group.count;
    if (group.count > wire::max_members ||
        group.members.size() + part->members.bytes().size() > most_member_bytes)
        group.is_too_large = true;
    if (group.is_too_large)
        group.members = {};
    else
        group.members += part->members.bytes();
    if (!part->last) return {};
    const auto whole = *std::exchange(group_, std::nullopt);
    const auto entry = wire::decode_ldap_entry(whole.frame);
    if (whole.is_too_large)
        return refuse(source, {entry->uuid, entry->dn, "oversized", "it has too many members"}, now);
    return store_facts(source, *entry, whole.frame, now, &whole);
}

// What is the same as before is nothing to settle: the last code that was used stays the last one.
Result<void> Intake::store_totp(std::int64_t source, std::string_view item) {
    const auto totp = wire::decode_ldap_totp(item);
    if (!totp || totp_of_.empty() || totp->uuid != std::exchange(totp_of_, {}))
        return nonsense("the secret of no user");
    const auto entry = TRY(store_.remote().find_id(source, totp->uuid));
    if (!entry || !TRY(store_.credentials().put_entry_totp(*entry, Secret(totp->secret)))) return {};
    return store_.remote().requeue_user(*entry);
}

Result<void> Intake::store_facts(std::int64_t source, const wire::LdapEntry& entry, std::string_view frame,
                                 Time now, const Group* group) {
    store::RemoteFacts facts{.uuid = entry.uuid,
                             .dn = entry.dn,
                             .name = entry.name,
                             .kind = entry.is_group ? store::RemoteKind::group : store::RemoteKind::user,
                             .number = entry.number,
                             .gid = entry.is_group ? 0 : entry.gid,
                             .frame = frame};
    if (group != nullptr) {
        facts.by_name = group->by_name;
        facts.members = group->members;
    }
    const auto id = TRY(store_.remote().stage(source, facts));
    if (!id)
        return refuse(source,
                      {entry.uuid, entry.dn, "other-kind", "a user became a group, or a group a user"}, now);
    see(*id);
    return {};
}

Result<void> Intake::refuse(std::int64_t source, const wire::LdapRefused& refused, Time now) {
    see(TRY(store_.remote().stage_refused(source, refused.uuid, refused.dn, refused.reason, refused.detail,
                                          now)));
    return {};
}

}  // namespace userd
