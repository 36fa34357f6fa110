/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - the registers of the STM32F103xG that this board touches, with
 * the names and bits of RM0008.  Only what is used.  Those of the core are in
 * cortex_m/registers.h.
 */
#ifndef TERN_STM32F103_REGISTERS_H
#define TERN_STM32F103_REGISTERS_H

#include "cortex_m/registers.h"

#include <stdint.h>

/* RM0008 7.3: reset and clock control */
struct rcc {
	volatile uint32_t CR, CFGR, CIR, APB2RSTR, APB1RSTR, AHBENR, APB2ENR, APB1ENR, BDCR, CSR;
};
#define RCC ((struct rcc *)0x40021000u)

#define RCC_CR_HSEON        (1u << 16)
#define RCC_CR_HSERDY       (1u << 17)
#define RCC_CR_PLLON        (1u << 24)
#define RCC_CR_PLLRDY       (1u << 25)
#define RCC_CFGR_SW_PLL     (2u << 0)
#define RCC_CFGR_SWS        (3u << 2)
#define RCC_CFGR_SWS_PLL    (2u << 2)
#define RCC_CFGR_PPRE1_DIV2 (4u << 8)
#define RCC_CFGR_ADCPRE_DIV6 (2u << 14)
#define RCC_CFGR_PLLSRC_HSE (1u << 16)      /* 0: HSI / 2 */
#define RCC_CFGR_PLLMUL(n)  (((n) - 2u) << 18)
#define RCC_APB2ENR_AFIOEN  (1u << 0)
#define RCC_APB2ENR_IOPAEN  (1u << 2)
#define RCC_APB2ENR_IOPBEN  (1u << 3)
#define RCC_APB2ENR_ADC1EN  (1u << 9)
#define RCC_AHBENR_DMA1EN   (1u << 0)
#define RCC_APB1ENR_TIM5EN  (1u << 3)
#define RCC_APB1ENR_USART2EN (1u << 17)
#define RCC_APB1ENR_USART3EN (1u << 18)
#define RCC_APB1ENR_BKPEN   (1u << 27)
#define RCC_APB1ENR_PWREN   (1u << 28)
#define RCC_BDCR_LSEON      (1u << 0)
#define RCC_BDCR_LSERDY     (1u << 1)
#define RCC_BDCR_RTCSEL     (3u << 8)
#define RCC_BDCR_RTCSEL_LSE (1u << 8)
#define RCC_BDCR_RTCSEL_HSE (3u << 8)      /* HSE / 128 */
#define RCC_BDCR_RTCEN      (1u << 15)
#define RCC_BDCR_BDRST      (1u << 16)
#define RCC_CSR_LSION       (1u << 0)
#define RCC_CSR_RMVF        (1u << 24)
#define RCC_CSR_PINRSTF     (1u << 26)
#define RCC_CSR_PORRSTF     (1u << 27)
#define RCC_CSR_SFTRSTF     (1u << 28)
#define RCC_CSR_IWDGRSTF    (1u << 29)
#define RCC_CSR_WWDGRSTF    (1u << 30)
#define RCC_CSR_LPWRRSTF    (1u << 31)

/* RM0008 9.2: general-purpose pins; four bits a pin in CRL (0-7) and CRH (8-15) */
struct gpio {
	volatile uint32_t CRL, CRH, IDR, ODR, BSRR, BRR, LCKR;
};
#define GPIOA ((struct gpio *)0x40010800u)
#define GPIOB ((struct gpio *)0x40010c00u)

/* RM0008 9.2.1: CNF and MODE, tables 20 and 21 */
enum gpio_mode {
	GPIO_OUTPUT_2MHZ    = 0x2,
	GPIO_FLOATING       = 0x4,      /* after reset */
	GPIO_PULLED_INPUT   = 0x8,      /* up or down, as ODR says */
	GPIO_ALTERNATE_2MHZ = 0xa
};

/* RM0008 9.4.2: which pins and signals the peripherals use */
#define AFIO_MAPR           ((volatile uint32_t *)0x40010004u)
#define AFIO_MAPR_TIM5CH4_IREMAP (1u << 16)    /* 1: LSI; not on medium density and below */

/* RM0008 9.4.5: which port's pin 8 to 11 an external interrupt is; four bits each */
#define AFIO_EXTICR3        ((volatile uint32_t *)0x40010010u)
#define AFIO_EXTICR_PORT_B  1u

/* RM0008 10.3: external interrupts; a bit a line */
struct exti {
	volatile uint32_t IMR, EMR, RTSR, FTSR, SWIER, PR;
};
#define EXTI ((struct exti *)0x40010400u)

/* RM0008 27.6: USART */
struct usart {
	volatile uint32_t SR, DR, BRR, CR1, CR2, CR3, GTPR;
};
#define USART2 ((struct usart *)0x40004400u)
#define USART3 ((struct usart *)0x40004800u)

#define USART_SR_PE         (1u << 0)
#define USART_SR_FE         (1u << 1)
#define USART_SR_NE         (1u << 2)
#define USART_SR_ORE        (1u << 3)
#define USART_SR_IDLE       (1u << 4)
#define USART_SR_RXNE       (1u << 5)
#define USART_SR_TC         (1u << 6)
#define USART_SR_TXE        (1u << 7)
#define USART_CR1_RE        (1u << 2)
#define USART_CR1_TE        (1u << 3)
#define USART_CR1_IDLEIE    (1u << 4)
#define USART_CR1_RXNEIE    (1u << 5)
#define USART_CR1_TXEIE     (1u << 7)
#define USART_CR1_UE        (1u << 13)
#define USART_CR3_EIE       (1u << 0)
#define USART_CR3_DMAR      (1u << 6)
#define USART_CR3_RTSE      (1u << 8)
#define USART_CR3_CTSE      (1u << 9)

/* RM0008 13.4: DMA; channel 6 of DMA1 is USART2's receiver (table 78) */
struct dma_channel {
	volatile uint32_t CCR, CNDTR, CPAR, CMAR;
};
#define DMA1_IFCR           ((volatile uint32_t *)0x40020004u)
#define DMA1_CHANNEL6       ((struct dma_channel *)0x4002006cu)

#define DMA_IFCR_CGIF6      (1u << 20)
#define DMA_CCR_EN          (1u << 0)
#define DMA_CCR_TCIE        (1u << 1)
#define DMA_CCR_HTIE        (1u << 2)
#define DMA_CCR_CIRC        (1u << 5)
#define DMA_CCR_MINC        (1u << 7)      /* bytes both sides: PSIZE and MSIZE 0 */
#define DMA_CCR_PL_HIGH     (2u << 12)

/* PM0075 and RM0008 3.3: flash interface; the second bank has its own KEYR,
 * SR, CR and AR, 0x40 above those of the first */
struct flash_bank {
	volatile uint32_t KEYR, OPTKEYR, SR, CR, AR;
};
#define FLASH_ACR           ((volatile uint32_t *)0x40022000u)
#define FLASH_BANK1         ((struct flash_bank *)0x40022004u)
#define FLASH_BANK2         ((struct flash_bank *)0x40022044u)
#define FLASH_BANK2_START   0x08080000u

/* PM0075 4.7, 4.8: the option bytes as they were loaded */
#define FLASH_OBR           ((volatile uint32_t *)0x4002201cu)
#define FLASH_WRPR          ((volatile uint32_t *)0x40022020u)    /* a bit 0: these pages are protected */
#define FLASH_OBR_RDPRT     (1u << 1)
#define FLASH_OBR_WDG_SW    (1u << 2)      /* 0: the watchdog runs from power-on */

#define FLASH_ACR_LATENCY_2 (2u << 0)
#define FLASH_ACR_PRFTBE    (1u << 4)
#define FLASH_KEY1          0x45670123u
#define FLASH_KEY2          0xcdef89abu
#define FLASH_SR_BSY        (1u << 0)
#define FLASH_SR_PGERR      (1u << 2)
#define FLASH_SR_WRPRTERR   (1u << 4)
#define FLASH_SR_EOP        (1u << 5)
#define FLASH_CR_PG         (1u << 0)
#define FLASH_CR_PER        (1u << 1)
#define FLASH_CR_STRT       (1u << 6)
#define FLASH_CR_LOCK       (1u << 7)

/* RM0008 30.1, 30.2: device electronic signature */
#define FLASH_SIZE_KB       ((volatile uint16_t *)0x1ffff7e0u)
#define UNIQUE_ID           ((volatile uint32_t *)0x1ffff7e8u)    /* 96 bits */

/* RM0008 19.4: independent watchdog */
struct iwdg {
	volatile uint32_t KR, PR, RLR, SR;
};
#define IWDG ((struct iwdg *)0x40003000u)

#define IWDG_KR_RELOAD      0xaaaau
#define IWDG_KR_ACCESS      0x5555u
#define IWDG_KR_START       0xccccu
#define IWDG_PR_DIV256      6u

/* RM0008 11.12: analog-to-digital converter */
struct adc {
	volatile uint32_t SR, CR1, CR2, SMPR1, SMPR2, JOFR1, JOFR2, JOFR3, JOFR4, HTR, LTR;
	volatile uint32_t SQR1, SQR2, SQR3, JSQR, JDR1, JDR2, JDR3, JDR4, DR;
};
#define ADC1 ((struct adc *)0x40012400u)

#define ADC_SR_EOC          (1u << 1)
#define ADC_CR2_ADON        (1u << 0)
#define ADC_CR2_CAL         (1u << 2)
#define ADC_CR2_RSTCAL      (1u << 3)
#define ADC_CR2_EXTSEL_SWSTART (7u << 17)
#define ADC_CR2_EXTTRIG     (1u << 20)
#define ADC_CR2_SWSTART     (1u << 22)
#define ADC_CR2_TSVREFE     (1u << 23)
#define ADC_SMPR1_SLOWEST_16_17 (7u << 18 | 7u << 21)      /* 239.5 cycles */
#define ADC_SMPR1_FASTEST_16_17 0u                         /* 1.5 cycles */
#define ADC_CHANNEL_TEMPERATURE 16u
#define ADC_CHANNEL_VREFINT 17u

/* RM0008 15.4: general-purpose timers, 16 bits (in QEMU 32, a count of instructions) */
struct tim {
	volatile uint32_t CR1, CR2, SMCR, DIER, SR, EGR, CCMR1, CCMR2, CCER, CNT, PSC, ARR;
	uint32_t RESERVED;
	volatile uint32_t CCR1, CCR2, CCR3, CCR4;
};
#define TIM2 ((struct tim *)0x40000000u)
#define TIM5 ((struct tim *)0x40000c00u)

#define TIM_CR1_CEN         (1u << 0)
#define TIM_DIER_CC4IE      (1u << 4)
#define TIM_SR_CC4OF        (1u << 12)
#define TIM_CCMR2_CC4S_TI4  (1u << 8)
#define TIM_CCMR2_IC4PSC_8  (3u << 10)     /* a capture every eighth edge */
#define TIM_CCER_CC4E       (1u << 12)

/* RM0008 5.4.1: power control */
#define PWR_CR              ((volatile uint32_t *)0x40007000u)
#define PWR_CR_LPDS         (1u << 0)      /* the regulator rests too */
#define PWR_CR_PDDS         (1u << 1)      /* Standby in place of Stop */
#define PWR_CR_DBP          (1u << 8)      /* backup domain may be written */

/* RM0008 6.4.1: backup registers, 16 bits each */
#define BKP_DR1             ((volatile uint32_t *)0x40006c04u)

/* RM0008 18.4: real-time clock; H and L are halves of 16 bits */
struct rtc {
	volatile uint32_t CRH, CRL, PRLH, PRLL, DIVH, DIVL, CNTH, CNTL, ALRH, ALRL;
};
#define RTC ((struct rtc *)0x40002800u)

#define RTC_CRH_ALRIE       (1u << 1)
#define RTC_CRL_ALRF        (1u << 1)
#define RTC_CRL_RSF         (1u << 3)
#define RTC_CRL_CNF         (1u << 4)
#define RTC_CRL_RTOFF       (1u << 5)

/* RM0008 10.1.2, table 63: the interrupts by number */
enum irq { IRQ_DMA1_CHANNEL6 = 16, IRQ_USART2 = 38, IRQ_USART3 = 39, IRQ_EXTI15_10 = 40, IRQ_RTC_ALARM = 41,
	   IRQ_TIM5 = 50, IRQ_COUNT = 60 };

/* RM0008 31.6.1: device and revision; 0 unless a debugger has enabled it (errata sheet) */
#define DBGMCU_IDCODE       ((volatile uint32_t *)0xe0042000u)

/* RM0008 31.16.3: what stops while a debugger holds the core */
#define DBGMCU_CR           ((volatile uint32_t *)0xe0042004u)
#define DBGMCU_CR_DBG_IWDG_STOP (1u << 8)

#endif
