// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/reader.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "tests/support/snapshot/model.h"
#include "tests/support/snapshot/published.h"

using namespace userd;
using namespace userd::test;
using namespace userd::snapshot;

namespace {

struct Watched : Published {
    explicit Watched(Publisher::Limits limits = {}) : Published(limits) {
        source.put_user(MemorySource::user(70000, "anna"));
        BOOST_REQUIRE(publisher->start());
    }
    void add(std::uint32_t uid, const std::string& name) {
        source.put_user(MemorySource::user(uid, name));
        BOOST_REQUIRE(publisher->publish());
    }
    std::string path = folder();
    Reader reader{path.c_str(), "", ::geteuid()};
    Reader::State state() { return reader.lease().state(); }
    bool knows(const char* name) {
        const auto lease = reader.lease();
        return lease.state() == Reader::State::ready && lease.view().find_user(name).status == Status::found;
    }
    void wait_for_the_next_look() const { std::this_thread::sleep_for(std::chrono::milliseconds(2100)); }
};

template <typename Deed>
bool child_succeeds(Deed deed) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(deed() ? 0 : 1);
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reader)

BOOST_AUTO_TEST_CASE(no_folder_is_absent_and_a_folder_without_files_unavailable) {
    TemporaryFolder home;
    const std::string folder = home.path() + "/nss";
    Reader eyes(folder.c_str(), "", ::geteuid());
    BOOST_TEST((eyes.lease().state() == Reader::State::absent));
    std::filesystem::create_directory(folder);
    BOOST_TEST((eyes.lease().state() == Reader::State::unavailable));
}

BOOST_AUTO_TEST_CASE(files_that_others_may_write_or_own_are_not_believed) {
    for (const char* file : {"control", "base.1"}) {
        Watched host;
        std::filesystem::permissions(host.folder() + "/" + file, std::filesystem::perms(0664));
        BOOST_TEST((host.state() == Reader::State::unavailable), file);
        std::filesystem::permissions(host.folder() + "/" + file, std::filesystem::perms(0644));
        if (::geteuid() == 0) {
            BOOST_REQUIRE(::chown((host.folder() + "/" + file).c_str(), 1000, 0) == 0);
            BOOST_TEST((host.state() == Reader::State::unavailable), file);
            BOOST_REQUIRE(::chown((host.folder() + "/" + file).c_str(), 999, 0) == 0);
        }
        BOOST_TEST((host.state() == Reader::State::ready), file);
    }
}

BOOST_AUTO_TEST_CASE(a_torn_delta_sends_a_new_reader_to_the_durable_pair) {
    Watched host;
    host.add(70001, "bert");
    host.settle();
    host.add(70002, "cleo");  // its sync waits for the loop, which does not run
    const auto control = publish::ControlFile::open(host.folder());
    const auto delta = publish::delta_path(host.folder(), 1, control->current().delta);
    std::filesystem::resize_file(delta, std::filesystem::file_size(delta) - 100);
    if (control->durable() == control->current()) return;  // the worker was faster
    BOOST_TEST(host.knows("bert"));
    BOOST_TEST(!host.knows("cleo"));
    host.add(70003, "dora");
    BOOST_TEST(host.knows("cleo"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_cannot_open_what_is_newer_keeps_what_it_has) {
    Watched host;
    BOOST_TEST(host.knows("anna"));
    // As after a chroot: the mapped control moves on, the files are nowhere to be found.
    const std::string aside = host.folder() + ".aside";
    auto control = publish::ControlFile::open(host.folder());
    std::filesystem::rename(host.folder(), aside);
    control->show({.base = 9, .delta = 9}, 99);
    BOOST_TEST(host.knows("anna"));
    host.wait_for_the_next_look();
    BOOST_TEST(host.knows("anna"));
    std::filesystem::rename(aside, host.folder());
    host.add(70001, "bert");
    BOOST_TEST(host.knows("bert"));
}

BOOST_AUTO_TEST_CASE(a_restart_of_the_daemon_is_followed_at_once) {
    Watched host;
    BOOST_TEST(host.knows("anna"));
    host.source.put_user(MemorySource::user(70001, "bert"));
    host.settle();
    host.restart();
    BOOST_REQUIRE(host.publisher->start());
    BOOST_TEST(host.knows("bert"));
    host.add(70002, "cleo");
    BOOST_TEST(host.knows("cleo"));
}

BOOST_AUTO_TEST_CASE(a_retired_control_without_a_successor_is_unavailable_to_newcomers_only) {
    Watched host;
    BOOST_TEST(host.knows("anna"));
    publish::ControlFile::open(host.folder())->retire();
    BOOST_TEST(host.knows("anna"));
    Reader newcomer(host.path.c_str(), "", ::geteuid());
    BOOST_TEST((newcomer.lease().state() == Reader::State::unavailable));
}

BOOST_AUTO_TEST_CASE(a_control_that_was_replaced_without_a_word_is_noticed) {
    Watched host;
    BOOST_TEST(host.knows("anna"));
    // A restored folder: other files under the same names, and nobody retired the page that is mapped.
    Published other;
    other.source.put_user(MemorySource::user(70009, "zoe"));
    BOOST_REQUIRE(other.publisher->start());
    std::filesystem::remove_all(host.folder());
    std::filesystem::copy(other.folder(), host.folder());
    host.wait_for_the_next_look();
    BOOST_TEST(host.knows("zoe"));
    BOOST_TEST(!host.knows("anna"));
}

BOOST_AUTO_TEST_CASE(damage_is_unavailable_and_heals) {
    Watched host;
    const std::string base = host.folder() + "/base.1";
    std::filesystem::copy(base, base + ".whole");
    std::filesystem::resize_file(base, 1000);
    BOOST_TEST((host.state() == Reader::State::unavailable));
    std::filesystem::rename(base + ".whole", base);
    BOOST_TEST(host.knows("anna"));
}

BOOST_AUTO_TEST_CASE(no_descriptor_stays_open_and_none_lies_where_streams_are_expected) {
    Watched host;
    BOOST_TEST(child_succeeds([&] {
        for (int fd = 0; fd < 20; ++fd) ::close(fd);
        if (!host.knows("anna")) return false;
        return ::open("/dev/null", O_RDONLY) == 0 && ::open("/dev/null", O_RDONLY) == 1;
    }));
}

BOOST_AUTO_TEST_CASE(without_room_for_descriptors_or_maps_it_is_unavailable) {
    for (const auto resource : {RLIMIT_NOFILE, RLIMIT_AS}) {
        Watched host;
        BOOST_TEST(child_succeeds([&] {
            const rlimit none{.rlim_cur = 0, .rlim_max = 0};
            ::setrlimit(resource, &none);
            return host.state() == Reader::State::unavailable;
        }));
    }
}

// Threads look up while bases and deltas come and go, and children are forked in the middle of it.
BOOST_AUTO_TEST_CASE(threads_and_forks_see_whole_views_while_the_generation_moves) {
    Watched host({.records = 8, .bytes = 1U << 20U});
    std::atomic<bool> stop{false};
    std::atomic<std::uint32_t> wrong{0}, newest{70000};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            while (!stop) {
                const std::uint32_t at_least = newest;
                const auto lease = host.reader.lease();
                if (lease.state() != Reader::State::ready ||
                    lease.view().find_user("anna").status != Status::found ||
                    lease.view().find_user(at_least).status != Status::found)
                    ++wrong;
            }
        });
    for (std::uint32_t i = 1; i <= 150; ++i) {
        host.add(70000 + i, "n" + std::to_string(i));
        newest = 70000 + i;
        (void)host.loop->run_once(std::chrono::milliseconds(1));
#ifndef __SANITIZE_THREAD__
        if (i % 10 == 0) BOOST_TEST(child_succeeds([&] { return host.knows("anna"); }));
#endif
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    BOOST_TEST(wrong == 0U);
    host.settle();
}

// The slots that a fork found in use are lost to the child; it must see new generations none the less.
BOOST_AUTO_TEST_CASE(a_child_whose_slots_are_pinned_for_ever_still_follows) {
    Watched host;
    std::vector<std::thread> holders;
    std::atomic<int> held{0};
    std::atomic<bool> stop{false};
    for (std::uint32_t i = 0; i < 6; ++i) {
        holders.emplace_back([&] {
            const auto lease = host.reader.lease();
            ++held;
            while (!stop) std::this_thread::yield();
        });
        while (held != static_cast<int>(i) + 1) std::this_thread::yield();
        host.add(70001 + i, "n" + std::to_string(i));
    }
    BOOST_TEST(host.knows("n5"));
#ifndef __SANITIZE_THREAD__
    BOOST_TEST(child_succeeds([&] { return host.knows("n5"); }));
#endif
    stop = true;
    for (auto& holder : holders) holder.join();
    BOOST_TEST(host.knows("n5"));
}

BOOST_AUTO_TEST_CASE(the_wall_clock_of_ends_never_falls) {
    const std::int64_t before = wall_clock();
    BOOST_TEST(before > 1'700'000'000);
    BOOST_TEST(wall_clock() >= before);
}

BOOST_AUTO_TEST_SUITE_END()
