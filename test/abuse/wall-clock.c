// Preloaded into a server under test: somebody with the right has set the machine's wall clock. Only CLOCK_REALTIME moves,
// by the milliseconds that stand in the file $WALL_CLOCK_FILE; the counter since boot runs on, as it does on a real
// machine. No allocation and no dlsym, so that it may be called before the program's allocator is ready.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long offset_ms(void) {
    const char* const file = getenv("WALL_CLOCK_FILE");
    if (file == NULL) return 0;
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[32] = {0};
    const long n = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    return n > 0 ? atoll(text) : 0;
}

int clock_gettime(clockid_t which, struct timespec* out) {
    const long done = syscall(SYS_clock_gettime, which, out);
    if (done == 0 && which == CLOCK_REALTIME) {
        const long long ms = offset_ms() + out->tv_nsec / 1000000;
        out->tv_sec += ms / 1000;
        out->tv_nsec = (ms % 1000) * 1000000 + out->tv_nsec % 1000000;
        if (out->tv_nsec < 0) {
            out->tv_nsec += 1000000000;
            out->tv_sec -= 1;
        }
    }
    return (int)done;
}
