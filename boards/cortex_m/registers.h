/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - the registers of the core that its boards share: ARMv7-M, as
 * in a Cortex-M3 (PM0056) and a Cortex-M4 (PM0214, same sections).  Only what
 * is used.
 */
#ifndef TERN_CORTEX_M_REGISTERS_H
#define TERN_CORTEX_M_REGISTERS_H

#include <stdint.h>

/* PM0056 4.5: system timer */
struct stk {
	volatile uint32_t CTRL, LOAD, VAL, CALIB;
};
#define STK ((struct stk *)0xe000e010u)

#define STK_CTRL_ENABLE     (1u << 0)
#define STK_CTRL_TICKINT    (1u << 1)
#define STK_CTRL_CLKSOURCE  (1u << 2)      /* HCLK, not HCLK / 8 */

/* PM0056 4.3: interrupt controller */
#define NVIC_ISER           ((volatile uint32_t *)0xe000e100u)
#define NVIC_ICER           ((volatile uint32_t *)0xe000e180u)
#define NVIC_ICPR           ((volatile uint32_t *)0xe000e280u)
#define NVIC_IPR            ((volatile uint8_t *)0xe000e400u)

/* PM0056 4.4: system control block */
struct scb {
	volatile uint32_t CPUID, ICSR, VTOR, AIRCR, SCR, CCR, SHPR1, SHPR2, SHPR3, SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR;
};
#define SCB ((struct scb *)0xe000ed00u)

#define SCB_AIRCR_RESET     0x05fa0004u    /* VECTKEY and SYSRESETREQ */
#define SCB_ICSR_PENDSTCLR  (1u << 25)
#define SCB_SCR_SLEEPDEEP   (1u << 2)
#define SCB_CCR_DIV_0_TRP   (1u << 4)
#define SCB_SHCSR_MEMFAULTENA (1u << 16)
#define SCB_SHCSR_BUSFAULTENA (1u << 17)
#define SCB_SHCSR_USGFAULTENA (1u << 18)
#define SCB_CFSR_IACCVIOL   (1u << 0)
#define SCB_CFSR_DACCVIOL   (1u << 1)
#define SCB_CFSR_MUNSTKERR  (1u << 3)
#define SCB_CFSR_MSTKERR    (1u << 4)
#define SCB_CFSR_MMARVALID  (1u << 7)
#define SCB_CFSR_IBUSERR    (1u << 8)
#define SCB_CFSR_PRECISERR  (1u << 9)
#define SCB_CFSR_IMPRECISERR (1u << 10)
#define SCB_CFSR_UNSTKERR   (1u << 11)
#define SCB_CFSR_STKERR     (1u << 12)
#define SCB_CFSR_BFARVALID  (1u << 15)
#define SCB_CFSR_UNDEFINSTR (1u << 16)
#define SCB_CFSR_INVSTATE   (1u << 17)
#define SCB_CFSR_INVPC      (1u << 18)
#define SCB_CFSR_NOCP       (1u << 19)
#define SCB_CFSR_UNALIGNED  (1u << 24)
#define SCB_CFSR_DIVBYZERO  (1u << 25)

/* PM0056 4.2: memory protection unit */
struct mpu {
	volatile uint32_t TYPE, CTRL, RNR, RBAR, RASR;
};
#define MPU ((struct mpu *)0xe000ed90u)

#define MPU_CTRL_ENABLE     (1u << 0)
#define MPU_RBAR_VALID      (1u << 4)
#define MPU_RASR_ENABLE     (1u << 0)
#define MPU_RASR_SIZE(log2) (((log2) - 1u) << 1)
#define MPU_RASR_SRD(mask)  ((uint32_t)(mask) << 8)
#define MPU_RASR_DEVICE     (1u << 16 | 1u << 18)          /* B, S */
#define MPU_RASR_FLASH      (1u << 17)                     /* C */
#define MPU_RASR_SRAM       (1u << 17 | 1u << 18)          /* C, S */
#define MPU_RASR_AP_NONE    (0u << 24)
#define MPU_RASR_AP_RW      (1u << 24)                     /* privileged; nothing here runs otherwise */
#define MPU_RASR_AP_RO      (5u << 24)
#define MPU_RASR_XN         (1u << 28)

#endif
