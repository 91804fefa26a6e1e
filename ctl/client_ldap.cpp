// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Ldap.
#include "ctl/bus_value.h"
#include "ctl/parts.h"

namespace userd::ctl {
namespace {

constexpr const char* ldap = "org.userd1.Ldap";
// A server may take its time for each step of a test.
constexpr std::chrono::seconds test_patience{60};
constexpr std::chrono::seconds adoption_patience{600};  // of tens of thousands

}  // namespace

Answer<std::vector<Fields>> Client::ldap_status() {
    return rows_of("Status", connection_->call(root_path, ldap, "Status", nothing));
}

Answer<void> Client::sync_ldap(std::string_view source, bool full) {
    const std::uint64_t flags = connection_->flags();
    TRY(connection_->call(root_path, ldap, "Sync", parts(source, full, flags)));
    return {};
}

Answer<std::vector<Fields>> Client::test_ldap(std::string_view source, std::string_view user) {
    return rows_of("Test", connection_->call(root_path, ldap, "Test", parts(source, user), test_patience));
}

Answer<Page> Client::list_quarantine(std::string_view source, std::uint64_t offset, std::uint64_t limit) {
    return page_of("Quarantine",
                   connection_->call(root_path, ldap, "Quarantine", parts(source, offset, limit)));
}

Answer<void> Client::confirm_ldap(std::string_view source, std::uint64_t removals) {
    const std::uint64_t flags = connection_->flags();
    TRY(connection_->call(root_path, ldap, "Confirm", parts(source, removals, flags)));
    return {};
}

Answer<Page> Client::adopt_ldap(std::string_view source, const std::vector<std::string>& users) {
    const std::uint64_t flags = connection_->flags();
    const Message reply =
        TRY(connection_->call(root_path, ldap, "Adopt", parts(source, users, flags), adoption_patience));
    int changed = 0;
    Page page;
    int step = sd_bus_message_read(reply.get(), "b", &changed);
    if (step >= 0) step = read_rows(reply.get(), page.rows);
    if (step >= 0) step = sd_bus_message_read(reply.get(), "t", &page.total);
    if (step < 0) return refuse(garbled("Adopt", step));
    return page;
}

}  // namespace userd::ctl
