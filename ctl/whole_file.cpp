// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

Refusal failed(std::string_view deed, std::string_view path) {
    return refuse(Exit::failed, "cannot {} {}: {}", deed, path, std::strerror(errno));
}

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

void sync_folder(const std::string& path) {
    const Fd folder(open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) fsync(folder.get());
}

}  // namespace

Answer<std::optional<std::string>> read_whole_file(const std::string& path) {
    errno = 0;
    std::ifstream in(path);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in) return text;
    if (errno == ENOENT) return std::nullopt;
    return failed("read", path);
}

Answer<void> replace_file(const std::string& path, std::string_view text, mode_t mode) {
    if (mkdir(folder_of(path).c_str(), 0755) < 0 && errno != EEXIST)
        return failed("make the folder of", path);
    std::string temporary = folder_of(path) + "/.userctl.XXXXXX";
    const Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return failed("write", path);
    const bool wrote = write_all(fd.get(), text) && fchmod(fd.get(), mode) == 0 && fsync(fd.get()) == 0 &&
                       rename(temporary.c_str(), path.c_str()) == 0;
    if (!wrote) {
        const int error = errno;
        unlink(temporary.c_str());
        errno = error;
        return failed("write", path);
    }
    sync_folder(path);
    return {};
}

Answer<Fd> make_private_file(const std::string& path) {
    Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return failed("make", escaped(path));
    return fd;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(fd, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

Answer<void> remove_file(const std::string& path) {
    if (unlink(path.c_str()) < 0 && errno != ENOENT) return failed("remove", path);
    sync_folder(path);
    return {};
}

}  // namespace userd::ctl
