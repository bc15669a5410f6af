/* Runs a vDSO image on the machine's own processor: maps it behind a data page filled by the caller's file and calls it.
 * usage: vdso-native IMAGE VVAR; prints what each function answers. VVAR's cycleLast is set to "now" here. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static unsigned char *image;

static void *symbol(const char *name)
{
	ElfW(Ehdr) *eh = (void *)image;
	ElfW(Phdr) *ph = (void *)(image + eh->e_phoff);
	ElfW(Sym) *sym = 0;
	const char *str = 0;
	unsigned n = 0;
	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_DYNAMIC)
			for (ElfW(Dyn) *d = (void *)(image + ph[i].p_vaddr); d->d_tag; d++) {
				void *at = image + d->d_un.d_ptr;
				if (d->d_tag == DT_SYMTAB) sym = at;
				if (d->d_tag == DT_STRTAB) str = at;
				if (d->d_tag == DT_HASH) n = ((unsigned *)at)[1];
			}
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(str + sym[i].st_name, name)) return image + sym[i].st_value;
	fprintf(stderr, "no %s\n", name);
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned char *area = mmap(0, 8 * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *f = fopen(argv[1], "rb");
	image = area + 6 * 4096;
	if (argc != 3 || !f || fread(image, 1, 8192, f) != 8192) return 2;
	f = fopen(argv[2], "rb");
	if (!f || fread(area, 1, 4096, f) != 4096) return 2;
	unsigned long long now = __builtin_ia32_rdtsc();
	memcpy(area + 8, &now, 8);

	int (*gettime)(int, struct timespec *) = symbol("__vdso_clock_gettime");
	int (*getres)(int, struct timespec *) = symbol("__vdso_clock_getres");
	int (*tod)(struct timeval *, void *) = symbol("__vdso_gettimeofday");
	time_t (*tm)(time_t *) = symbol("__vdso_time");
	long (*cpu)(unsigned *, unsigned *, void *) = symbol("__vdso_getcpu");
	for (int id = -1; id < 14; id++) {
		struct timespec t = {0, 0}, r = {0, 0};
		int a = gettime(id, &t), b = getres(id, &r);
		/* precise clocks move on: only the second is exact */
		printf("%d: %d %ld %ld; %d %ld %ld\n", id, a, (long)t.tv_sec, t.tv_nsec, b, (long)r.tv_sec, (long)r.tv_nsec);
	}
#ifndef __x86_64__
	long long t64[2] = {0, 0};
	int (*gettime64)(int, long long *) = symbol("__vdso_clock_gettime64");
	int a = gettime64(5, t64);
	printf("64: %d %lld %lld; ", a, t64[0], t64[1]);
	printf("%d\n", gettime64(99, t64));
#endif
	struct timeval tv = {0, 0};
	int zone[2] = {9, 9};
	long t = 0;
	unsigned c = 9, n = 9;
	int e = tod(&tv, zone);
	printf("tod: %d %ld %d %d\n", e, (long)tv.tv_sec, zone[0], zone[1]);
	printf("time: %ld", (long)tm((void *)&t));
	printf(" %ld\n", t);
	printf("getcpu: %ld", cpu(&c, &n, 0));
	printf(" %u %u\n", c, n);
}
