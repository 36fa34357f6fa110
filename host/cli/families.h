/* SPDX-License-Identifier: Apache-2.0 */
/* families.h - the functions behind the commands; commands.c says which is which.  Each returns the exit status. */
#ifndef TERN_CLI_FAMILIES_H
#define TERN_CLI_FAMILIES_H

struct call;

int run_registry_create(struct call *call);
int run_registry_list(struct call *call);
int run_registry_show(struct call *call);
int run_registry_delete(struct call *call);

int run_device_create(struct call *call);
int run_device_list(struct call *call);
int run_device_show(struct call *call);
int run_device_update(struct call *call);
int run_device_block(struct call *call);
int run_device_unblock(struct call *call);
int run_device_delete(struct call *call);

int run_credential_list(struct call *call);
int run_credential_add(struct call *call);
int run_credential_remove(struct call *call);

int run_key_new(struct call *call);
int run_key_show(struct call *call);
int run_key_check(struct call *call);
int run_roots_check(struct call *call);
int run_token_decode(struct call *call);

int run_config_set(struct call *call);
int run_config_get(struct call *call);
int run_config_history(struct call *call);
int run_command_send(struct call *call);
int run_state_list(struct call *call);

int run_log_list(struct call *call);
int run_log_tail(struct call *call);
int run_telemetry_list(struct call *call);
int run_telemetry_tail(struct call *call);

int run_import(struct call *call);

int run_explain(struct call *call);

#endif
