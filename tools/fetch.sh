#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch.sh NAME - third-party source, by its SHA-256, unpacked in
# build/deps/NAME.  Looks in this order:
#   1. $TERN_CACHE (if set), then build/cache
#   2. the Debian pool of the mirror that apt on this machine uses
#   3. the project's own release page
# and takes the first version of the table that can be had.  A file with the
# wrong hash is never used and never deleted: it stops the run.  What is unpacked
# already needs neither network nor tarball again.
#
# Ends with 0: it is there, 1: wrong hash or other failure, 3: it cannot be had.
set -eu

# Name, version, SHA-256, path in the Debian pool, release page.  The first row
# of a name is the version to use, those below it stand in where it is not to
# be had.
table() {
	cat <<-'TABLE'
	mbedtls 3.6.7 a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6 pool/main/m/mbedtls/mbedtls_3.6.7.orig.tar.bz2 https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-3.6.7/mbedtls-3.6.7.tar.bz2
	mbedtls 3.6.6 8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a pool/main/m/mbedtls/mbedtls_3.6.6.orig.tar.bz2 https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-3.6.6/mbedtls-3.6.6.tar.bz2
	mosquitto 2.1.2 a8e37cc4c1d4141e56c5a8729c5fa36b1f0b1ca95378a12131d68f0509de122a pool/main/m/mosquitto/mosquitto_2.1.2.orig.tar.gz https://mosquitto.org/files/source/mosquitto-2.1.2.tar.gz
	TABLE
}

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build
cache=$build/cache

say() { printf '%s\n' "$*" >&2; }
die() { say "fetch: $*"; exit 1; }

sha256() { sha256sum "$1" | cut -d ' ' -f 1; }

# check FILE SHA HOW-TO-REPAIR: stops unless FILE has the hash SHA.
check() {
	found=$(sha256 "$1")
	[ "$found" = "$2" ] && return 0
	say "fetch: wrong SHA-256, so this file is not used: $1"
	say "  expected $2"
	say "  found    $found"
	say "  $3"
	exit 1
}

# The archives of apt that are Debian's (or of which apt has no index yet).
mirrors() {
	command -v apt-get >/dev/null 2>&1 || return 0
	# shellcheck disable=SC2016 # the $ is apt's
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 2>/dev/null | sort -u |
		while read -r uri origin label; do
			case $uri:$origin:$label in
			*:Debian:Debian|*::) printf '%s\n' "${uri%/}" ;;
			esac
		done
}

# download URL FILE: with whatever can.  apt's helper comes with every Debian and
# uses apt's own proxy and mirror settings; the others use those of the
# environment.
download() {
	rm -f "$2"
	helper=/usr/lib/apt/apt-helper
	if [ -x "$helper" ]; then
		"$helper" -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 \
			-o APT::Sandbox::User="$(id -un)" download-file "$1" "$2" >/dev/null 2>&1 && return 0
		rm -f "$2"
	fi
	if command -v curl >/dev/null 2>&1; then
		curl -fsSL --connect-timeout 15 --speed-time 30 --speed-limit 1000 --retry 1 -o "$2" "$1" 2>/dev/null && return 0
		rm -f "$2"
	elif command -v wget >/dev/null 2>&1; then
		wget -q -T 15 -t 2 -O "$2" "$1" 2>/dev/null && return 0
		rm -f "$2"
	fi
	return 1
}

# obtain FILE SHA POOL-PATH RELEASE-URL: prints where FILE lies, its hash
# checked; status 3 if it cannot be had.
obtain() {
	for folder in ${TERN_CACHE:+"$TERN_CACHE"} "$cache"; do
		if [ -e "$folder/$1" ]; then
			check "$folder/$1" "$2" "Move it away and run this again: mv '$folder/$1' '$folder/$1.wrong'"
			printf '%s\n' "$folder/$1"
			return 0
		fi
	done
	mkdir -p "$cache" || die "cannot write $cache"
	part=$cache/$1.$$.part
	trap 'rm -f "$part"; exit 1' HUP INT TERM
	for url in $(mirrors | sed "s|\$|/$3|") "$4"; do
		if download "$url" "$part"; then
			check "$part" "$2" "It came from $url - a proxy may have answered in its place.  $(by_hand "$@")"
			mv -f "$part" "$cache/$1" || die "cannot write $cache/$1"
			say "fetch: $1 from $url"
			printf '%s\n' "$cache/$1"
			return 0
		fi
		tried="${tried:-}
  $url"
	done
	say "fetch: $1 cannot be had; tried the cache ($cache) and${tried:-}"
	return 3
}

by_hand() { printf 'By hand: download %s and save it as %s' "$4" "$cache/$1"; }

# unpack ARCHIVE FOLDER STAMP: FOLDER appears whole or not at all.
unpack() {
	temp=$(mktemp -d "$build/deps/.unpack.XXXXXX")
	trap 'rm -rf "$temp"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$temp/new"
	tar -xf "$1" -C "$temp/new" --strip-components=1 || die "$1 does not unpack; is the disk full?"
	printf '%s\n' "$3" >"$temp/new/.tern-version"
	[ ! -e "$2" ] || mv "$2" "$temp/old"
	mv -T "$temp/new" "$2"
}

[ $# -eq 1 ] || die "what? One of: $(table | cut -d ' ' -f 1 | uniq | paste -sd ' ' -)"
name=$1
rows=$(table | grep "^$name ") || die "'$name' is not in the table; one of: $(table | cut -d ' ' -f 1 | uniq | paste -sd ' ' -)"
target=$build/deps/$name
stamp=$(cat "$target/.tern-version" 2>/dev/null || true)
mkdir -p "$build/deps"

exec 3<<ROWS
$rows
ROWS
while read -r _ version sha pool release <&3; do
	[ "$stamp" = "$version $sha" ] && exit 0
done
exec 3<<ROWS
$rows
ROWS
while read -r _ version sha pool release <&3; do
	if archive=$(obtain "${pool##*/}" "$sha" "$pool" "$release"); then
		unpack "$archive" "$target" "$version $sha"
		say "fetch: $name $version is in $target"
		exit 0
	elif [ $? -ne 3 ]; then
		exit 1
	fi
done
say "fetch: no network?  Any one of these files can be put into $cache by hand:"
printf '%s\n' "$rows" | while read -r _ version sha pool release; do
	say "  ${pool##*/}  (SHA-256 $sha)  from $release"
done
exit 3
