; Ring 0 of a v86 that runs user code only. v86 loads it as a multiboot kernel at 0x100000; it turns paging on, moves
; to the last 8 KiB of the address space (Linux gives user code nothing above 0xffffe000) and serves every trap the same
; way: save the FPU, tell the host by a port, and leave by iret when the host says so. Addresses the host needs are in
; the table `info`. Build: node scripts/build-v86-stub.mjs
bits 32
LOAD equ 0x100000
HIGH equ 0xffffe000
%define at(x) ((x) - LOAD + HIGH)

KCODE equ 28*8          ; selectors of the stub; all others are the machine's
KDATA equ 29*8
KTSS equ 30*8
PORT_BOOT equ 0xe0
PORT_TRAP equ 0xe1

org LOAD
header:
  dd 0x1BADB002, 0x00010000, -(0x1BADB002 + 0x00010000)
  dd header, LOAD, end_load, end_all, entry
info:                   ; u32 each, offsets from the image's start: see STUB in stub-layout.ts
  dd gdt - LOAD, frame_top - LOAD, fpu - LOAD, segments - LOAD, stop_flag - LOAD, end_all - LOAD

align 8
gdt: times 32 dq 0
gdtr: dw 32*8 - 1
  dd at(gdt)
early_gdtr: dw 32*8 - 1
  dd gdt
idtr: dw 256*8 - 1
  dd at(idt)

entry:                  ; multiboot: flat protected mode, interrupts off
  mov dword [gdt + KCODE], 0x0000ffff
  mov dword [gdt + KCODE + 4], 0x00cf9a00
  mov dword [gdt + KDATA], 0x0000ffff
  mov dword [gdt + KDATA + 4], 0x00cf9200
  mov dword [gdt + KTSS], (at(tss) & 0xffff) << 16 | (tss_end - tss - 1)
  mov dword [gdt + KTSS + 4], (at(tss) & 0xff000000) | 0x8900 | ((at(tss) >> 16) & 0xff)
  lgdt [early_gdtr]
  jmp KCODE:.flat
.flat:
  mov ax, KDATA
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov esp, frame_top
  mov dword [tss + 4], at(frame_top)
  mov dword [tss + 8], KDATA
  mov word [tss + 102], tss_end - tss
  mov ecx, 0            ; 256 gates; 3, 4 and 0x80 are open to ring 3, as Linux has them
.gate:
  mov eax, ecx
  cmp ecx, 32
  jb .known
  mov eax, 32           ; the last stub serves 0x80; the others above 31 are never taken
.known:
  imul eax, eax, vector_size
  add eax, at(vectors)
  mov edx, eax
  and eax, 0xffff
  or eax, KCODE << 16
  and edx, 0xffff0000
  or edx, 0x8e00
  cmp ecx, 3
  je .open
  cmp ecx, 4
  je .open
  cmp ecx, 0x80
  jne .closed
.open:
  or edx, 0x6000
.closed:
  mov [idt + ecx*8], eax
  mov [idt + ecx*8 + 4], edx
  inc ecx
  cmp ecx, 256
  jb .gate
  mov al, 0xff          ; no interrupts from devices
  out 0x21, al
  out 0xa1, al
  out PORT_BOOT, eax    ; the host sets eax = page directory, which maps this image here and at HIGH
  mov cr3, eax
  mov eax, cr4
  or eax, 0x604         ; OSFXSR, OSXMMEXCPT; TSD: RDTSC is the host's
  mov cr4, eax
  mov eax, cr0
  and eax, ~0x4         ; no emulation
  or eax, 0x80010022    ; paging, write protection, native FPU errors, monitor coprocessor
  mov cr0, eax
  lgdt [gdtr]
  lidt [idtr]
  jmp KCODE:at(.high)
.high:
  mov ax, KTSS
  ltr ax
  fninit
  mov esp, at(frame_top)
  sub esp, 28           ; a frame as after a trap: vector, error code, eip, cs, eflags, esp, ss
  jmp trap.saved

align 4
vector_size equ 12
vectors:
%assign v 0
%rep 33
  %if v == 8 || (v >= 10 && v <= 14) || v == 17 || v == 21
    nop
    nop
  %else
    push strict byte 0  ; no error code
  %endif
  %if v == 32
    push strict dword 0x80
  %else
    push strict dword v
  %endif
  jmp near trap
%assign v v+1
%endrep

trap:
  push eax
  mov eax, KDATA        ; the stack segment is flat already, ds is the user's
  mov [ss:at(segments)], ds
  mov [ss:at(segments) + 4], es
  mov [ss:at(segments) + 8], fs
  mov [ss:at(segments) + 12], gs
  mov ds, eax
  pop eax
  fxsave [at(fpu)]
.saved:
  mov dword [ss:at(stop_flag)], 1 ; until the host has answered
  out PORT_TRAP, al
.wait:
  cmp dword [ss:at(stop_flag)], 0
  je .resume
  hlt                   ; interrupts are off: main_loop returns to the host, who clears in_hlt to go on
  jmp .wait
.resume:
  fxrstor [ss:at(fpu)]
  mov es, [ss:at(segments) + 4]
  mov fs, [ss:at(segments) + 8]
  mov gs, [ss:at(segments) + 12]
  mov ds, [ss:at(segments)]
  lea esp, [esp + 8]    ; vector and error code; flags are the user's already
  iret
end_load:

absolute LOAD + 0x1000
idt: resb 256*8
alignb 16
tss: resb 104
tss_end:
alignb 16
fpu: resb 512
segments: resd 4        ; ds, es, fs, gs
stop_flag: resd 1
stack: resb 512
alignb 16
frame_top:
end_all:
