# SPDX-License-Identifier: Apache-2.0
"""The whole chain on one machine: certificates, bridge or broker, virtual modem, device.

`make run` (tools/run.py) and the end-to-end tests are written with it.  Only
Python's own library, openssl, mosquitto and qemu-system-arm are used.
"""
