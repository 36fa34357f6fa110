/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - the registers of the STM32L496xG that this board touches, with
 * the names and bits of RM0351.  Only what is used.  Those of the core are in
 * cortex_m/registers.h.
 */
#ifndef TERN_STM32L496_REGISTERS_H
#define TERN_STM32L496_REGISTERS_H

#include "cortex_m/registers.h"

#include <stdint.h>

/* RM0351 6.4: reset and clock control */
struct rcc {
	volatile uint32_t CR, ICSCR, CFGR, PLLCFGR, PLLSAI1CFGR, PLLSAI2CFGR, CIER, CIFR, CICR, reserved0;
	volatile uint32_t AHB1RSTR, AHB2RSTR, AHB3RSTR, reserved1, APB1RSTR1, APB1RSTR2, APB2RSTR, reserved2;
	volatile uint32_t AHB1ENR, AHB2ENR, AHB3ENR, reserved3, APB1ENR1, APB1ENR2, APB2ENR, reserved4;
	volatile uint32_t AHB1SMENR, AHB2SMENR, AHB3SMENR, reserved5, APB1SMENR1, APB1SMENR2, APB2SMENR, reserved6;
	volatile uint32_t CCIPR, reserved7, BDCR, CSR, CRRCR, CCIPR2;
};
#define RCC ((struct rcc *)0x40021000u)

#define RCC_CR_HSION        (1u << 8)
#define RCC_CR_HSIRDY       (1u << 10)
#define RCC_CR_PLLON        (1u << 24)
#define RCC_CR_PLLRDY       (1u << 25)
#define RCC_CFGR_SW         (3u << 0)
#define RCC_CFGR_SW_PLL     (3u << 0)
#define RCC_CFGR_SWS        (3u << 2)
#define RCC_CFGR_SWS_PLL    (3u << 2)
#define RCC_PLLCFGR_MSI     (1u << 0)
#define RCC_PLLCFGR_HSI     (2u << 0)
#define RCC_PLLCFGR_M(m)    (((m) - 1u) << 4)
#define RCC_PLLCFGR_N(n)    ((uint32_t)(n) << 8)
#define RCC_PLLCFGR_REN     (1u << 24)
#define RCC_PLLCFGR_R2      (0u << 25)      /* divide by 2 */
#define RCC_AHB1ENR_DMA1EN  (1u << 0)
#define RCC_AHB2ENR_GPIOS   0x1ffu          /* A to I */
#define RCC_AHB2ENR_ADCEN   (1u << 13)
#define RCC_AHB2ENR_RNGEN   (1u << 18)
#define RCC_APB1ENR1_RTCAPBEN (1u << 10)
#define RCC_APB1ENR1_USART2EN (1u << 17)
#define RCC_APB1ENR1_PWREN  (1u << 28)
#define RCC_APB2ENR_SYSCFGEN (1u << 0)
#define RCC_APB2ENR_USART1EN (1u << 14)
#define RCC_CCIPR_CLK48SEL  (3u << 26)      /* 0: HSI48 */
#define RCC_CCIPR_ADCSEL    (3u << 28)
#define RCC_CCIPR_ADCSEL_SYSCLK (3u << 28)
#define RCC_BDCR_LSEON      (1u << 0)
#define RCC_BDCR_LSERDY     (1u << 1)
#define RCC_BDCR_LSECSSON   (1u << 5)
#define RCC_BDCR_LSECSSD    (1u << 6)
#define RCC_BDCR_RTCSEL     (3u << 8)
#define RCC_BDCR_RTCSEL_LSE (1u << 8)
#define RCC_BDCR_RTCEN      (1u << 15)
#define RCC_BDCR_BDRST      (1u << 16)
#define RCC_CSR_LSION       (1u << 0)
#define RCC_CSR_LSIRDY      (1u << 1)
#define RCC_CSR_RMVF        (1u << 23)
#define RCC_CSR_FWRSTF      (1u << 24)
#define RCC_CSR_OBLRSTF     (1u << 25)
#define RCC_CSR_PINRSTF     (1u << 26)
#define RCC_CSR_BORRSTF     (1u << 27)
#define RCC_CSR_SFTRSTF     (1u << 28)
#define RCC_CSR_IWDGRSTF    (1u << 29)
#define RCC_CSR_WWDGRSTF    (1u << 30)
#define RCC_CSR_LPWRRSTF    (1u << 31)
#define RCC_CRRCR_HSI48ON   (1u << 0)
#define RCC_CRRCR_HSI48RDY  (1u << 1)

/* RM0351 5.4: power control */
struct pwr {
	volatile uint32_t CR1, CR2, CR3, CR4, SR1, SR2, SCR;
};
#define PWR ((struct pwr *)0x40007000u)

#define PWR_CR1_DBP         (1u << 8)
#define PWR_CR1_VOS         (3u << 9)
#define PWR_CR1_VOS_RANGE1  (1u << 9)
#define PWR_CR2_IOSV        (1u << 9)
#define PWR_SR2_VOSF        (1u << 10)

/* RM0351 8.5: general-purpose pins; two bits a pin in MODER, OSPEEDR and PUPDR */
struct gpio {
	volatile uint32_t MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFR[2], BRR;
};
#define GPIO(letter) ((struct gpio *)(uintptr_t)(0x48000000u + 0x400u * (uint32_t)((letter) - 'A')))

/* RM0351 9.2: system configuration */
#define SYSCFG_MEMRMP       ((volatile uint32_t *)0x40010000u)
#define SYSCFG_MEMRMP_FB_MODE (1u << 8)     /* the flash banks have changed places */

/* RM0351 11.6: DMA controller; channel n is CHANNEL[n - 1] */
struct dma_channel {
	volatile uint32_t CCR, CNDTR, CPAR, CMAR, reserved;
};
struct dma {
	volatile uint32_t ISR, IFCR;
	struct dma_channel CHANNEL[7];
	volatile uint32_t reserved[5], CSELR;
};
#define DMA1 ((struct dma *)0x40020000u)

#define DMA_CCR_EN          (1u << 0)
#define DMA_CCR_TCIE        (1u << 1)
#define DMA_CCR_HTIE        (1u << 2)
#define DMA_CCR_TEIE        (1u << 3)
#define DMA_CCR_CIRC        (1u << 5)
#define DMA_CCR_MINC        (1u << 7)
#define DMA_CCR_PL_HIGH     (2u << 12)
#define DMA_ISR_GIF(n)      (1u << (4u * ((n) - 1u)))
#define DMA_ISR_TEIF(n)     (8u << (4u * ((n) - 1u)))
#define DMA_IFCR_ALL(n)     (0xfu << (4u * ((n) - 1u)))
#define DMA_CSELR(n, request) ((uint32_t)(request) << (4u * ((n) - 1u)))

/* RM0351 40.8: USART */
struct usart {
	volatile uint32_t CR1, CR2, CR3, BRR, GTPR, RTOR, RQR, ISR, ICR, RDR, TDR;
};
#define USART1 ((struct usart *)0x40013800u)
#define USART2 ((struct usart *)0x40004400u)

#define USART_CR1_UE        (1u << 0)
#define USART_CR1_RE        (1u << 2)
#define USART_CR1_TE        (1u << 3)
#define USART_CR1_IDLEIE    (1u << 4)
#define USART_CR1_RXNEIE    (1u << 5)
#define USART_CR1_TXEIE     (1u << 7)
#define USART_CR3_EIE       (1u << 0)
#define USART_CR3_DMAR      (1u << 6)
#define USART_CR3_RTSE      (1u << 8)
#define USART_CR3_CTSE      (1u << 9)
#define USART_ISR_PE        (1u << 0)       /* these five: the same bits in ICR clear them */
#define USART_ISR_FE        (1u << 1)
#define USART_ISR_NE        (1u << 2)
#define USART_ISR_ORE       (1u << 3)
#define USART_ISR_IDLE      (1u << 4)
#define USART_ISR_RXNE      (1u << 5)
#define USART_ISR_TC        (1u << 6)
#define USART_ISR_TXE       (1u << 7)

/* RM0351 3.7: flash interface */
struct flash_interface {
	volatile uint32_t ACR, PDKEYR, KEYR, OPTKEYR, SR, CR, ECCR, reserved, OPTR;
};
#define FLASH ((struct flash_interface *)0x40022000u)
#define FLASH_START         0x08000000u
#define FLASH_BANK2_START   0x08080000u

#define FLASH_ACR_LATENCY   (7u << 0)
#define FLASH_ACR_PRFTEN    (1u << 8)
#define FLASH_ACR_ICEN      (1u << 9)
#define FLASH_ACR_DCEN      (1u << 10)
#define FLASH_ACR_DCRST     (1u << 12)
#define FLASH_KEY1          0x45670123u
#define FLASH_KEY2          0xcdef89abu
#define FLASH_SR_EOP        (1u << 0)
#define FLASH_SR_OPERR      (1u << 1)
#define FLASH_SR_PROGERR    (1u << 3)
#define FLASH_SR_WRPERR     (1u << 4)
#define FLASH_SR_PGAERR     (1u << 5)
#define FLASH_SR_SIZERR     (1u << 6)
#define FLASH_SR_PGSERR     (1u << 7)
#define FLASH_SR_MISERR     (1u << 8)
#define FLASH_SR_FASTERR    (1u << 9)
#define FLASH_SR_RDERR      (1u << 14)
#define FLASH_SR_OPTVERR    (1u << 15)
#define FLASH_SR_BSY        (1u << 16)
#define FLASH_SR_ERRORS     0xc3fau         /* all of them; written 1: cleared */
#define FLASH_CR_PG         (1u << 0)
#define FLASH_CR_PER        (1u << 1)
#define FLASH_CR_PNB(page)  ((uint32_t)(page) << 3)
#define FLASH_CR_BKER       (1u << 11)
#define FLASH_CR_STRT       (1u << 16)
#define FLASH_CR_LOCK       (1u << 31)
#define FLASH_ECCR_ADDR_ECC 0x7ffffu
#define FLASH_ECCR_BK_ECC   (1u << 19)
#define FLASH_ECCR_SYSF_ECC (1u << 20)
#define FLASH_ECCR_ECCC     (1u << 30)
#define FLASH_ECCR_ECCD     (1u << 31)
#define FLASH_OPTR_RDP      0xffu
#define FLASH_OPTR_BOR_LEV_SHIFT 8u
#define FLASH_OPTR_IWDG_SW  (1u << 16)
#define FLASH_OPTR_BFB2     (1u << 20)
#define FLASH_OPTR_DUALBANK (1u << 21)

/* RM0351 49: device electronic signature; data sheet 3.15.1 and 3.15.2: factory calibration */
#define UNIQUE_ID           ((volatile uint32_t *)0x1fff7590u)    /* 96 bits */
#define FLASH_SIZE_KB       ((volatile uint16_t *)0x1fff75e0u)
#define TS_CAL1             ((volatile uint16_t *)0x1fff75a8u)    /* sensor at 30 degrees, 3.0 V */
#define TS_CAL2             ((volatile uint16_t *)0x1fff75cau)    /* sensor at 130 degrees, 3.0 V */
#define VREFINT_CAL         ((volatile uint16_t *)0x1fff75aau)    /* reference at 30 degrees, 3.0 V */

/* RM0351 18.7: analog-to-digital converter */
struct adc {
	volatile uint32_t ISR, IER, CR, CFGR, CFGR2, SMPR1, SMPR2, reserved0, TR1, TR2, TR3, reserved1;
	volatile uint32_t SQR1, SQR2, SQR3, SQR4, DR;
};
#define ADC1 ((struct adc *)0x50040000u)
#define ADC_CCR ((volatile uint32_t *)0x50040308u)

#define ADC_ISR_ADRDY       (1u << 0)
#define ADC_ISR_EOC         (1u << 2)
#define ADC_CR_ADEN         (1u << 0)
#define ADC_CR_ADDIS        (1u << 1)
#define ADC_CR_ADSTART      (1u << 2)
#define ADC_CR_ADVREGEN     (1u << 28)
#define ADC_CR_DEEPPWD      (1u << 29)
#define ADC_CR_ADCAL        (1u << 31)
#define ADC_CFGR_OVRMOD     (1u << 12)
#define ADC_SQR1_ONE(channel) ((uint32_t)(channel) << 6)
#define ADC_CCR_CKMODE_DIV4 (3u << 16)
#define ADC_CCR_VREFEN      (1u << 22)
#define ADC_CCR_TSEN        (1u << 23)
#define ADC_CHANNEL_VREFINT 0u
#define ADC_CHANNEL_TEMPERATURE 17u
#define ADC_SLOWEST         7u              /* 640.5 cycles, the field of a channel in SMPR1, SMPR2 */

/* RM0351 27.7: random number generator */
struct rng {
	volatile uint32_t CR, SR, DR;
};
#define RNG ((struct rng *)0x50060800u)

#define RNG_CR_RNGEN        (1u << 2)
#define RNG_SR_DRDY         (1u << 0)
#define RNG_SR_CECS         (1u << 1)
#define RNG_SR_SECS         (1u << 2)
#define RNG_SR_CEIS         (1u << 5)
#define RNG_SR_SEIS         (1u << 6)

/* RM0351 38.6: real-time clock */
struct rtc {
	volatile uint32_t TR, DR, CR, ISR, PRER, WUTR, reserved, ALRMAR, ALRMBR, WPR, SSR;
	volatile uint32_t SHIFTR, TSTR, TSDR, TSSSR, CALR, TAMPCR, ALRMASSR, ALRMBSSR, OR, BKPR[32];
};
#define RTC ((struct rtc *)0x40002800u)

#define RTC_CR_BYPSHAD      (1u << 5)
#define RTC_ISR_INITS       (1u << 4)
#define RTC_ISR_INITF       (1u << 6)
#define RTC_ISR_INIT        (1u << 7)
#define RTC_WPR_KEY1        0xcau
#define RTC_WPR_KEY2        0x53u
#define RTC_WPR_LOCK        0xffu

/* RM0351 36.4: independent watchdog */
struct iwdg {
	volatile uint32_t KR, PR, RLR, SR, WINR;
};
#define IWDG ((struct iwdg *)0x40003000u)

#define IWDG_KR_RELOAD      0xaaaau
#define IWDG_KR_ACCESS      0x5555u
#define IWDG_KR_START       0xccccu
#define IWDG_PR_DIV128      5u
#define IWDG_RLR_MAX        0xfffu

/* RM0351 48.6: debug support */
#define DBGMCU_IDCODE       ((volatile uint32_t *)0xe0042000u)
#define DBGMCU_APB1FZR1     ((volatile uint32_t *)0xe0042008u)
#define DBGMCU_APB1FZR1_IWDG_STOP (1u << 12)

/* RM0351 13.3: interrupts by number */
enum irq { IRQ_DMA1_CHANNEL5 = 15, IRQ_USART1 = 37, IRQ_USART2 = 38, IRQ_COUNT = 91 };

#endif
