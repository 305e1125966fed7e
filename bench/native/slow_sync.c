// Preloaded into a server: fsync and fdatasync do their real work and then take at least SLOW_SYNC_MS
// milliseconds in all, as on a disk whose synchronous write costs that much. With SLOW_SYNC_PATH, only files
// whose path holds that text: "/pg_wal/" makes commits slow and nothing else, as a standby far away does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int concerns(int file) {
    const char* part = getenv("SLOW_SYNC_PATH");
    if (part == NULL) return 1;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return strstr(path, part) != NULL;
}

static int slow(const char* name, int file) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const char* setting = getenv("SLOW_SYNC_MS");
    const long long nanoseconds = until.tv_nsec + (long long)((setting ? atof(setting) : 0) * 1e6);
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;

    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const int result = real(file);
    const int error = errno;
    while (concerns(file) && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
    errno = error;
    return result;
}

int fsync(int file) {
    return slow("fsync", file);
}
int fdatasync(int file) {
    return slow("fdatasync", file);
}
