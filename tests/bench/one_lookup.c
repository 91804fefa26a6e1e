// SPDX-License-Identifier: LGPL-2.1-or-later
// one_lookup [NAME]: a process that looks up one user, or nobody.
#include <pwd.h>

int main(int argc, char** argv) {
    return argc < 2 || getpwnam(argv[1]) ? 0 : 1;
}
