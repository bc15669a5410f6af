/* Opens the TUN device NAME and runs a command with it as descriptor 3: tunfd NAME COMMAND [ARGS…] */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);
	if (argc < 3) return 2;
	strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
		perror("tunfd");
		return 1;
	}
	if (fd != 3) {
		dup2(fd, 3);
		close(fd);
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
