/* Clock functions of the vDSO, for both word sizes. Offsets VVAR_* and PAGES_BELOW come from vvar.ts by way of
 * scripts/build-vdso. What each function must do: vdso(7), clock_gettime(2), lib/vdso/gettimeofday.c (Linux 6.18). */
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

struct word_time { long sec, fraction; };
#ifndef __x86_64__
struct long_time { s64 sec; s64 nsec; };
#endif

/* the data page lies a fixed distance below the image's first byte; the linker script defines the symbol */
extern const volatile unsigned char vvar_page[] __attribute__((visibility("hidden")));
#define VVAR32(offset) (*(const volatile u32 *)(vvar_page + (offset)))
#define VVAR64(offset) (*(const volatile u64 *)(vvar_page + (offset)))

#define NANOSECONDS 1000000000ull
#define PRECISE (1u << 0 | 1u << 1 | 1u << 4 | 1u << 7 | 1u << 11)
#define COARSE (1u << 5 | 1u << 6)

#ifdef __x86_64__
#define NR_gettimeofday 96
#define NR_time 201
#define NR_clock_gettime 228
#define NR_clock_getres 229
static long fallback(long nr, long a, void *b)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "0"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return result;
}
#else
#define NR_gettimeofday 78
#define NR_time 13
#define NR_clock_gettime 265
#define NR_clock_getres 266
#define NR_clock_gettime64 403
static long fallback(long nr, long a, void *b)
{
	long result;
	__asm__ volatile("mov %%ebx, %%edi\n\tmov %2, %%ebx\n\tcall __kernel_vsyscall\n\tmov %%edi, %%ebx"
		: "=a"(result) : "0"(nr), "d"(a), "c"(b) : "edi", "memory");
	return result;
}
#endif

static inline u64 rdtsc(void)
{
	u32 low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

/* (cycles * mult + ns) >> shift in 96 bits: the high half is a multiple of 2^32, so of 2^shift. */
static inline u64 scale(u64 cycles, u64 ns)
{
	u32 mult = VVAR32(VVAR_mult), shift = VVAR32(VVAR_shift);
	u64 low = (u64)(u32)cycles * mult;

	ns += low;
	ns = (((u64)(ns < low) << 32 | ns >> 32) << (32 - shift)) + ((u64)(u32)ns >> shift);
	return ns + (((u64)(u32)(cycles >> 32) * mult) << (32 - shift));
}

/* What is left of ns above whole ticks. Two divisions of 64 by 32 bits, which need no libgcc. */
static inline u32 past_tick(u64 ns, u32 tick)
{
	u32 low = ns, high = ns >> 32, quotient;

	__asm__("divl %2" : "=a"(quotient), "=d"(high) : "r"(tick), "0"(high), "1"(0));
	__asm__("divl %2" : "=a"(quotient), "=d"(high) : "r"(tick), "0"(low), "1"(high));
	return high;
}

/* 0 when the clock was read; 1 when only the system call can. Coarse clocks are as they were at the last tick; Linux's
 * kernel writes them at each, which this one need not. */
static int read_clock(u32 id, s64 *seconds, u32 *nanoseconds)
{
	u32 seq;
	u64 sec, ns;
	u32 at = VVAR_base + id * 16;

	if (id > 11 || !((PRECISE | COARSE) >> id & 1))
		return 1;
	do {
		s64 cycles;

		while ((seq = VVAR32(VVAR_seq)) & 1)
			__asm__ volatile("pause");
		if (VVAR32(VVAR_clockMode) != MODE_tsc)
			return 1;
		sec = VVAR64(at);
		ns = VVAR64(at + 8);
		cycles = (s64)(rdtsc() - VVAR64(VVAR_cycleLast));
		if (cycles < 0) /* the counter of another CPU may be behind */
			cycles = 0;
		if (PRECISE >> id & 1) {
			ns = scale(cycles, ns);
		} else {
			u64 since = scale(cycles, 0) + VVAR32(VVAR_tickPhase);
			ns += since - past_tick(since, VVAR32(VVAR_coarseResolution));
		}
	} while (VVAR32(VVAR_seq) != seq);
	while (ns >= NANOSECONDS) {
		ns -= NANOSECONDS;
		sec++;
		__asm__("" : "+r"(ns)); /* keep the loop: a division would call libgcc */
	}
	*seconds = sec;
	*nanoseconds = ns;
	return 0;
}

int __vdso_clock_gettime(int clock, struct word_time *out)
{
	s64 sec;
	u32 nsec;

	if (read_clock(clock, &sec, &nsec))
		return fallback(NR_clock_gettime, clock, out);
	out->sec = sec;
	out->fraction = nsec;
	return 0;
}

#ifndef __x86_64__
int __vdso_clock_gettime64(int clock, struct long_time *out)
{
	s64 sec;
	u32 nsec;

	if (read_clock(clock, &sec, &nsec))
		return fallback(NR_clock_gettime64, clock, out);
	out->sec = sec;
	out->nsec = nsec;
	return 0;
}
#endif

int __vdso_gettimeofday(struct word_time *tv, s32 *zone)
{
	if (tv) {
		s64 sec;
		u32 nsec;

		if (read_clock(0, &sec, &nsec))
			return fallback(NR_gettimeofday, (long)tv, zone);
		tv->sec = sec;
		tv->fraction = nsec / 1000;
	}
	if (zone) {
		zone[0] = VVAR32(VVAR_minutesWest);
		zone[1] = VVAR32(VVAR_dstTime);
	}
	return 0;
}

long __vdso_time(long *out)
{
	s64 now;
	u32 nsec;

	if (read_clock(5, &now, &nsec))
		return fallback(NR_time, (long)out, 0);
	if (out)
		*out = now;
	return now;
}

int __vdso_clock_getres(int clock, struct word_time *out)
{
	u32 id = clock;

	if (id > 11 || !((PRECISE | COARSE) >> id & 1))
		return fallback(NR_clock_getres, clock, out);
	if (out) {
		out->sec = 0;
		out->fraction = VVAR32(COARSE >> id & 1 ? VVAR_coarseResolution : VVAR_preciseResolution);
	}
	return 0;
}

long __vdso_getcpu(u32 *cpu, u32 *node, void *cache)
{
	(void)cache;
	if (cpu)
		*cpu = VVAR32(VVAR_cpu);
	if (node)
		*node = VVAR32(VVAR_node);
	return 0;
}

#ifdef __x86_64__
#define ALIAS(name) extern __typeof__(__vdso_##name) name __attribute__((weak, alias("__vdso_" #name)))
ALIAS(clock_gettime);
ALIAS(gettimeofday);
ALIAS(clock_getres);
ALIAS(getcpu);
extern __typeof__(__vdso_time) time __attribute__((weak, alias("__vdso_time")));
#endif
