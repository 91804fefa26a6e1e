// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "common/names.h"
#include "common/snapshot/view.h"

namespace userd::test {

// Bytes where a mapping would lie: aligned, so that a sanitizer sees only real faults.
class Bytes {
 public:
    explicit Bytes(std::span<const std::uint8_t> bytes) : words_(bytes.size() / 8 + 1), size_(bytes.size()) {
        std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(words_.data()));
    }
    std::byte* data() { return reinterpret_cast<std::byte*>(words_.data()); }
    std::size_t size() const { return size_; }
    // Makes the header's own checksum right, so that what lies behind it is put to the test.
    void seal() {
        if (size_ < sizeof(snapshot::Header)) return;
        auto& header = *reinterpret_cast<snapshot::Header*>(data());
        header.checksum = snapshot::checksum(data(), offsetof(snapshot::Header, checksum));
    }

 private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

inline std::int64_t late() {
    return 4'000'000'000;
}

// Asks a view for everything that it can be asked, and touches every byte of the answers. Returns how many
// answers there were. What it gives out must be fit to be given out, whatever the bytes.
inline std::size_t exercise(const snapshot::View& view, std::span<const std::string> names,
                            std::span<const std::uint32_t> ids) {
    using snapshot::Status;
    std::size_t answers = 0, bytes = 0;
    const auto take_user = [&](const snapshot::Found<snapshot::User>& user) {
        if (user.status != Status::found) return;
        ++answers;
        const char* strings = snapshot::strings_of(*user.record);
        if (is_reserved_id(user.record->uid) || is_reserved_id(user.record->gid) ||
            !is_lookup_name({strings, user.record->name_size}))
            __builtin_trap();
        for (const std::size_t at : {std::size_t{0}, user.record->name_size + std::size_t{1},
                                     std::size_t{user.record->home_at}, std::size_t{user.record->shell_at}})
            bytes += std::strlen(strings + at);
        view.for_each_group_of(*user.record, late, [&](std::uint32_t gid) { return ++answers, gid != 1; });
    };
    const auto take_group = [&](const snapshot::GroupEntry& group) {
        if (group.status != Status::found) return;
        ++answers;
        if (is_reserved_id(group.gid) || !is_lookup_name(group.name)) __builtin_trap();
        (void)view.for_each_member(group, late, [&](const char* name, std::size_t size) {
            ++answers;
            bytes += ::strnlen(name, size + 1);
        });
    };
    for (const std::string& name : names) {
        take_user(view.find_user(name));
        take_group(view.find_group(name));
    }
    for (const std::uint32_t id : ids) {
        take_user(view.find_user(id));
        take_group(view.find_group(id));
    }
    snapshot::Position position;
    for (std::size_t i = 0; i < 5000; ++i) {
        const auto user = view.next_user(position);
        if (user.status != Status::found) break;
        take_user(user);
    }
    position = {};
    for (std::size_t i = 0; i < 5000; ++i) {
        const auto group = view.next_group(position);
        if (group.status != Status::found) break;
        take_group(group);
    }
    return answers + (bytes == 1 ? 1 : 0);
}

}  // namespace userd::test
