# SPDX-License-Identifier: Apache-2.0
add_executable(smoke smoke.c)
target_link_libraries(smoke PRIVATE tern_options tern_port tern_base)

# bench: with the server's recorded bytes; bench_live: what record.py records them with.
foreach(image bench bench_live)
	string(REPLACE bench_live live variant ${image})
	string(REPLACE bench replay variant ${variant})
	add_executable(${image} bench.c source_${variant}.c)
	target_link_libraries(${image} PRIVATE tern_options tern_port tern_base tern_crypto tern_cloud)
	target_compile_options(${image} PRIVATE -Wa,-I${CMAKE_CURRENT_SOURCE_DIR}/recording)
	target_compile_definitions(${image} PRIVATE TERN_TLS13=$<BOOL:${TERN_TLS13}>)
endforeach()
file(GLOB recording CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/recording/*.bin)
set_source_files_properties(source_replay.c PROPERTIES OBJECT_DEPENDS "${recording}")

# The chip's drivers on a machine that logs each access to a register and has 8 KB of RAM.
if(TERN_BOARD STREQUAL "stm32f103")
	add_executable(registers registers.c $<FILTER:$<TARGET_OBJECTS:tern_port>,EXCLUDE,part_flash>)
	target_link_libraries(registers PRIVATE tern_options tern_base)
	target_link_options(registers PRIVATE $<TARGET_PROPERTY:tern_port,INTERFACE_LINK_OPTIONS>
		-Wl,--defsym=tern_ram_size=8K -Wl,--defsym=tern_stack_size=1024)
endif()
