// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/walk.h"

#include "common/base/text.h"
#include "daemon/runtime/clock.h"

namespace userd::ldap {
namespace {

using namespace std::chrono_literals;

constexpr int few = 10;  // entries of the page

std::string list_of(const std::vector<Address>& addresses) {
    std::string text;
    for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + address.text();
    return text;
}

const char* word_of(const LdapTaken& taken) {
    if (std::holds_alternative<LdapPassedOver>(taken) || std::holds_alternative<LdapContainer>(taken))
        return "neither a user nor a group";
    return std::holds_alternative<wire::LdapRefused>(taken) ? "refused" : "taken";
}

Error no_entry(std::string message, std::string hint) {
    return {Errc::no_such_user, std::move(message), std::move(hint), {}};
}

}  // namespace

Result<void> Walk::good(const char* step, std::string text, bool last) {
    return core_.send(
        wire::LdapTestStep{number_, step, true, shortened(text, wire::max_ldap_text), {}, last});
}

Result<void> Walk::bad(const char* step, const Error& error, bool last) {
    return core_.send(wire::LdapTestStep{number_, step, false, shortened(error.message, wire::max_ldap_text),
                                         shortened(error.hint, wire::max_ldap_text), last});
}

Result<void> Walk::run(std::string_view user) {
    std::optional<Connection> reached;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        std::optional<Connection> connection;
        const bool is_last = i + 1 == servers_.size() && !reached;
        TRY(reach(servers_[i], is_last, connection));
        if (connection && !reached) reached = std::move(connection);
    }
    return reached ? read(*reached, user) : Result<void>();
}

// The value says nothing more than that the core is there.
Result<bool> Walk::reach(const Server& server, bool is_last, std::optional<Connection>& reached) {
    const auto patience = std::chrono::ceil<std::chrono::milliseconds>(source_.timeout);
    const InLibldap timed(post_, 3 * patience + 60s);
    const auto addresses = resolve(server);
    if (!addresses) return TRY(bad("resolve", addresses.error(), is_last)), false;
    TRY(good("resolve", fmt::format("{}: {}", server.uri, list_of(*addresses))));
    auto socket = dial(*addresses, std::chrono::steady_clock::now() + patience);
    if (!socket) return TRY(bad("connect", socket.error(), is_last)), false;
    Address peer;
    peer.length = sizeof peer.bytes;
    getpeername(socket->get(), reinterpret_cast<sockaddr*>(&peer.bytes), &peer.length);
    TRY(good("connect", "to " + peer.text()));
    auto connection = Connection::open(source_, server, std::move(*socket), peer, patience);
    if (!connection) return TRY(bad("tls", connection.error(), is_last)), false;
    TRY(good("tls", connection->has_tls() ? "the certificate is that of " + server.host
                                          : "none: it stays on this host"));
    if (const auto bound = connection->bind_service(source_); !bound)
        return TRY(bad("bind", bound.error(), is_last)), false;
    const bool is_anonymous = source_.bind.sasl == LdapSource::Sasl::none && source_.bind.dn.empty();
    TRY(good("bind", is_anonymous              ? "anonymous"
                     : source_.bind.dn.empty() ? "by SASL"
                                               : "as " + source_.bind.dn));
    reached = std::move(*connection);
    return true;
}

Result<void> Walk::read(Connection& connection, std::string_view user) {
    Messages messages(connection, post_, bell_);
    const auto base = read_base(messages);
    if (!base) return bad("base", base.error(), true);
    TRY(good("base", *base));
    const auto page = read_page(messages);
    if (!page) return bad("page", page.error(), true);
    TRY(good("page", *page));
    const auto found = read_user(messages, user);
    return found ? good("user", *found, true) : bad("user", found.error(), true);
}

template <typename OnEntry>
Result<int> Walk::search(Messages& messages, int scope, const std::string& filter,
                         const std::vector<std::string>& attributes, LDAPControl* control,
                         const OnEntry& on_entry) {
    const int operation = TRY(messages.search(source_.base, scope, filter, attributes, control));
    int count = 0;
    auto ended = TRY(messages.read_all(operation, 30s, "search below '" + source_.base + "'", entry_, [&] {
        ++count;
        on_entry();
    }));
    if (ended.error && ended.code != LDAP_SIZELIMIT_EXCEEDED) return fail(std::move(*ended.error));
    return count;
}

Result<std::string> Walk::read_base(Messages& messages) {
    const int count = TRY(search(messages, LDAP_SCOPE_BASE, "(objectClass=*)", {"1.1"}, nullptr, [] {}));
    if (count == 1) return source_.base;
    return fail(no_entry(fmt::format("{} is not there, or may not be read", source_.base),
                         "look at base in userd.yaml, and at what the server lets the bind DN read"));
}

Result<std::string> Walk::read_page(Messages& messages) {
    LdapControl control;
    if (ldap_create_page_control(messages.handle(), few, nullptr, 0, out(control)) != LDAP_SUCCESS)
        return fail(Errc::internal, "libldap makes no control for pages");
    int users = 0, groups = 0;
    std::string refused;
    const int count = TRY(search(
        messages, LDAP_SCOPE_SUBTREE, reader_.filter().text(), reader_.attributes(), control.get(), [&] {
            const auto taken = reader_.read(entry_.parts({}), SystemClock().now());
            if (const auto* entry = std::get_if<wire::LdapEntry>(&taken))
                ++(entry->is_group ? groups : users);
            if (const auto* no = std::get_if<wire::LdapRefused>(&taken); no && refused.empty())
                refused = fmt::format("; {}: {}", no->dn, no->reason);
        }));
    if (count == 0)
        return fail(no_entry(
            "no user and no group is found below " + source_.base,
            "look at filter and schema in userd.yaml, and at what the server lets the bind DN read"));
    return fmt::format("{} of the first {} entries are users, {} are groups{}", users, count, groups,
                       refused);
}

Result<std::string> Walk::read_user(Messages& messages, std::string_view user) {
    const auto filter = user.empty() ? reader_.user_filter() : reader_.user_named(user);
    std::string found;
    const char* word = "";
    LdapControl control;  // a page of one
    if (ldap_create_page_control(messages.handle(), 1, nullptr, 0, out(control)) != LDAP_SUCCESS)
        return fail(Errc::internal, "libldap makes no control for pages");
    const int count =
        TRY(search(messages, LDAP_SCOPE_SUBTREE, filter.text(), reader_.attributes(), control.get(), [&] {
            if (!found.empty()) return;
            const auto taken = reader_.read(entry_.parts({}), SystemClock().now());
            word = word_of(taken);
            found = escaped(entry_.dn());
            if (const auto* entry = std::get_if<wire::LdapEntry>(&taken))
                found +=
                    fmt::format(" ({}, uid {}, gid {})", escaped(entry->name), entry->number, entry->gid);
            else if (const auto* no = std::get_if<wire::LdapRefused>(&taken))
                found += fmt::format(" ({}: {})", no->reason, escaped(no->detail));
        }));
    if (count > 0) return fmt::format("{}: {}", word, found);
    return fail(no_entry(user.empty() ? std::string("no user is found")
                                      : fmt::format("no entry is found for '{}'", escaped(user)),
                         "look at filter.users, schema and attributes in userd.yaml: " + filter.text()));
}

}  // namespace userd::ldap
