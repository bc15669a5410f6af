/* Prints what Linux answers to socket options: the oracle of sock-options.test.ts. Build with gcc, run as root. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct { const char *name; int family, type, protocol; } kinds[] = {
  {"tcp4", AF_INET, SOCK_STREAM, 0}, {"udp4", AF_INET, SOCK_DGRAM, 0}, {"raw4", AF_INET, SOCK_RAW, IPPROTO_UDP}, {"icmp4", AF_INET, SOCK_RAW, IPPROTO_ICMP},
  {"tcp6", AF_INET6, SOCK_STREAM, 0}, {"udp6", AF_INET6, SOCK_DGRAM, 0}, {"raw6", AF_INET6, SOCK_RAW, IPPROTO_UDP},
};
static const struct { int level, last; } levels[] = {{SOL_SOCKET, 84}, {SOL_IP, 52}, {SOL_IPV6, 80}};
static const int values[] = {-2, -1, 0, 1, 2, 5, 6, 7, 64, 255, 256, 5000, 70000, 0x7fffffff};
static const int lengths[] = {0, 1, 2, 4, 8, 12, 16, 20};

static void show(int fd, int level, int name, int length) {
  unsigned char out[128];
  socklen_t size = length;
  memset(out, 0xee, sizeof out);
  int result = getsockopt(fd, level, name, out, &size);
  if (result < 0) { printf(" %d", -errno); return; }
  printf(" %d:", (int)size);
  for (unsigned i = 0; i < size && i < 64; i++) printf("%02x", out[i]);
}

int main(void) {
  for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (unsigned l = 0; l < 3; l++) {
      if (levels[l].level == SOL_IPV6 && kinds[k].family == AF_INET) continue;
      for (int name = 1; name <= levels[l].last; name++) {
        int fd = socket(kinds[k].family, kinds[k].type, kinds[k].protocol);
        printf("%s %d %d get", kinds[k].name, levels[l].level, name);
        for (unsigned n = 0; n < sizeof lengths / sizeof *lengths; n++) show(fd, levels[l].level, name, lengths[n]);
        printf("\n");
        close(fd);
        for (unsigned n = 0; n < sizeof lengths / sizeof *lengths; n++)
          for (unsigned v = 0; v < sizeof values / sizeof *values; v++) {
            if (lengths[n] != 4 && values[v] != 0 && values[v] != 1 && values[v] != 5000) continue;
            unsigned char in[64] = {0};
            memcpy(in, &values[v], 4);
            fd = socket(kinds[k].family, kinds[k].type, kinds[k].protocol);
            int result = setsockopt(fd, levels[l].level, name, in, lengths[n]);
            printf("%s %d %d set %d %d %d", kinds[k].name, levels[l].level, name, lengths[n], values[v], result < 0 ? -errno : 0);
            if (result == 0) show(fd, levels[l].level, name, 16);
            printf("\n");
            close(fd);
          }
      }
    }
  return 0;
}
