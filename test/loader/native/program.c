/* A program without libc; it is only started, stopped at its first instruction, and looked at. */
char data[5000] = { 1 };
char bss[20000];
const char rodata[] = "constant";
void _start(void) { bss[0] = data[0] + rodata[0]; __builtin_trap(); }
