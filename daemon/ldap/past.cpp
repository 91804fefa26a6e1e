// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/past.h"

#include <algorithm>

#include "daemon/ldap/dn.h"
#include "daemon/ldap/filter.h"
#include "daemon/ldap/sync_controls.h"

namespace userd::ldap {
namespace {

constexpr auto patience = std::chrono::seconds(30);
constexpr const char* any_entry = "(objectClass=*)";

}  // namespace

Result<Past::Answer> Past::of(std::string_view cookie) {
    const auto changes = change_numbers(cookie);
    if (changes.empty()) return Answer::hidden;
    if (const auto answer = TRY(read_context()); answer != Answer::known) return answer;
    if (newest_.empty()) return Answer::hidden;
    for (const auto change : changes) {
        const auto newest = std::find_if(newest_.begin(), newest_.end(), [&](const auto& one) {
            return writer_of(one) == writer_of(change);
        });
        if (newest == newest_.end() || *newest < change) return Answer::lost;
        if (*newest == change) continue;
        if (const auto answer = TRY(look_for(change)); answer != Answer::known) return answer;
    }
    return Answer::known;
}

Result<Past::Answer> Past::search(const std::string& base, int scope, const std::string& filter,
                                  const std::vector<std::string>& attributes, const OnEntry& on_entry) {
    const int operation = TRY(messages_.search(base, scope, filter, attributes, nullptr));
    const auto ended = TRY(messages_.read_all(operation, patience, "look for what was", entry_, on_entry));
    if (ended.by_bell) return Answer::no_time;
    return ended.error ? Answer::hidden : Answer::known;
}

// `lost`: it is not there.
Result<Past::Answer> Past::find(const std::string& base, int scope, const std::string& filter) {
    bool is_there = false;
    const auto answer = TRY(search(base, scope, filter, {"1.1"}, [&] { is_there = true; }));
    if (answer == Answer::no_time) return answer;
    if (is_there) return Answer::known;
    return answer == Answer::known ? Answer::lost : answer;
}

// The root of the naming context, which has its newest change numbers.
Result<Past::Answer> Past::read_context() {
    const auto base = normal_dn(context_.source.base);
    const auto take_root = [&] {
        for (const auto root : entry_.values("namingContexts"))
            if (const auto normal = normal_dn(root);
                base && normal && is_within(*base, *normal) && normal->size() >= root_.size())
                root_ = root;
    };
    const auto answer = TRY(search("", LDAP_SCOPE_BASE, any_entry, {"namingContexts"}, take_root));
    if (answer != Answer::known || root_.empty()) return answer;
    return search(root_, LDAP_SCOPE_BASE, any_entry, {"contextCSN"}, [&] {
        for (const auto value : entry_.values("contextCSN")) newest_.emplace_back(value);
    });
}

// The entry that it changed may have changed again, or be gone: then nothing shows it, and only that we may
// see such numbers at all makes that an answer.
Result<Past::Answer> Past::look_for(std::string_view change) {
    const auto trace = TRY(find(root_, LDAP_SCOPE_SUBTREE, Filter::equals("entryCSN", change).text()));
    if (trace != Answer::lost) return trace;
    const auto any = TRY(find(root_, LDAP_SCOPE_BASE, Filter::present("entryCSN").text()));
    if (any == Answer::no_time) return any;
    return any == Answer::known ? Answer::lost : Answer::hidden;
}

}  // namespace userd::ldap
