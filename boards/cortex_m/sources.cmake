# SPDX-License-Identifier: Apache-2.0
# tern_cortex_m_port(SCRIPT.ld SOURCES...): the library tern_port of a board with an
# ARMv7-M core, out of its own sources and the shared ones (board.h).
set(TERN_CORTEX_M_DIR ${CMAKE_CURRENT_LIST_DIR})

function(tern_cortex_m_port script)
	set(shared fault.c memory_noise.c memory_protection.c note.c ring.c small_libc.c stack.c startup.c tick.c)
	list(TRANSFORM shared PREPEND ${TERN_CORTEX_M_DIR}/)

	# Its assembly names C functions, which only whole objects keep.
	set_source_files_properties(${TERN_CORTEX_M_DIR}/startup.c PROPERTIES COMPILE_OPTIONS -fno-lto)
	set_source_files_properties(${TERN_CORTEX_M_DIR}/small_libc.c PROPERTIES COMPILE_OPTIONS
		"-fno-lto;-fno-builtin;-fno-tree-loop-distribute-patterns;-Wno-unused-parameter")
	add_library(tern_port OBJECT ${shared} ${ARGN})
	target_link_libraries(tern_port PRIVATE tern_options PUBLIC tern_base)
	if(TERN_PACK_TEXTS)
		tern_pack_texts(tern_port)
	endif()

	# newlib-nano without its system calls: an image that allocates or prints by
	# stdio does not link.
	target_link_options(tern_port INTERFACE
		-nostartfiles --specs=nano.specs -T${script} -L${TERN_CORTEX_M_DIR}
		-Wl,--gc-sections -Wl,--fatal-warnings -Wl,-Map=$<TARGET_FILE:$<TARGET_PROPERTY:NAME>>.map)
	set_property(TARGET tern_port PROPERTY INTERFACE_LINK_DEPENDS ${script} ${TERN_CORTEX_M_DIR}/sections.ld)
endfunction()
