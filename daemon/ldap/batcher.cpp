// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/batcher.h"

#include <string.h>

#include <utility>

namespace userd::ldap {
namespace {

constexpr std::size_t frame_overhead = 256;  // of a Batch around its items: header, source, lengths
constexpr std::size_t run_size = std::size_t{8} << 10;
constexpr std::size_t members_size = std::size_t{32} << 10;

}  // namespace

Batcher::Batcher(CoreLink& core, std::string source)
    : core_(core),
      source_(std::move(source)),
      item_bytes_(wire::usual_ldap_frame),
      items_bytes_(wire::usual_ldap_frame - frame_overhead),
      run_bytes_(run_size),
      members_bytes_(members_size),
      frame_(wire::usual_ldap_frame),
      items_(items_bytes_),
      run_(run_bytes_),
      members_(members_bytes_) {}

template <typename Item>
Result<bool> Batcher::add(const Item& item) {
    std::size_t size = wire::encode(item_bytes_, item);
    if (size == 0 && item_bytes_.size() < core_.longest_frame()) {
        item_bytes_.resize(core_.longest_frame());  // a large one: rare, so this room stays
        size = wire::encode(item_bytes_, item);
    }
    if (size == 0) return false;
    const std::string_view bytes(item_bytes_.data(), size);
    if (items_.put(bytes)) return true;
    TRY(send_items());
    if (items_.put(bytes)) return true;
    if (size + frame_overhead > core_.longest_frame()) return false;
    TRY(send_alone(bytes));
    return true;
}

Result<void> Batcher::send_alone(std::string_view item) {
    std::vector<char> list(item.size() + 16), frame(item.size() + frame_overhead);
    wire::ValuesWriter values(list);
    values.put(item);
    const auto items = wire::Values::parse(values.bytes(), wire::max_ldap_frame);
    const std::size_t size = items ? wire::encode(frame, wire::LdapBatch{source_, *items}) : 0;
    if (size == 0) return fail(Errc::internal, "an entry does not go into a frame");
    return core_.send(std::string_view(frame.data(), size));
}

Result<void> Batcher::refuse(const wire::LdapRefused& refused) {
    if (TRY(add(refused))) return {};
    return fail(Errc::internal, "an entry can be neither told nor refused");
}

Result<void> Batcher::put(const LdapTaken& taken, EntryReader& reader, const More& more) {
    if (std::holds_alternative<LdapContainer>(taken)) return {};  // nothing of the core's
    // A user that has become something else is none any more.
    if (const auto* passed = std::get_if<LdapPassedOver>(&taken))
        return passed->uuid.empty() ? Result<void>() : gone(passed->uuid);
    const auto* refused = std::get_if<wire::LdapRefused>(&taken);
    // Left out, it would be taken for one that is gone.
    if (refused != nullptr && refused->uuid.empty())
        return fail(Error{Errc::denied,
                          fmt::format("'{}' cannot be told from others: {}", refused->dn, refused->detail),
                          "may the account of ldap.NAME.bind read the attribute?",
                          {}});
    TRY(end_run());
    ++count_;
    if (refused != nullptr) return refuse(*refused);
    const auto& entry = std::get<wire::LdapEntry>(taken);
    if (!TRY(add(entry)))
        return refuse({entry.uuid, entry.dn, "oversized", "it does not go into one message to userd"});
    if (entry.is_group) return members(entry.uuid, reader, more);
    if (!entry.has_totp) return {};
    const bool done = TRY(add(wire::LdapTotp{entry.uuid, reader.totp_secret()}));
    holds_secrets_ = true;
    return done ? Result<void>() : fail(Errc::internal, "the secret of a user does not go into a frame");
}

void Batcher::forget_secrets() {
    if (!std::exchange(holds_secrets_, false)) return;
    for (auto* bytes : {&item_bytes_, &items_bytes_, &frame_}) explicit_bzero(bytes->data(), bytes->size());
}

Result<void> Batcher::members(std::string_view group, EntryReader& reader, const More& more) {
    wire::LdapMembers part{.uuid = group, .by_name = reader.members_by_name(), .members = {}, .last = false};
    members_.clear();
    const auto send_part = [&]() -> Result<void> {
        part.members = *wire::Values::parse(members_.bytes());
        if (!TRY(add(part))) return fail(Errc::internal, "members of a group do not go into a frame");
        members_.clear();
        return {};
    };
    for (;;) {
        while (const auto member = reader.next_member()) {
            if (members_.put(*member)) continue;
            TRY(send_part());
            members_.put(*member);
        }
        if (!more || reader.more_members().empty()) break;
        TRY(more());
    }
    part.last = true;
    return send_part();
}

Result<void> Batcher::mention(Run kind, std::string_view uuid) {
    if (run_kind_ != kind) TRY(end_run());
    run_kind_ = kind;
    if (run_.put(uuid)) return {};
    TRY(end_run());
    run_kind_ = kind;
    run_.put(uuid);
    return {};
}

Result<void> Batcher::end_run() {
    if (run_.empty()) return {};
    const auto uuids = *wire::Values::parse(run_.bytes());
    const bool done =
        run_kind_ == Run::present ? TRY(add(wire::LdapPresent{uuids})) : TRY(add(wire::LdapGone{uuids}));
    if (!done) return fail(Errc::internal, "a list of keys does not go into a frame");
    run_.clear();
    run_kind_ = Run::none;
    return {};
}

Result<void> Batcher::flush() {
    TRY(end_run());
    return send_items();
}

Result<void> Batcher::send_items() {
    if (items_.empty()) return {};
    const auto items = wire::Values::parse(items_.bytes());
    const std::size_t size = items ? wire::encode(frame_, wire::LdapBatch{source_, *items}) : 0;
    if (size == 0) return fail(Errc::internal, "a batch does not go into a frame");
    items_.clear();
    const auto sent = core_.send(std::string_view(frame_.data(), size));
    forget_secrets();
    return sent;
}

void Batcher::discard() {
    forget_secrets();
    items_.clear();
    run_.clear();
    run_kind_ = Run::none;
}

Result<void> Batcher::point(wire::LdapPointKind kind, std::string_view cookie) {
    TRY(flush());
    return core_.send(wire::LdapPoint{source_, cookie, kind});
}

}  // namespace userd::ldap
