// SPDX-License-Identifier: LGPL-2.1-or-later
// seccomp(2) asks a thread of ours about each call: it lets it pass, or answers in its place. That thread is
// not asked about itself, for the filter is not its own. Both run on one processor: to change between them is
// cheaper there than to wake another.
#include "tests/unit/pam_module/failing_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>
#include <thread>
#include <vector>

#include "tests/unit/pam_module/failing_malloc.h"

namespace userd::pam::test {
namespace {

// brk(2) tells of an error by the old break alone. close(2) closes whatever it says.
constexpr int spared[] = {SYS_exit,           SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigaction,
                          SYS_rt_sigprocmask, SYS_brk,        SYS_munmap,       SYS_madvise,
                          SYS_futex,          SYS_close,      SYS_sched_yield,  SYS_clock_gettime,
                          SYS_getpid,         SYS_gettid,     SYS_tgkill,       SYS_getuid,
                          SYS_geteuid,        SYS_getgid,     SYS_getegid};
constexpr int no_listener = -1, no_filter = -2;

// Locks of files on a local disk: SQLite holds the lock for good whose end is refused.
bool is_spared(const seccomp_data& call) {
    return call.nr == SYS_fcntl && call.args[1] == F_SETLK;
}

void answer_calls(int listener, Faults& faults) {
    for (;;) {
        seccomp_notif call = {};
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
            if (errno == EINTR) continue;
            return;
        }
        seccomp_notif_resp answer = {call.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        if (!is_spared(call.data) && faults.calls > 0 && faults.calls.fetch_sub(1) == 1) {
            answer.flags = 0;
            answer.error = -faults.error;
            faults.failed_call = call.data.nr;
        }
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

// The descriptor to be asked at; no_filter where that is not to be had.
int install_filter() {
    std::vector<sock_filter> code = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (std::size_t i = 0; i < std::size(spared); ++i)
        code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(spared[i]),
                                static_cast<__u8>(std::size(spared) - i), 0));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program = {static_cast<unsigned short>(code.size()), code.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return no_filter;
    const long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    return listener < 0 ? no_filter : static_cast<int>(listener);
}

void stay_on_one_processor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    const int here = sched_getcpu();
    CPU_SET(static_cast<std::size_t>(here < 0 ? 0 : here), &one);
    sched_setaffinity(0, sizeof one, &one);
}

bool ask_about_calls(Faults& faults) {
    static std::atomic<int> listener{no_listener};
    stay_on_one_processor();
    std::thread([&faults] {
        while (listener == no_listener) std::this_thread::yield();
        if (listener >= 0) answer_calls(listener, faults);
    }).detach();
    listener = install_filter();
    return listener >= 0;
}

}  // namespace

bool calls_can_fail() {
    if (!malloc_can_fail) return false;
    static const bool answer = [] {
        const pid_t child = fork();
        if (child == 0) {
            Faults none;
            _exit(ask_about_calls(none) ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }();
    return answer;
}

void obey(Faults& faults) {
    if (!malloc_can_fail) return;
    ask_about_calls(faults);
    count_mallocs_down(faults.allocations);
}

}  // namespace userd::pam::test
