// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded into a program: its wall clock is ahead of the kernel's by the seconds that stand in the file
// $WALL_CLOCK, read afresh each time. Nothing else moves. (libfaketime moves the timers of sd-event too,
// which then end with EINVAL.)
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead(void) {
    const int error = errno;
    const char* path = getenv("WALL_CLOCK");
    char text[32] = "";
    const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        if (read(fd, text, sizeof text - 1) < 0) text[0] = '\0';
        close(fd);
    }
    errno = error;
    return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    (void)zone;
    struct timespec time = {0};
    clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* now) {
    struct timespec time = {0};
    clock_gettime(CLOCK_REALTIME, &time);
    if (now != NULL) *now = time.tv_sec;
    return time.tv_sec;
}
