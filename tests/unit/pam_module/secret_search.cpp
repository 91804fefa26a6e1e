// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/pam_module/secret_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cstddef>

namespace userd::pam::test {
namespace {

unsigned char masked[] = {0,          '3' ^ 0x55, 'c' ^ 0x55, 'r' ^ 0x55, '3' ^ 0x55, 't' ^ 0x55,
                          'M' ^ 0x55, '4' ^ 0x55, 'r' ^ 0x55, 'k' ^ 0x55, '3' ^ 0x55, 'r' ^ 0x55};

bool holds_secret(const unsigned char* from, const unsigned char* to) {
    for (; from + sizeof masked <= to; ++from) {
        std::size_t same = 0;
        while (same < sizeof masked && (from[same] ^ 0x55) == masked[same]) ++same;
        if (same == sizeof masked) return true;
    }
    return false;
}

}  // namespace

void change_secret() {
    static unsigned char run = 'A';
    masked[0] = run++ ^ 0x55;
}

int type_secret(pam_response** out) {
    auto* response = static_cast<pam_response*>(calloc(1, sizeof(pam_response)));
    if (response == nullptr) return PAM_BUF_ERR;
    response->resp = static_cast<char*>(calloc(1, sizeof masked + 1));
    if (response->resp == nullptr) {
        free(response);
        return PAM_BUF_ERR;
    }
    volatile char* to = response->resp;
    for (std::size_t i = 0; i < sizeof masked; ++i) to[i] = static_cast<char>(masked[i] ^ 0x55);
    *out = response;
    return PAM_SUCCESS;
}

bool secret_in_memory() {
    FILE* maps = fopen("/proc/self/maps", "re");
    char line[512], rights[8];
    unsigned long from = 0, to = 0;
    bool found = false;
    while (!found && fgets(line, sizeof line, maps) != nullptr)
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && strncmp(rights, "rw", 2) == 0)
            found = holds_secret(reinterpret_cast<const unsigned char*>(from),
                                 reinterpret_cast<const unsigned char*>(to));
    fclose(maps);
    return found;
}

}  // namespace userd::pam::test
