// SPDX-License-Identifier: LGPL-2.1-or-later
// The entry points of the module, called as glibc calls them. The module under test looks into `nss` and
// `local-groups` of the working folder; since it keeps what it maps for the life of a process, each case runs
// in a child of its own.
#include "tests/unit/nss/module.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <ctime>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/snapshot/published.h"

using namespace userd;
using namespace userd::test;

namespace {

#define EXPECT(condition)                                                        \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            ::_exit(1);                                                          \
        }                                                                        \
    } while (false)

// A directory that is published, and a child of this process that has its folder as working folder.
struct Host : Published {
    Host() {
        source.put_user(MemorySource::user(70000, "anna"));
        source.put_user({.uid = 70001,
                         .gid = 90000,
                         .name = "bert",
                         .display_name = "",
                         .home = "/srv/bert",
                         .shell = "/bin/sh",
                         .groups = {}});
        source.put_user(MemorySource::user(70002, "cleo"));
        source.put_group(90000, "crew");
        source.put_group(90001, "staff");
        for (const std::uint32_t uid : {70000U, 70001U, 70002U}) source.join(90000, uid);
        source.join(90001, 70000);
    }
    template <typename Deed>
    bool child(Deed deed) const {
        const pid_t pid = ::fork();
        if (pid == 0) {
            if (::chdir(home.path().c_str()) != 0) ::_exit(2);
            const Module module(TEST_MODULE);
            deed(module);
            ::_exit(0);
        }
        int status = 0;
        return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    void list_local_groups(const std::string& text) const {
        std::ofstream(home.path() + "/local-groups") << text;
        std::filesystem::permissions(home.path() + "/local-groups", std::filesystem::perms(0644));
    }
};

struct Started : Host {
    Started() { BOOST_REQUIRE(publisher->start()); }
};

struct PasswdAnswer {
    nss_status status;
    int error = -7;  // a value the module must leave alone
    passwd entry{};
    char buffer[1024];
};
PasswdAnswer by_name(const Module& module, const char* name, size_t size = 1024) {
    PasswdAnswer answer;
    answer.status = module.getpwnam_r(name, &answer.entry, answer.buffer, size, &answer.error);
    return answer;
}

std::vector<std::string> list(char** members) {
    std::vector<std::string> names;
    for (; *members; ++members) names.emplace_back(*members);
    return names;
}

std::vector<gid_t> groups_of(const Module& module, const char* name, gid_t primary, long limit = -1) {
    long used = 1, size = 1;
    auto* gids = static_cast<gid_t*>(std::malloc(sizeof(gid_t)));
    gids[0] = primary;
    int error = 0;
    EXPECT(module.initgroups_dyn(name, primary, &used, &size, &gids, limit, &error) == NSS_STATUS_SUCCESS);
    EXPECT(used <= size && (limit <= 0 || size <= limit));
    std::vector<gid_t> result(gids, gids + used);
    std::free(gids);
    return result;
}

bool inside(const char* text, const char* buffer, size_t size) {
    return text >= buffer && text + std::strlen(text) < buffer + size;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nss)

BOOST_FIXTURE_TEST_CASE(a_user_is_answered_whole_by_name_and_uid, Started) {
    BOOST_TEST(child([](const Module& module) {
        for (int i = 0; i < 2; ++i) {
            PasswdAnswer answer;
            errno = 99;
            answer.status = i == 0
                                ? module.getpwnam_r("anna", &answer.entry, answer.buffer, 1024, &answer.error)
                                : module.getpwuid_r(70000, &answer.entry, answer.buffer, 1024, &answer.error);
            EXPECT(answer.status == NSS_STATUS_SUCCESS && answer.error == -7 && errno == 99);
            const passwd& entry = answer.entry;
            EXPECT(entry.pw_uid == 70000 && entry.pw_gid == 70000);
            EXPECT(std::strcmp(entry.pw_name, "anna") == 0 && std::strcmp(entry.pw_passwd, "x") == 0);
            EXPECT(std::strcmp(entry.pw_gecos, "Name anna") == 0);
            EXPECT(std::strcmp(entry.pw_dir, "/home/anna") == 0 &&
                   std::strcmp(entry.pw_shell, "/bin/bash") == 0);
            for (const char* text :
                 {entry.pw_name, entry.pw_passwd, entry.pw_gecos, entry.pw_dir, entry.pw_shell})
                EXPECT(inside(text, answer.buffer, 1024));
        }
    }));
}

BOOST_FIXTURE_TEST_CASE(a_group_is_answered_with_its_members_names, Started) {
    BOOST_TEST(child([](const Module& module) {
        group entry;
        char buffer[1024];
        int error = -7;
        EXPECT(module.getgrnam_r("crew", &entry, buffer, 1024, &error) == NSS_STATUS_SUCCESS && error == -7);
        EXPECT(entry.gr_gid == 90000 && std::strcmp(entry.gr_passwd, "x") == 0);
        EXPECT((list(entry.gr_mem) == std::vector<std::string>{"anna", "bert", "cleo"}));
        EXPECT(module.getgrgid_r(90001, &entry, buffer, 1024, &error) == NSS_STATUS_SUCCESS);
        EXPECT(std::strcmp(entry.gr_name, "staff") == 0 && list(entry.gr_mem).size() == 1);
        EXPECT(module.getgrgid_r(70000, &entry, buffer, 1024, &error) == NSS_STATUS_SUCCESS);
        EXPECT(std::strcmp(entry.gr_name, "anna") == 0 && list(entry.gr_mem).empty());
        // bert's primary group is another, so none bears his name
        EXPECT(module.getgrnam_r("bert", &entry, buffer, 1024, &error) == NSS_STATUS_NOTFOUND &&
               error == ENOENT);
        EXPECT(module.getgrgid_r(70001, &entry, buffer, 1024, &error) == NSS_STATUS_NOTFOUND);
    }));
}

BOOST_FIXTURE_TEST_CASE(what_is_not_ours_is_not_found, Started) {
    BOOST_TEST(child([](const Module& module) {
        const std::string long_name(300, 'a');
        for (const char* name :
             {"nobody-here", "Anna", "anna ", "", ".", "..", "-anna", "70000", "an:na", "an/na", "an,na",
              "an\nna", "\xff", long_name.c_str(), static_cast<const char*>(nullptr)}) {
            errno = 99;
            const auto answer = by_name(module, name);
            EXPECT(answer.status == NSS_STATUS_NOTFOUND && answer.error == ENOENT && errno == 99);
            group entry;
            char buffer[1024];
            int error = 0;
            EXPECT(module.getgrnam_r(name, &entry, buffer, 1024, &error) == NSS_STATUS_NOTFOUND);
        }
        for (const unsigned id :
             {0U, 1U, 27U, 999U, 60001U, 65534U, 65535U, 0x80000000U, 0xFFFFFFFFU, 123456U}) {
            passwd user;
            group entry;
            char buffer[1024];
            int error = 0;
            EXPECT(module.getpwuid_r(id, &user, buffer, 1024, &error) == NSS_STATUS_NOTFOUND &&
                   error == ENOENT);
            EXPECT(module.getgrgid_r(id, &entry, buffer, 1024, &error) == NSS_STATUS_NOTFOUND &&
                   error == ENOENT);
        }
    }));
}

BOOST_FIXTURE_TEST_CASE(without_a_folder_nobody_is_found_and_with_a_bad_one_it_is_unavailable, Host) {
    BOOST_TEST(child([](const Module& module) {
        auto answer = by_name(module, "anna");
        EXPECT(answer.status == NSS_STATUS_NOTFOUND && answer.error == ENOENT);
        EXPECT(::mkdir("nss", 0755) == 0);
        errno = 99;
        answer = by_name(module, "anna");
        EXPECT(answer.status == NSS_STATUS_UNAVAIL && answer.error == EIO && errno == 99);
        passwd entry;
        char buffer[64];
        int error = 0;
        EXPECT(module.setpwent(0) == NSS_STATUS_SUCCESS);
        EXPECT(module.getpwent_r(&entry, buffer, 64, &error) == NSS_STATUS_UNAVAIL && error == EIO);
    }));
}

BOOST_FIXTURE_TEST_CASE(a_small_buffer_is_erange_up_to_the_byte_and_nothing_lies_beyond_it, Started) {
    BOOST_TEST(child([](const Module& module) {
        const std::size_t needed =
            sizeof "anna" + sizeof "Name anna" + sizeof "/home/anna" + sizeof "/bin/bash" + 2;
        for (std::size_t size = 0; size <= needed; ++size) {
            const auto answer = by_name(module, "anna", size);
            if (size < needed)
                EXPECT(answer.status == NSS_STATUS_TRYAGAIN && answer.error == ERANGE);
            else
                EXPECT(answer.status == NSS_STATUS_SUCCESS);
        }
        for (std::size_t shift = 0; shift < 8; ++shift) {
            bool fits = false;
            for (std::size_t size = 0; size < 200; ++size) {
                alignas(8) char buffer[512];
                std::memset(buffer, 0x5A, sizeof buffer);
                group entry;
                int error = 0;
                const auto status = module.getgrnam_r("crew", &entry, buffer + shift, size, &error);
                EXPECT(status == NSS_STATUS_SUCCESS ||
                       (status == NSS_STATUS_TRYAGAIN && error == ERANGE && !fits));
                fits = status == NSS_STATUS_SUCCESS;
                for (std::size_t i = 0; i < sizeof buffer; ++i)
                    if (i < shift || i >= shift + size) EXPECT(buffer[i] == 0x5A);
                if (!fits) continue;
                EXPECT(reinterpret_cast<std::uintptr_t>(entry.gr_mem) % alignof(char*) == 0);
                EXPECT(list(entry.gr_mem).size() == 3);
            }
            EXPECT(fits);
        }
    }));
}

// 17 MiB of names and pointers: a caller that is told ERANGE would go on to grow its buffer.
BOOST_FIXTURE_TEST_CASE(an_entry_beyond_16_mib_is_unavailable_whatever_the_buffer, Host) {
    constexpr std::uint32_t half = 34'000;
    for (std::uint32_t i = 0; i < 2 * half; ++i) {
        source.put_user(MemorySource::user(100'000 + i, fmt::format("u{:0>239}", i)));
        source.join(90001, 100'000 + i);
        if (i < half) source.join(90000, 100'000 + i);
    }
    BOOST_REQUIRE(publisher->start());
    BOOST_TEST(child([](const Module& module) {
        std::vector<char> buffer(std::size_t{32} << 20);
        for (const std::size_t size : {std::size_t{1024}, std::size_t{16} << 20, buffer.size()}) {
            group entry;
            int error = 0;
            EXPECT(module.getgrgid_r(90001, &entry, buffer.data(), size, &error) == NSS_STATUS_UNAVAIL &&
                   error == EIO);
        }
        group entry;
        int error = 0;
        EXPECT(module.getgrgid_r(90000, &entry, buffer.data(), 1024, &error) == NSS_STATUS_TRYAGAIN &&
               error == ERANGE);
        EXPECT(module.getgrgid_r(90000, &entry, buffer.data(), buffer.size(), &error) == NSS_STATUS_SUCCESS);
        EXPECT(list(entry.gr_mem).size() == half + 3);
    }));
}

BOOST_FIXTURE_TEST_CASE(an_enumeration_does_not_advance_when_the_buffer_was_too_small, Started) {
    BOOST_TEST(child([](const Module& module) {
        for (int round = 0; round < 2; ++round) {
            std::vector<std::string> users, groups;
            char buffer[1024];
            int error = 0;
            passwd user;
            group entry;
            module.setpwent(0);
            for (;;) {
                EXPECT(
                    users.size() == 3 ||
                    (module.getpwent_r(&user, buffer, 3, &error) == NSS_STATUS_TRYAGAIN && error == ERANGE));
                if (module.getpwent_r(&user, buffer, 1024, &error) != NSS_STATUS_SUCCESS) break;
                users.emplace_back(user.pw_name);
            }
            EXPECT(error == ENOENT && (users == std::vector<std::string>{"anna", "bert", "cleo"}));
            EXPECT(module.getpwent_r(&user, buffer, 1024, &error) == NSS_STATUS_NOTFOUND);
            module.endpwent();
            module.setgrent(0);
            for (;;) {
                EXPECT(
                    groups.size() == 4 ||
                    (module.getgrent_r(&entry, buffer, 3, &error) == NSS_STATUS_TRYAGAIN && error == ERANGE));
                if (module.getgrent_r(&entry, buffer, 1024, &error) != NSS_STATUS_SUCCESS) break;
                groups.emplace_back(entry.gr_name);
            }
            EXPECT((groups == std::vector<std::string>{"crew", "staff", "anna", "cleo"}));
            module.endgrent();
        }
    }));
}

BOOST_FIXTURE_TEST_CASE(threads_share_an_enumeration_without_loss_or_double, Host) {
    for (std::uint32_t i = 0; i < 500; ++i)
        source.put_user(MemorySource::user(71000 + i, "member" + std::to_string(i)));
    BOOST_REQUIRE(publisher->start());
    BOOST_TEST(child([](const Module& module) {
        std::vector<uid_t> seen[4];
        std::vector<std::thread> threads;
        module.setpwent(0);
        for (auto& mine : seen)
            threads.emplace_back([&] {
                passwd user;
                char buffer[256];
                int error = 0;
                while (module.getpwent_r(&user, buffer, 256, &error) == NSS_STATUS_SUCCESS)
                    mine.push_back(user.pw_uid);
            });
        for (auto& thread : threads) thread.join();
        std::vector<uid_t> all;
        for (const auto& mine : seen) all.insert(all.end(), mine.begin(), mine.end());
        std::sort(all.begin(), all.end());
        EXPECT(all.size() == 503 && std::adjacent_find(all.begin(), all.end()) == all.end());
    }));
}

BOOST_FIXTURE_TEST_CASE(initgroups_grows_the_array_within_the_limit_and_leaves_the_primary_group_out, Host) {
    for (std::uint32_t i = 0; i < 40; ++i) {
        source.put_group(91000 + i, "g" + std::to_string(i));
        source.join(91000 + i, 70000);
    }
    BOOST_REQUIRE(publisher->start());
    BOOST_TEST(child([](const Module& module) {
        EXPECT(groups_of(module, "anna", 70000).size() == 43);
        const auto without = groups_of(module, "anna", 91005);
        EXPECT(without.size() == 42 && std::count(without.begin(), without.end(), 91005U) == 1);
        for (long limit = 1; limit < 50; ++limit)
            EXPECT(groups_of(module, "anna", 70000, limit).size() == std::min<std::size_t>(limit, 43));
        EXPECT((groups_of(module, "bert", 90000) == std::vector<gid_t>{90000}));
        long used = 0, size = 0;
        gid_t* gids = nullptr;
        int error = 0;
        EXPECT(module.initgroups_dyn("nobody", 1, &used, &size, &gids, -1, &error) == NSS_STATUS_NOTFOUND);
        EXPECT(error == ENOENT && used == 0);
        EXPECT(module.initgroups_dyn("anna", 1, &used, &size, &gids, -1, &error) == NSS_STATUS_SUCCESS);
        EXPECT(used == 42);
        std::free(gids);
    }));
}

BOOST_FIXTURE_TEST_CASE(local_groups_count_when_root_lists_them_and_root_never_does, Host) {
    for (const std::uint32_t gid : {0U, 4U, 27U}) source.join(gid, 70000);
    BOOST_REQUIRE(publisher->start());
    BOOST_TEST(child([](const Module& module) {
        EXPECT((groups_of(module, "anna", 70000) == std::vector<gid_t>{70000, 90000, 90001}));
    }));
    list_local_groups("sudo:27\nroot:0\n");
    BOOST_TEST(child([](const Module& module) {
        EXPECT((groups_of(module, "anna", 70000) == std::vector<gid_t>{70000, 27, 90000, 90001}));
        group entry;
        char buffer[256];
        int error = 0;
        EXPECT(module.getgrgid_r(27, &entry, buffer, 256, &error) == NSS_STATUS_NOTFOUND);
        EXPECT(module.getgrnam_r("sudo", &entry, buffer, 256, &error) == NSS_STATUS_NOTFOUND);
    }));
    std::filesystem::permissions(home.path() + "/local-groups", std::filesystem::perms(0666));
    BOOST_TEST(child([](const Module& module) {
        EXPECT((groups_of(module, "anna", 70000) == std::vector<gid_t>{70000, 90000, 90001}));
    }));
}

BOOST_FIXTURE_TEST_CASE(memberships_end_by_the_clock, Host) {
    source.join(90001, 70001, std::time(nullptr) - 5);
    source.join(90001, 70002, std::time(nullptr) + 5000);
    BOOST_REQUIRE(publisher->start());
    BOOST_TEST(child([](const Module& module) {
        EXPECT((groups_of(module, "bert", 90000) == std::vector<gid_t>{90000}));
        EXPECT((groups_of(module, "cleo", 70002) == std::vector<gid_t>{70002, 90000, 90001}));
        group entry;
        char buffer[256];
        int error = 0;
        EXPECT(module.getgrgid_r(90001, &entry, buffer, 256, &error) == NSS_STATUS_SUCCESS);
        EXPECT((list(entry.gr_mem) == std::vector<std::string>{"anna", "cleo"}));
    }));
}

BOOST_FIXTURE_TEST_CASE(it_works_on_the_smallest_thread_stack, Started) {
    BOOST_TEST(child([](const Module& module) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        EXPECT(pthread_attr_setstacksize(&attributes, 16384) == 0);
        pthread_t thread;
        const auto run = [](void* argument) -> void* {
            const auto& loaded = *static_cast<const Module*>(argument);
            return by_name(loaded, "anna").status == NSS_STATUS_SUCCESS ? argument : nullptr;
        };
        EXPECT(pthread_create(&thread, &attributes, run, const_cast<Module*>(&module)) == 0);
        void* result = nullptr;
        pthread_join(thread, &result);
        EXPECT(result == &module);
    }));
}

BOOST_FIXTURE_TEST_CASE(it_works_where_sockets_are_forbidden, Started) {
    BOOST_TEST(child([](const Module& module) {
        sock_filter filter[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const sock_fprog program{.len = 4, .filter = filter};
        EXPECT(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
        EXPECT(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
        EXPECT(by_name(module, "anna").status == NSS_STATUS_SUCCESS);
    }));
}

BOOST_FIXTURE_TEST_CASE(it_works_with_few_descriptors_and_fails_softly_with_none_or_no_memory, Started) {
    BOOST_TEST(child([](const Module& module) {
        const rlimit few{.rlim_cur = 4, .rlim_max = 4};
        for (int fd = 3; fd < 20; ++fd) ::close(fd);
        EXPECT(::setrlimit(RLIMIT_NOFILE, &few) == 0);
        EXPECT(by_name(module, "anna").status == NSS_STATUS_SUCCESS);
    }));
    for (const auto resource : {RLIMIT_NOFILE, RLIMIT_AS})
        BOOST_TEST(child([resource](const Module& module) {
            const rlimit none{.rlim_cur = 0, .rlim_max = 0};
            EXPECT(::setrlimit(resource, &none) == 0);
            const auto answer = by_name(module, "anna");
            EXPECT(answer.status == NSS_STATUS_UNAVAIL && answer.error == EIO);
        }));
}

BOOST_FIXTURE_TEST_CASE(names_still_resolve_after_a_chroot, Started) {
    if (::geteuid() != 0) return;
    BOOST_TEST(child([](const Module& module) {
        EXPECT(by_name(module, "anna").status == NSS_STATUS_SUCCESS);
        EXPECT(::mkdir("jail", 0755) == 0 && ::chroot("jail") == 0 && ::chdir("/") == 0);
        EXPECT(by_name(module, "bert").status == NSS_STATUS_SUCCESS);
        ::sleep(2);
        EXPECT(by_name(module, "cleo").status == NSS_STATUS_SUCCESS);
    }));
}

BOOST_FIXTURE_TEST_CASE(a_program_linked_statically_may_load_it, Started) {
    if (*STATIC_LOOKUP == '\0') return;
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::chdir(home.path().c_str()) == 0) ::execl(STATIC_LOOKUP, STATIC_LOOKUP, TEST_MODULE, nullptr);
        ::_exit(127);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(pid, &status, 0) == pid);
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_FIXTURE_TEST_CASE(no_descriptor_is_kept, Started) {
    BOOST_TEST(child([](const Module& module) {
        const int before = ::dup(0);
        ::close(before);
        EXPECT(by_name(module, "anna").status == NSS_STATUS_SUCCESS);
        EXPECT(::dup(0) == before);
    }));
}

BOOST_AUTO_TEST_SUITE_END()
