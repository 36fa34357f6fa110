# SPDX-License-Identifier: Apache-2.0
# What every image for the STM32F103xG links, on the chip and in QEMU.  A board
# adds its own part_*.c (part.h) and calls tern_f103_port().

set(TERN_F103_DIR ${CMAKE_CURRENT_LIST_DIR})
include(${TERN_F103_DIR}/../cortex_m/sources.cmake)
option(TERN_MODEM_FLOW "RTS and CTS between the STM32F103 and its modem " OFF)
option(TERN_MODEM_LINES "PWRKEY, RESET, DTR and STATUS of the modem are wired (pin_map.h)" ON)
option(TERN_STOP "Stop mode while the modem is off (stop.h); try it on silicon first" OFF)

function(tern_f103_port)
	set(common analog.c clock.c identity.c oscillator.c pins.c port.c reset.c rtc.c serial.c stop.c uart.c vectors.c)
	list(TRANSFORM common PREPEND ${TERN_F103_DIR}/)
	tern_cortex_m_port(${TERN_F103_DIR}/stm32f103xg.ld ${common} ${ARGN})
	target_compile_definitions(tern_port PRIVATE
		TERN_MODEM_FLOW=$<BOOL:${TERN_MODEM_FLOW}> TERN_MODEM_LINES=$<BOOL:${TERN_MODEM_LINES}>
		TERN_STOP=$<BOOL:${TERN_STOP}>)
endfunction()
