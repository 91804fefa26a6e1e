// SPDX-License-Identifier: LGPL-2.1-or-later
// An NSS source for `check --compare`: what the files passwd and group below $USERD_ROOT/twin say.
#include <grp.h>
#include <nss.h>
#include <pwd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::FILE* passwd_file = nullptr;
std::FILE* group_file = nullptr;

std::FILE* open_file(const char* name) {
    const char* root = std::getenv("USERD_ROOT");
    return std::fopen(((root == nullptr ? "" : root) + std::string("/twin/") + name).c_str(), "re");
}

int next_of(std::FILE* file, passwd* entry, char* buffer, std::size_t size) {
    passwd* found = nullptr;
    return fgetpwent_r(file, entry, buffer, size, &found);
}
int next_of(std::FILE* file, group* entry, char* buffer, std::size_t size) {
    group* found = nullptr;
    return fgetgrent_r(file, entry, buffer, size, &found);
}
std::string name_of(const passwd& entry) {
    return entry.pw_name;
}
std::string name_of(const group& entry) {
    return entry.gr_name;
}

template <typename Entry>
nss_status step(std::FILE* file, Entry* entry, char* buffer, std::size_t size, int* error) {
    if (file == nullptr) return NSS_STATUS_NOTFOUND;
    const int result = next_of(file, entry, buffer, size);
    if (result == 0) return NSS_STATUS_SUCCESS;
    *error = result;
    return result == ERANGE ? NSS_STATUS_TRYAGAIN : NSS_STATUS_NOTFOUND;
}

template <typename Entry>
nss_status find(const char* path, const char* name, Entry* entry, char* buffer, std::size_t size,
                int* error) {
    std::FILE* file = open_file(path);
    if (file == nullptr) return *error = ENOENT, NSS_STATUS_UNAVAIL;
    auto status = NSS_STATUS_SUCCESS;
    while ((status = step(file, entry, buffer, size, error)) == NSS_STATUS_SUCCESS)
        if (name_of(*entry) == name) break;
    std::fclose(file);
    return status;
}

nss_status start(std::FILE*& file, const char* name) {
    if (file != nullptr) std::fclose(file);
    file = open_file(name);
    return NSS_STATUS_SUCCESS;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT nss_status _nss_twin_getpwnam_r(const char* name, passwd* entry, char* buffer, std::size_t size,
                                       int* error) {
    return find("passwd", name, entry, buffer, size, error);
}
EXPORT nss_status _nss_twin_getgrnam_r(const char* name, group* entry, char* buffer, std::size_t size,
                                       int* error) {
    return find("group", name, entry, buffer, size, error);
}
EXPORT nss_status _nss_twin_setpwent(int) {
    return start(passwd_file, "passwd");
}
EXPORT nss_status _nss_twin_getpwent_r(passwd* entry, char* buffer, std::size_t size, int* error) {
    return step(passwd_file, entry, buffer, size, error);
}
EXPORT nss_status _nss_twin_setgrent(int) {
    return start(group_file, "group");
}
EXPORT nss_status _nss_twin_getgrent_r(group* entry, char* buffer, std::size_t size, int* error) {
    return step(group_file, entry, buffer, size, error);
}

// Grows the list as glibc's own modules do.
EXPORT nss_status _nss_twin_initgroups_dyn(const char* user, gid_t own, long* used, long* size,
                                           gid_t** groups, long, int* error) {
    std::FILE* file = open_file("group");
    group entry{};
    char buffer[4096];
    while (file != nullptr && step(file, &entry, buffer, sizeof buffer, error) == NSS_STATUS_SUCCESS)
        for (char** member = entry.gr_mem; *member != nullptr; ++member) {
            if (std::string(*member) != user || entry.gr_gid == own) continue;
            if (*used == *size) {
                *size *= 2;
                *groups = static_cast<gid_t*>(
                    std::realloc(*groups, static_cast<std::size_t>(*size) * sizeof(gid_t)));
            }
            (*groups)[(*used)++] = entry.gr_gid;
        }
    if (file != nullptr) std::fclose(file);
    return NSS_STATUS_SUCCESS;
}
