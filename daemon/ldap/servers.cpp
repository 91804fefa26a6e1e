// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/servers.h"

#include <algorithm>
#include <optional>

#include "daemon/runtime/journal.h"

namespace userd::ldap {
namespace {

constexpr auto distrust = std::chrono::seconds(30);

}  // namespace

Result<Servers> Servers::of(const LdapSource& source) {
    std::vector<Server> list;
    for (const auto& uri : source.uris) list.push_back(TRY(Server::parse(uri)));
    return Servers(std::move(list));
}

std::vector<std::size_t> Servers::order(SteadyTime now) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::size_t> indices(list_.size());
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i;
    std::stable_partition(indices.begin(), indices.end(), [&](std::size_t i) {
        return failed_at_[i] == SteadyTime{} || now - failed_at_[i] >= distrust;
    });
    return indices;
}

void Servers::failed(std::size_t index, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    failed_at_[index] = now;
}

void Servers::answered(std::size_t index) {
    const std::lock_guard lock(mutex_);
    failed_at_[index] = SteadyTime{};
}

Result<Servers::Connected> Servers::connect(const LdapSource& source, std::chrono::milliseconds each) {
    std::optional<Error> first;
    for (const std::size_t index : order(std::chrono::steady_clock::now())) {
        auto connection = Connection::open(source, list_[index], std::chrono::steady_clock::now() + each);
        auto bound = connection ? connection->bind_service(source) : Result<void>(fail(connection.error()));
        if (bound) {
            answered(index);
            return Connected{std::move(*connection), index};
        }
        if (bound.error().code != Errc::unavailable) return fail(std::move(bound.error()));
        failed(index, std::chrono::steady_clock::now());
        if (list_.size() > 1) journal::warning("{}: {}", source.name, bound.error().message);
        if (!first) first = std::move(bound.error());
    }
    return fail(first ? std::move(*first)
                      : Error{Errc::invalid, "no server is named", "uri in userd.yaml", {}});
}

std::chrono::milliseconds Backoff::next() {
    const auto ceiling = ceiling_;
    ceiling_ = std::min(ceiling_ * 2, longest);
    std::uniform_int_distribution<std::int64_t> share(ceiling.count() / 2, ceiling.count());
    return std::chrono::milliseconds(share(random_));
}

}  // namespace userd::ldap
