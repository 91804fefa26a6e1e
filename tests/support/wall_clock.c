// SPDX-License-Identifier: LGPL-2.1-or-later
// For LD_PRELOAD: the wall clock of a program is as many seconds off as stand in the file WALL_CLOCK_OFFSET, and can be set
// while it runs. All other clocks and all timers stay as they are, as when somebody sets the clock of a host; libfaketime
// moves absolute timers too, whatever their clock, and with a day of that an event loop does not run.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long seconds_off(void) {
    const int error = errno;
    const char* path = getenv("WALL_CLOCK_OFFSET");
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    char text[32] = "";
    if (fd >= 0) {
        if (read(fd, text, sizeof text - 1) < 0) text[0] = '\0';
        close(fd);
    }
    errno = error;
    return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += seconds_off();
    return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    (void)zone;
    struct timespec time;
    const int result = clock_gettime(CLOCK_REALTIME, &time);
    if (result == 0) *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return result;
}

time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
