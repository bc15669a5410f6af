/* Who may have a port: runs the scenarios of stdin, one a line, and prints what each call returned (0 or an errno).
 *
 *   s4apdn  a socket of IPv4 (6: IPv6): a SO_REUSEADDR, p SO_REUSEPORT, o IPV6_V6ONLY, d SO_BINDTODEVICE lo, n IP_BIND_ADDRESS_NO_PORT
 *   bI-ADDR-P  binds socket I, to the line's own port (P) or any (0)      lI  listens      cI-ADDR  connects to the line's port
 *   xI  closes      aI, AI  SO_REUSEADDR off, on      pI  SO_REUSEPORT on      dI  connects to AF_UNSPEC
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fds[16], families[16], count;

static socklen_t name(int family, const char *text, int port, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (family == 4) {
		struct sockaddr_in *in = (void *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		inet_pton(AF_INET, text, &in->sin_addr);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (void *)out;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	inet_pton(AF_INET6, text, &in6->sin6_addr);
	return sizeof *in6;
}

static int option(int fd, int level, int what, int value) { return setsockopt(fd, level, what, &value, sizeof value); }

static int run(char *word, int port)
{
	char *address = NULL, *number = NULL;
	struct sockaddr_storage to;
	if (word[0] == 's') {
		int fd = socket(word[1] == '4' ? AF_INET : AF_INET6, SOCK_STREAM, 0);
		families[count] = word[1] - '0';
		fds[count++] = fd;
		for (char *flag = word + 2; *flag; flag++) {
			if (*flag == 'a') option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
			if (*flag == 'p') option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
			if (*flag == 'o') option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
			if (*flag == 'n') option(fd, IPPROTO_IP, 24, 1);
			if (*flag == 'd') setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
		}
		return 0;
	}
	int i = word[1] - '0', fd = fds[i];
	if ((address = strchr(word, '-'))) *address++ = 0;
	if (address && (number = strchr(address, '-'))) *number++ = 0;
	switch (word[0]) {
	case 'b': { socklen_t size = name(families[i], address, number[0] == 'P' ? port : 0, &to); return bind(fd, (void *)&to, size); }
	case 'c': { socklen_t size = name(families[i], address, port, &to); return connect(fd, (void *)&to, size); }
	case 'l': return listen(fd, 5);
	case 'x': fds[i] = -1; return close(fd);
	case 'a': return option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
	case 'A': return option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	case 'p': return option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	case 'd': to.ss_family = AF_UNSPEC; return connect(fd, (void *)&to, sizeof to);
	}
	return -1;
}

int main(void)
{
	static char line[4096], copy[4096];
	for (int port = 10000; fgets(line, sizeof line, stdin); port++) {
		line[strcspn(line, "\n")] = 0;
		strcpy(copy, line);
		printf("%s =>", line);
		count = 0;
		memset(fds, -1, sizeof fds);
		for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) printf(" %d", run(word, port) < 0 ? errno : 0);
		printf("\n");
		for (int i = 0; i < count; i++) close(fds[i]);
	}
	return 0;
}
