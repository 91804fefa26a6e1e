// SPDX-License-Identifier: LGPL-2.1-or-later
// log_in FOLDER COUNT PASSWORD SECRET: logs in the users login0 … through pam_userd with password and code,
// and beside each the things that it is held against: pam_permit, one Argon2id run, one durable write. Then
// the next 40 users, all at once. Needs the PAM services bench-userd and bench-permit. SECRET is the base32
// key that all of them share.
#include <fcntl.h>
#include <security/pam_appl.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <ctime>

#include "tests/bench/durable_write.h"

extern "C" {
#include <liboath/oath.h>
}

using namespace userd::bench;

namespace {

struct Typist {
    const char* password;
    std::string code;
};

int answer(int count, const pam_message** messages, pam_response** responses, void* data) {
    const auto* typist = static_cast<Typist*>(data);
    auto* made =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i) {
        if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF) continue;
        const bool code = std::strstr(messages[i]->msg, "code") != nullptr;
        made[i].resp = strdup(code ? typist->code.c_str() : typist->password);
    }
    *responses = made;
    return PAM_SUCCESS;
}

void log_in(const char* service, const std::string& user, Typist& typist) {
    const pam_conv conversation{answer, &typist};
    pam_handle_t* pamh = nullptr;
    int code = pam_start(service, user.c_str(), &conversation, &pamh);
    if (code == PAM_SUCCESS) code = pam_authenticate(pamh, 0);
    if (code == PAM_SUCCESS) code = pam_acct_mgmt(pamh, 0);
    if (code != PAM_SUCCESS) {
        fmt::print(stderr, "{} as {}: {}\n", service, user, pam_strerror(pamh, code));
        std::exit(1);
    }
    pam_end(pamh, code);
}

std::string code_now(const char* base32) {
    char* key = nullptr;
    std::size_t size = 0;
    char code[16] = {};
    oath_base32_decode(base32, std::strlen(base32), &key, &size);
    oath_totp_generate(key, size, std::time(nullptr), 30, 0, 6, code);
    std::free(key);
    return code;
}

// Transactions that the daemon has committed: a counter of SQLite's wal-index (fileformat2, 4.5: iChange).
std::uint32_t commits(const std::string& folder) {
    std::uint32_t count = 0;
    const int fd = open((folder + "/userd.db-shm").c_str(), O_RDONLY | O_CLOEXEC);
    if (pread(fd, &count, sizeof count, 8) != sizeof count) std::exit(1);
    close(fd);
    return count;
}

void log_in_at_once(const std::string& folder, int first, int count, const char* password,
                    const char* secret) {
    int gate[2];
    if (pipe(gate) != 0) std::exit(1);
    Typist typist{password, code_now(secret)};
    for (int i = 0; i < count; ++i) {
        if (fork() != 0) continue;
        char byte = 0;
        close(gate[1]);
        (void)!read(gate[0], &byte, 1);  // until the other end closes
        log_in("bench-userd", fmt::format("login{}", first + i), typist);
        _exit(0);
    }
    usleep(300'000);
    const std::uint32_t before = commits(folder);
    const double took = time_of([&] {
        close(gate[1]);
        for (int i = 0, status = 0; i < count; ++i)
            if (wait(&status) < 0 || status != 0) std::exit(1);
    });
    fmt::print("  {} logins at once                 {:6.1f} a second, {} commits\n", count,
               count / took * 1000, commits(folder) - before);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5 || sodium_init() < 0) return 2;
    char hash[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str(hash, argv[3], std::strlen(argv[3]), 2, 19U << 20U) != 0) return 1;
    DurableWrite write(argv[1]);
    std::vector<double> logins, permits, hashes, writes, left;
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
        const std::string user = fmt::format("login{}", i);
        Typist typist{argv[3], code_now(argv[4])};
        permits.push_back(time_of([&] { log_in("bench-permit", user, typist); }));
        hashes.push_back(time_of([&] {
            if (crypto_pwhash_str_verify(hash, argv[3], std::strlen(argv[3])) != 0) std::abort();
        }));
        writes.push_back(time_of([&] { write(); }));
        logins.push_back(time_of([&] { log_in("bench-userd", user, typist); }));
        left.push_back(logins.back() - hashes.back());  // in pairs: the clock of a processor drifts
    }
    const double bound = median(permits) + 0.6 + 2 * median(writes);
    fmt::print("  pam_permit                        median {:6.2f} ms\n", median(permits));
    fmt::print("  one Argon2id run                  median {:6.2f} ms\n", median(hashes));
    fmt::print("  one durable write                 median {:6.2f} ms\n", median(writes));
    fmt::print("  login, password and code          median {:6.2f} ms   p99 {:6.2f} ms\n", median(logins),
               percentile(logins, 0.99));
    fmt::print("  (login − hash) / (permit + 0.6 ms + 2 writes)   {:.2f}   (target ≤ 1)\n",
               median(left) / bound);
    log_in_at_once(argv[1], std::atoi(argv[2]), 40, argv[3], argv[4]);
}
