#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the keys and certificates beside this file, once; they are committed,
# since an RSA-4096 key takes seconds to make.  For tests only: every private
# key here is public.  Valid from 2026-01-01 to 2090-01-01 (or as named), so a
# test sets its own clock.  Needs openssl 3 and nothing else.
#
#   root_rsa4096 (self-signed)         <- int_rsa2048 <- leaf_ec, leaf_rsa
#   root_cross: root_rsa4096's key, certified by root_old (RSA 2048)
#   root_p384 (self-signed)            <- int_p256    <- leaf_ec256
#   self_ca: a server that is its own authority, as "openssl req -x509" makes them
#   other_root: nothing hangs on it; other_same_name: root_rsa4096's name, another key
set -eu
cd "$(dirname "$0")"
export OPENSSL_CONF=/dev/null
host=mqtt.tern.test

config() { # NAME EXTENSIONS...
	printf '[req]\ndistinguished_name=dn\n[dn]\n[ext]\n' > cfg.tmp
	shift
	for line; do printf '%s\n' "$line" >> cfg.tmp; done
}

key() { # FILE KIND
	[ -f "$1.key" ] && return
	case $2 in
	p256|p384) openssl ecparam -name "$([ "$2" = p256 ] && echo prime256v1 || echo secp384r1)" -genkey -noout -out "$1.key" ;;
	rsa*) openssl genrsa -traditional -out "$1.key" "${2#rsa}" 2>/dev/null ;;
	esac
}

# cert FILE KEY SUBJECT ISSUER-FILE ISSUER-KEY FROM TO HASH EXTENSIONS...
# ISSUER-FILE "-": self-signed.
cert() {
	file=$1 key=$2 subject=$3 issuer=$4 issuer_key=$5 begin=$6 end=$7 hash=$8
	shift 8
	config "$file" "$@"
	openssl req -new -key "$key.key" -subj "$subject" -config cfg.tmp -out csr.tmp
	rm -rf ca.tmp; mkdir ca.tmp; : > ca.tmp/index; openssl rand -hex 15 > ca.tmp/serial
	printf '[ca]\ndefault_ca=c\n[c]\ndatabase=ca.tmp/index\nserial=ca.tmp/serial\nnew_certs_dir=ca.tmp\npolicy=p\nunique_subject=no\nemail_in_dn=no\n[p]\ncommonName=optional\norganizationName=optional\ncountryName=optional\norganizationalUnitName=optional\n' > ca.cnf.tmp
	sign="-cert $issuer.pem"
	[ "$issuer" = - ] && sign=-selfsign
	openssl ca -batch -notext -config ca.cnf.tmp $sign -keyfile "$issuer_key.key" -in csr.tmp -out "$file.pem" \
		-startdate "$begin" -enddate "$end" -md "$hash" -extfile cfg.tmp -extensions ext 2>/dev/null
}

from=20260101000000Z to=20900101000000Z
ca='basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash'
leaf='basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth'
links='authorityKeyIdentifier=keyid subjectKeyIdentifier=hash certificatePolicies=2.23.140.1.2.1
authorityInfoAccess=OCSP;URI:http://ocsp.trust.tern.test/s/wr2/8Fw,caIssuers;URI:http://issuer.trust.tern.test/wr2.crt
crlDistributionPoints=URI:http://crl.trust.tern.test/wr2/oBFYYahzgVI.crl'
san="subjectAltName=DNS:$host,DNS:*.wild.tern.test,IP:127.0.0.1"
# As much as the signed timestamps of a public certificate take.
pad="1.3.6.1.4.1.11129.2.4.2=DER:$(printf '04%s' "81f0$(printf '5a%.0s' $(seq 240))")"

key root_rsa4096 rsa4096; key root_old rsa2048; key int_rsa2048 rsa2048; key root_p384 p384; key int_p256 p256
key leaf_ec p256; key leaf_rsa rsa2048; key other_root p256; key weak_rsa1024 rsa1024

# shellcheck disable=SC2086
{
cert root_rsa4096 root_rsa4096 '/C=AQ/O=Tern Trust Services/CN=Tern Root R1' - root_rsa4096 $from $to sha384 $ca
cert root_old root_old '/C=AQ/O=Tern Old Sign/OU=Root CA/CN=Tern Old Root' - root_old 20100101000000Z $to sha1 $ca
cert root_cross root_rsa4096 '/C=AQ/O=Tern Trust Services/CN=Tern Root R1' root_old root_old $from $to sha256 $ca
cert int_rsa2048 int_rsa2048 '/C=AQ/O=Tern Trust Services/CN=Tern CA 1C3' root_rsa4096 root_rsa4096 $from $to sha256 $ca $links
cert root_p384 root_p384 '/C=AQ/O=Tern Trust Services/CN=Tern Root R4' - root_p384 $from $to sha384 $ca
cert int_p256 int_p256 '/C=AQ/O=Tern Trust Services/CN=Tern CA 2A1' root_p384 root_p384 $from $to sha384 $ca
cert other_root other_root '/O=Another Authority/CN=Another Root' - other_root $from $to sha256 $ca
cert other_same_name other_root '/C=AQ/O=Tern Trust Services/CN=Tern Root R1' - other_root $from $to sha256 $ca
cert leaf_ec leaf_ec "/CN=$host" int_rsa2048 int_rsa2048 $from $to sha256 $leaf $san $links $pad
cert leaf_rsa leaf_rsa "/CN=$host" int_rsa2048 int_rsa2048 $from $to sha256 $leaf $san $links $pad
cert leaf_ec256 leaf_ec "/CN=$host" int_p256 int_p256 $from $to sha256 $leaf $san $links $pad
cert leaf_other leaf_ec '/CN=other.tern.test' int_rsa2048 int_rsa2048 $from $to sha256 $leaf subjectAltName=DNS:other.tern.test,DNS:www.tern.test
cert leaf_short leaf_ec "/CN=$host" int_rsa2048 int_rsa2048 20260601000000Z 20260701000000Z sha256 $leaf $san
cert leaf_client leaf_ec "/CN=$host" int_rsa2048 int_rsa2048 $from $to sha256 extendedKeyUsage=clientAuth $san
cert leaf_sha1 leaf_ec "/CN=$host" int_rsa2048 int_rsa2048 $from $to sha1 $leaf $san
cert leaf_rsa1024 weak_rsa1024 "/CN=$host" int_rsa2048 int_rsa2048 $from $to sha256 $leaf $san
cert self_ca leaf_ec "/CN=$host" - leaf_ec $from $to sha256 basicConstraints=critical,CA:TRUE subjectAltName=DNS:$host
cert leaf_self leaf_ec '/O=Google Front End/OU=No SNI provided/CN=invalid2.invalid' - leaf_ec $from $to sha256 $leaf
}

# Device keys in every shape in which people paste them, good and bad.
mkdir -p keys; cd keys
if [ ! -f p256_sec1.pem ]; then
	openssl ecparam -name prime256v1 -genkey -noout -out p256_sec1.pem
	openssl ecparam -name prime256v1 -out params.tmp; cat params.tmp p256_sec1.pem > p256_with_params.pem
	openssl pkcs8 -topk8 -nocrypt -in p256_sec1.pem -out p256_pkcs8.pem
	openssl ec -in p256_sec1.pem -no_public -out p256_no_public.pem 2>/dev/null
	openssl ec -in p256_sec1.pem -param_enc explicit -out p256_explicit.pem 2>/dev/null
	openssl ec -in p256_sec1.pem -pubout -out p256_public.pem 2>/dev/null
	openssl pkcs8 -topk8 -in p256_sec1.pem -passout pass:tern -out p256_encrypted.pem
	openssl ec -in p256_sec1.pem -aes128 -passout pass:tern -out p256_encrypted_old.pem 2>/dev/null
	openssl genrsa -traditional -out rsa2048_pkcs1.pem 2048 2>/dev/null
	openssl pkcs8 -topk8 -nocrypt -in rsa2048_pkcs1.pem -out rsa2048_pkcs8.pem
	openssl rsa -in rsa2048_pkcs1.pem -pubout -out rsa2048_public.pem 2>/dev/null
	openssl genrsa -traditional -out rsa4096_pkcs1.pem 4096 2>/dev/null
	openssl pkcs8 -topk8 -nocrypt -in rsa4096_pkcs1.pem -out rsa4096_pkcs8.pem
	openssl genrsa -traditional -out rsa1024.pem 1024 2>/dev/null
	openssl ecparam -name secp256k1 -genkey -noout -out k1_sec1.pem
	openssl pkcs8 -topk8 -nocrypt -in k1_sec1.pem -out k1_pkcs8.pem
	openssl ecparam -name secp384r1 -genkey -noout -out p384_sec1.pem
	openssl ecparam -name brainpoolP256r1 -genkey -noout -out brainpool.pem
	openssl ecparam -name brainpoolP320r1 -genkey -noout -out brainpool320.pem
	openssl genpkey -algorithm ed25519 -out ed25519.pem
	openssl genpkey -algorithm x25519 -out x25519.pem
	openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out rsapss.pem 2>/dev/null
	openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa.tmp 2>/dev/null
	openssl genpkey -paramfile dsa.tmp -out dsa.pem
	openssl req -new -key p256_sec1.pem -subj /CN=device -out request.pem
fi
rm -rf ./*.tmp ../*.tmp
