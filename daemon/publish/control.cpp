// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/publish/control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

#include "daemon/publish/file.h"

namespace userd::publish {
namespace {

using namespace snapshot;

std::string control_path(const std::string& folder) {
    return folder + "/control";
}

Control* map(int fd) {
    void* page = ::mmap(nullptr, control_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? nullptr : static_cast<Control*>(page);
}

void store(std::uint64_t& field, std::uint64_t value) {
    __atomic_store_n(&field, value, __ATOMIC_RELEASE);
}

std::uint64_t load(const std::uint64_t& field) {
    return __atomic_load_n(&field, __ATOMIC_ACQUIRE);
}

}  // namespace

Result<ControlFile> ControlFile::create(const std::string& folder, Pair pair, std::uint64_t generation) {
    const std::string path = control_path(folder);
    NewFile file = TRY(NewFile::create(path));
    const Control first{.magic = control_magic,
                        .version = format_version,
                        .reserved = 0,
                        .generation = generation,
                        .current = pair.word(),
                        .durable = pair.word()};
    std::string page(control_size, '\0');
    ::memcpy(page.data(), &first, sizeof first);
    TRY(file.append(page));
    Control* mapped = map(file.fd());
    if (!mapped) return system_error("map", path);
    ControlFile control(mapped);
    TRY(file.publish(NewFile::Sync::yes));
    return control;
}

std::optional<ControlFile> ControlFile::open(const std::string& folder) {
    const Fd fd(::open(control_path(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat info;
    if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size != control_size)
        return std::nullopt;
    Control* mapped = map(fd.get());
    if (!mapped) return std::nullopt;
    ControlFile control(mapped);
    if (mapped->magic != control_magic || mapped->version != format_version) return std::nullopt;
    return control;
}

ControlFile::ControlFile(ControlFile&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}

ControlFile& ControlFile::operator=(ControlFile&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
}

ControlFile::~ControlFile() {
    if (page_) ::munmap(page_, control_size);
}

Pair ControlFile::current() const {
    return Pair::of(load(page_->current) & ~retired_bit);
}

Pair ControlFile::durable() const {
    return Pair::of(load(page_->durable));
}

void ControlFile::show(Pair pair, std::uint64_t generation) {
    store(page_->generation, generation);
    store(page_->current, pair.word());
}

Result<void> ControlFile::set_durable(Pair pair) {
    store(page_->durable, pair.word());
    if (::msync(page_, control_size, MS_SYNC) != 0) return system_error("sync", "the snapshot's control");
    return {};
}

void ControlFile::retire() {
    store(page_->current, load(page_->current) | retired_bit);
}

}  // namespace userd::publish
