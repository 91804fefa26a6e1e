// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/messages.h"

#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace userd::ldap {
namespace {

constexpr std::size_t most_kept = 4096;                 // a page, and what a server adds to it
constexpr auto one_message = std::chrono::seconds(20);  // to read what has come, and take it apart

struct BerFreer {
    void operator()(BerElement* ber) const { ber_free(ber, 0); }  // its bytes are the message's
};
using EntryBer = std::unique_ptr<BerElement, BerFreer>;
using ValueArray = Handle<berval, ber_memfree>;  // the values themselves are the message's, too

std::string_view view(const berval& bytes) {
    return bytes.bv_val == nullptr ? std::string_view() : std::string_view(bytes.bv_val, bytes.bv_len);
}

}  // namespace

Bell::Bell() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Bell::ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(fd_.get(), &one, sizeof one);
}

void Bell::silence() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = read(fd_.get(), &count, sizeof count);
}

// Whatever comes is taken from libldap, which would keep for ever what nobody asks for by its number. What a
// server says unasked is the end of the connection (RFC 4511, 4.4.1), whatever it says: libldap loses memory
// with each.
Result<bool> Messages::read(int operation, LdapMessage& message) {
    const auto held = std::find_if(kept_.begin(), kept_.end(), [&](const LdapMessage& candidate) {
        return ldap_msgid(candidate.get()) == operation;
    });
    if (held != kept_.end()) {
        message = std::move(*held);
        kept_.erase(held);
        return true;
    }
    const InLibldap timed(post_, one_message);
    while (kept_.size() < most_kept) {
        timeval at_once{};
        const int kind = ldap_result(handle(), LDAP_RES_ANY, LDAP_MSG_ONE, &at_once, out(message));
        if (kind == 0) return false;
        if (kind < 0) break;
        const int number = ldap_msgid(message.get());
        if (number == operation) return true;
        if (number == LDAP_RES_UNSOLICITED)
            return fail(Errc::unavailable, "{} says that it ends the connection", connection_.uri());
        kept_.push_back(std::move(message));  // of a search around this one
    }
    int code = LDAP_SERVER_DOWN;
    ldap_get_option(handle(), LDAP_OPT_RESULT_CODE, &code);
    auto error = ldap_error(handle(), code, "the connection to " + connection_.uri());
    error.code = Errc::unavailable;
    return fail(std::move(error));
}

Result<Messages::Got> Messages::next(int operation, std::chrono::milliseconds at_most, LdapMessage& message) {
    // First what libldap holds already: the socket does not tell of it.
    if (TRY(read(operation, message))) return Got::message;
    pollfd waiting[2] = {{connection_.fd(), POLLIN, 0}, {bell_.fd(), POLLIN, 0}};
    const auto until = std::chrono::steady_clock::now() + at_most;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const int ready = poll(waiting, 2, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready < 0 && errno != EINTR) return fail(Errc::internal, "poll: {}", std::strerror(errno));
        if (ready == 0) return Got::nothing;
        if (ready < 0) continue;
        if (waiting[1].revents != 0) return Got::bell;
        if (TRY(read(operation, message))) return Got::message;  // else it was a part of one
    }
}

Result<int> Messages::search(const std::string& base, int scope, const std::string& filter,
                             const std::vector<std::string>& attributes, LDAPControl* control) {
    std::vector<char*> names;
    for (const auto& name : attributes) names.push_back(const_cast<char*>(name.c_str()));
    names.push_back(nullptr);
    LDAPControl* controls[] = {control, nullptr};
    int operation = 0;
    const InLibldap timed(post_, one_message);
    const int code = ldap_search_ext(handle(), base.c_str(), scope, filter.c_str(), names.data(), 0, controls,
                                     nullptr, nullptr, LDAP_NO_LIMIT, &operation);
    if (code == LDAP_SUCCESS) return operation;
    return fail(ldap_error(handle(), code, "search below '" + base + "'"));
}

void Messages::abandon(int operation) {
    const InLibldap timed(post_, one_message);
    ldap_abandon_ext(handle(), operation, nullptr, nullptr);
}

std::optional<Error> Messages::failure(LDAPMessage* final, std::string_view what, int* code) {
    int result = LDAP_OTHER;
    if (const int parsed = ldap_parse_result(handle(), final, &result, nullptr, nullptr, nullptr, nullptr, 0);
        parsed != LDAP_SUCCESS)
        result = parsed;
    if (code != nullptr) *code = result;
    if (result == LDAP_SUCCESS) return std::nullopt;
    return ldap_error(handle(), result, what);
}

Result<Messages::Ended> Messages::read_all(int operation, std::chrono::seconds patience,
                                           std::string_view what, EntryView& entry,
                                           const std::function<void()>& on_entry) {
    for (;;) {
        LdapMessage message;
        const auto got = TRY(next(operation, patience, message));
        if (got == Got::nothing)
            return fail(Errc::unavailable, "the server has been silent for {} seconds", patience.count());
        Ended ended{.by_bell = got == Got::bell, .code = 0, .error = {}};
        if (ended.by_bell) {
            abandon(operation);
            return ended;
        }
        const int kind = ldap_msgtype(message.get());
        if (kind == LDAP_RES_SEARCH_ENTRY && entry.read(handle(), message.get())) on_entry();
        if (kind != LDAP_RES_SEARCH_RESULT) continue;
        ended.error = failure(message.get(), what, &ended.code);
        return ended;
    }
}

bool EntryView::read(LDAP* handle, LDAPMessage* message) {
    values_.clear();
    extents_.clear();
    attributes_.clear();
    BerElement* raw = nullptr;
    berval dn{};
    if (ldap_get_dn_ber(handle, message, &raw, &dn) != LDAP_SUCCESS) {
        if (raw != nullptr) ber_free(raw, 0);
        return false;
    }
    const EntryBer ber(raw);
    dn_ = view(dn);
    for (;;) {
        berval name{};
        berval* list = nullptr;
        if (ldap_get_attribute_ber(handle, message, ber.get(), &name, &list) != LDAP_SUCCESS) return false;
        const ValueArray values(list);
        if (name.bv_val == nullptr) break;
        const std::size_t begin = values_.size();
        for (const berval* value = list; value != nullptr && value->bv_val != nullptr; ++value)
            values_.push_back(view(*value));
        extents_.push_back({view(name), begin, values_.size()});
    }
    const std::span<const std::string_view> all(values_);
    for (const auto& extent : extents_)
        attributes_.push_back({extent.name, all.subspan(extent.begin, extent.end - extent.begin)});
    return true;
}

std::span<const std::string_view> EntryView::values(std::string_view attribute) const {
    for (const auto& candidate : attributes_)
        if (candidate.name.size() == attribute.size() &&
            strncasecmp(candidate.name.data(), attribute.data(), attribute.size()) == 0)
            return candidate.values;
    return {};
}

std::string_view EntryView::first(std::string_view attribute) const {
    const auto all = values(attribute);
    return all.empty() ? std::string_view() : all.front();
}

}  // namespace userd::ldap
