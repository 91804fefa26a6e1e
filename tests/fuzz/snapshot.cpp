// SPDX-License-Identifier: LGPL-2.1-or-later
// A base and a delta as a reader maps them: the first four bytes are the base's size, then base and delta.
// Checksums and what ties the two together are made right first, so that it is the offsets that are tried.
#include <string.h>

#include "tests/support/snapshot/exercise.h"

using namespace userd;
using namespace userd::snapshot;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> names = {"anna", "bert",  "cleo",  "renamed",
                                                   "crew", "staff", "nobody"};
    static const std::vector<std::uint32_t> ids = {70000, 70001, 70002, 70003, 90000, 90001, 12345678};
    std::uint32_t split = 0;
    if (size < sizeof split) return 0;
    memcpy(&split, data, sizeof split);
    const std::span<const std::uint8_t> rest(data + sizeof split, size - sizeof split);
    test::Bytes lower(rest.first(std::min<std::size_t>(split, rest.size())));
    test::Bytes upper(rest.subspan(lower.size()));
    if (lower.size() >= sizeof(Header) && upper.size() >= sizeof(Header)) {
        const auto& under = *reinterpret_cast<const Header*>(lower.data());
        auto& over = *reinterpret_cast<Header*>(upper.data());
        over.base = under.base;
        over.identity = under.identity;
        over.seed = under.seed;
    }
    lower.seal();
    upper.seal();

    Part base, delta;
    View view;
    if (!base.open(lower.data(), lower.size())) return 0;
    (void)base.is_whole();
    (void)delta.open(upper.data(), upper.size());
    if (view.open(base, delta)) test::exercise(view, names, ids);
    return 0;
}
