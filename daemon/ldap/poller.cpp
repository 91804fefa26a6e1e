// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/poller.h"

#include <sodium.h>
#include <time.h>

#include "common/base/text.h"
#include "daemon/runtime/clock.h"

namespace userd::ldap {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view cookie_head = "userd-poll:";
constexpr int page_size = 1000;  // Active Directory's own limit
constexpr auto one_entry = 20s;
constexpr auto silence = 120s;
constexpr auto every = 60s, every_of_ad = 300s;
constexpr int keys_every = 10;  // of the rounds; Active Directory: each
constexpr auto all_every = std::chrono::hours(24);
constexpr auto late_changes = std::chrono::minutes(5);

std::string hex(std::string_view bytes) {
    std::string text(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                   bytes.size());
    text.pop_back();
    return text;
}

std::vector<std::string> with_times(std::vector<std::string> attributes) {
    for (const char* time : {"createTimestamp", "modifyTimestamp"}) attributes.emplace_back(time);
    return attributes;
}

}  // namespace

std::string Mark::cookie() const {
    return fmt::format("{}{}:{}", cookie_head, replica, change);
}

std::optional<Mark> Mark::parse(std::string_view cookie) {
    if (!cookie.starts_with(cookie_head)) return std::nullopt;
    cookie.remove_prefix(cookie_head.size());
    const std::size_t colon = cookie.find(':');
    if (colon == cookie.npos || colon + 1 == cookie.size()) return std::nullopt;
    return Mark{std::string(cookie.substr(0, colon)), std::string(cookie.substr(colon + 1))};
}

std::string earlier(std::string_view generalized_time, std::chrono::seconds by) {
    tm parts{};
    const std::string text(generalized_time);
    const char* rest = strptime(text.c_str(), "%Y%m%d%H%M%S", &parts);
    if (rest == nullptr || !text.ends_with('Z')) return text;
    const time_t time = timegm(&parts) - by.count();
    gmtime_r(&time, &parts);
    char out[32];
    strftime(out, sizeof out, "%Y%m%d%H%M%SZ", &parts);
    return out;
}

Result<SyncEnding> Poller::run() {
    auto mark = Mark::parse(context_.cookie);
    SteadyTime all_at = std::chrono::steady_clock::now() + all_every;
    for (int round = 0;; ++round) {
        const auto now = std::chrono::steady_clock::now();
        const bool is_whole = !mark || now >= all_at;
        if (is_whole) all_at = now + all_every;
        TRY(context_.tell(wire::LdapPhase::refreshing, uri_));
        // The first round follows a start or a failover: the keys are compared.
        if (auto ending = TRY(refresh(is_whole, is_ad_ || round % keys_every == 0))) return *ending;
        mark = Mark::parse(context_.cookie);
        TRY(context_.tell(wire::LdapPhase::polling, uri_));
        LdapMessage none;
        if (TRY(messages_.next(Messages::no_operation, is_ad_ ? every_of_ad : every, none)) ==
            Messages::Got::bell)
            return SyncEnding::bell;
        if (is_first_) continue;
        if (first_ = context_.first_again(); first_) return SyncEnding::first_again;
    }
}

Result<std::optional<SyncEnding>> Poller::refresh(bool is_whole, bool with_keys) {
    const auto mark = Mark::parse(context_.cookie);
    // What changes while we read is read again the next time.
    Mark next = is_ad_ ? TRY(highest_change()) : mark.value_or(Mark());
    if (is_ad_ && mark && mark->replica != next.replica) is_whole = true;
    TRY(context_.begin_refresh(is_whole));
    newest_ = is_ad_ ? "" : next.change;
    const auto& reader = context_.reader;
    auto filter = reader.filter_with_containers();
    if (!is_whole && mark) filter = Filter::all_of({std::move(filter), changes_since(*mark)});
    has_moved_ = false;
    const auto attributes = is_ad_ ? reader.attributes() : with_times(reader.attributes());
    if (auto ending = TRY(search(filter, attributes, [this] { return take(); }))) return ending;
    if (has_moved_ && !is_whole) return refresh(true, with_keys);
    if (with_keys && !is_whole) {
        const auto on_key = [this]() -> Result<void> {
            const auto uuid = context_.reader.uuid_of(entry_.first(context_.reader.uuid_attribute()));
            if (uuid) return context_.batcher.present(uuid->view());
            return fail(
                Error{Errc::denied,
                      fmt::format("'{}' shows no {}", escaped(entry_.dn()), context_.reader.uuid_attribute()),
                      "may the account of ldap.NAME.bind read the attribute?",
                      {}});
        };
        if (auto ending = TRY(search(reader.filter(), {reader.uuid_attribute()}, on_key))) return ending;
    }
    if (!is_ad_) next.change = newest_;
    const auto kind =
        is_whole || with_keys ? wire::LdapPointKind::refreshed_rest : wire::LdapPointKind::refreshed;
    TRY(context_.point(kind, next.change.empty() ? std::string() : next.cookie()));
    return std::nullopt;
}

Filter Poller::changes_since(const Mark& mark) const {
    return is_ad_ ? Filter::at_least("uSNChanged", mark.change)
                  : Filter::at_least("modifyTimestamp", earlier(mark.change, late_changes));
}

Result<void> Poller::take() {
    if (!is_ad_) newest_ = std::max(newest_, std::string(entry_.first("modifyTimestamp")));
    const auto taken = context_.reader.read(entry_.parts({}), SystemClock().now());
    if (const auto* container = std::get_if<LdapContainer>(&taken))
        has_moved_ = may_have_moved(*container) || has_moved_;
    return context_.batcher.put(taken, context_.reader, [this] { return more_members(); });
}

// Seen for the first time it may have stood elsewhere before, if it has ever been changed.
bool Poller::may_have_moved(const LdapContainer& container) {
    const auto seen = containers_.see(container);
    const auto made = entry_.first("createTimestamp");
    const bool is_new = !made.empty() && made == entry_.first("modifyTimestamp");
    return seen == Containers::Seen::moved || (seen == Containers::Seen::first && !is_new);
}

// Active Directory gives the members of a large group out in parts.
Result<void> Poller::more_members() {
    if (!TRY(read_base(std::string(entry_.dn()), {context_.reader.more_members()})))
        return fail(Errc::unavailable, "{} gave the members of '{}' in part only", uri_,
                    escaped(entry_.dn()));
    context_.reader.read_more_members(base_.attributes());
    return {};
}

Result<Mark> Poller::highest_change() {
    Mark mark;
    std::string service;
    if (TRY(read_base("", {"highestCommittedUSN", "dsServiceName"}))) {
        mark.change = base_.first("highestCommittedUSN");
        service = base_.first("dsServiceName");
    }
    if (!service.empty() && TRY(read_base(service, {"invocationId"})))
        mark.replica = hex(base_.first("invocationId"));
    if (!mark.change.empty() && !mark.replica.empty()) return mark;
    return fail(Error{Errc::denied,
                      fmt::format("{} does not tell highestCommittedUSN and invocationId", uri_),
                      "is it an Active Directory? else another schema in userd.yaml",
                      {}});
}

Result<bool> Poller::read_base(const std::string& dn, const std::vector<std::string>& attributes) {
    const int operation = TRY(messages_.search(dn, LDAP_SCOPE_BASE, "(objectClass=*)", attributes, nullptr));
    bool came = false;
    for (;;) {
        LdapMessage message;
        const auto got = TRY(messages_.next(operation, silence, message));
        if (got != Messages::Got::message) return fail(Errc::unavailable, "{} is silent", uri_);
        if (ldap_msgtype(message.get()) == LDAP_RES_SEARCH_ENTRY) {
            if (!base_.read(messages_.handle(), message.get()))
                return fail(Errc::unavailable, "{} sent an entry that is not well formed", uri_);
            base_message_ = std::move(message);
            came = !base_.attributes().empty();
        } else if (ldap_msgtype(message.get()) == LDAP_RES_SEARCH_RESULT) {
            if (auto error = messages_.failure(message.get(), "read '" + dn + "'"))
                return fail(std::move(*error));
            return came;
        }
    }
}

Result<std::optional<SyncEnding>> Poller::search(const Filter& filter,
                                                 const std::vector<std::string>& attributes,
                                                 const OnEntry& on_entry) {
    LdapBytes page_cookie;
    do {
        if (auto ending = TRY(page(filter, attributes, on_entry, page_cookie))) return ending;
    } while (page_cookie != nullptr && page_cookie->bv_len > 0);
    return std::nullopt;
}

Result<std::optional<SyncEnding>> Poller::page(const Filter& filter,
                                               const std::vector<std::string>& attributes,
                                               const OnEntry& on_entry, LdapBytes& page_cookie) {
    LdapControl control;  // not critical: a server without pages sends everything at once
    if (ldap_create_page_control(messages_.handle(), page_size, page_cookie.get(), 0, out(control)) !=
        LDAP_SUCCESS)
        return fail(Errc::internal, "libldap makes no control for pages");
    const int operation = TRY(
        messages_.search(context_.source.base, LDAP_SCOPE_SUBTREE, filter.text(), attributes, control.get()));
    for (;;) {
        LdapMessage message;
        const auto got = TRY(messages_.next(operation, silence, message));
        if (got == Messages::Got::bell) return SyncEnding::bell;
        if (got == Messages::Got::nothing)
            return fail(Errc::unavailable, "{} has been silent for two minutes in the middle of an answer",
                        uri_);
        if (ldap_msgtype(message.get()) == LDAP_RES_SEARCH_ENTRY) {
            const bool is_good = [&] {
                const InLibldap timed(messages_.post(), one_entry);
                return entry_.read(messages_.handle(), message.get());
            }();
            if (!is_good) return fail(Errc::unavailable, "{} sent an entry that is not well formed", uri_);
            TRY(on_entry());
        } else if (ldap_msgtype(message.get()) == LDAP_RES_SEARCH_RESULT) {
            TRY(end_page(message.get(), page_cookie));
            return std::nullopt;
        }
    }
}

Result<void> Poller::end_page(LDAPMessage* message, LdapBytes& page_cookie) {
    const InLibldap timed(messages_.post(), one_entry);
    if (auto error = messages_.failure(message, "search with " + uri_)) return fail(std::move(*error));
    page_cookie.reset();
    LdapControls controls;
    int code = LDAP_OTHER;
    if (ldap_parse_result(messages_.handle(), message, &code, nullptr, nullptr, nullptr, out(controls), 0) !=
        LDAP_SUCCESS)
        return fail(Errc::unavailable, "{} sent a result that is not well formed", uri_);
    LDAPControl* control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls.get(), nullptr);
    if (control == nullptr) return {};
    ber_int_t estimate = 0;
    berval next{};
    if (ldap_parse_pageresponse_control(messages_.handle(), control, &estimate, &next) != LDAP_SUCCESS)
        return fail(Errc::unavailable, "{} sent a page that is not well formed", uri_);
    const LdapText owner(next.bv_val);
    page_cookie.reset(ber_bvdup(&next));
    return {};
}

}  // namespace userd::ldap
