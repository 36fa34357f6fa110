# SPDX-License-Identifier: Apache-2.0
# mbedTLS from its release tarball, unpacked at TERN_MBEDTLS_DIR: only the files
# that are needed, with our own configuration, without warnings.

if(NOT EXISTS ${TERN_MBEDTLS_DIR}/library/ssl_tls12_client.c)
	message(FATAL_ERROR "mbedTLS 3.6 is not at ${TERN_MBEDTLS_DIR}: run 'make', which fetches it, "
		"or set TERN_MBEDTLS_DIR to an unpacked release")
endif()

# Compiled for speed also where the rest is for size: measured (make bench), the
# inner loops of the big numbers repay it; sha256 is even faster for size.
set(TERN_MBEDTLS_HOT
	bignum_core)
set(TERN_MBEDTLS_REST
	aes asn1parse asn1write bignum chacha20 chachapoly cipher cipher_wrap constant_time ecdh ecdsa ecp ecp_curves gcm hmac_drbg
	md oid poly1305 sha256 sha512
	pk pk_ecc pk_wrap pkparse pkwrite platform platform_util rsa rsa_alt_helpers sha1
	ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client x509 x509_crt)
set(TERN_MBEDTLS_TLS13
	hkdf psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client
	psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_hash psa_crypto_mac psa_crypto_rsa
	psa_crypto_slot_management psa_util ssl_tls13_client ssl_tls13_generic ssl_tls13_keys)

# In front of every file that sees the structs of mbedTLS: its own and src/crypto's.
set(TERN_MBEDTLS_SEAMS "SHELL:-include ${CMAKE_SOURCE_DIR}/src/crypto/mbedtls_seams.h")

# tern_mbedtls(VARIANT CONFIG FILES...): the library tern_mbedtls_VARIANT.
function(tern_mbedtls variant config)
	list(TRANSFORM ARGN PREPEND ${TERN_MBEDTLS_DIR}/library/ OUTPUT_VARIABLE sources)
	list(TRANSFORM sources APPEND .c)
	add_library(tern_mbedtls_${variant} STATIC ${sources})
	target_include_directories(tern_mbedtls_${variant} SYSTEM PUBLIC ${TERN_MBEDTLS_DIR}/include)
	target_include_directories(tern_mbedtls_${variant} PRIVATE ${CMAKE_SOURCE_DIR}/src/crypto)
	target_compile_definitions(tern_mbedtls_${variant} PUBLIC
		MBEDTLS_CONFIG_FILE="${CMAKE_SOURCE_DIR}/src/crypto/${config}")
	target_compile_options(tern_mbedtls_${variant} PRIVATE -w -ffunction-sections -fdata-sections ${TERN_MBEDTLS_SEAMS})
	if(TERN_SANITIZE)
		# Its own tests run under UBSan; ours are about our use of it.
		target_compile_options(tern_mbedtls_${variant} PRIVATE -O2 -fno-sanitize=undefined)
	endif()
endfunction()

# Both in one directory: the properties of a source file hold for both.
list(TRANSFORM TERN_MBEDTLS_HOT PREPEND ${TERN_MBEDTLS_DIR}/library/ OUTPUT_VARIABLE hot)
list(TRANSFORM hot APPEND .c)
set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS -O2)

# Seams: where mbedTLS calls something of ours instead of its own.
#   ssl_tls.c  anchors are loaded one by one (tls_verify.c); the input buffer
#              begins small (tls_records.c)
#   rsa.c      signatures are checked with less memory (rsa_public.c)
function(seam file)
	set_source_files_properties(${TERN_MBEDTLS_DIR}/library/${file} PROPERTIES COMPILE_DEFINITIONS "${ARGN}")
endfunction()
seam(ssl_tls.c mbedtls_x509_crt_verify_restartable=tls_verify_chain MBEDTLS_SSL_IN_CONTENT_LEN=256)
seam(rsa.c mbedtls_mpi_exp_mod_unsafe=rsa_public)
