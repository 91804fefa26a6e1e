// SPDX-License-Identifier: LGPL-2.1-or-later
// A static program that loads the module as its NSS would: glibc then brings a second libc along, and a
// module with thread-local storage of its own would crash here.
#include <dlfcn.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

typedef enum nss_status lookup(const char*, struct passwd*, char*, size_t, int*);

int main(int argc, char** argv) {
    void* module = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    lookup* getpwnam_r = module ? (lookup*)dlsym(module, "_nss_userd_getpwnam_r") : NULL;
    if (!getpwnam_r) {
        const char* why = dlerror();
        fprintf(stderr, "%s\n", why ? why : "no module");
        return 2;
    }
    struct passwd entry;
    char buffer[1024];
    int error = 0;
    if (getpwnam_r("anna", &entry, buffer, sizeof buffer, &error) != NSS_STATUS_SUCCESS) return 1;
    return strcmp(entry.pw_dir, "/home/anna") == 0 ? 0 : 1;
}
