// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace userd::snapshot {
namespace {

constexpr uid_t first_person = 1000;

class Descriptor {
 public:
    explicit Descriptor(const char* path)
        : fd_(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)) {
        // A process that runs without standard streams must not find our file where it expects one of them.
        if (fd_ < 0 || fd_ > 2) return;
        const int low = fd_;
        fd_ = ::fcntl(low, F_DUPFD_CLOEXEC, 3);
        ::close(low);
    }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

 private:
    int fd_;
};

bool is_trusted(const struct stat& info, uid_t limit, uid_t own) {
    return S_ISREG(info.st_mode) && (info.st_uid < limit || info.st_uid == own) &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Opened map_file(const char* path, uid_t own, Mapping& mapping) {
    const Descriptor file(path);
    if (file.get() < 0) return errno == ENOENT ? Opened::missing : Opened::refused;
    struct stat info;
    if (::fstat(file.get(), &info) != 0 || !is_trusted(info, first_person, own) || info.st_size <= 0)
        return Opened::refused;
    const auto size = static_cast<std::size_t>(info.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) return Opened::refused;
    mapping = {data, size, info.st_dev, info.st_ino};
    return Opened::ok;
}

void unmap(Mapping& mapping) {
    if (mapping.data) ::munmap(const_cast<void*>(mapping.data), mapping.size);
    mapping = {};
}

void read_local_groups(const char* path, uid_t own, LocalGroups& groups) {
    groups.clear();
    const Descriptor file(path);
    struct stat info;
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0 || !is_trusted(info, 1, own)) return;
    char buffer[512];
    for (int i = 0; i < 128; ++i) {  // 64 KiB is far more than a thousand groups fill
        const ssize_t size = ::read(file.get(), buffer, sizeof buffer);
        if (size <= 0) break;
        groups.feed(buffer, static_cast<std::size_t>(size));
    }
    groups.finish();
}

Path& Path::append(const char* text) {
    for (; *text != '\0'; ++text) {
        if (size_ + 1 == sizeof text_) {
            text_[0] = '\0';
            return *this;
        }
        text_[size_++] = *text;
    }
    text_[size_] = '\0';
    return *this;
}

Path& Path::append(std::uint32_t number) {
    char digits[11];
    std::size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return append(digits + at);
}

}  // namespace userd::snapshot
