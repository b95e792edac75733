/* A library to preload: records every change to the files of the folder CUT_DIR, in order, as
 * "op path-length offset length path data" in the file CUT_LOG. tests/faults/disk.py computes from
 * it the state after a power cut. A lock keeps the records in the order of the calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static char *paths[FILES];
static int log_fd = -1;
static const char *folder;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

static ssize_t put(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, data, size);
}

static void note(char op, const char *path, int64_t offset, const void *data, uint32_t size) {
    uint32_t length = strlen(path);
    char head[17];
    head[0] = op;
    memcpy(head + 1, &length, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &size, 4);
    put(log_fd, head, sizeof head);
    put(log_fd, path, length);
    if (size) put(log_fd, data, size);
}

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("CUT_LOG");
    folder = getenv("CUT_DIR");
    REAL(int, "open", const char *, int, ...);
    if (log && folder) log_fd = real(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ours(const char *path) {
    return log_fd >= 0 && path && strncmp(path, folder, strlen(folder)) == 0;
}

static void opened(int fd, const char *path, int flags, int fresh) {
    if (fd < 0 || fd >= FILES || !ours(path)) return;
    free(paths[fd]);
    paths[fd] = strdup(path);
    if (fresh) note('c', path, 0, 0, 0);
    if (flags & O_TRUNC) note('t', path, 0, 0, 0);
}

static const char *of(int fd) { return fd >= 0 && fd < FILES ? paths[fd] : 0; }

#define OPENER(name)                                                     \
    int name(const char *path, int flags, ...) {                         \
        REAL(int, #name, const char *, int, ...);                        \
        va_list rest;                                                    \
        va_start(rest, flags);                                           \
        int mode = va_arg(rest, int);                                    \
        va_end(rest);                                                    \
        if (!ours(path)) return real(path, flags, mode);                 \
        pthread_mutex_lock(&order);                                      \
        int fresh = (flags & O_CREAT) && access(path, F_OK) != 0;        \
        int fd = real(path, flags, mode);                                \
        opened(fd, path, flags, fresh);                                  \
        pthread_mutex_unlock(&order);                                    \
        return fd;                                                       \
    }
OPENER(open)
OPENER(open64)

int close(int fd) {
    REAL(int, "close", int);
    if (of(fd)) {
        free(paths[fd]);
        paths[fd] = 0;
    }
    return real(fd);
}

#define POSITIONED(name, offset_t)                                                  \
    ssize_t name(int fd, const void *data, size_t size, offset_t offset) {          \
        REAL(ssize_t, #name, int, const void *, size_t, offset_t);                  \
        if (!of(fd)) return real(fd, data, size, offset);                           \
        pthread_mutex_lock(&order);                                                 \
        ssize_t done = real(fd, data, size, offset);                                \
        if (done > 0) note('w', of(fd), offset, data, done);                        \
        pthread_mutex_unlock(&order);                                               \
        return done;                                                                \
    }
POSITIONED(pwrite, off_t)
POSITIONED(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    if (!of(fd)) return put(fd, data, size);
    pthread_mutex_lock(&order);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = put(fd, data, size);
    if (done > 0) note('w', of(fd), offset, data, done);
    pthread_mutex_unlock(&order);
    return done;
}

#define TRUNCATER(name, offset_t)                        \
    int name(int fd, offset_t size) {                    \
        REAL(int, #name, int, offset_t);                 \
        if (!of(fd)) return real(fd, size);              \
        pthread_mutex_lock(&order);                      \
        int done = real(fd, size);                       \
        if (!done) note('t', of(fd), size, 0, 0);        \
        pthread_mutex_unlock(&order);                    \
        return done;                                     \
    }
TRUNCATER(ftruncate, off_t)
TRUNCATER(ftruncate64, off64_t)

/* Recorded after the sync: a power cut during it may find it incomplete. */
#define SYNCER(name)                                    \
    int name(int fd) {                                  \
        REAL(int, #name, int);                          \
        if (!of(fd)) return real(fd);                   \
        pthread_mutex_lock(&order);                     \
        int done = real(fd);                            \
        if (!done) note('s', of(fd), 0, 0, 0);          \
        pthread_mutex_unlock(&order);                   \
        return done;                                    \
    }
SYNCER(fsync)
SYNCER(fdatasync)

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    if (!ours(path)) return real(path);
    pthread_mutex_lock(&order);
    int done = real(path);
    if (!done) note('u', path, 0, 0, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    if (!ours(from)) return real(from, to);
    pthread_mutex_lock(&order);
    int done = real(from, to);
    if (!done) note('r', from, 0, to, strlen(to));
    pthread_mutex_unlock(&order);
    return done;
}
