// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/wire/ldap.h"
#include "daemon/ldap/core_link.h"
#include "daemon/ldap/schema.h"

namespace userd::ldap {

// Gathers what a source says into Batches and sends those that are full. The order is kept. Waits while the
// core does. Errors: the core has hung up.
class Batcher {
 public:
    Batcher(CoreLink& core, std::string source);

    // An entry as EntryReader judged it; a group with its members, which the reader still holds. `more` is
    // asked for the members that the server held back (EntryReader::more_members).
    using More = std::function<Result<void>()>;
    Result<void> put(const LdapTaken& taken, EntryReader& reader, const More& more = {});
    Result<void> present(std::string_view uuid) { return mention(Run::present, uuid); }
    Result<void> gone(std::string_view uuid) { return mention(Run::gone, uuid); }
    bool empty() const { return items_.empty() && run_.empty(); }
    std::uint64_t count() const { return count_; }  // of entries, so far

    Result<void> flush();
    void discard();  // what was not sent: it comes again
    // Flushes first: the point speaks of all that came before.
    Result<void> point(wire::LdapPointKind kind, std::string_view cookie);

 private:
    enum class Run { none, present, gone };  // UUIDs of one kind that follow each other are one item

    template <typename Item>
    Result<bool> add(const Item& item);  // false: too large for any frame
    Result<void> refuse(const wire::LdapRefused& refused);
    Result<void> mention(Run kind, std::string_view uuid);
    Result<void> end_run();
    Result<void> send_items();
    Result<void> members(std::string_view group, EntryReader& reader, const More& more);
    Result<void> send_alone(std::string_view item);
    void forget_secrets();

    CoreLink& core_;
    std::string source_;
    std::vector<char> item_bytes_, items_bytes_, run_bytes_, members_bytes_, frame_;
    wire::ValuesWriter items_, run_, members_;
    Run run_kind_ = Run::none;
    std::uint64_t count_ = 0;
    bool holds_secrets_ = false;
};

}  // namespace userd::ldap
