/* Makes one file operation below a folder go wrong: for tests, loaded with LD_PRELOAD.

   Counted are the operations of the C library that change files below FAULTS_ROOT, by whatever
   part of a process: opening for writing, writing, flushing, renaming, removing, making. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, KILL, TORN, FULL, IO_ERROR };

static int kind = NOTHING, at = -1, count = 0;
static char root[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* From now on operation number `position`, counted from 0, goes wrong in the way `what`. */
void faults_arm(const char *folder, int what, int position) {
    snprintf(root, sizeof root, "%s", folder);
    kind = what, at = position, count = 0;
}

int faults_count(void) { return count; }

static int below(const char *path) { return root[0] && !strncmp(path, root, strlen(root)); }

static int fd_below(int fd) {
    char link[64], path[PATH_MAX];
    if (!root[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static int at_below(int fd, const char *path) {
    return path[0] == '/' || fd == AT_FDCWD ? below(path) : fd_below(fd);
}

/* Whether the operation must fail; errno says how. `needs_room`: a full disk refuses it.
   `half` is called before a process is killed in the middle of a write. */
static int fails(int concerned, int needs_room, int fd, const void *data, size_t size) {
    static ssize_t (*really_write)(int, const void *, size_t);
    if (!concerned) return 0;
    pthread_mutex_lock(&lock);
    int now = count++, result = 0;
    if (now == at && (kind == KILL || kind == TORN)) {
        if (kind == TORN && data) {
            if (!really_write) really_write = dlsym(RTLD_NEXT, "write");
            really_write(fd, data, size / 2);
        }
        kill(getpid(), SIGKILL);
        pause();
    }
    if (kind == FULL && at >= 0 && now >= at && needs_room) result = errno = ENOSPC;
    if (kind == IO_ERROR && now == at) result = errno = EIO;
    pthread_mutex_unlock(&lock);
    return result;
}

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = dlsym(RTLD_NEXT, #name)

#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT))

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name, int, const char *, int, ...); \
        va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
        if (fails(WRITES(flags) && below(path), flags & O_CREAT, -1, NULL, 0)) return -1; \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(name, int, int, const char *, int, ...); \
        va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
        if (fails(WRITES(flags) && at_below(folder, path), flags & O_CREAT, -1, NULL, 0)) return -1; \
        return real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write, ssize_t, int, const void *, size_t);
    if (fails(fd_below(fd), 1, fd, data, size)) return -1;
    return real(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    REAL(writev, ssize_t, int, const struct iovec *, int);
    if (fails(fd_below(fd), 1, fd, number ? parts[0].iov_base : NULL, number ? parts[0].iov_len : 0))
        return -1;
    return real(fd, parts, number);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *data, size_t size, offset_type offset) { \
        REAL(name, ssize_t, int, const void *, size_t, offset_type); \
        if (fails(fd_below(fd), 1, fd, data, size)) return -1; \
        return real(fd, data, size, offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define ON_FD(name) \
    int name(int fd) { \
        REAL(name, int, int); \
        return fails(fd_below(fd), 0, -1, NULL, 0) ? -1 : real(fd); \
    }
ON_FD(fsync)
ON_FD(fdatasync)

#define ON_PATH(name) \
    int name(const char *path) { \
        REAL(name, int, const char *); \
        return fails(below(path), 0, -1, NULL, 0) ? -1 : real(path); \
    }
ON_PATH(unlink)
ON_PATH(rmdir)

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir, int, const char *, mode_t);
    return fails(below(path), 1, -1, NULL, 0) ? -1 : real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(mkdirat, int, int, const char *, mode_t);
    return fails(at_below(folder, path), 1, -1, NULL, 0) ? -1 : real(folder, path, mode);
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(unlinkat, int, int, const char *, int);
    return fails(at_below(folder, path), 0, -1, NULL, 0) ? -1 : real(folder, path, flags);
}

int rename(const char *from, const char *to) {
    REAL(rename, int, const char *, const char *);
    return fails(below(to), 0, -1, NULL, 0) ? -1 : real(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    REAL(renameat, int, int, const char *, int, const char *);
    if (fails(at_below(to_folder, to), 0, -1, NULL, 0)) return -1;
    return real(from_folder, from, to_folder, to);
}
