// SPDX-License-Identifier: LGPL-2.1-or-later
#include <grp.h>
#include <stdlib.h>

#include <algorithm>

#include "common/snapshot/keep_errno.h"
#include "nss_module/answer.h"

namespace userd::nss {
namespace {

using snapshot::Group;
using snapshot::GroupEntry;
using snapshot::LocalGroups;
using snapshot::Position;
using snapshot::Status;
using snapshot::User;
using snapshot::View;

Cursor cursor{0};

struct Size {
    std::uint64_t members = 0;
    std::uint64_t names = 0;  // bytes, NULs included
};

// The caller's buffer: the pointers first, so that only they need aligning, then the strings.
struct Layout {
    std::uint64_t pointers_at;
    std::uint64_t name_at;
    std::uint64_t members_at;
    std::uint64_t end;
};

Layout lay_out(const char* buffer, std::size_t name, const Size& size) {
    Layout layout{};
    layout.pointers_at = -reinterpret_cast<std::uintptr_t>(buffer) % alignof(char*);
    layout.name_at = layout.pointers_at + (size.members + 1) * sizeof(char*);
    layout.members_at = layout.name_at + name + 1 + 2;
    layout.end = layout.members_at + size.names;
    return layout;
}

bool measure(const View& view, const GroupEntry& group, Size& size) {
    if (view.is_plain(group)) {
        if (group.base) size = {group.base->member_count, group.base->names_size};
        return true;
    }
    return view.for_each_member(group, snapshot::wall_clock, [&size](const char*, std::size_t name) {
        ++size.members;
        size.names += name + 1;
    });
}

// All members' names in one copy, then a pointer to each.
bool copy_plain(const Group& group, char** pointers, char* names) {
    std::memcpy(names, snapshot::names_of(group), group.names_size);
    const std::uint8_t* lengths = snapshot::lengths_of(group);
    std::uint64_t at = 0;
    for (std::uint32_t i = 0; i < group.member_count; ++i) {
        if (at >= group.names_size) return false;
        pointers[i] = names + at;
        at += lengths[i] + 1U;
    }
    return at == group.names_size;
}

// `size` is what `measure` found. Should a membership end between the two walks, there is room to spare.
bool copy_members(const View& view, const GroupEntry& group, const Size& size, char** pointers, char* names) {
    std::uint64_t count = 0;
    if (view.is_plain(group)) {
        if (group.base && !copy_plain(*group.base, pointers, names)) return false;
        count = size.members;
    } else {
        std::uint64_t used = 0;
        const bool whole =
            view.for_each_member(group, snapshot::wall_clock, [&](const char* name, std::size_t length) {
                if (count == size.members || length + 1 > size.names - used) return;
                pointers[count++] = names + used;
                std::memcpy(names + used, name, length);
                names[used + length] = '\0';
                used += length + 1;
            });
        if (!whole) return false;
    }
    pointers[count] = nullptr;
    return true;
}

nss_status answer(const View& view, const GroupEntry& group, struct group* out, char* buffer,
                  std::size_t size, int* error) {
    if (group.status != Status::found) return without_record(group.status, error);
    Size needed;
    if (!measure(view, group, needed)) return unavailable(error);
    const Layout layout = lay_out(buffer, group.name.size(), needed);
    if (layout.end > max_entry) return unavailable(error);
    if (layout.end > size) return buffer_too_small(error);
    char* const name = buffer + layout.name_at;
    char** const pointers = reinterpret_cast<char**>(buffer + layout.pointers_at);
    if (!copy_members(view, group, needed, pointers, buffer + layout.members_at)) return unavailable(error);
    std::memcpy(name, group.name.data(), group.name.size() + 1);
    char* const password = name + group.name.size() + 1;
    std::memcpy(password, "x", 2);
    *out = {.gr_name = name, .gr_passwd = password, .gr_gid = group.gid, .gr_mem = pointers};
    return NSS_STATUS_SUCCESS;
}

// The caller's growing array of initgroups: `used` of `size` entries are taken, `limit` > 0 bounds it.
struct GroupList {
    gid_t** array;
    long* used;
    long* size;
    long limit;

    enum class Added : std::uint8_t { yes, full, no_memory };
    Added add(gid_t gid) const {
        if (*used == *size) {
            long more = std::max(2 * *size, 16L);
            if (limit > 0) more = std::min(more, limit);
            if (more <= *size) return Added::full;
            const snapshot::KeepErrno keep;
            void* const grown = ::realloc(*array, static_cast<std::size_t>(more) * sizeof(gid_t));
            if (!grown) return Added::no_memory;
            *array = static_cast<gid_t*>(grown);
            *size = more;
        }
        (*array)[(*used)++] = gid;
        return Added::yes;
    }
};

}  // namespace

USERD_NSS_EXPORT nss_status _nss_userd_getgrnam_r(const char* name, struct group* out, char* buffer,
                                                  std::size_t size, int* error) noexcept {
    const std::string_view asked = asked_name(name);
    if (asked.empty()) return not_found(error);
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    return answer(lease.view(), lease.view().find_group(asked), out, buffer, size, error);
}

USERD_NSS_EXPORT nss_status _nss_userd_getgrgid_r(gid_t gid, struct group* out, char* buffer,
                                                  std::size_t size, int* error) noexcept {
    if (is_reserved_id(gid)) return not_found(error);
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    return answer(lease.view(), lease.view().find_group(gid), out, buffer, size, error);
}

USERD_NSS_EXPORT nss_status _nss_userd_setgrent(int /*stay_open*/) noexcept {
    cursor.store(0);
    return NSS_STATUS_SUCCESS;
}

USERD_NSS_EXPORT nss_status _nss_userd_endgrent() noexcept {
    cursor.store(0);
    return NSS_STATUS_SUCCESS;
}

USERD_NSS_EXPORT nss_status _nss_userd_getgrent_r(struct group* out, char* buffer, std::size_t size,
                                                  int* error) noexcept {
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    std::uint64_t before = cursor.load();
    for (;;) {
        Position position = Position::of(before);
        const nss_status status =
            answer(lease.view(), lease.view().next_group(position), out, buffer, size, error);
        if (status != NSS_STATUS_SUCCESS || cursor.compare_exchange_strong(before, position.word()))
            return status;
    }
}

// `group`, the primary one, is in the list already. A full list is not an error: the caller set the limit.
USERD_NSS_EXPORT nss_status _nss_userd_initgroups_dyn(const char* user, gid_t group, long* start, long* size,
                                                      gid_t** groups, long limit, int* error) noexcept {
    const std::string_view asked = asked_name(user);
    if (asked.empty()) return not_found(error);
    const auto lease = reader.lease();
    if (lease.state() != snapshot::Reader::State::ready) return without_view(lease.state(), error);
    const auto found = lease.view().find_user(asked);
    if (found.status != Status::found) return without_record(found.status, error);

    const GroupList list{groups, start, size, limit};
    const LocalGroups& local = lease.local_groups();
    auto added = GroupList::Added::yes;
    lease.view().for_each_group_of(*found.record, snapshot::wall_clock, [&](gid_t gid) {
        const bool is_accepted = gid < 1000 ? local.contains(gid) : !is_reserved_id(gid);
        if (is_accepted && gid != group) added = list.add(gid);
        return added == GroupList::Added::yes;
    });
    return added == GroupList::Added::no_memory ? no_memory(error) : NSS_STATUS_SUCCESS;
}

}  // namespace userd::nss
