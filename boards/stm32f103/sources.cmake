# SPDX-License-Identifier: Apache-2.0
# What every image for the STM32F103xG links, on the chip and in QEMU.  A board
# adds its own part_*.c (part.h) and calls tern_f103_port().

set(TERN_F103_DIR ${CMAKE_CURRENT_LIST_DIR})
option(TERN_MODEM_FLOW "RTS and CTS between the STM32F103 and its modem (PA1, PA0)" OFF)

function(tern_f103_port)
	set(common clock.c fault.c memory_protection.c port.c reset.c ring.c serial.c startup.c temperature.c uart.c)
	list(TRANSFORM common PREPEND ${TERN_F103_DIR}/)

	# Its assembly names a C function, which only whole objects keep.
	set_source_files_properties(${TERN_F103_DIR}/startup.c PROPERTIES COMPILE_OPTIONS -fno-lto)
	add_library(tern_port OBJECT ${common} ${ARGN})
	target_link_libraries(tern_port PRIVATE tern_options PUBLIC tern_base)
	target_compile_definitions(tern_port PRIVATE TERN_MODEM_FLOW=$<BOOL:${TERN_MODEM_FLOW}>)

	# newlib-nano without its system calls: an image that allocates or prints by
	# stdio does not link.
	target_link_options(tern_port INTERFACE
		-nostartfiles --specs=nano.specs -T${TERN_F103_DIR}/stm32f103xg.ld
		-Wl,--gc-sections -Wl,--fatal-warnings -Wl,-Map=$<TARGET_FILE:$<TARGET_PROPERTY:NAME>>.map)
	set_property(TARGET tern_port PROPERTY INTERFACE_LINK_DEPENDS ${TERN_F103_DIR}/stm32f103xg.ld)
endfunction()
