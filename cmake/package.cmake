# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` gives to others: the library, its header, the programs
# and their manual pages.
#
# libtern.a is one relocatable object that holds what the functions of tern.h
# need, mbedTLS included, and shows no other name than theirs: it links beside a
# program that has an mqtt_publish or an mbedTLS of its own.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

foreach(program tern-cli tern-modem tern-device tern-bridge)
	if(TARGET ${program})
		install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	endif()
endforeach()
file(GLOB manual_pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/boards/${TERN_BOARD}/*.1 ${CMAKE_SOURCE_DIR}/host/*/*.1)
install(FILES ${manual_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# Instrumented code is not for others.
if(TERN_SANITIZE OR TERN_FUZZ)
	return()
endif()

file(READ ${CMAKE_SOURCE_DIR}/include/tern.h header)
string(REGEX MATCHALL "tern_[a-z0-9_]+\\(" functions "${header}")
list(TRANSFORM functions REPLACE "\\($" "")
list(REMOVE_DUPLICATES functions)
list(TRANSFORM functions PREPEND "LINKER:-u," OUTPUT_VARIABLE wanted)

# -r: one object out of many, what nobody needs left out.
file(WRITE ${CMAKE_BINARY_DIR}/package/nothing.c "")
add_executable(tern_object ${CMAKE_BINARY_DIR}/package/nothing.c)
set_target_properties(tern_object PROPERTIES OUTPUT_NAME tern SUFFIX .o
	RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package)
target_link_options(tern_object PRIVATE -r -nostdlib LINKER:--gc-sections ${wanted})
target_link_libraries(tern_object PRIVATE tern_face)

# No function of tern.h passes floating point, so the library fits programs of both
# calling conventions for it; Arm's linker takes an object that says nothing for that.
set(strip_sections --remove-section=.gnu.*lto_* $<$<BOOL:${CMAKE_CROSSCOMPILING}>:--remove-section=.ARM.attributes>)

set(library ${CMAKE_BINARY_DIR}/package/libtern.a)
add_custom_command(OUTPUT ${library}
	COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=tern_* ${strip_sections}
		$<TARGET_FILE:tern_object> ${CMAKE_BINARY_DIR}/package/libtern.o
	COMMAND ${CMAKE_COMMAND} -E rm -f ${library}
	COMMAND ${CMAKE_AR} rcsD ${library} ${CMAKE_BINARY_DIR}/package/libtern.o
	DEPENDS tern_object VERBATIM COMMAND_EXPAND_LISTS COMMENT "libtern.a: only tern_* is visible")
add_custom_target(tern ALL DEPENDS ${library})

configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/ternConfig.cmake.in
	${CMAKE_BINARY_DIR}/package/ternConfig.cmake
	INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tern PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/ternConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(FILES ${library} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_SOURCE_DIR}/include/tern.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/package/ternConfig.cmake ${CMAKE_BINARY_DIR}/package/ternConfigVersion.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tern)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tern)
