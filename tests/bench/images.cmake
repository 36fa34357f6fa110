# SPDX-License-Identifier: Apache-2.0
add_executable(smoke smoke.c)
target_link_libraries(smoke PRIVATE tern_options tern_port tern_base)

# bench: with the server's recorded bytes; bench_live: what record.py records them with.
foreach(image bench bench_live)
	string(REPLACE bench_live live variant ${image})
	string(REPLACE bench replay variant ${variant})
	add_executable(${image} bench.c source_${variant}.c source_root.c)
	target_link_libraries(${image} PRIVATE tern_options tern_port tern_base tern_crypto tern_cloud)
	target_compile_options(${image} PRIVATE -Wa,-I${CMAKE_CURRENT_SOURCE_DIR}/recording)
endforeach()
file(GLOB recording CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/recording/*.bin)
set_source_files_properties(source_replay.c source_root.c PROPERTIES OBJECT_DEPENDS "${recording}")
