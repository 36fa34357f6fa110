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
	aes asn1parse asn1write bignum chacha20 chachapoly cipher cipher_wrap constant_time ecdh ecdsa ecp ecp_curves gcm
	md oid poly1305 sha256 sha512
	pk pk_ecc pk_wrap pkparse pkwrite platform platform_util rsa rsa_alt_helpers
	ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client x509 x509_crt)
set(TERN_MBEDTLS_TLS13
	hkdf psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client
	psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_hash psa_crypto_mac psa_crypto_rsa
	psa_crypto_slot_management psa_util ssl_tls13_client ssl_tls13_generic ssl_tls13_keys)

# In front of every file that sees the structs of mbedTLS: its own and src/crypto's.
set(TERN_MBEDTLS_SEAMS "SHELL:-include ${CMAKE_SOURCE_DIR}/src/crypto/mbedtls_seams.h")

# edit(FILE OLD NEW): mbedTLS's FILE is compiled with NEW in the place of OLD, which
# must be there exactly once.  edit_all(FILE PATTERN NEW): in the place of whatever
# matches, at least once.
set(edited ${CMAKE_BINARY_DIR}/mbedtls-edited)
macro(edit file old new)
	edit_text(${file})
	string(FIND "${edited_text}" "${old}" first)
	string(FIND "${edited_text}" "${old}" last REVERSE)
	if(first EQUAL -1 OR NOT first EQUAL last)
		message(FATAL_ERROR "mbedTLS's ${file} is not the one that cmake/mbedtls.cmake edits: '${old}'")
	endif()
	string(REPLACE "${old}" "${new}" edited_${file} "${edited_text}")
endmacro()
macro(edit_all file pattern new)
	edit_text(${file})
	string(REGEX REPLACE "${pattern}" "${new}" edited_${file} "${edited_text}")
	if(edited_${file} STREQUAL edited_text)
		message(FATAL_ERROR "mbedTLS's ${file} is not the one that cmake/mbedtls.cmake edits: '${pattern}'")
	endif()
endmacro()
macro(edit_text file)
	if(NOT DEFINED edited_${file})
		file(READ ${TERN_MBEDTLS_DIR}/library/${file} edited_${file})
		list(APPEND TERN_MBEDTLS_EDITED ${file})
	endif()
	set(edited_text "${edited_${file}}")
endmacro()

# The block of keys for AEAD suites takes at most 88 bytes of the 256 that are
# computed: a third less time for a resumed handshake.
edit(ssl_tls.c "unsigned char keyblk[256]" "unsigned char keyblk[96]")
edit(ssl_tls.c "randbytes, 64, keyblk, 256)" "randbytes, 64, keyblk, sizeof(keyblk))")
# No suite with SHA-384 is offered: its transcript of a handshake is not kept.  The
# hash stays for certificates and key exchanges; 1.5 KB, a tenth less time to resume.
edit(ssl_tls.c "CAN_SHA384)
        case MBEDTLS_SSL_HASH_SHA384:
            return MBEDTLS_MD" "CAN_SHA512)
        case MBEDTLS_SSL_HASH_SHA384:
            return MBEDTLS_MD")
edit(ssl_tls.c "CAN_SHA384)
        case MBEDTLS_MD_SHA384:
            return MBEDTLS_SSL_HASH_SHA384" "CAN_SHA512)
        case MBEDTLS_MD_SHA384:
            return MBEDTLS_SSL_HASH_SHA384")
edit_all(ssl_tls.c "MBEDTLS_MD_CAN_SHA384" "TERN_SUITES_WITH_SHA384")
edit_all(ssl_ciphersuites.c "MBEDTLS_MD_CAN_SHA384" "TERN_SUITES_WITH_SHA384")
# tls_records.c alone resizes the input buffer (mbedtls_seams.h); 0.3 KB.
edit(ssl_tls.c "handle_buffer_resizing(ssl, 0, MBEDTLS_SSL_IN_BUFFER_LEN,
                           MBEDTLS_SSL_OUT_BUFFER_LEN);" "")
edit(ssl_tls.c "handle_buffer_resizing(ssl, 1, mbedtls_ssl_get_input_buflen(ssl),
                           mbedtls_ssl_get_output_buflen(ssl));" "")
edit(ssl_tls.c "size_t in_buf_len = MBEDTLS_SSL_IN_BUFFER_LEN;
    size_t out_buf_len = MBEDTLS_SSL_OUT_BUFFER_LEN;

    ssl->conf = conf;" "size_t in_buf_len = TLS_RECORDS_SMALL;
    size_t out_buf_len = MBEDTLS_SSL_OUT_BUFFER_LEN;

    ssl->conf = conf;")
# A private key comes with all of its numbers (RFC 8017, A.1.2): 1.8 KB that compute
# those which are missing.
edit(rsa.c "(ret = mbedtls_rsa_complete(rsa)) != 0 ||
        (ret" "(ret")
edit(rsa.c "mbedtls_rsa_complete(rsa) != 0 ||
        mbedtls_rsa_check_pubkey" "mbedtls_rsa_check_pubkey")
# Records are encrypted in one go: no cipher but the block cipher beneath GCM is used
# piece by piece, and ChaCha20 never without Poly1305.
edit(cipher.c "#include \"mbedtls/platform.h\"" "#include \"mbedtls/platform.h\"
#define mbedtls_gcm_update(...) MBEDTLS_ERR_CIPHER_FEATURE_UNAVAILABLE
#define mbedtls_chachapoly_update(...) MBEDTLS_ERR_CIPHER_FEATURE_UNAVAILABLE")
edit(cipher_wrap.c "#include \"mbedtls/platform.h\"" "#include \"mbedtls/platform.h\"
#undef MBEDTLS_CHACHA20_C")
# The names of suites are in tls.c.
edit_all(ssl_ciphersuites.c "\"TLS[A-Z0-9-]+\"" "NULL")
# Of keys in certificates only the public half is there: nothing is signed, decrypted
# or compared with them.
edit(pk_wrap.c "#include \"mbedtls/platform.h\"" "#include \"mbedtls/platform.h\"
#define mbedtls_rsa_pkcs1_decrypt(...) MBEDTLS_ERR_RSA_BAD_INPUT_DATA
#define mbedtls_rsa_pkcs1_encrypt(...) MBEDTLS_ERR_RSA_BAD_INPUT_DATA
#define mbedtls_rsa_pkcs1_sign(...) MBEDTLS_ERR_RSA_BAD_INPUT_DATA
#define mbedtls_rsa_check_pub_priv(...) MBEDTLS_ERR_RSA_BAD_INPUT_DATA
#define mbedtls_ecdsa_write_signature(...) MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE
#define mbedtls_ecdsa_write_signature_restartable(...) MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE
#define mbedtls_ecp_check_pub_priv(...) MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE
")
# P-384 verifies a root's signature now and then: 3.8 KB of tables are too much for it.
edit(ecp_curves.c "return LOAD_GROUP(secp384r1)" "
#define secp384r1_T NULL
            return LOAD_GROUP(secp384r1)")

foreach(file IN LISTS TERN_MBEDTLS_EDITED)
	file(WRITE ${edited}/new/${file} "${edited_${file}}")
	configure_file(${edited}/new/${file} ${edited}/${file} COPYONLY)   # leaves it alone if it is the same
endforeach()

# tern_mbedtls(VARIANT CONFIG FILES...): the library tern_mbedtls_VARIANT.
function(tern_mbedtls variant config)
	list(TRANSFORM ARGN APPEND .c OUTPUT_VARIABLE sources)
	list(TRANSFORM sources PREPEND ${TERN_MBEDTLS_DIR}/library/)
	foreach(file IN LISTS TERN_MBEDTLS_EDITED)
		list(TRANSFORM sources REPLACE "^${TERN_MBEDTLS_DIR}/library/${file}$" ${edited}/${file})
	endforeach()
	add_library(tern_mbedtls_${variant} STATIC ${sources})
	target_include_directories(tern_mbedtls_${variant} SYSTEM PUBLIC ${TERN_MBEDTLS_DIR}/include)
	target_include_directories(tern_mbedtls_${variant} PRIVATE
		${CMAKE_SOURCE_DIR}/src/crypto ${TERN_MBEDTLS_DIR}/library)
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
if(CMAKE_CROSSCOMPILING)
	# -O2 but for what it makes larger: 0.8 KB.
	set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS
		"-O1;-fstrict-aliasing;-fpeephole2;-ftree-pre;-fexpensive-optimizations;-fcaller-saves")
	# What boards/cortex_m leaves out is worth 0.2 % of ES256 here, for 24 bytes.
	set_source_files_properties(${TERN_MBEDTLS_DIR}/library/bignum.c PROPERTIES COMPILE_OPTIONS -fthread-jumps)
else()
	set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS -O2)
endif()

# Seams: where mbedTLS calls something of ours instead of its own.
#   ssl_tls.c  anchors are loaded one by one (tls_verify.c)
#   ssl_tls.c, x509_crt.c  a hash in one go is that of several (mbed.c); 0.4 KB
#   oid.c      SHA-1 is known by name, to read old self-signed roots (GlobalSign
#              Root CA); what it signed is refused as too weak, not computed
#   rsa.c      signatures are checked with less memory (rsa_public.c)
function(seam file)
	set_source_files_properties(${TERN_MBEDTLS_DIR}/library/${file} ${edited}/${file} PROPERTIES
		COMPILE_DEFINITIONS "${ARGN}")
endfunction()
seam(ssl_tls.c mbedtls_x509_crt_verify_restartable=tls_verify_chain mbedtls_md=mbed_md)
seam(x509_crt.c mbedtls_md=mbed_md)
seam(oid.c MBEDTLS_MD_CAN_SHA1)
seam(rsa.c mbedtls_mpi_exp_mod_unsafe=rsa_public)
