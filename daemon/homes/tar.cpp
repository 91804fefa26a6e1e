// SPDX-License-Identifier: LGPL-2.1-or-later
// IEEE Std 1003.1, pax: a header block of 512 bytes, then the data in blocks of 512. What its fields cannot
// hold (names over 100 bytes, big numbers) stands in an extended header before it: "LENGTH KEY=VALUE\n",
// where LENGTH counts itself.
#include "daemon/homes/tar.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace userd::homes {
namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t largest_octal_id = 07777777, largest_octal_size = 077777777777;
constexpr std::size_t name_room = 100;

struct Header {
    char name[name_room], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, target[name_room];
    char magic[6], version[2], user[32], group[32], device_major[8], device_minor[8], prefix[155], unused[12];
};
static_assert(sizeof(Header) == block);

template <std::size_t N>
void put_octal(char (&field)[N], std::uint64_t value) {
    const auto text = fmt::format("{:0{}o}", value, N - 1);
    if (text.size() < N) memcpy(field, text.data(), text.size());
}

template <std::size_t N>
void put_text(char (&field)[N], std::string_view text) {
    std::copy_n(text.begin(), std::min(text.size(), N), field);
}

std::string pax_record(std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;  // space, =, newline
    std::size_t length = rest + 1;
    while (length != rest + std::to_string(length).size()) length = rest + std::to_string(length).size();
    return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace

Result<void> TarWriter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return fail(errno == ENOSPC || errno == EDQUOT ? Errc::no_space : Errc::io,
                        "write the archive: {}", std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(n));
        written_ += static_cast<std::uint64_t>(n);
    }
    return {};
}

Result<void> TarWriter::pad() {
    static const char zeros[block] = {};
    return write({zeros, (block - written_ % block) % block});
}

Result<void> TarWriter::write_header(char type, std::string_view name, const struct stat& status,
                                     std::uint64_t size, std::string_view target) {
    Header header{};
    put_text(header.name, name);
    put_octal(header.mode, status.st_mode & 07777);
    put_octal(header.uid, std::min<std::uint64_t>(status.st_uid, largest_octal_id));
    put_octal(header.gid, std::min<std::uint64_t>(status.st_gid, largest_octal_id));
    put_octal(header.size, std::min(size, largest_octal_size));
    put_octal(header.mtime, static_cast<std::uint64_t>(std::max<time_t>(status.st_mtime, 0)));
    header.type = type;
    put_text(header.target, target);
    put_text(header.magic, std::string_view("ustar\0", 6));
    put_text(header.version, "00");
    memset(header.checksum, ' ', sizeof header.checksum);
    unsigned sum = 0;
    for (const unsigned char byte : std::string_view(reinterpret_cast<const char*>(&header), block))
        sum += byte;
    memcpy(header.checksum, fmt::format("{:06o}", sum).c_str(), 7);
    return write({reinterpret_cast<const char*>(&header), block});
}

Result<void> TarWriter::add_header(char type, std::string_view path, const struct stat& status,
                                   std::uint64_t size, std::string_view target, Facts facts) {
    if (path.size() > name_room) facts.emplace_back("path", path);
    if (target.size() > name_room) facts.emplace_back("linkpath", target);
    if (status.st_uid > largest_octal_id) facts.emplace_back("uid", std::to_string(status.st_uid));
    if (status.st_gid > largest_octal_id) facts.emplace_back("gid", std::to_string(status.st_gid));
    if (size > largest_octal_size) facts.emplace_back("size", std::to_string(size));
    if (!facts.empty()) {
        std::string records;
        for (const auto& [key, value] : facts) records += pax_record(key, value);
        TRY(write_header('x', "././@PaxHeader", status, records.size(), {}));
        TRY(write(records));
        TRY(pad());
    }
    return write_header(type, path, status, size, target);
}

Result<void> TarWriter::add_folder(std::string_view path, const struct stat& status) {
    return add_header('5', std::string(path) + "/", status, 0, {}, {});
}

Result<void> TarWriter::add_link(std::string_view path, const struct stat& status, std::string_view target) {
    return add_header('2', path, status, 0, target, {});
}

Result<void> TarWriter::add_hard_link(std::string_view path, const struct stat& status,
                                      std::string_view earlier) {
    return add_header('1', path, status, 0, earlier, {});
}

Result<void> TarWriter::add_fifo(std::string_view path, const struct stat& status) {
    return add_header('6', path, status, 0, {}, {});
}

std::vector<TarWriter::Part> TarWriter::parts_of(int from, const struct stat& status) {
    const off_t size = status.st_size;
    std::vector<Part> parts;
    for (off_t at = 0; at < size;) {
        const off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;  // only a hole is left
        const off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
        if (data < 0 || hole < 0) return {{0, static_cast<std::uint64_t>(size)}};  // not known here
        const off_t end = std::min(hole, size);
        if (data < end)
            parts.push_back({static_cast<std::uint64_t>(data), static_cast<std::uint64_t>(end - data)});
        at = hole;
    }
    return parts;
}

Result<void> TarWriter::add_file(std::string_view path, const struct stat& status, int from,
                                 const Tell& tell) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const auto parts = parts_of(from, status);
    const bool whole = size == 0 || (parts.size() == 1 && parts[0].size == size);
    if (whole) {
        TRY(add_header('0', path, status, size, {}, {}));
        if (size > 0) TRY(copy(from, parts[0], tell));
        return pad();
    }
    // The map stands at the head of the data: how many parts, then offset and size of each, one a line.
    std::string map = std::to_string(parts.size() + 1) + "\n";
    std::uint64_t stored = 0;
    for (const Part& part : parts) {
        map += fmt::format("{}\n{}\n", part.offset, part.size);
        stored += part.size;
    }
    map += fmt::format("{}\n0\n", size);  // where the file ends
    map.resize((map.size() + block - 1) / block * block);
    TRY(add_header('0', path, status, map.size() + stored, {},
                   {{"GNU.sparse.major", "1"},
                    {"GNU.sparse.minor", "0"},
                    {"GNU.sparse.name", std::string(path)},
                    {"GNU.sparse.realsize", std::to_string(size)}}));
    TRY(write(map));
    for (const Part& part : parts) TRY(copy(from, part, tell));
    return pad();
}

Result<void> TarWriter::copy(int from, const Part& part, const Tell& tell) {
    std::vector<char> buffer(256 << 10);
    for (std::uint64_t done = 0; done < part.size;) {
        const std::size_t want = std::min<std::uint64_t>(buffer.size(), part.size - done);
        ssize_t n = pread(from, buffer.data(), want, static_cast<off_t>(part.offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, "read a file for the archive: {}", std::strerror(errno));
        if (n == 0) {
            std::fill(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(want), '\0');
            n = static_cast<ssize_t>(want);
        }
        TRY(write({buffer.data(), static_cast<std::size_t>(n)}));
        done += static_cast<std::uint64_t>(n);
        TRY(tell(static_cast<std::uint64_t>(n)));
    }
    return {};
}

Result<void> TarWriter::finish() {
    const std::string end(2 * block, '\0');
    return write(end);
}

}  // namespace userd::homes
