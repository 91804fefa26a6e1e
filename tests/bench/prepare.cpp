// SPDX-License-Identifier: LGPL-2.1-or-later
// bench_prepare FOLDER: what the benchmarks of lookups read. FOLDER/nss is the snapshot, FOLDER/floor the
// same users as a bare hash table, FOLDER/passwd as a passwd file.
#include <fmt/core.h>

#include <bit>
#include <filesystem>
#include <fstream>

#include "daemon/publish/base.h"
#include "daemon/publish/control.h"
#include "tests/bench/directory.h"
#include "tests/bench/floor.h"

using namespace userd;
using namespace userd::bench;

namespace {

Result<void> write_snapshot(const std::string& folder) {
    std::filesystem::create_directory(folder);
    Directory directory;
    TRY(publish::write_base(folder, 1, 1, directory));
    TRY(publish::ControlFile::create(folder, {.base = 1, .delta = 0}, 1));
    return {};
}

void write_floor(const std::string& path) {
    const std::uint64_t slot_count = std::bit_ceil(std::uint64_t{user_count} * 2);
    const std::uint64_t records_at = sizeof(FloorHead) + slot_count * sizeof(FloorSlot);
    std::vector<FloorSlot> slots(slot_count);
    std::string records;
    for (std::uint32_t i = 0; i < user_count; ++i) {
        const PublicUser user = Directory::user(i);
        std::string strings = user.name + '\0';
        FloorRecord record{
            .uid = user.uid, .gid = user.gid, .name = static_cast<std::uint16_t>(strings.size())};
        strings += user.display_name + '\0';
        record.gecos = static_cast<std::uint16_t>(strings.size());
        strings += user.home + '\0';
        record.home = static_cast<std::uint16_t>(strings.size());
        strings += user.shell + '\0';
        record.size = static_cast<std::uint16_t>(strings.size());

        const std::uint64_t key = snapshot::hash(user.name, 1);
        std::uint64_t at = key & (slot_count - 1);
        while (slots[at].ref != 0) at = (at + 1) & (slot_count - 1);
        slots[at] = {static_cast<std::uint32_t>(key >> 32U),
                     static_cast<std::uint32_t>((records_at + records.size()) / 8)};
        records.append(reinterpret_cast<const char*>(&record), sizeof record);
        records += strings;
        records.resize((records.size() + 7) / 8 * 8);
    }
    const FloorHead head{.generation = 1, .slots = slot_count, .records = records_at};
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&head), sizeof head);
    file.write(reinterpret_cast<const char*>(slots.data()),
               static_cast<std::streamsize>(slot_count * sizeof(FloorSlot)));
    file.write(records.data(), static_cast<std::streamsize>(records.size()));
}

void write_passwd(const std::string& path) {
    std::ofstream file(path);
    file << "root:x:0:0:root:/root:/bin/bash\n";
    for (std::uint32_t i = 0; i < user_count; ++i) {
        const PublicUser user = Directory::user(i);
        file << fmt::format("{}:x:{}:{}:{}:{}:{}\n", user.name, user.uid, user.gid, user.display_name,
                            user.home, user.shell);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::string folder = argv[1];
    if (const auto written = write_snapshot(folder + "/nss"); !written) {
        fmt::print(stderr, "{}\n", written.error().message);
        return 1;
    }
    write_floor(folder + "/floor");
    write_passwd(folder + "/passwd");
    return 0;
}
