/* ELF note "Linux", type 0: the version code of the kernel, which vdso.ts writes; C libraries refuse older kernels. */
	.section .note.linux, "a", @note
	.balign 4
	.long 6, 4, 0
	.asciz "Linux"
	.balign 4
	.globl linux_version_code
linux_version_code:
	.long 0
	.section .note.GNU-stack, "", @progbits
