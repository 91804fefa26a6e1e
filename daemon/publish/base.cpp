// SPDX-License-Identifier: LGPL-2.1-or-later
// header | users | their tables | groups | their tables | checksum. The listing is read once. What a later
// stage needs of an earlier one (keys for the tables, names for the members) is read back from the file
// itself, through the reader's own checks: so memory does not grow with the directory, and what we write is
// what readers accept.
#include "daemon/publish/base.h"

#include <fmt/core.h>
#include <sodium.h>

#include <span>

#include "common/snapshot/hash.h"
#include "daemon/publish/records.h"
#include "daemon/publish/table.h"
#include "daemon/runtime/journal.h"

namespace userd::publish {
namespace {

using namespace snapshot;

constexpr std::size_t write_size = std::size_t{256} << 10U;
constexpr std::uint64_t max_offset = std::uint64_t{8} << 32U;  // what a slot can refer to
constexpr int max_tries = 8;

std::uint64_t random_number() {
    std::uint64_t number = 0;
    ::randombytes_buf(&number, sizeof number);
    return number;
}

template <typename T>
std::string_view bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

class BaseWriter {
 public:
    BaseWriter(NewFile& file, std::string path, Header header)
        : file_(file), path_(std::move(path)), header_(header) {}

    Result<void> write(PublicListing& listing) {
        TRY(file_.append(bytes_of(header_)));
        TRY(write_users(listing));
        TRY(write_tables(Database::users, header_.users, header_.users_by_name, header_.users_by_uid));
        TRY(write_groups(listing));
        TRY(write_tables(Database::groups, header_.groups, header_.groups_by_name, header_.groups_by_gid));
        TRY(finish());
        const FileMap map = TRY(FileMap::open(file_.fd(), path_));
        const std::size_t size = map.size() - sizeof(std::uint64_t);
        const std::uint64_t sum = checksum(map.data(), size);
        return file_.write_at(size, bytes_of(sum));
    }

 private:
    Result<void> flush(std::size_t at_least) {
        if (buffer_.size() < at_least) return {};
        TRY(file_.append(buffer_));
        buffer_.clear();
        return {};
    }

    // One record that does not fit must not take the whole directory from the host: it is left out, loudly.
    bool is_kept(const Result<void>& appended) {
        if (!appended) journal::error("snapshot: {}; left out", appended.error().message);
        return appended.has_value();
    }

    Result<void> write_users(PublicListing& listing) {
        header_.users.offset = file_.size();
        PublicUser user;
        while (TRY(listing.next_user(user))) {
            if (!is_kept(append_user(buffer_, user))) continue;
            ++user_count_;
            for (const PublicMembership& membership : user.groups)
                if (membership.gid < 1000) header_.flags |= header_has_local_groups;
            TRY(flush(write_size));
        }
        TRY(flush(1));
        header_.users.size = file_.size() - header_.users.offset;
        return {};
    }

    Result<void> write_groups(PublicListing& listing) {
        TRY(finish());  // as far as it goes, so that the users can be looked up
        const FileMap map = TRY(FileMap::open(file_.fd(), path_));
        Part users;
        if (!users.open(map.data(), map.size()))
            return fail(Errc::internal, "{}: users do not hold up", path_);
        header_.groups.offset = file_.size();
        PublicGroup group;
        std::vector<NamedMember> members;
        while (TRY(listing.next_group(group))) {
            members.clear();
            for (const PublicMember& member : group.members) {
                const auto user = users.find(Database::users, member.uid, hash(member.uid, header_.seed));
                if (user.status == Status::found)
                    members.push_back({Part::name_of(*user.record), member.until});
            }
            if (is_kept(append_group(buffer_, group, members))) ++group_count_;
            TRY(flush(write_size));
        }
        TRY(flush(1));
        header_.groups.size = file_.size() - header_.groups.offset;
        return {};
    }

    // Calls visit(record, offset) for all records of a section; false when it returned false.
    template <typename Visit>
    static bool for_each_record(const FileMap& map, const Section& section, Visit visit) {
        std::uint64_t at = section.offset;
        while (at < section.offset + section.size) {
            const auto& record = *reinterpret_cast<const Record*>(map.data() + at);
            if (!visit(record, at)) return false;
            at += record.size;
        }
        return true;
    }

    template <typename KeyOf>
    bool try_table(const FileMap& map, const Section& section, TableBuilder& table, KeyOf key_of) const {
        return for_each_record(map, section, [&](const Record& record, std::uint64_t at) {
            return table.insert(hash(key_of(record), header_.seed), at);
        });
    }

    template <typename KeyOf>
    Result<bool> write_table(const Section& section, std::size_t count, std::size_t slots_per_entry,
                             Table& table, KeyOf key_of) {
        const FileMap map = TRY(FileMap::open(file_.fd(), path_));
        TableBuilder builder(count, slots_per_entry);
        if (!try_table(map, section, builder, key_of)) return false;
        table = {.offset = file_.size(), .slots = builder.slots(), .used = builder.used()};
        TRY(file_.append(builder.bytes()));
        return true;
    }

    // The seed is tried out on the users, where the number is; groups get more room instead, since the users'
    // tables already stand.
    Result<void> write_tables(Database database, const Section& section, Table& by_name, Table& by_id) {
        const bool users = database == Database::users;
        const std::size_t count = users ? user_count_ : group_count_;
        std::size_t slots_per_entry = 2;
        for (int i = 0; i < max_tries; ++i) {
            const auto id_of = [](const Record& record) { return record.id; };
            if (TRY(write_table(section, count, slots_per_entry, by_name, Part::name_of)) &&
                TRY(write_table(section, count, slots_per_entry, by_id, id_of)))
                return {};
            if (users)
                header_.seed = random_number();
            else
                slots_per_entry *= 2;
        }
        return fail(Errc::internal, "{}: no hash seed spreads the names", path_);
    }

    // Makes what is written so far a file that readers accept, but for the checksum in its last bytes.
    Result<void> finish() {
        const std::uint64_t no_sum = 0;
        TRY(file_.append(bytes_of(no_sum)));
        if (file_.size() > max_offset) return fail(Errc::limits, "{}: larger than the format allows", path_);
        header_.file_size = file_.size();
        header_.checksum = checksum(&header_, offsetof(Header, checksum));
        return file_.write_at(0, bytes_of(header_));
    }

    NewFile& file_;
    std::string path_;
    Header header_;
    std::string buffer_;
    std::size_t user_count_ = 0;
    std::size_t group_count_ = 0;
};

}  // namespace

std::string base_path(const std::string& folder, std::uint32_t base) {
    return fmt::format("{}/base.{}", folder, base);
}

std::string delta_path(const std::string& folder, std::uint32_t base, std::uint32_t delta) {
    return fmt::format("{}/delta.{}.{}", folder, base, delta);
}

Result<Base> Base::open(const std::string& folder, std::uint32_t number) {
    const std::string path = base_path(folder, number);
    Base base;
    base.map = TRY(FileMap::open(path));
    if (!base.part.open(base.map.data(), base.map.size()) || base.part.header().base != number ||
        base.part.header().delta != 0)
        return fail(Errc::io, "{} is damaged", path);
    return base;
}

Result<void> write_base(const std::string& folder, std::uint32_t number, std::uint64_t store_id,
                        PublicListing& listing) {
    const std::string path = base_path(folder, number);
    NewFile file = TRY(NewFile::create(path));
    const Section nothing{.offset = sizeof(Header), .size = 0};
    const Table no_entries{.offset = sizeof(Header), .slots = 0, .used = 0};
    BaseWriter writer(file, path,
                      {.magic = part_magic,
                       .version = format_version,
                       .base = number,
                       .delta = 0,
                       .flags = 0,
                       .file_size = 0,
                       .store_id = store_id,
                       .generation = listing.generation(),
                       .identity = random_number(),
                       .seed = random_number(),
                       .users = nothing,
                       .groups = nothing,
                       .users_by_name = no_entries,
                       .users_by_uid = no_entries,
                       .groups_by_name = no_entries,
                       .groups_by_gid = no_entries,
                       .stale = nothing,
                       .groups_gone = 0,
                       .reserved = 0,
                       .checksum = 0});
    TRY(writer.write(listing));
    return file.publish(NewFile::Sync::yes);
}

}  // namespace userd::publish
