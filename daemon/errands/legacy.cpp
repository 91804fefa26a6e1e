// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/legacy.h"

#include <fmt/ranges.h>

#include "common/base/text.h"

namespace userd {
namespace {
constexpr std::size_t most_named = 3;
}

void Owned::Heap::add(const ErrandItem& item) {
    if (++count <= most_named) named.push_back(escaped(item.path));
}

std::string Owned::Heap::text(std::string_view what) const {
    return fmt::format("{} {}{} ({}{})", count, what, count == 1 ? "" : "s", fmt::join(named, ", "),
                       count > most_named ? ", …" : "");
}

void Owned::add(const ErrandItem& item, std::string_view home) {
    if (item.kind == wire::ItemKind::note) return;
    if (item.kind != wire::ItemKind::file) return running_.add(item);
    const bool below =
        item.path.starts_with(home) && (item.path.size() == home.size() || item.path[home.size()] == '/');
    (!home.empty() && below ? at_home_ : files_).add(item);
}

Result<void> Owned::check_settled(const std::string& user, const Legacy& legacy) const {
    const bool told = legacy.heir || legacy.home != Legacy::Home::unsaid;
    std::vector<std::string> open;
    if (files_.count > 0 && !legacy.heir) open.push_back(files_.text("file"));
    if (at_home_.count > 0 && !told) open.push_back(at_home_.text("file") + " in the home");
    if (running_.count > 0 && !told) open.push_back(running_.text("process or job"));
    if (open.empty()) return {};
    return fail(Error{Errc::owns_resources,
                      fmt::format("{} still owns {}", user, fmt::join(open, "; ")),
                      fmt::format("userctl resources {}; then --transfer-to USER, --home keep|archive|remove "
                                  "for the home, or --leave",
                                  user),
                      {}});
}

}  // namespace userd
