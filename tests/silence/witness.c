/* Knows which calls of the C library lead to a network: each is written down, then let through.
   The library's own inner calls pass it by, so that every way to look up a name is listed here, too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *process = "window";

static void note(const char *call, int family) {
    const char *path = getenv("SILENCE_LOG");
    char line[64];
    int length = snprintf(line, sizeof line, "%s %.40s %d\n", process, call, family);
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
        if (write(file, line, (size_t)length) < 0) { /* a full disk fails the test elsewhere */ }
        close(file);
    }
}

static int is_network(int family) { return family == AF_INET || family == AF_INET6; }

int socket(int family, int type, int protocol) {
    int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");
    if (is_network(family)) note("socket", family);
    return real(family, type, protocol);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    if (address && is_network(address->sa_family)) note("connect", address->sa_family);
    return real(descriptor, address, length);
}

ssize_t sendto(int descriptor, const void *data, size_t size, int flags, const struct sockaddr *address,
               socklen_t length) {
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        dlsym(RTLD_NEXT, "sendto");
    if (address && is_network(address->sa_family)) note("sendto", address->sa_family);
    return real(descriptor, data, size, flags, address, length);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    note("getaddrinfo", 0);
    return real(name, service, hints, found);
}

int getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                socklen_t service_size, int flags) {
    int (*real)(const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int) =
        dlsym(RTLD_NEXT, "getnameinfo");
    note("getnameinfo", 0);
    return real(address, length, host, host_size, service, service_size, flags);
}

/* Old ways to look up a name: the answer is that there is none, which is what a network that is not there says. */
#define LOOKUP(kind, name, arguments, answer) \
    kind name arguments {                      \
        note(#name, 0);                        \
        return answer;                         \
    }
LOOKUP(struct hostent *, gethostbyname, (const char *name), NULL)
LOOKUP(struct hostent *, gethostbyname2, (const char *name, int family), NULL)
LOOKUP(struct hostent *, gethostbyaddr, (const void *address, socklen_t length, int family), NULL)
LOOKUP(int, gethostbyname_r,
       (const char *name, struct hostent *entry, char *room, size_t size, struct hostent **found, int *error),
       (*found = NULL, *error = HOST_NOT_FOUND, 0))
LOOKUP(int, gethostbyname2_r,
       (const char *name, int family, struct hostent *entry, char *room, size_t size, struct hostent **found,
        int *error),
       (*found = NULL, *error = HOST_NOT_FOUND, 0))
LOOKUP(int, res_query, (const char *name, int class, int type, unsigned char *answer, int length), -1)
LOOKUP(int, res_search, (const char *name, int class, int type, unsigned char *answer, int length), -1)

/* That it looks on at all, and where: without this line its silence would prove nothing. */
__attribute__((constructor)) static void begin(int count, char **words) {
    for (int at = 1; at < count; at++)
        if (strcmp(words[at], "--engine") == 0) process = "engine";
    note("watched", 0);
}
