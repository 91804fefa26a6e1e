// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/source_context.h"

#include <sodium.h>

namespace userd::ldap {
namespace {

constexpr auto quick_look = std::chrono::seconds(1);  // at a server that was away: changes wait meanwhile

}  // namespace

SourceContext::SourceContext(const LdapSource& of, Servers& these, CoreLink& link, Overseer& overseer)
    : source(of),
      servers(these),
      core(link),
      post(overseer.enlist("the synchronisation of " + of.name)),
      reader(of),
      batcher(link, of.name),
      tie(tie_of(of, reader)) {}

Result<void> SourceContext::tell(wire::LdapPhase phase, std::string_view server, const Error* problem) {
    wire::LdapStatus status{.source = source.name,
                            .phase = phase,
                            .server = shortened(server, wire::max_ldap_text),
                            .problem = {},
                            .hint = {}};
    if (problem != nullptr) {
        status.problem = shortened(problem->message, wire::max_ldap_text);
        status.hint = shortened(problem->hint, wire::max_ldap_text);
    }
    return core.send(status);
}

Result<void> SourceContext::begin_refresh(bool is_whole) {
    batcher.discard();
    return core.send(wire::LdapRefresh{source.name, tie, is_whole});
}

Result<void> SourceContext::point(wire::LdapPointKind kind, std::string_view new_cookie) {
    TRY(batcher.point(kind, new_cookie));
    cookie = new_cookie;
    has_point = true;
    return {};
}

std::optional<Connection> SourceContext::first_again() {
    const InLibldap timed(*post, std::chrono::seconds(60));
    auto connection = Connection::open(source, servers[0], std::chrono::steady_clock::now() + quick_look);
    if (!connection || !connection->bind_service(source)) return std::nullopt;
    connection->set_patience(std::chrono::duration_cast<std::chrono::milliseconds>(source.timeout));
    servers.answered(0);
    return std::move(*connection);
}

std::string tie_of(const LdapSource& source, const EntryReader& reader) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, 16);
    const auto add = [&](std::string_view part) {
        const std::uint64_t size = part.size();
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
    };
    add("1");  // the form of what is sent: another one asks for everything anew
    for (const auto& uri : source.uris) add(uri);
    add(source.base);
    add(reader.filter_with_containers().text());
    for (const auto& attribute : reader.attributes()) add(attribute);
    for (const auto& [ours, theirs] : source.attributes) {
        add(ours);
        add(theirs);
    }
    add(std::to_string(static_cast<int>(source.schema)));
    add(std::to_string(static_cast<int>(source.id_mapping)));
    add(std::to_string(static_cast<int>(source.bind.sasl)));
    add(source.bind.dn);
    unsigned char hash[16];
    crypto_generichash_final(&state, hash, sizeof hash);
    char text[2 * sizeof hash + 1];
    return sodium_bin2hex(text, sizeof text, hash, sizeof hash);
}

std::string_view shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    return text.substr(0, most);
}

}  // namespace userd::ldap
