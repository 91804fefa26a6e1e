// SPDX-License-Identifier: LGPL-2.1-or-later
// log_in FOLDER COUNT PASSWORD SECRET: logs in the users login0 … through pam_userd with password and code,
// and beside each the things that it is held against: pam_permit, one Argon2id run, one durable write, each
// as often first as last. Then the next 40 users, all at once, and 80 by eight callers; and by eight the
// users imported0 … imported79, whose password came as a yescrypt hash. Needs the PAM services bench-userd
// and bench-permit. SECRET is the base32 key that all of them share.
#include <crypt.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "tests/bench/durable_write.h"
#include "tests/bench/pam_login.h"

using namespace userd::bench;

namespace {

// Transactions that the daemon has committed: a counter of SQLite's wal-index (fileformat2, 4.5: iChange).
std::uint32_t commits(const std::string& folder) {
    std::uint32_t count = 0;
    const int fd = open((folder + "/userd.db-shm").c_str(), O_RDONLY | O_CLOEXEC);
    if (pread(fd, &count, sizeof count, 8) != sizeof count) std::exit(1);
    close(fd);
    return count;
}

// `count` users, `prefix` and the numbers from `first` on, by that many `callers` side by side. Logins a
// second.
double log_in_at_once(const std::string& prefix, int first, int count, int callers, Typist typist) {
    int gate[2];
    if (pipe(gate) != 0) std::exit(1);
    for (int caller = 0; caller < callers; ++caller) {
        if (fork() != 0) continue;
        char byte = 0;
        close(gate[1]);
        (void)!read(gate[0], &byte, 1);  // until the other end closes
        for (int i = caller; i < count; i += callers)
            log_in("bench-userd", fmt::format("{}{}", prefix, first + i), typist);
        _exit(0);
    }
    close(gate[0]);
    usleep(300'000);
    const double took = time_of([&] {
        close(gate[1]);
        for (int i = 0, status = 0; i < callers; ++i)
            if (wait(&status) < 0 || status != 0) std::exit(1);
    });
    return count / took * 1000;
}

// One after another. The median time of an Argon2id run.
double measure_logins(const std::string& folder, int count, const char* password, const char* secret) {
    char hash[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str(hash, password, std::strlen(password), 2, 19U << 20U) != 0) std::exit(1);
    DurableWrite write(folder);
    std::vector<double> logins, permits, hashes, writes, left;
    for (int i = 0; i < count; ++i) {
        const std::string user = fmt::format("login{}", i);
        Typist typist{password, code_now(secret)};
        const std::function<void()> parts[] = {
            [&] { permits.push_back(time_of([&] { log_in("bench-permit", user, typist); })); },
            [&] {
                hashes.push_back(time_of([&] {
                    if (crypto_pwhash_str_verify(hash, password, std::strlen(password)) != 0) std::abort();
                }));
            },
            [&] { writes.push_back(time_of([&] { write(); })); },
            [&] { logins.push_back(time_of([&] { log_in("bench-userd", user, typist); })); },
        };
        // What comes before leaves the caches warm for one and cold for another.
        int order[] = {0, 1, 2, 3};
        for (int turn = i % 24; turn > 0; --turn) std::next_permutation(std::begin(order), std::end(order));
        for (const int part : order) parts[part]();
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
    return median(hashes);
}

double yescrypt_time(const char* password) {
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    if (crypt_gensalt_rn("$y$", 0, nullptr, 0, salt, sizeof salt) == nullptr) std::exit(1);
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) times.push_back(time_of([&] { (void)crypt(password, salt); }));
    return median(times);
}

void tell_eight(std::string_view what, double rate, double hash) {
    const double bound = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN)) / hash * 1000;
    fmt::print(
        "  8 callers at once, {:14} {:6.1f} a second / (cores / {:.2f} ms of hashing)   {:.2f}   "
        "(target ≥ 0.9)\n",
        what, rate, hash, rate / bound);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5 || sodium_init() < 0) return 2;
    const std::string folder = argv[1];
    const int count = std::atoi(argv[2]);
    const char* password = argv[3];
    const auto typist = [&] { return Typist{password, code_now(argv[4])}; };

    const double hash = measure_logins(folder, count, password, argv[4]);
    const std::uint32_t before = commits(folder);
    const double at_once = log_in_at_once("login", count, 40, 40, typist());
    fmt::print("  40 logins at once                 {:6.1f} a second, {} commits\n", at_once,
               commits(folder) - before);
    tell_eight("Argon2id", log_in_at_once("login", count + 40, 80, 8, typist()), hash);
    // A right one is made anew with Argon2id at once.
    tell_eight("yescrypt", log_in_at_once("imported", 0, 80, 8, typist()), hash + yescrypt_time(password));
}
