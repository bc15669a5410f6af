/*
 * The stack under test as packetdrill sees it (--so_filename): every call goes as one message over a Unix socket to the
 * process that runs the stack, which also owns the time. The library is preloaded too, because packetdrill makes some
 * calls past the interface: getsockopt of %{ }% blocks, sendfile, close, times, system.
 *
 * --so_flags names the Unix socket. Message: u32 length of what follows, u8 operation, u8 count, i64 now, count * i64,
 * then blobs: u32 length (0xffffffff: not readable) and bytes. Answer: u32 length, i64 result, i64 errno, i64 now, blobs.
 * Times are virtual microseconds since 1970.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

/* What packetdrill expects to be filled in, in its order. */
struct interface {
	void *userdata;
	void (*free)(void *);
	int (*socket)(void *, int, int, int);
	int (*bind)(void *, int, const struct sockaddr *, socklen_t);
	int (*listen)(void *, int, int);
	int (*accept)(void *, int, struct sockaddr *, socklen_t *);
	int (*connect)(void *, int, const struct sockaddr *, socklen_t);
	ssize_t (*read)(void *, int, void *, size_t);
	ssize_t (*readv)(void *, int, const struct iovec *, int);
	ssize_t (*recv)(void *, int, void *, size_t, int);
	ssize_t (*recvfrom)(void *, int, void *, size_t, int, struct sockaddr *, socklen_t *);
	ssize_t (*recvmsg)(void *, int, struct msghdr *, int);
	ssize_t (*write)(void *, int, const void *, size_t);
	ssize_t (*writev)(void *, int, const struct iovec *, int);
	ssize_t (*send)(void *, int, const void *, size_t, int);
	ssize_t (*sendto)(void *, int, const void *, size_t, int, const struct sockaddr *, socklen_t);
	ssize_t (*sendmsg)(void *, int, const struct msghdr *, int);
	int (*fcntl)(void *, int, int, ...);
	int (*ioctl)(void *, int, unsigned long, ...);
	int (*close)(void *, int);
	int (*shutdown)(void *, int, int);
	int (*getsockopt)(void *, int, int, int, void *, socklen_t *);
	int (*setsockopt)(void *, int, int, int, const void *, socklen_t);
	int (*poll)(void *, struct pollfd *, nfds_t, int);
	int (*netdev_send)(void *, const void *, size_t);
	int (*netdev_receive)(void *, void *, size_t *, long long *);
	int (*usleep)(void *, useconds_t);
	int (*gettimeofday)(void *, struct timeval *, struct timezone *);
	int (*epoll_create)(void *, int);
	int (*epoll_ctl)(void *, int, int, int, struct epoll_event *);
	int (*epoll_wait)(void *, int, struct epoll_event *, int, int);
	int (*pipe)(void *, int[2]);
	int (*splice)(void *, int, loff_t *, int, loff_t *, size_t, unsigned int);
};

enum operation {
	INIT, FREE, SOCKET, BIND, LISTEN, ACCEPT, CONNECT, RECEIVE, SEND, FCNTL, IOCTL, CLOSE, SHUTDOWN, GETSOCKOPT, SETSOCKOPT, POLL,
	NETDEV_SEND, NETDEV_RECEIVE, USLEEP, EPOLL_CREATE, EPOLL_CTL, EPOLL_WAIT, CONFIGURE,
};

#define DESCRIPTORS 4096
#define BAD_POINTER 0xffffffffu

static char server[108];
static int active;
static unsigned char ours[DESCRIPTORS];    /* placeholders that stand for the stack's sockets */
static volatile int64_t now;
static pthread_t main_thread;
static volatile int others;                /* answers that threads of blocking calls got since the main thread slept */
static pthread_mutex_t clock_lock = PTHREAD_MUTEX_INITIALIZER;

struct buffer { unsigned char *bytes; size_t length, room, at; };
static __thread struct buffer out, in;
static __thread int channel = -1, answered;
static __thread int64_t answer_time;

static void fail(const char *what)
{
	fprintf(stderr, "packetdrill shim: %s: %s\n", what, strerror(errno));
	_exit(98);
}

static void append(const void *bytes, size_t length)
{
	if (out.length + length > out.room) {
		out.room = (out.length + length) * 2;
		if (!(out.bytes = realloc(out.bytes, out.room))) fail("memory");
	}
	memcpy(out.bytes + out.length, bytes, length);
	out.length += length;
}

static void number(int64_t value) { append(&value, 8); }

/* A user pointer of a script may be bad on purpose; the kernel's own copy tells. */
static int readable(const void *from, size_t length)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { (void *)from, 1 };
	if (length == 0) return 1;
	if (syscall(SYS_process_vm_readv, getpid(), &local, 1ul, &remote, 1ul, 0ul) != 1) return 0;
	remote.iov_base = (char *)from + length - 1;
	return syscall(SYS_process_vm_readv, getpid(), &local, 1ul, &remote, 1ul, 0ul) == 1;
}

static void blob(const void *bytes, size_t length)
{
	uint32_t size = readable(bytes, length) ? length : BAD_POINTER;
	append(&size, 4);
	if (size != BAD_POINTER) append(bytes, length);
}

static void vector_blob(const struct iovec *vector, size_t count)
{
	uint32_t size = 0;
	for (size_t i = 0; i < count; i++) {
		if (!readable(vector[i].iov_base, vector[i].iov_len)) { size = BAD_POINTER; break; }
		size += vector[i].iov_len;
	}
	append(&size, 4);
	for (size_t i = 0; size != BAD_POINTER && i < count; i++) append(vector[i].iov_base, vector[i].iov_len);
}

static void begin(enum operation operation, int count, ...)
{
	uint32_t length = 0;
	unsigned char head[2] = { operation, count };
	va_list numbers;
	out.length = 0;
	append(&length, 4);
	append(head, 2);
	number(now);
	va_start(numbers, count);
	for (int i = 0; i < count; i++) number(va_arg(numbers, int64_t));
	va_end(numbers);
}
#define L(value) ((int64_t)(value))

static void transfer(int writing, unsigned char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t done = syscall(writing ? SYS_write : SYS_read, channel, bytes, length);
		if (done < 0 && errno == EINTR) continue;
		if (done <= 0) fail("the stack's process went away");
		bytes += done;
		length -= done;
	}
}

static int64_t take(void)
{
	int64_t value = 0;
	if (in.at + 8 <= in.length) memcpy(&value, in.bytes + in.at, 8);
	in.at += 8;
	return value;
}

static size_t take_blob(void *to, size_t room)
{
	uint32_t size = 0;
	if (in.at + 4 <= in.length) memcpy(&size, in.bytes + in.at, 4);
	in.at += 4;
	if (to) memcpy(to, in.bytes + in.at, size < room ? size : room);
	in.at += size;
	return size;
}

static int64_t ask(void)
{
	uint32_t length;
	if (channel < 0) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		int room = 8 << 20;
		strcpy(address.sun_path, server);
		channel = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		/* a thread that sleeps in a half-written request would look like one whose call blocks */
		if (syscall(SYS_setsockopt, channel, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) < 0)
			syscall(SYS_setsockopt, channel, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
		if (channel < 0 || syscall(SYS_connect, channel, &address, sizeof address) < 0) fail(server);
	}
	length = out.length - 4;
	memcpy(out.bytes, &length, 4);
	transfer(1, out.bytes, out.length);
	transfer(0, (unsigned char *)&length, 4);
	if (length > in.room && !(in.bytes = realloc(in.bytes, in.room = length * 2))) fail("memory");
	transfer(0, in.bytes, length);
	in.length = length;
	in.at = 0;
	int64_t result = take(), error = take(), time = take();
	if (pthread_equal(pthread_self(), main_thread)) {
		pthread_mutex_lock(&clock_lock);
		if (time > now) now = time;
		pthread_mutex_unlock(&clock_lock);
	} else {
		answer_time = time;
		answered = 1;
		others++;
	}
	errno = error;
	return result;
}

static int placeholder(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0 || fd >= DESCRIPTORS) fail("descriptors");
	return fd;
}

/* Asks for a socket that is to have the number `fd`. */
static int ask_descriptor(int fd)
{
	int64_t result = ask();
	int error = errno;
	if (result < 0) syscall(SYS_close, fd);
	else ours[fd] = 1;
	errno = error;
	return result < 0 ? -1 : fd;
}

static int is_ours(int fd) { return active && fd >= 0 && fd < DESCRIPTORS && ours[fd]; }

static void s_free(void *u) { begin(FREE, 0); ask(); active = 0; }
static int s_socket(void *u, int domain, int type, int protocol)
{
	int fd = placeholder();
	begin(SOCKET, 4, L(domain), L(type), L(protocol), L(fd));
	return ask_descriptor(fd);
}
static int s_bind(void *u, int fd, const struct sockaddr *name, socklen_t length) { begin(BIND, 1, L(fd)); blob(name, length); return ask(); }
static int s_listen(void *u, int fd, int backlog) { begin(LISTEN, 2, L(fd), L(backlog)); return ask(); }
static int s_accept(void *u, int fd, struct sockaddr *name, socklen_t *length)
{
	int new = placeholder();
	begin(ACCEPT, 2, L(fd), L(new));
	int result = ask_descriptor(new), error = errno;
	if (result >= 0 && name && length) *length = take_blob(name, *length);
	errno = error;
	return result;
}
static int s_connect(void *u, int fd, const struct sockaddr *name, socklen_t length) { begin(CONNECT, 1, L(fd)); blob(name, length); return ask(); }

static ssize_t s_recvmsg(void *u, int fd, struct msghdr *message, int flags)
{
	size_t total = 0;
	int bad = 0;
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		bad |= !readable(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
		total += message->msg_iov[i].iov_len;
	}
	begin(RECEIVE, 5, L(fd), L(total), L(flags), L(bad), L(message->msg_control ? message->msg_controllen : 0));
	ssize_t result = ask();
	int error = errno;
	if (result >= 0) {
		message->msg_flags = take();
		uint32_t size = 0, used = 0;
		memcpy(&size, in.bytes + in.at, 4);
		in.at += 4;
		for (size_t i = 0; i < message->msg_iovlen && used < size; i++) {
			size_t part = message->msg_iov[i].iov_len;
			if (part > size - used) part = size - used;
			memcpy(message->msg_iov[i].iov_base, in.bytes + in.at + used, part);
			used += part;
		}
		in.at += size;
		message->msg_namelen = take_blob(message->msg_name, message->msg_name ? message->msg_namelen : 0);
		message->msg_controllen = take_blob(message->msg_control, message->msg_control ? message->msg_controllen : 0);
	}
	errno = error;
	return result;
}
static ssize_t s_recvfrom(void *u, int fd, void *bytes, size_t length, int flags, struct sockaddr *name, socklen_t *size)
{
	if (!is_ours(fd)) return syscall(SYS_read, fd, bytes, length);
	struct iovec part = { bytes, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_name = name, .msg_namelen = name && size ? *size : 0 };
	ssize_t result = s_recvmsg(u, fd, &message, flags);
	if (result >= 0 && name && size) *size = message.msg_namelen;
	return result;
}
static ssize_t s_recv(void *u, int fd, void *bytes, size_t length, int flags) { return s_recvfrom(u, fd, bytes, length, flags, 0, 0); }
static ssize_t s_read(void *u, int fd, void *bytes, size_t length) { return s_recvfrom(u, fd, bytes, length, 0, 0, 0); }
static ssize_t s_readv(void *u, int fd, const struct iovec *vector, int count)
{
	struct msghdr message = { .msg_iov = (struct iovec *)vector, .msg_iovlen = count };
	return is_ours(fd) ? s_recvmsg(u, fd, &message, 0) : readv(fd, vector, count);
}

static ssize_t s_sendmsg(void *u, int fd, const struct msghdr *message, int flags)
{
	size_t total = 0;
	for (size_t i = 0; i < message->msg_iovlen; i++) total += message->msg_iov[i].iov_len;
	begin(SEND, 3, L(fd), L(total), L(flags));
	vector_blob(message->msg_iov, message->msg_iovlen);
	blob(message->msg_name, message->msg_name ? message->msg_namelen : 0);
	blob(message->msg_control, message->msg_control ? message->msg_controllen : 0);
	uint32_t parts = message->msg_iovlen * 4;
	append(&parts, 4);
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		uint32_t length = message->msg_iov[i].iov_len;
		append(&length, 4);
	}
	return ask();
}
static ssize_t s_sendto(void *u, int fd, const void *bytes, size_t length, int flags, const struct sockaddr *name, socklen_t size)
{
	if (!is_ours(fd)) return syscall(SYS_write, fd, bytes, length);
	struct iovec part = { (void *)bytes, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_name = (void *)name, .msg_namelen = size };
	return s_sendmsg(u, fd, &message, flags);
}
static ssize_t s_send(void *u, int fd, const void *bytes, size_t length, int flags) { return s_sendto(u, fd, bytes, length, flags, 0, 0); }
static ssize_t s_write(void *u, int fd, const void *bytes, size_t length) { return s_sendto(u, fd, bytes, length, 0, 0, 0); }
static ssize_t s_writev(void *u, int fd, const struct iovec *vector, int count)
{
	struct msghdr message = { .msg_iov = (struct iovec *)vector, .msg_iovlen = count };
	return is_ours(fd) ? s_sendmsg(u, fd, &message, 0) : writev(fd, vector, count);
}

static int s_fcntl(void *u, int fd, int command, ...)
{
	va_list rest;
	va_start(rest, command);
	long argument = va_arg(rest, long);
	va_end(rest);
	begin(FCNTL, 3, L(fd), L(command), L((int)argument));
	return ask();
}
static int s_ioctl(void *u, int fd, unsigned long request, ...)
{
	va_list rest;
	va_start(rest, request);
	int *argument = va_arg(rest, int *);
	va_end(rest);
	begin(IOCTL, 2, L(fd), L(request));
	int result = ask(), error = errno;
	if (result >= 0 && argument) *argument = take();
	errno = error;
	return result;
}
static int s_close(void *u, int fd)
{
	if (!is_ours(fd)) return syscall(SYS_close, fd);
	begin(CLOSE, 1, L(fd));
	int result = ask(), error = errno;
	ours[fd] = 0;
	syscall(SYS_close, fd);
	errno = error;
	return result;
}
static int s_shutdown(void *u, int fd, int how) { begin(SHUTDOWN, 2, L(fd), L(how)); return ask(); }
static int s_getsockopt(void *u, int fd, int level, int name, void *value, socklen_t *length)
{
	if (!readable(length, sizeof *length)) { errno = EFAULT; return -1; }
	begin(GETSOCKOPT, 5, L(fd), L(level), L(name), L((int)*length), L(!readable(value, *length)));
	int result = ask(), error = errno;
	if (result >= 0) {
		size_t size = take_blob(value, *length);
		if (size < *length) *length = size;
	}
	errno = error;
	return result;
}
static int s_setsockopt(void *u, int fd, int level, int name, const void *value, socklen_t length)
{
	begin(SETSOCKOPT, 4, L(fd), L(level), L(name), L((int)length));
	blob(value, (int)length < 0 ? 0 : length);
	return ask();
}
static int s_poll(void *u, struct pollfd *list, nfds_t count, int timeout)
{
	begin(POLL, 1, L(timeout));
	uint32_t size = count * sizeof *list;
	append(&size, 4);
	append(list, size);
	int result = ask(), error = errno;
	for (nfds_t i = 0; result >= 0 && i < count; i++) list[i].revents = take();
	errno = error;
	return result;
}
static int s_netdev_send(void *u, const void *bytes, size_t length) { begin(NETDEV_SEND, 0); blob(bytes, length); return ask() < 0 ? -1 : 0; }

/* Nothing to come, ever, is told by a packet of no bytes, which packetdrill reports. */
static int s_netdev_receive(void *u, void *bytes, size_t *length, long long *time)
{
	begin(NETDEV_RECEIVE, 0);
	if (ask() <= 0) { *length = 0; return 0; }
	*time = take();
	*length = take_blob(bytes, *length);
	return 0;
}

/* Sleeping takes no real time. Threads whose blocking call has just ended get a moment to note it. */
static int s_usleep(void *u, useconds_t time)
{
	const struct timespec moment = { 0, 200000 };
	pthread_mutex_lock(&clock_lock);
	now += time;
	pthread_mutex_unlock(&clock_lock);
	others = 0;
	begin(USLEEP, 1, L(time));
	int waiting = ask();
	sched_yield();
	if (waiting || others) nanosleep(&moment, 0);
	while (others) {
		others = 0;
		nanosleep(&moment, 0);
	}
	return 0;
}

/* packetdrill spins on this clock, so each look moves it; a thread whose call blocked is told when the call ended, once. */
static int s_gettimeofday(void *u, struct timeval *value, struct timezone *zone)
{
	int64_t time;
	if (answered && !pthread_equal(pthread_self(), main_thread)) {
		time = answer_time;
		answered = 0;
	} else {
		pthread_mutex_lock(&clock_lock);
		time = now++;
		pthread_mutex_unlock(&clock_lock);
	}
	value->tv_sec = time / 1000000;
	value->tv_usec = time % 1000000;
	return 0;
}

static int s_epoll_create(void *u, int size) { int fd = placeholder(); begin(EPOLL_CREATE, 2, L(fd), L(size)); return ask_descriptor(fd); }
static int s_epoll_ctl(void *u, int epoll, int operation, int fd, struct epoll_event *event)
{
	begin(EPOLL_CTL, 5, L(epoll), L(operation), L(fd), L(event ? event->events : 0), L(event ? event->data.u64 : 0));
	return ask();
}
static int s_epoll_wait(void *u, int epoll, struct epoll_event *events, int room, int timeout)
{
	begin(EPOLL_WAIT, 3, L(epoll), L(room), L(timeout));
	int result = ask(), error = errno;
	for (int i = 0; i < result; i++) {
		events[i].events = take();
		events[i].data.u64 = take();
	}
	errno = error;
	return result;
}

/* Pipes are real; splicing to and from the stack goes through memory. */
static int s_pipe(void *u, int fds[2]) { return pipe(fds); }
static ssize_t moved(ssize_t (*from)(void *, int, void *, size_t), int in_fd, ssize_t (*to)(void *, int, const void *, size_t), int out_fd, size_t length)
{
	char *bytes = malloc(length + 1);
	ssize_t result = from(0, in_fd, bytes, length);
	if (result > 0) result = to(0, out_fd, bytes, result);
	int error = errno;
	free(bytes);
	errno = error;
	return result;
}
/* A splice stops in front of urgent data, and returns 0 there. Linux: tcp_read_sock, tcp_splice_read. */
static int s_splice(void *u, int from, loff_t *from_at, int to, loff_t *to_at, size_t length, unsigned int flags)
{
	int mark = 0;
	if (is_ours(from) && s_ioctl(0, from, SIOCATMARK, &mark) == 0 && mark) return 0;
	if (is_ours(from) || is_ours(to)) return moved(s_read, from, s_write, to, length);
	return splice(from, from_at, to, to_at, length, flags);
}

void packetdrill_interface_init(const char *flags, struct interface *interface)
{
	struct timespec start;
	strncpy(server, flags ? flags : "", sizeof server - 1);
	clock_gettime(CLOCK_REALTIME, &start);
	now = start.tv_sec * 1000000LL + start.tv_nsec / 1000;
	main_thread = pthread_self();
	active = 1;
	*interface = (struct interface){
		0, s_free, s_socket, s_bind, s_listen, s_accept, s_connect, s_read, s_readv, s_recv, s_recvfrom, s_recvmsg, s_write, s_writev, s_send,
		s_sendto, s_sendmsg, s_fcntl, s_ioctl, s_close, s_shutdown, s_getsockopt, s_setsockopt, s_poll, s_netdev_send, s_netdev_receive,
		s_usleep, s_gettimeofday, s_epoll_create, s_epoll_ctl, s_epoll_wait, s_pipe, s_splice,
	};
	begin(INIT, 0);
	ask();
}

/* The calls that packetdrill makes past the interface. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	return is_ours(fd) ? s_getsockopt(0, fd, level, name, value, length) : syscall(SYS_getsockopt, fd, level, name, value, length);
}
int close(int fd) { return is_ours(fd) ? s_close(0, fd) : syscall(SYS_close, fd); }
ssize_t sendfile(int to, int from, off_t *offset, size_t length)
{
	if (!is_ours(to)) return syscall(SYS_sendfile, to, from, offset, length);
	char *bytes = malloc(length + 1);
	ssize_t result = offset ? pread(from, bytes, length, *offset) : read(from, bytes, length);
	if (result > 0) result = s_send(0, to, bytes, result, 0);
	int error = errno;
	if (result > 0 && offset) *offset += result;
	free(bytes);
	errno = error;
	return result;
}
/* A script's commands read the stack's counters and change the namespace's settings: the stack looks before and after. */
int system(const char *command)
{
	int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "system"), result;
	for (int after = 0; after < 2; after++) {
		if (after) result = real(command);
		if (!active) continue;
		begin(CONFIGURE, 0);
		ask();
	}
	return result;
}
/* packetdrill waits for a tick of this clock. */
clock_t times(struct tms *value)
{
	static clock_t ticks;
	return server[0] ? ++ticks : syscall(SYS_times, value);
}
