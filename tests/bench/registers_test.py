#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the drivers of the STM32F103 write to its registers, as QEMU's stm32vldiscovery logs it, line for line.

    registers_test.py IMAGE [--write]     --write: make registers.golden of what is written now; ends with 77 where
                                          there is no QEMU, or one that does not log
"""
import difflib
import os
import re
import subprocess
import sys

import machine

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "registers.golden")
MACHINE = "stm32vldiscovery"

# registers.c says by a write to the CRC unit where it is.
STEPS = {1: "port_init", 2: "the modem's lines and the LED, each on and off", 3: "noise", 4: "temperature",
         5: "port_clock_write", 6: "erase of a page", 7: "alive and idle", 8: "port_reset"}

NAMES = {
    "RCC": "CR CFGR CIR APB2RSTR APB1RSTR AHBENR APB2ENR APB1ENR BDCR CSR",
    "Flash Int": "ACR KEYR OPTKEYR SR CR AR - OBR WRPR",
    "GPIO": "CRL CRH IDR ODR BSRR BRR LCKR",
    "AFIO": "EVCR MAPR",
    "PWR": "CR CSR",
    "IWDG": "KR PR RLR SR",
    "BKP": "- DR1",
    "RTC": "CRH CRL PRLH PRLL DIVH DIVL CNTH CNTL",
    "ADC1": "SR CR1 CR2 SMPR1 SMPR2 JOFR1 JOFR2 JOFR3 JOFR4 HTR LTR SQR1 SQR2 SQR3",
    "timer[5]": "CR1 CR2 SMCR DIER SR EGR CCMR1 CCMR2 CCER CNT PSC ARR",
}
OTHERS = {("DMA", 0x04): "IFCR", ("DMA", 0x6c): "CCR6", ("DMA", 0x70): "CNDTR6", ("DMA", 0x74): "CPAR6",
          ("DMA", 0x78): "CMAR6", ("Flash Int", 0x44): "KEYR2", ("Flash Int", 0x4c): "SR2", ("Flash Int", 0x50): "CR2",
          ("Flash Int", 0x54): "AR2", ("CRC", 0x04): "IDR"}
WRITE = re.compile(r"(.+): unimplemented device write \(size 4, offset (0x[0-9a-f]+), value (0x[0-9a-f]+)\)")
DEBUG = re.compile(r"Write of unassigned area of PPB: offset 0x42004")
OTHER_ERROR = re.compile(r"(?!.*(unimplemented device read|Read of unassigned area of PPB: offset 0x4200))")


def register_name(device, offset):
    names = NAMES.get("GPIO" if device.startswith("GPIO") else device, "").split()
    name = OTHERS.get((device, offset)) or (names[offset // 4] if offset // 4 < len(names) else f"+{offset:#05x}")
    return f"{device.replace('Flash Int', 'FLASH').replace('timer[5]', 'TIM5')}.{name}"


def readable(line):
    """A line of the golden file; None for what is not told: it comes with each tick."""
    if DEBUG.fullmatch(line):
        return "DBGMCU.CR      (value not logged)"
    match = WRITE.fullmatch(line)
    if match is None:
        return line if OTHER_ERROR.match(line) else None
    name, value = register_name(match[1], int(match[2], 16)), int(match[3], 16)
    if name == "CRC.IDR":
        return f"--- {STEPS[value]} ---"
    if name == "DMA.IFCR":
        return None
    if name == "DMA.CMAR6":
        return f"{name:<14} (the ring)" if 0x20000000 <= value < 0x20002000 else f"{name:<14} {value:#010x}: not in RAM"
    return f"{name:<14} {value:#010x}"


def written(image):
    """The lines, the same one after another told once."""
    run = subprocess.run([machine.QEMU, "-M", MACHINE, "-kernel", image, "-display", "none", "-monitor", "none",
                          "-serial", "null", "-serial", "null", "-serial", "null", "-no-reboot",
                          "-d", "unimp,guest_errors"],
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
    lines = []
    for line in run.stderr.decode(errors="replace").splitlines():
        text = readable(line)
        if text is not None and lines[-1:] != [text]:
            lines.append(text)
    return lines


def main():
    image, *options = sys.argv[1:]
    if machine.missing():
        print("skipped:", machine.missing())
        return 77
    if not os.path.exists(image):
        print(f"skipped: there is no {image}: no compiler for the board")
        return 77
    got = written(image)
    if not any("0x" in line for line in got):
        print(f"skipped: this QEMU has no machine {MACHINE}, or does not log its registers:\n" + "\n".join(got[:5]))
        return 77
    if options == ["--write"]:
        with open(GOLDEN, "w", encoding="ascii") as file:
            file.write("\n".join(["# SPDX-License-Identifier: Apache-2.0", *got]) + "\n")
        return 0
    with open(GOLDEN, encoding="ascii") as file:
        want = [line for line in file.read().splitlines() if not line.startswith("#")]
    diff = list(difflib.unified_diff(want, got, "registers.golden", "the drivers now", lineterm="", n=5))
    print("\n".join(diff) if diff else f"{len(got)} writes to registers, as they were")
    return 1 if diff else 0


if __name__ == "__main__":
    sys.exit(main())
