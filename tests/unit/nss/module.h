// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <dlfcn.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace userd::test {

// The module's entry points, loaded as glibc loads them. `path` is a module built to look into the working
// folder.
struct Module {
    explicit Module(const char* path) : handle(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
        if (!handle) {
            std::fprintf(stderr, "%s\n", ::dlerror());
            ::_exit(3);
        }
        load(getpwnam_r, "getpwnam_r"), load(getpwuid_r, "getpwuid_r"), load(setpwent, "setpwent");
        load(getpwent_r, "getpwent_r"), load(endpwent, "endpwent");
        load(getgrnam_r, "getgrnam_r"), load(getgrgid_r, "getgrgid_r"), load(setgrent, "setgrent");
        load(getgrent_r, "getgrent_r"), load(endgrent, "endgrent"), load(initgroups_dyn, "initgroups_dyn");
    }

    template <typename Function>
    void load(Function*& function, const char* name) {
        char symbol[64];
        std::snprintf(symbol, sizeof symbol, "_nss_userd_%s", name);
        function = reinterpret_cast<Function*>(::dlsym(handle, symbol));
        if (!function) ::_exit(3);
    }

    void* handle;
    nss_status (*getpwnam_r)(const char*, passwd*, char*, size_t, int*);
    nss_status (*getpwuid_r)(uid_t, passwd*, char*, size_t, int*);
    nss_status (*setpwent)(int);
    nss_status (*getpwent_r)(passwd*, char*, size_t, int*);
    nss_status (*endpwent)();
    nss_status (*getgrnam_r)(const char*, group*, char*, size_t, int*);
    nss_status (*getgrgid_r)(gid_t, group*, char*, size_t, int*);
    nss_status (*setgrent)(int);
    nss_status (*getgrent_r)(group*, char*, size_t, int*);
    nss_status (*endgrent)();
    nss_status (*initgroups_dyn)(const char*, gid_t, long*, long*, gid_t**, long, int*);
};

}  // namespace userd::test
