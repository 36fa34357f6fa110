# SPDX-License-Identifier: Apache-2.0
# What every image for the STM32L496xG links.  A board adds its own part_*.c
# (part.h) and calls tern_l496_port().

set(TERN_L496_DIR ${CMAKE_CURRENT_LIST_DIR})
include(${TERN_L496_DIR}/../cortex_m/sources.cmake)
option(TERN_MODEM_FLOW "RTS and CTS between the STM32L496 and its modem" OFF)
option(TERN_MODEM_ESIM "the SIM soldered to the BG96 adapter, not the card in its holder" OFF)

# tern_l496_port(SCRIPT.ld SOURCES...)
function(tern_l496_port script)
	set(common analog.c clock.c describe.c pins.c port.c reset.c rng.c rtc.c serial.c uart.c vectors.c)
	list(TRANSFORM common PREPEND ${TERN_L496_DIR}/)

	# Its assembly names a C function, which only whole objects keep.
	set_source_files_properties(${TERN_L496_DIR}/vectors.c PROPERTIES COMPILE_OPTIONS -fno-lto)
	tern_cortex_m_port(${script} ${common} ${ARGN})
	target_compile_definitions(tern_port PRIVATE
		TERN_MODEM_FLOW=$<BOOL:${TERN_MODEM_FLOW}> TERN_MODEM_ESIM=$<BOOL:${TERN_MODEM_ESIM}>)
endfunction()
