# SPDX-License-Identifier: Apache-2.0
# What every image for the STM32F103xG links, on the chip and in QEMU.  A board
# adds its own part_*.c (part.h) and calls tern_f103_port().

set(TERN_F103_DIR ${CMAKE_CURRENT_LIST_DIR})
include(${TERN_F103_DIR}/../cortex_m/sources.cmake)
option(TERN_MODEM_FLOW "RTS and CTS between the STM32F103 and its modem (PA1, PA0)" OFF)

function(tern_f103_port)
	set(common clock.c port.c reset.c serial.c temperature.c uart.c vectors.c)
	list(TRANSFORM common PREPEND ${TERN_F103_DIR}/)
	tern_cortex_m_port(${TERN_F103_DIR}/stm32f103xg.ld ${common} ${ARGN})
	target_compile_definitions(tern_port PRIVATE TERN_MODEM_FLOW=$<BOOL:${TERN_MODEM_FLOW}>)
endfunction()
