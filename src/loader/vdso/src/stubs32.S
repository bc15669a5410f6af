/* Entry stubs of linux-gate.so.1: the call gate and the two returns from signal handlers. Debuggers, unwinders and
 * Linux itself know these bytes, so they are exact; see vdso(7), i386 functions, and sigreturn(2). */
	.section .text.stubs, "ax", @progbits

	.globl __kernel_vsyscall
	.type __kernel_vsyscall, @function
	.balign 16
__kernel_vsyscall:
	.cfi_startproc
	push %ecx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ecx, 0
	push %edx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset edx, 0
	push %ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
	/* four bytes that differ by processor; vdso.ts writes the others over them */
	.globl vsyscall_variant
vsyscall_variant:
	mov %esp, %ebp
	sysenter
	/* a restarted call goes back two bytes from the landing pad, so it must follow int $0x80 */
	int $0x80
	.globl int80_landing_pad
int80_landing_pad:
	pop %ebp
	.cfi_adjust_cfa_offset -4
	.cfi_restore ebp
	pop %edx
	.cfi_adjust_cfa_offset -4
	.cfi_restore edx
	pop %ecx
	.cfi_adjust_cfa_offset -4
	.cfi_restore ecx
	ret
	.cfi_endproc
	.size __kernel_vsyscall, . - __kernel_vsyscall

/* Unwind rows of a signal frame: every register is saved at a distance from esp, which is what the CFA rule reads.
 * Offsets in struct sigcontext: di 16, si 20, bp 24, sp 28, bx 32, dx 36, cx 40, ax 44, ip 56. \at: its distance from
 * esp, at most 256. An unwinder looks up the return address less one, so the row starts at the nop before the label. */
	.macro saved register at
	.cfi_escape 0x10, \register, 3, 0x74, ((\at) & 0x7f) | 0x80, (\at) >> 7 /* expression: breg4 (esp) + sleb128 at */
	.endm
	.macro signal_frame at
	.cfi_escape 0x0f, 4, 0x74, ((\at) + 28) & 0x7f | 0x80, ((\at) + 28) >> 7, 0x06 /* CFA = *(esp + at + 28) */
	saved 0, \at + 44
	saved 1, \at + 40
	saved 2, \at + 36
	saved 3, \at + 32
	saved 5, \at + 24
	saved 6, \at + 20
	saved 7, \at + 16
	saved 8, \at + 56
	.endm

	.balign 16
	.cfi_startproc simple
	.cfi_signal_frame
	signal_frame 4
	nop
	.globl __kernel_sigreturn
	.type __kernel_sigreturn, @function
	.balign 16
__kernel_sigreturn:
	pop %eax
	signal_frame 0
	mov $119, %eax
	int $0x80
	.cfi_endproc
	.size __kernel_sigreturn, . - __kernel_sigreturn

	.balign 16
	.cfi_startproc simple
	.cfi_signal_frame
	signal_frame 160
	nop
	.globl __kernel_rt_sigreturn
	.type __kernel_rt_sigreturn, @function
	.balign 16
__kernel_rt_sigreturn:
	mov $173, %eax
	int $0x80
	.cfi_endproc
	.size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn
	.section .note.GNU-stack, "", @progbits
