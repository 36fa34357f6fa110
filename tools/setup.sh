#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# setup.sh SET... - lists what the sets of work need and this machine lacks, and
# installs it from Debian: as root at once, else through sudo after asking on a
# terminal, else it prints the one command to run and ends with status 1.
# Says nothing and needs no network when nothing is missing.
#
# Sets: build, firmware, flash, run, test, fuzz, bench, conformance, format.
set -eu

# Package, how its presence shows (a command, or a file; '|' between
# alternatives, so that a tool from elsewhere counts too), the sets that need
# it ('*' = all), and what for.
table() {
	cat <<-'TABLE'
	cmake                   cmake                                       *                          configuring the build
	ninja-build             ninja                                       *                          building
	gcc                     gcc                                         *                          the Linux programs
	libc6-dev               /usr/include/stdio.h                        *                          the Linux programs
	binutils                ar                                          *                          the library libtern.a
	python3                 python3                                     *                          the scripts in tools/ and the tests
	bzip2                   bzip2                                       *                          unpacking mbedTLS
	ca-certificates         /etc/ssl/certs/ca-certificates.crt          *                          fetching over https
	wget                    /usr/lib/apt/apt-helper|curl|wget           *                          fetching mbedTLS
	libcjson-dev            /usr/include/cjson/cJSON.h                  *                          JSON in bridge, tern and virtual modem
	libssl-dev              /usr/include/openssl/ssl.h                  build,run,test,fuzz,bench,conformance  TLS of bridge and tern, and of the tests
	libsqlite3-dev          /usr/include/sqlite3.h                      build,run,test,fuzz,bench,conformance  the bridge's registry and message log
	libevent-dev            /usr/include/event2/event.h                 build,run,test,fuzz,bench,conformance  the bridge's network
	libmosquitto-dev        /usr/include/mosquitto.h                    build,run,test,fuzz,bench,conformance  the bridge's way to a broker
	libcurl4-openssl-dev    /usr/include/curl/curl.h|/usr/include/*/curl/curl.h  build,run,test,fuzz,bench,conformance  tern's way to a bridge
	pkg-config              pkg-config                                  build,run,test,fuzz,bench,conformance  finding these libraries
	python3-paho-mqtt       /usr/lib/python3/dist-packages/paho         test,bench                 a stock MQTT client for the tests
	python3-jwt             /usr/lib/python3/dist-packages/jwt          test,bench                 tokens that are not our own, for the tests
	python3-cryptography    /usr/lib/python3/dist-packages/cryptography test,bench                 keys for those tokens
	libcmocka-dev           /usr/include/cmocka.h                       build,run,test,fuzz,bench,conformance  unit tests
	gcc-arm-none-eabi       arm-none-eabi-gcc                           firmware,flash,run,test,bench  the firmware image
	libnewlib-arm-none-eabi /usr/lib/arm-none-eabi/include/newlib.h|/usr/include/newlib/newlib.h  firmware,flash,run,test,bench  the firmware's C library
	openocd                 openocd                                     flash                      writing an image into a board
	qemu-system-arm         qemu-system-arm                             run,test,bench             executing the firmware image
	mosquitto               mosquitto                                   run,test,bench             the broker of SINK=mqtt and of the tests
	mosquitto-clients       mosquitto_sub                               run,test,bench             watching that broker
	openssl                 openssl                                     run,test,bench             keys and certificates made on the spot
	clang                   clang                                       test,fuzz                  its warnings, fuzzing
	libclang-rt-dev         /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a  fuzz     fuzzing
	clang-format            git-clang-format                            format                     formatting what you changed
	git                     git                                         format                     formatting what you changed
	TABLE
}

# Debian keeps daemons here, and leaves it out of the PATH of users.
PATH=$PATH:/usr/sbin:/sbin

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi

say() { printf '%s\n' "$*" >&2; }
die() { say "setup: $*"; exit 1; }

# present PROBE: whether one of the alternatives is there.
present() {
	old_ifs=$IFS
	IFS='|'
	# The file names of the table may hold wildcards: words are meant to expand.
	# shellcheck disable=SC2086
	set -- $1
	IFS=$old_ifs
	for probe; do
		case $probe in
		/*)	for file in $probe; do
				[ -e "$file" ] && return 0
			done ;;
		*)	command -v "$probe" >/dev/null 2>&1 && return 0 ;;
		esac
	done
	return 1
}

# wanted SETS: whether one of the sets asked for is among SETS.
wanted() {
	[ "$1" = '*' ] && return 0
	for set in $asked; do
		case ,$1, in *,"$set",*) return 0 ;; esac
	done
	return 1
}

# Prints "package what-for" for each row that is wanted and not there.
missing() {
	table | while read -r package probe sets why; do
		if wanted "$sets" && ! present "$probe"; then
			printf '%s %s\n' "$package" "$why"
		fi
	done
}

# Only the program mosquitto is wanted, not a broker that runs from now on for
# everybody on the machine.  Debian's package starts its service while it is
# installed unless policy-rc.d forbids it, and at the next boot unless it is
# disabled.  Both are done only where this script itself installs the package; a
# service or a policy-rc.d that was there before is left as it is.
policy=/usr/sbin/policy-rc.d
hold_back_service() {
	[ -e "$policy" ] && return 0
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	cat >"$policy" <<-'EOT'
	#!/bin/sh
	# Made by tools/setup.sh of Tern for the time of one installation.
	case $1 in mosquitto|mosquitto.service) exit 101 ;; esac
	exit 0
	EOT
	chmod 755 "$policy"
}

disable_service() {
	if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
		systemctl disable mosquitto.service >/dev/null 2>&1 ||
			say 'setup: the service mosquitto is not needed; to disable it: systemctl disable --now mosquitto'
	fi
}

# install PACKAGE...: as root.
install() {
	broker=no
	case " $* " in *' mosquitto '*) broker=yes; hold_back_service ;; esac
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	apt-get -q update >&2 || say 'setup: apt-get update reported errors; trying with the lists that are there'
	apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@" >&2 ||
		die "apt-get could not install: $*"
	if [ "$broker" = yes ]; then
		disable_service
	fi
}

# With this the script calls itself through sudo; not for other use.
if [ "${1:-}" = --install ]; then
	shift
	install "$@"
	exit 0
fi

[ $# -gt 0 ] || die 'which set? One or more of: build firmware flash run test fuzz bench conformance format'
for set; do
	case $set in
	build|firmware|flash|run|test|fuzz|bench|conformance|format) ;;
	*) die "there is no set '$set'; one or more of: build firmware flash run test fuzz bench conformance format" ;;
	esac
done
asked=$*

lacking=$(missing)
[ -n "$lacking" ] || exit 0
packages=$(printf '%s\n' "$lacking" | while read -r package _; do printf '%s ' "$package"; done)
packages=${packages% }

say "${bold}Missing on this machine:${plain}"
printf '%s\n' "$lacking" | while read -r package why; do
	printf '  %-24s %s\n' "$package" "$why" >&2
done

command -v apt-get >/dev/null 2>&1 ||
	die 'this is no Debian (there is no apt-get): install the tools above with the means of your system, then run this again'

by_hand="apt-get update && apt-get install -y --no-install-recommends $packages"
if [ "$(id -u)" = 0 ]; then
	# shellcheck disable=SC2086 # one word a package
	(install $packages)
elif command -v sudo >/dev/null 2>&1 && [ -t 0 ] && [ -t 2 ]; then
	printf 'Install them from Debian through sudo? [y/N] ' >&2
	read -r answer || answer=n
	case $answer in
	[yY]*)	# shellcheck disable=SC2086
		sudo sh "$0" --install $packages || exit 1 ;;
	*)	say 'Nothing was installed.  The command would be:'
		say "  sudo sh -c '$by_hand'"
		exit 1 ;;
	esac
else
	say 'They are in Debian; run this once as root, then start again:'
	say "  $by_hand"
	exit 1
fi

still=$(missing)
[ -z "$still" ] || die "installed, and yet not found: $(printf '%s\n' "$still" | while read -r package _; do printf '%s ' "$package"; done)"
